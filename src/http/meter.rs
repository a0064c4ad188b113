//! What a query's requests cost, attributed to the query that caused them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts for one ticket; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// What was spent so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
}

impl Meter {
    /// A request was sent.
    pub fn add_request(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes of a body came in.
    pub fn add_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// What was spent so far.
    #[must_use]
    pub fn costs(&self) -> Costs {
        Costs {
            requests: self.0.requests.load(Ordering::Relaxed),
            bytes: self.0.bytes.load(Ordering::Relaxed),
        }
    }
}
