//! [`Passed`]: how many rows passed the steps of a fragment.

use std::sync::{Arc, Mutex, PoisonError};

/// How many rows passed the steps of a fragment, of all row groups together.
#[derive(Debug)]
pub(in crate::query) struct Passed(Mutex<Vec<u64>>);

impl Passed {
    pub(super) fn new(steps: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(vec![0; steps + 1])))
    }

    /// Adds what [`Counts::told`](super::Counts::told) tells of one row group. What was done there before the first step,
    /// to the columns of its file, lets all rows out.
    pub(in crate::query) fn add(&self, told: &[u64]) {
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (all, more) in passed.iter_mut().rev().zip(told.iter().rev()) {
            *all += more;
        }
    }

    /// Rows that came in, and that each step let out.
    pub(in crate::query) fn told(&self) -> Vec<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
