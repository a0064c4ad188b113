//! What a decoder asks for: it is started, and stopped at its first question.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::Result;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::decode::Decoder;
use super::open::RowGroup;
use super::wanted::columns;

/// The Parquet columns that `decoder` reads of `file`, as one of its row groups shows.
pub(super) async fn columns_read(
    decoder: &Decoder,
    file: &PartitionedFile,
    metadata: &Arc<ParquetMetaData>,
    row_group: usize,
) -> Result<HashSet<String>> {
    let asked = Arc::new(Mutex::default());
    let readers = Arc::new(Questions {
        metadata: Arc::clone(metadata),
        asked: Arc::clone(&asked),
    });
    let whole = RowGroup::whole(row_group);
    let first = match decoder.decode(file.clone(), metadata.num_row_groups(), &whole, readers) {
        Ok(mut rows) => rows.next().await.transpose().map(|_| ()),
        Err(error) => Err(error),
    };
    match asked.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(ranges) => Ok(columns(metadata.row_group(row_group), &ranges)),
        // No question: nothing of the file is needed, as for a count of rows.
        None => first.map(|()| HashSet::new()),
    }
}

#[derive(Debug)]
struct Questions {
    metadata: Arc<ParquetMetaData>,
    asked: Arc<Mutex<Option<Vec<Range<u64>>>>>,
}

impl ParquetFileReaderFactory for Questions {
    fn create_reader(
        &self,
        _partition: usize,
        _file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        Ok(Box::new(Question {
            metadata: Arc::clone(&self.metadata),
            asked: Arc::clone(&self.asked),
        }))
    }
}

/// Answers nothing and remembers what was asked.
struct Question {
    metadata: Arc<ParquetMetaData>,
    asked: Arc<Mutex<Option<Vec<Range<u64>>>>>,
}

impl AsyncFileReader for Question {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let only = self.get_byte_ranges(vec![range]);
        async move { only.await.map(|_| Bytes::new()) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(ranges);
        async { Err(ParquetError::General("a plan reads no data".to_owned())) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let metadata = Arc::clone(&self.metadata);
        async move { Ok(metadata) }.boxed()
    }
}
