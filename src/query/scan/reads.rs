//! [`Reads`]: the bytes of one file's row groups, the next ones fetched while one decodes.
//!
//! The first row group of a scan shows which columns the decoder asks for; from then on the
//! ranges of the following ones are known before they are asked for.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::Scan;
use super::ahead::{Ahead, Fetched, Parcel, ROW_GROUPS_AHEAD, Wanted, again, together};
use super::open::{Kept, RowGroup};
use crate::error::Result;
use crate::http::Location;
use crate::runtime::spawn;
use crate::table::parquet::store_error;

/// The reads of one file in one scan.
#[derive(Debug)]
pub(super) struct Reads {
    scan: Arc<Scan>,
    path: Path,
    metadata: Arc<ParquetMetaData>,
    /// With the page indexes by which row groups were narrowed.
    indexed: Option<Arc<ParquetMetaData>>,
    /// What is read, in order; and is it narrowed to pages?
    order: Vec<(usize, bool)>,
    /// Which of them are fetched together, once it is known of which columns.
    parcels: OnceLock<HashMap<usize, usize>>,
    ahead: Mutex<HashMap<usize, Ahead>>,
    started: Mutex<bool>,
}

impl Reads {
    pub(super) fn new(scan: &Arc<Scan>, path: Path, metadata: Arc<ParquetMetaData>, kept: &Kept) -> Self {
        let order = kept.row_groups.iter().map(|one| (one.index, one.is_paged));
        Self {
            scan: Arc::clone(scan),
            path,
            metadata,
            indexed: kept.indexed.clone(),
            order: order.collect(),
            parcels: OnceLock::new(),
            ahead: Mutex::default(),
            started: Mutex::default(),
        }
    }

    /// The file that is read.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The metadata by which `row_group` is decoded.
    pub(super) fn metadata(&self, row_group: &RowGroup) -> Arc<ParquetMetaData> {
        // Indexes are there for narrowed row groups only, and must not be taken for those of others.
        let indexed = self.indexed.as_ref().filter(|_| row_group.is_paged);
        Arc::clone(indexed.unwrap_or(&self.metadata))
    }

    /// Bytes of a row group in the chunks of `columns`.
    pub(super) fn bytes(&self, row_group: usize, columns: &HashSet<String>) -> u64 {
        total(&chunks(self.metadata.row_group(row_group), columns))
    }

    /// The requests that reading `ranges` would send.
    pub(super) fn requests(&self, ranges: &[Range<u64>]) -> Result<Vec<Range<u64>>> {
        Ok(self.scan.scope.host.plan(&Location::from_path(&self.path)?, ranges))
    }

    /// Starts fetching `row_groups`, in order, as far as the statement's allowance goes.
    pub(super) fn fetch_ahead(&self, row_groups: impl Iterator<Item = usize>) {
        let Some(columns) = self.scan.seen_columns() else {
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
        let parcels = self.parcels.get_or_init(|| self.divide(first, &columns));
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
            let ranges = chunks(self.metadata.row_group(row_group), &columns);
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
    fn divide(&self, first: usize, columns: &HashSet<String>) -> HashMap<usize, usize> {
        let mut parcel = Parcel::default();
        let left = self.order.iter().skip_while(|(index, _)| *index != first);
        let numbered = left.map(|(index, is_paged)| {
            let ranges = chunks(self.metadata.row_group(*index), columns);
            (*index, parcel.number(*is_paged, &ranges))
        });
        numbered.collect()
    }

    /// Starts fetching row groups together.
    fn send(&self, ahead: &mut HashMap<usize, Ahead>, wanted: Vec<Wanted>) {
        if wanted.is_empty() {
            return;
        }
        let (store, path) = (Arc::clone(&self.scan.scope.store), self.path.clone());
        let ranges: Vec<_> = wanted.iter().flat_map(|wanted| wanted.ranges.clone()).collect();
        let task = spawn(async move { store.get_ranges(&path, &ranges).await });
        ahead.extend(together(wanted, task).map(|one| (one.wanted.row_group, one)));
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

/// Bytes at `ranges`.
pub(super) fn total(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum()
}

/// The column chunks of `columns`, in the order in which a decoder asks for them.
pub(super) fn chunks(group: &RowGroupMetaData, columns: &HashSet<String>) -> Vec<Range<u64>> {
    let wanted = group
        .columns()
        .iter()
        .filter(|chunk| columns.contains(&chunk.column_path().string()));
    wanted
        .map(ColumnChunkMetaData::byte_range)
        .map(|(start, length)| start..start + length)
        .collect()
}

/// The columns whose chunks hold `ranges`.
pub(super) fn columns(group: &RowGroupMetaData, ranges: &[Range<u64>]) -> HashSet<String> {
    let asked = group.columns().iter().filter(|chunk| {
        let (start, length) = chunk.byte_range();
        ranges
            .iter()
            .any(|range| start <= range.start && range.end <= start + length)
    });
    asked.map(|chunk| chunk.column_path().string()).collect()
}

/// Makes the reader of one row group.
#[derive(Debug)]
pub(super) struct RowGroupReads {
    pub(super) reads: Arc<Reads>,
    pub(super) row_group: RowGroup,
    /// Row groups to fetch while this one decodes.
    pub(super) upcoming: Vec<usize>,
}

impl ParquetFileReaderFactory for RowGroupReads {
    fn create_reader(
        &self,
        _partition: usize,
        _file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::error::Result<Box<dyn AsyncFileReader + Send>> {
        let pool = self.reads.scan.context.memory_pool();
        let consumer = format!("Reading {}", self.reads.scan.name);
        Ok(Box::new(RowGroupReader {
            reads: Arc::clone(&self.reads),
            row_group: self.row_group.clone(),
            upcoming: self.upcoming.clone(),
            reservation: MemoryConsumer::new(consumer).register(pool),
        }))
    }
}

/// Reads one row group for the decoder; what it read counts against the memory pool while it lives.
struct RowGroupReader {
    reads: Arc<Reads>,
    row_group: RowGroup,
    upcoming: Vec<usize>,
    reservation: MemoryReservation,
}

impl AsyncFileReader for RowGroupReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let reads = Arc::clone(&self.reads);
        let read = async move {
            reads
                .scan
                .scope
                .store
                .get_range(&reads.path, range)
                .await
                .map_err(|e| outward(&reads, e))
        };
        read.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        let read = async move {
            self.reservation
                .try_grow(usize::try_from(total(&ranges)).unwrap_or(usize::MAX))
                .map_err(too_big)?;
            let is_first = self.reads.scan.seen_columns().is_none();
            self.reads.note(&self.row_group, &ranges);
            if !is_first && !self.row_group.is_paged && !self.upcoming.is_empty() {
                // With those that are fetched together with it.
                let from_now_on = std::iter::once(self.row_group.index).chain(self.upcoming.iter().copied());
                self.reads.fetch_ahead(from_now_on);
            }
            let now = self.reads.read(self.row_group.index, ranges);
            let mut now = std::pin::pin!(now);
            // The row group that is wanted now sends its requests before the next ones do.
            let first = futures::poll!(now.as_mut());
            if !self.row_group.is_paged {
                self.reads.fetch_ahead(self.upcoming.iter().copied());
            }
            let fetched = match first {
                std::task::Poll::Ready(fetched) => fetched,
                std::task::Poll::Pending => now.await,
            };
            fetched.map_err(|error| outward(&self.reads, error))
        };
        read.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let metadata = self.reads.metadata(&self.row_group);
        async move { Ok(metadata) }.boxed()
    }
}

fn outward(reads: &Reads, error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(store_error(&reads.path, error)))
}

fn too_big(error: DataFusionError) -> ParquetError {
    ParquetError::External(Box::new(error))
}
