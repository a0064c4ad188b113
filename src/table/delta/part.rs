//! One Parquet file of a checkpoint, read by range when it is large and whole when it is small.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::error::Result;
use crate::http::Location;
use crate::table::delta::log::{Log, store_error};

/// Below this a file is fetched whole: one request costs less than the columns that are left out.
const WHOLE_BYTES: u64 = 1 << 20;

/// Bytes from the end that hold the footer of most checkpoints.
const FOOTER_BYTES: usize = 1 << 16;

/// A part of a checkpoint.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its URL, for errors.
    pub location: Location,
    content: Content,
    metadata: Option<Arc<ParquetMetaData>>,
}

#[derive(Debug, Clone)]
enum Content {
    Whole(Bytes),
    Ranged {
        store: Arc<dyn ObjectStore>,
        path: Path,
        size_bytes: u64,
    },
}

impl Part {
    /// Opens a part, or says `None` when it is absent. `size_bytes` is a hint, and may lie.
    pub async fn open(log: &Log, name: &str, size_bytes: Option<u64>) -> Result<Option<Self>> {
        let location = log.location(name)?;
        if let Some(size_bytes) = size_bytes.filter(|size| *size > WHOLE_BYTES) {
            let mut part = Self::ranged(log, &location, size_bytes);
            if let Ok(metadata) = part.load_metadata().await {
                part.metadata = Some(metadata);
                return Ok(Some(part));
            }
        }
        // Without a hint, the beginning tells the size, and is all of a small file.
        let beginning = size_bytes.is_none().then_some(0..WHOLE_BYTES);
        let options = GetOptions::new().with_range(beginning);
        let answer = log.store().get_opts(&location.path(), options).await;
        let Some(opened) = log.present(&location, answer)? else {
            return Ok(None);
        };
        let bytes = opened.bytes().await.map_err(|cause| store_error(&location, cause))?;
        if size_bytes.is_none()
            && bytes.len() as u64 == WHOLE_BYTES
            && let Some(size_bytes) = log.size_bytes(name).await?
        {
            return Ok(Some(Self::ranged(log, &location, size_bytes)));
        }
        Ok(Some(Self {
            location,
            content: Content::Whole(bytes),
            metadata: None,
        }))
    }

    fn ranged(log: &Log, location: &Location, size_bytes: u64) -> Self {
        let content = Content::Ranged {
            store: Arc::clone(log.store()),
            path: location.path(),
            size_bytes,
        };
        Self {
            location: location.clone(),
            content,
            metadata: None,
        }
    }

    fn size_bytes(&self) -> u64 {
        match &self.content {
            Content::Whole(bytes) => bytes.len() as u64,
            Content::Ranged { size_bytes, .. } => *size_bytes,
        }
    }

    async fn load_metadata(&mut self) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        if let Some(metadata) = &self.metadata {
            return Ok(Arc::clone(metadata));
        }
        let size_bytes = self.size_bytes();
        let reader = ParquetMetaDataReader::new().with_prefetch_hint(Some(FOOTER_BYTES));
        reader.load_and_finish(self, size_bytes).await.map(Arc::new)
    }
}

impl AsyncFileReader for Part {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.get_byte_ranges(vec![range])
            .map_ok(|ranges| ranges.into_iter().next().unwrap_or_default())
            .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move {
            match &self.content {
                Content::Whole(bytes) => ranges.into_iter().map(|range| slice(bytes, range)).collect(),
                Content::Ranged { store, path, .. } => store
                    .get_ranges(path, &ranges)
                    .await
                    .map_err(|cause| ParquetError::External(Box::new(cause))),
            }
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        self.load_metadata().boxed()
    }
}

fn slice(bytes: &Bytes, range: Range<u64>) -> parquet::errors::Result<Bytes> {
    let (start, end) = (usize::try_from(range.start).ok(), usize::try_from(range.end).ok());
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= bytes.len() => Ok(bytes.slice(start..end)),
        _ => Err(ParquetError::EOF(format!(
            "bytes {}..{} of {} were asked for",
            range.start,
            range.end,
            bytes.len()
        ))),
    }
}
