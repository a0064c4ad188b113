//! The reader of one row group, as a decoder asks it.

use std::ops::Range;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::ObjectStoreExt;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::open::RowGroup;
use super::reads::Reads;
use super::wanted::total;
use crate::table::parquet::store_error;

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
        Ok(Box::new(self.reader()))
    }
}

impl RowGroupReads {
    pub(super) fn reader(&self) -> RowGroupReader {
        let scan = &self.reads.scan;
        let consumer = format!("Reading {}", scan.name);
        RowGroupReader {
            reads: Arc::clone(&self.reads),
            row_group: self.row_group.clone(),
            upcoming: self.upcoming.clone(),
            reservation: MemoryConsumer::new(consumer).register(scan.context.memory_pool()),
        }
    }
}

/// Reads one row group for the decoder; what it read counts against the memory pool while it lives.
pub(super) struct RowGroupReader {
    reads: Arc<Reads>,
    row_group: RowGroup,
    upcoming: Vec<usize>,
    reservation: MemoryReservation,
}

impl AsyncFileReader for RowGroupReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let reads = Arc::clone(&self.reads);
        let read = async move {
            let store = &reads.scan.scope.store;
            store
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
            self.reads.note(&self.row_group, &ranges);
            if !self.upcoming.is_empty() {
                // With those that are fetched together with it.
                let from_now_on = std::iter::once(self.row_group.index).chain(self.upcoming.iter().copied());
                self.reads.fetch_ahead(from_now_on);
            }
            let now = self.reads.read(self.row_group.index, ranges);
            let mut now = std::pin::pin!(now);
            // The row group that is wanted now sends its requests before the next ones do.
            let first = futures::poll!(now.as_mut());
            self.reads.fetch_ahead(self.upcoming.iter().copied());
            let fetched = match first {
                Poll::Ready(fetched) => fetched,
                Poll::Pending => now.await,
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
