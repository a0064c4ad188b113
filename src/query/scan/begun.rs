//! [`Begun`]: a scan of which the first row group was read, to see how many rows come.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};

use super::source::LakeSource;
use super::walk::Walk;
use crate::query::fragment::Fragment;

/// Bytes of rows that are read to see how many come. Where these are not a row group's, enough come.
const SEEN_BYTES: usize = 16 << 20;

/// A scan that has begun.
pub(in crate::query) struct Begun {
    source: LakeSource,
    walk: Walk,
    /// The first rows of a row group; nothing where none is read.
    first: Vec<RecordBatch>,
    /// Of how many these are what passed what is known of the predicate.
    per: u64,
}

/// The rows of a scan that has begun, from the first one on, for whoever runs it.
#[derive(Default)]
pub(super) struct Rest(Mutex<Option<BoxStream<'static, Result<RecordBatch>>>>);

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

impl Rest {
    /// The rows, which are given once.
    pub(super) fn take(&self) -> Option<BoxStream<'static, Result<RecordBatch>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Begun {
    /// Reads a row group, or the beginning of one of many rows.
    pub(super) async fn read(source: &LakeSource) -> Result<Self> {
        // What it reads does not hold the place where it may be left.
        let mut walk = Walk::new(&source.apart(), None);
        let (mut first, mut bytes) = (vec![], 0);
        let per = walk.begin().await?.unwrap_or_default();
        while bytes < SEEN_BYTES
            && let Some(batch) = walk.next_of_row_group().await?
        {
            bytes += batch.get_array_memory_size();
            first.push(batch);
        }
        Ok(Self {
            source: source.clone(),
            walk,
            first,
            per: per as u64,
        })
    }

    /// The first rows.
    pub(in crate::query) fn first(&self) -> &[RecordBatch] {
        &self.first
    }

    /// How many rows there are of a kind of which `found` are among the first, if all are as those, and all files as the
    /// first one.
    pub(in crate::query) fn expected(&self, found: u64) -> u64 {
        let found = u128::from(found) * u128::from(self.walk.rows_expected());
        u64::try_from(found.checked_div(u128::from(self.per)).unwrap_or_default()).unwrap_or(u64::MAX)
    }

    /// What `fragment` makes of the rows.
    pub(in crate::query) fn made(self, fragment: &Arc<Fragment>) -> Result<SendableRecordBatchStream> {
        let mut walk = self.walk;
        walk.make(self.first, fragment)?;
        let rows = walk.into_stream();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&fragment.schema),
            rows,
        )))
    }

    /// Leaves the rows to whoever runs the scan.
    pub(in crate::query) fn leave(self) {
        let rows = stream::iter(self.first.into_iter().map(Ok)).chain(self.walk.into_stream());
        let mut rest = self.source.rest.0.lock().unwrap_or_else(PoisonError::into_inner);
        *rest = Some(rows.boxed());
    }
}
