//! What a query's requests cost, attributed to the query that caused them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Location;
use crate::runtime::now_millis;

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
    line: Mutex<Line>,
}

/// Ranges that were asked for, in their order, by URL.
#[derive(Debug, Default)]
struct Asked {
    remembered: usize,
    of: BTreeMap<String, Vec<Range<u64>>>,
}

/// How long at least one request was under way.
#[derive(Debug, Default)]
struct Line {
    under_way: u64,
    since_millis: f64,
    millis: f64,
}

/// A request that is under way.
#[derive(Debug)]
pub struct UnderWay(Meter);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.under_way = line.under_way.saturating_sub(1);
        if line.under_way == 0 {
            line.millis += now_millis() - line.since_millis;
        }
    }
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

    /// A request is under way until the answer is dropped.
    #[must_use]
    pub fn under_way(&self) -> UnderWay {
        let mut line = self.line();
        if line.under_way == 0 {
            line.since_millis = now_millis();
        }
        line.under_way += 1;
        UnderWay(self.clone())
    }

    /// How long something was under way, that which is now left out.
    #[must_use]
    pub fn busy_millis(&self) -> f64 {
        self.line().millis
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_side_by_side_take_the_time_of_one() {
        let meter = Meter::default();
        let first = meter.under_way();
        let second = meter.clone().under_way();
        std::thread::sleep(std::time::Duration::from_millis(20));
        drop(first);
        assert!(meter.busy_millis().abs() < f64::EPSILON);
        drop(second);
        let busy = meter.busy_millis();
        assert!((20.0..10_000.0).contains(&busy), "{busy}");
    }
}
