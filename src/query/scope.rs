//! What belongs to one statement: its meter's store, its counts, its budget for reading ahead.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use object_store::ObjectStore;

use super::crew::Crew;
use super::footers::Footers;
use super::rules::Pacer;
use crate::http::still::Still;
use crate::http::{HttpStore, Meter};
use crate::protocol::Stats;
use crate::table::Table;

/// Bytes that one statement may have under way or at hand beyond what it decodes now: enough
/// to keep six connections busy for a second on a usual line, and small beside the memory
/// pool, which does not count them.
pub(super) const READ_AHEAD_BYTES: u64 = 32 << 20;

/// Reaches every scan of a statement through the session's configuration.
pub(super) struct Scope {
    /// Counts every request for this statement.
    pub(super) store: Arc<dyn ObjectStore>,
    /// Knows which requests would be sent.
    pub(super) host: Arc<HttpStore>,
    pub(super) footers: Arc<Footers>,
    pub(super) counts: ScanCounts,
    pub(super) ahead: Allowance,
    pub(super) pacer: Pacer,
    /// Decodes beside this engine, if there is any.
    pub(super) crew: Option<Crew>,
    /// Is nothing to be asked of hosts?
    pub(super) is_still: bool,
    versions: Mutex<BTreeMap<String, u64>>,
}

impl Scope {
    pub(super) fn new(host: Arc<HttpStore>, meter: &Meter, footers: Arc<Footers>) -> Self {
        Self {
            store: host.metered(meter),
            host,
            footers,
            counts: ScanCounts::default(),
            ahead: Allowance::new(READ_AHEAD_BYTES),
            pacer: Pacer::default(),
            crew: None,
            is_still: false,
            versions: Mutex::default(),
        }
    }

    /// The same with hands.
    pub(super) fn with_crew(self, crew: Option<Crew>) -> Self {
        Self { crew, ..self }
    }

    /// A scope of what is kept: it sends no request.
    pub(super) fn still(host: Arc<HttpStore>, footers: Arc<Footers>) -> Self {
        Self {
            store: Arc::new(Still::new(&host)),
            is_still: true,
            ..Self::new(host, &Meter::default(), footers)
        }
    }

    /// Notes at which version the table called `name` takes part.
    pub(super) fn note_version(&self, name: &str, table: &Table) {
        if let Some(version) = table.version {
            let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
            versions.insert(name.to_owned(), version.number);
        }
    }

    /// The versions of the tables that take part, by name.
    pub(super) fn versions(&self) -> BTreeMap<String, u64> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How far the scans of a statement are; clones count together.
#[derive(Debug, Clone, Default)]
pub struct ScanCounts(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes_total: AtomicU64,
    files_total: AtomicU64,
    files_read: AtomicU64,
    row_groups_total: AtomicU64,
    row_groups_read: AtomicU64,
}

impl ScanCounts {
    /// Puts the counts into `stats`, the rest of which stays as it is.
    pub fn fill(&self, stats: &mut Stats) {
        stats.bytes_total = self.0.bytes_total.load(Ordering::Relaxed);
        stats.files_total = self.0.files_total.load(Ordering::Relaxed);
        stats.files_read = self.0.files_read.load(Ordering::Relaxed);
        stats.row_groups_total = self.0.row_groups_total.load(Ordering::Relaxed);
        stats.row_groups_read = self.0.row_groups_read.load(Ordering::Relaxed);
    }

    pub(super) fn add_table(&self, table: &Table) {
        let known: u64 = match table.files.total_size_bytes() {
            Some(bytes) => bytes,
            None => (0..table.files.len())
                .filter_map(|file| table.files.size_bytes(file))
                .sum(),
        };
        self.0.bytes_total.fetch_add(known, Ordering::Relaxed);
        self.0
            .files_total
            .fetch_add(table.files.len() as u64, Ordering::Relaxed);
    }

    pub(super) fn add_opened(&self, row_groups: usize) {
        self.0.row_groups_total.fetch_add(row_groups as u64, Ordering::Relaxed);
    }

    pub(super) fn add_file_read(&self) {
        self.0.files_read.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_row_group_read(&self) {
        self.0.row_groups_read.fetch_add(1, Ordering::Relaxed);
    }
}

/// Bytes that may be taken and are given back; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    /// Takes `bytes` until the answer is dropped; `None` when there are not so many.
    pub(super) fn take(&self, bytes: u64) -> Option<Taken> {
        let left = |left: u64| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).ok()?;
        Some(Taken {
            from: Arc::clone(&self.0),
            bytes,
        })
    }
}

/// A part of an [`Allowance`].
#[derive(Debug)]
pub(super) struct Taken {
    from: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.from.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_never_exceeded_and_comes_back() {
        let allowance = Allowance::new(10);
        let six = allowance.take(6).unwrap();
        assert!(allowance.take(5).is_none());
        let four = allowance.take(4).unwrap();
        drop(six);
        assert!(allowance.take(7).is_none());
        drop(four);
        assert!(allowance.take(10).is_some());
    }
}
