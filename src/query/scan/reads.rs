//! [`Reads`]: the bytes of one file's row groups, the next ones fetched while one decodes.
//!
//! The decoder is asked beforehand which columns it reads: the ranges of all row groups are known before the first.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::ParquetMetaData;

use super::Scan;
use super::ahead::{Ahead, Fetched, Parcel, ROW_GROUPS_AHEAD, Wanted, again, apart, together};
use super::filter::LookAhead;
use super::open::{Kept, RowGroup};
use super::wanted::{chunks, columns, pages, total};
use crate::error::Result;
use crate::http::{IN_FLIGHT, Location};
use crate::runtime::spawn;

/// The reads of one file in one scan.
#[derive(Debug)]
pub(super) struct Reads {
    pub(super) scan: Arc<Scan>,
    pub(super) path: Path,
    metadata: Arc<ParquetMetaData>,
    /// With the page indexes by which row groups were narrowed.
    indexed: Option<Arc<ParquetMetaData>>,
    /// What is read, in order.
    order: Vec<usize>,
    /// The rows of those that were narrowed to pages.
    paged: HashMap<usize, RowSelection>,
    /// Which of them are fetched together, once it is known of which columns.
    parcels: OnceLock<HashMap<usize, usize>>,
    ahead: Mutex<HashMap<usize, Ahead>>,
    started: Mutex<bool>,
}

impl Reads {
    pub(super) fn new(scan: &Arc<Scan>, path: Path, metadata: Arc<ParquetMetaData>, kept: &Kept) -> Self {
        let paged = kept.row_groups.iter().filter(|one| one.is_paged);
        let selected = paged.filter_map(|one| Some((one.index, one.selection.clone()?)));
        Self {
            scan: Arc::clone(scan),
            path,
            metadata,
            indexed: kept.indexed.clone(),
            order: kept.row_groups.iter().map(|one| one.index).collect(),
            paged: selected.collect(),
            parcels: OnceLock::new(),
            ahead: Mutex::default(),
            started: Mutex::default(),
        }
    }

    /// The metadata by which `row_group` is decoded.
    pub(super) fn metadata(&self, row_group: &RowGroup) -> Arc<ParquetMetaData> {
        // Indexes are there for narrowed row groups only, and must not be taken for those of others.
        let indexed = self.indexed.as_ref().filter(|_| row_group.is_paged);
        Arc::clone(indexed.unwrap_or(&self.metadata))
    }

    /// Bytes of a row group that are read, when `columns` are.
    pub(super) fn bytes(&self, row_group: usize, columns: &HashSet<String>) -> u64 {
        total(&self.wanted(row_group, columns))
    }

    /// What is read of a row group, when `columns` are.
    pub(super) fn wanted(&self, row_group: usize, columns: &HashSet<String>) -> Vec<Range<u64>> {
        match (self.paged.get(&row_group), &self.indexed) {
            (Some(selection), Some(indexed)) => pages(indexed, row_group, selection, columns),
            _ => chunks(self.metadata.row_group(row_group), columns),
        }
    }

    /// The requests that reading `ranges` would send.
    pub(super) fn requests(&self, ranges: &[Range<u64>]) -> Result<Vec<Range<u64>>> {
        Ok(self.scan.scope.host.plan(&Location::from_path(&self.path)?, ranges))
    }

    /// Starts fetching `row_groups`, in order, as far as the statement's allowance goes.
    pub(super) fn fetch_ahead(&self, row_groups: impl Iterator<Item = usize>) {
        let Some(columns) = self.scan.seen_columns().filter(|columns| !columns.is_empty()) else {
            return;
        };
        let mut ahead = lock(&self.ahead);
        // Filled up again when half is used, as all that is there is passed over each time.
        if ahead.len() > ROW_GROUPS_AHEAD / 2 {
            return;
        }
        let mut row_groups = row_groups.peekable();
        let Some(first) = row_groups.peek().copied() else {
            return;
        };
        let parcels = self.parcels(first, &columns);
        let mut next: Vec<Wanted> = vec![];
        for row_group in row_groups {
            if ahead.contains_key(&row_group) {
                continue;
            }
            let parcel = |row_group| parcels.get(row_group);
            if next
                .last()
                .is_some_and(|last| parcel(&last.row_group) != parcel(&row_group))
            {
                self.send(&mut ahead, std::mem::take(&mut next));
                if ahead.len() >= ROW_GROUPS_AHEAD {
                    return;
                }
            }
            let ranges = self.wanted(row_group, &columns);
            let Some(allowance) = self.scan.scope.ahead.take(total(&ranges)) else {
                break;
            };
            next.push(Wanted {
                row_group,
                ranges,
                allowance,
            });
        }
        self.send(&mut ahead, next);
    }

    /// Which row groups are fetched together, from `first` on.
    fn parcels(&self, first: usize, columns: &HashSet<String>) -> &HashMap<usize, usize> {
        self.parcels.get_or_init(|| {
            let mut parcel = Parcel::of(LookAhead::All);
            let left = self.order.iter().skip_while(|index| **index != first);
            left.map(|index| (*index, parcel.number(&self.wanted(*index, columns))))
                .collect()
        })
    }

    /// How many of `row_groups`, the next ones, are on their way at once while a filter may still rule out a few.
    pub(super) fn likely(&self, row_groups: impl Iterator<Item = usize>) -> usize {
        let (Some(columns), mut row_groups) = (self.scan.seen_columns(), row_groups.peekable()) else {
            return 0;
        };
        let Some(first) = row_groups.peek().copied() else {
            return 0;
        };
        let parcels = self.parcels(first, &columns);
        let mut numbers = HashSet::<usize>::new();
        let is_within = |row_group: &usize| {
            numbers.extend(parcels.get(row_group));
            numbers.len() <= IN_FLIGHT
        };
        row_groups.take_while(is_within).count()
    }

    /// How many of `row_groups`, the next ones, are fetched at once while a filter may still rule them out: none when the
    /// first is on its way, as what comes after it waits until that was read.
    pub(super) fn together_in_doubt(&self, row_groups: impl Iterator<Item = usize>) -> usize {
        let (Some(columns), mut row_groups) = (self.scan.seen_columns(), row_groups.peekable()) else {
            return 0;
        };
        let ahead = lock(&self.ahead);
        if row_groups.peek().is_none_or(|first| ahead.contains_key(first)) {
            return 0;
        }
        let mut parcel = Parcel::of(LookAhead::Next);
        let numbers = row_groups.map(|index| parcel.number(&self.wanted(index, &columns)));
        numbers.take_while(|number| *number == 1).count()
    }

    /// Starts fetching the row groups of a parcel.
    fn send(&self, ahead: &mut HashMap<usize, Ahead>, parcel: Vec<Wanted>) {
        for wanted in apart(parcel, |wanted| &wanted.ranges) {
            let (store, path) = (Arc::clone(&self.scan.scope.store), self.path.clone());
            let ranges: Vec<_> = wanted.iter().flat_map(|wanted| wanted.ranges.clone()).collect();
            let task = spawn(async move { store.get_ranges(&path, &ranges).await });
            ahead.extend(together(wanted, task).map(|one| (one.wanted.row_group, one)));
        }
    }

    /// Gives up what was fetched for other row groups than these.
    pub(super) fn keep_only(&self, row_groups: &[usize]) {
        lock(&self.ahead).retain(|row_group, _| row_groups.contains(row_group));
    }

    /// The bytes at `ranges` of `row_group`: those fetched ahead where they are, else fetched now.
    pub(super) async fn read(&self, row_group: usize, ranges: Vec<Range<u64>>) -> Fetched {
        let ahead = lock(&self.ahead).remove(&row_group);
        let mut held: Vec<(Range<u64>, Bytes)> = vec![];
        if let Some(Ahead {
            wanted,
            shipment,
            first,
        }) = ahead
        {
            // From here on the memory pool counts these bytes.
            drop(wanted.allowance);
            // A task that died is made up for below.
            if let Some(fetched) = shipment.await {
                let fetched = fetched.as_ref().as_ref().map_err(again)?;
                held.extend(wanted.ranges.into_iter().zip(fetched.iter().skip(first).cloned()));
            }
        }
        let missing: Vec<Range<u64>> = ranges
            .iter()
            .filter(|range| find(&held, range).is_none())
            .cloned()
            .collect();
        if !missing.is_empty() {
            let fetched = self.scan.scope.store.get_ranges(&self.path, &missing).await?;
            held.extend(missing.into_iter().zip(fetched));
        }
        Ok(ranges
            .iter()
            .map(|range| find(&held, range).unwrap_or_default())
            .collect())
    }

    /// Notes that data of `row_group` is asked for, and of which columns.
    pub(super) fn note(&self, row_group: &RowGroup, ranges: &[Range<u64>]) {
        let is_first = !std::mem::replace(&mut *lock(&self.started), true);
        self.scan.scope.counts.add_row_group_read();
        if is_first {
            self.scan.scope.counts.add_file_read();
        }
        self.scan
            .tally
            .read(&self.metadata(row_group), row_group, ranges, is_first);
        if self.scan.seen_columns().is_none() {
            self.scan
                .see_columns(columns(self.metadata.row_group(row_group.index), ranges));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find(held: &[(Range<u64>, Bytes)], range: &Range<u64>) -> Option<Bytes> {
    let (at, bytes) = held
        .iter()
        .find(|(at, _)| at.start <= range.start && range.end <= at.end)?;
    let start = usize::try_from(range.start - at.start).ok()?;
    let end = usize::try_from(range.end - at.start).ok()?;
    (end <= bytes.len()).then(|| bytes.slice(start..end))
}
