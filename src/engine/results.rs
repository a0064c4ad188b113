//! The results that the engine keeps for the page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Kind, Result};
use crate::protocol::ResultId;
use crate::query::ResultSet;

/// Results kept at once. The page drops what it no longer shows; this bound holds when it does not.
const RESULTS_MAX: usize = 8;

/// A result that may still grow.
pub type SharedResult = Arc<Mutex<ResultSet>>;

/// Results by number, the oldest leaving first.
#[derive(Debug, Default)]
pub struct Results(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    next: ResultId,
    sets: BTreeMap<ResultId, SharedResult>,
}

impl Results {
    /// Keeps a result until it is dropped or [`RESULTS_MAX`] newer ones have come.
    pub fn insert(&self, set: ResultSet) -> (ResultId, SharedResult) {
        let mut kept = self.lock();
        kept.next = kept.next.wrapping_add(1);
        let (id, set) = (kept.next, Arc::new(Mutex::new(set)));
        kept.sets.insert(id, Arc::clone(&set));
        while kept.sets.len() > RESULTS_MAX {
            kept.sets.pop_first();
        }
        (id, set)
    }

    /// The result of that number.
    pub fn get(&self, id: ResultId) -> Result<SharedResult> {
        let detail = "this result is no longer kept; run the statement again";
        self.lock()
            .sets
            .get(&id)
            .cloned()
            .ok_or_else(|| Error::new(Kind::NotFound, format!("result {id}"), detail))
    }

    /// Forgets a result; one that is not there is forgotten already.
    pub fn remove(&self, id: ResultId) {
        self.lock().sets.remove(&id);
    }

    /// All of them by number, the oldest first, and the last number that one had.
    pub fn all(&self) -> (Vec<(ResultId, SharedResult)>, ResultId) {
        let kept = self.lock();
        let sets = kept.sets.iter().map(|(id, set)| (*id, Arc::clone(set)));
        (sets.collect(), kept.next)
    }

    /// Keeps a result of another engine under its number there.
    pub fn adopt(&self, id: ResultId, set: SharedResult) {
        self.lock().sets.insert(id, set);
    }

    /// The next result has the number after this one.
    pub fn count_from(&self, last: ResultId) {
        self.lock().next = last;
    }

    /// Bytes that they hold, in all and in the engine's own memory; rows that several show count once.
    pub fn bytes(&self) -> (u64, u64) {
        let kept = self.lock();
        let mut counted: Vec<&SharedResult> = vec![];
        let (mut all, mut here) = (0, 0);
        for set in kept.sets.values() {
            if !counted.iter().any(|other| lock(set).shows_rows_of(&lock(other))) {
                let held = lock(set);
                (all, here) = (all + held.bytes(), here + held.bytes_here());
                counted.push(set);
            }
        }
        (all, here)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The set inside, also after a panic elsewhere.
pub fn lock(set: &SharedResult) -> MutexGuard<'_, ResultSet> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}
