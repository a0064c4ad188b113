//! What a query's requests cost, attributed to the query that caused them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Location;

/// Ranges that one meter remembers: what can be drawn. Those after are counted only.
const REMEMBERED: usize = 5000;

/// Counts for one ticket; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
    asked: Mutex<Asked>,
}

/// Ranges that were asked for, in their order, by URL.
#[derive(Debug, Default)]
struct Asked {
    remembered: usize,
    of: BTreeMap<String, Vec<Range<u64>>>,
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
    /// A request was sent, for a range or, without one, for all of an object.
    pub fn add_request(&self, location: &Location, range: Option<Range<u64>>) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.remembered < REMEMBERED {
            asked.remembered += 1;
            let ranges = asked.of.entry(location.as_str().to_owned()).or_default();
            ranges.extend(range);
        }
    }

    /// What was asked for, by URL, secrets included: the ranges in their order, none for an object that was asked for
    /// whole. Of very many requests, the first.
    #[must_use]
    pub fn asked(&self) -> BTreeMap<String, Vec<Range<u64>>> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).of.clone()
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
