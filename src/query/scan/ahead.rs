//! Row groups that are fetched before they are decoded, small ones together.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::filter::LookAhead;
use super::wanted::total;
use crate::error::Error;
use crate::query::scope::Taken;
use crate::runtime::Task;

/// What a read gives: the bytes of each range.
pub(super) type Fetched = object_store::Result<Vec<Bytes>>;

/// What several row groups wait for; `None` when the task died. With the last of them it is aborted.
pub(super) type Shipment = Shared<BoxFuture<'static, Option<Arc<Fetched>>>>;

/// Row groups on their way at most: tiny ones are told apart in maps and queues, which takes time of its own.
pub(super) const ROW_GROUPS_AHEAD: usize = 256;

/// Row groups that a file's reads are told of at once: more than they fetch, so that they fetch whole parcels.
pub(super) const ROW_GROUPS_TOLD: usize = 2 * ROW_GROUPS_AHEAD;

/// Row groups that are fetched together at most.
const TOGETHER_ROW_GROUPS: usize = ROW_GROUPS_AHEAD / 2;

/// Row groups with at most this between what is wanted of them are fetched together: a file of thousands of them would
/// cost as many requests. With six on the way at once a round trip of 30 ms costs as much as 32 KB at 50 Mbit/s.
const TOGETHER_GAP_BYTES: u64 = 32 << 10;

/// They have so many bytes at most, as the first is decoded when the last is here.
const TOGETHER_BYTES: u64 = 2 << 20;

/// The same while a filter may still rule them out. One file is on its way then, and one part of it: a round trip of 30 ms
/// costs as much as 187 KB at 50 Mbit/s, so that even those that are read in vain take no longer than to ask for each.
const TOGETHER_BYTES_IN_DOUBT: u64 = 128 << 10;

/// A row group on its way.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) wanted: Wanted,
    pub(super) shipment: Shipment,
    /// Where its ranges begin in that.
    pub(super) first: usize,
}

/// What is wanted of a row group.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) row_group: usize,
    pub(super) ranges: Vec<Range<u64>>,
    /// Given back when the row group is decoded next, or given up.
    pub(super) allowance: Taken,
}

/// Row groups in the order in which they are read, divided into those of which is asked at once.
#[derive(Debug)]
pub(super) struct Parcel {
    most_bytes: u64,
    number: usize,
    row_groups: usize,
    bytes: u64,
    /// Where what is wanted of it ends.
    end: Option<u64>,
}

impl Parcel {
    pub(super) fn of(look_ahead: LookAhead) -> Self {
        Self {
            most_bytes: match look_ahead {
                LookAhead::All | LookAhead::Likely => TOGETHER_BYTES,
                LookAhead::Next | LookAhead::Nothing => TOGETHER_BYTES_IN_DOUBT,
            },
            number: 0,
            row_groups: 0,
            bytes: 0,
            end: None,
        }
    }

    /// The number of the parcel in which the next row group travels, of which `ranges` are wanted. An order of the rows may put
    /// a row group before one that lies before it: then it may lie apart from the others, as [`apart`] tells.
    pub(super) fn number(&mut self, ranges: &[Range<u64>]) -> usize {
        let is_near = start(ranges)
            .zip(self.end)
            .is_some_and(|(start, end)| is_near(end, start));
        let fits = self.bytes + total(ranges) <= self.most_bytes && self.row_groups < TOGETHER_ROW_GROUPS;
        if !is_near || !fits {
            (self.number, self.row_groups, self.bytes, self.end) = (self.number + 1, 0, 0, None);
        }
        self.row_groups += 1;
        self.bytes += total(ranges);
        self.end = self.end.max(end(ranges));
        self.number
    }
}

/// The row groups of a parcel in the order in which they lie in the file, those that lie near each other together.
pub(super) fn apart<T>(mut parcel: Vec<T>, ranges: impl Fn(&T) -> &[Range<u64>]) -> Vec<Vec<T>> {
    parcel.sort_by_key(|one| start(ranges(one)));
    let mut parts: Vec<Vec<T>> = vec![];
    for one in parcel {
        let last = parts.last_mut().filter(|part| {
            let before = part.last().and_then(|last| end(ranges(last)));
            before
                .zip(start(ranges(&one)))
                .is_some_and(|(end, start)| is_near(end, start))
        });
        match last {
            Some(part) => part.push(one),
            None => parts.push(vec![one]),
        }
    }
    parts
}

fn is_near(end: u64, start: u64) -> bool {
    start.saturating_sub(end) <= TOGETHER_GAP_BYTES
}

fn start(ranges: &[Range<u64>]) -> Option<u64> {
    ranges.iter().map(|range| range.start).min()
}

fn end(ranges: &[Range<u64>]) -> Option<u64> {
    ranges.iter().map(|range| range.end).max()
}

/// Row groups that are fetched together, each with its part of what comes.
pub(super) fn together(wanted: Vec<Wanted>, task: Task<Fetched>) -> impl Iterator<Item = Ahead> {
    let shipment = task.map(|fetched| fetched.map(Arc::new)).boxed().shared();
    wanted.into_iter().scan(0, move |next, wanted| {
        let first = *next;
        *next += wanted.ranges.len();
        Some(Ahead {
            wanted,
            shipment: shipment.clone(),
            first,
        })
    })
}

/// The same error for another of those who wait for it.
pub(super) fn again(error: &object_store::Error) -> object_store::Error {
    let source: Box<dyn std::error::Error + Send + Sync> = match Error::find(error) {
        Some(ours) => Box::new(ours.clone()),
        None => error.to_string().into(),
    };
    object_store::Error::Generic { store: "HTTP", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parcels of row groups that lie at `ranges`, in order, each as the places of its parts.
    fn parcels(look_ahead: LookAhead, ranges: &[Range<u64>]) -> Vec<Vec<Vec<usize>>> {
        let mut parcel = Parcel::of(look_ahead);
        let numbers: Vec<_> = ranges
            .iter()
            .map(|range| parcel.number(std::slice::from_ref(range)))
            .collect();
        let numbered: Vec<_> = numbers.iter().zip(ranges).enumerate().collect();
        let parcels = numbered.chunk_by(|(_, (one, _)), (_, (other, _))| one == other);
        let parts = |parcel: &[(usize, (&usize, &Range<u64>))]| {
            let parts = apart(parcel.to_vec(), |(_, (_, range))| std::slice::from_ref(*range));
            let places = |part: Vec<(usize, _)>| part.into_iter().map(|(place, _)| place).collect();
            parts.into_iter().map(places).collect()
        };
        parcels.map(parts).collect()
    }

    #[test]
    fn those_that_lie_near_each_other_travel_together() {
        let near = |places: &[u64]| -> Vec<_> { places.iter().map(|at| at * 40_000..at * 40_000 + 40_000).collect() };
        let all = |places: &[u64]| parcels(LookAhead::All, &near(places));
        assert_eq!(all(&[0, 1, 2]), [[[0, 1, 2]]]);
        // What is between is not wanted.
        assert_eq!(all(&[0, 2, 3]), [vec![vec![0]], vec![vec![1, 2]]]);
        // What is between comes later.
        assert_eq!(all(&[3, 0, 2, 1]), [[[1, 3, 2, 0]]]);
        // It never comes.
        assert_eq!(all(&[3, 0, 1]), [[vec![1, 2], vec![0]]]);
    }

    #[test]
    fn those_that_may_be_ruled_out_travel_in_smaller_parcels() {
        let ranges: Vec<_> = (0..10).map(|at| at * 50_000..at * 50_000 + 50_000).collect();
        assert_eq!(parcels(LookAhead::All, &ranges).len(), 1);
        assert_eq!(parcels(LookAhead::Next, &ranges).len(), 5);
        assert_eq!(parcels(LookAhead::All, &[0..3 << 20, 3 << 20..4 << 20]).len(), 2);
    }
}
