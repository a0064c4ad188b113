//! Row groups that are fetched before they are decoded, small ones together.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

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
const TOGETHER_GAP_BYTES: u64 = 16 << 10;

/// They have so many bytes at most, as the first is decoded when the last is here.
const TOGETHER_BYTES: u64 = 2 << 20;

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

/// Row groups in the order in which they are read, divided into those that are fetched together.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    number: usize,
    row_groups: usize,
    bytes: u64,
    /// Where the last one ends.
    end: Option<u64>,
}

impl Parcel {
    /// The number of the parcel in which the next row group travels, of which `ranges` are wanted.
    pub(super) fn number(&mut self, ranges: &[Range<u64>]) -> usize {
        let start = ranges.iter().map(|range| range.start).min();
        // An order of the rows may put a row group before one that lies before it.
        let gap = start.zip(self.end).and_then(|(start, end)| start.checked_sub(end));
        let fits = gap.is_some_and(|gap| gap <= TOGETHER_GAP_BYTES)
            && self.bytes + total(ranges) <= TOGETHER_BYTES
            && self.row_groups < TOGETHER_ROW_GROUPS;
        if !fits {
            (self.number, self.row_groups, self.bytes) = (self.number + 1, 0, 0);
        }
        self.row_groups += 1;
        self.bytes += total(ranges);
        self.end = ranges.iter().map(|range| range.end).max();
        self.number
    }
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
