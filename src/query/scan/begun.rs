//! [`Begun`]: a scan whose first row group tells how many rows come, and so who goes on with it.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::channel::oneshot;
use futures::future::pending;
use futures::stream::{BoxStream, try_unfold};
use futures::{StreamExt, TryStreamExt};

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
    first_bytes: usize,
    /// Of how many these are what passed what is known of the predicate.
    per: u64,
}

/// Who takes the rows when more come than some.
pub(in crate::query) struct Taker {
    /// What they are for: those count that come to its first join.
    pub(in crate::query) fragment: Arc<Fragment>,
    /// From so many on.
    pub(in crate::query) least_rows: u64,
    pub(in crate::query) context: Arc<TaskContext>,
    /// Where they go. Once nobody listens they stay with whoever runs the scan.
    pub(in crate::query) taken: oneshot::Sender<Begun>,
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
    pub(super) fn new(source: &LakeSource) -> Self {
        Self {
            source: source.clone(),
            // What it reads does not hold the place where it may be left.
            walk: source.walk(None),
            first: vec![],
            first_bytes: 0,
            per: 0,
        }
    }

    /// The next rows of the first row group, or of the beginning of one of many rows.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        if self.first.is_empty() {
            self.per = self.walk.begin().await?.unwrap_or_default() as u64;
        }
        if self.first_bytes >= SEEN_BYTES {
            return Ok(None);
        }
        let batch = self.walk.next_of_row_group().await?;
        if let Some(batch) = &batch {
            self.first_bytes += batch.get_array_memory_size();
            self.first.push(batch.clone());
        }
        Ok(batch)
    }

    /// How many rows there are of a kind of which `found` are among the first, if all are as those, and all files as the
    /// first one.
    fn expected(&self, found: u64) -> u64 {
        let found = u128::from(found) * u128::from(self.walk.rows_expected());
        u64::try_from(found.checked_div(u128::from(self.per)).unwrap_or_default()).unwrap_or(u64::MAX)
    }

    /// What `fragment` makes of the rows, of the first ones on.
    pub(in crate::query) fn made(self, fragment: &Arc<Fragment>) -> Result<SendableRecordBatchStream> {
        let mut walk = self.walk;
        walk.make(self.first, fragment)?;
        let rows = walk.into_stream();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&fragment.schema),
            rows,
        )))
    }

    /// Leaves the rows to whoever runs the scan, until the first row group tells that `taker` takes them.
    pub(in crate::query) fn leave(self, taker: Taker) {
        let rest = Arc::clone(&self.source.rest);
        let rows = try_unfold(Left::Beginning(Box::new((self, taker))), Left::next);
        *rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(rows.boxed());
    }
}

/// Rows that are left to whoever runs the scan.
enum Left {
    Beginning(Box<(Begun, Taker)>),
    Rest(BoxStream<'static, Result<RecordBatch>>),
}

impl Left {
    async fn next(self) -> Result<Option<(RecordBatch, Self)>> {
        let mut rest = match self {
            Self::Rest(rest) => rest,
            Self::Beginning(mut beginning) => {
                if let Some(batch) = beginning.0.next().await? {
                    return Ok(Some((batch, Self::Beginning(beginning))));
                }
                let (begun, taker) = *beginning;
                let coming = taker.fragment.coming(begun.first.clone(), taker.context).await?;
                let stays = if begun.expected(coming) < taker.least_rows {
                    Some(begun)
                } else {
                    taker.taken.send(begun).err()
                };
                match stays {
                    Some(begun) => begun.walk.into_stream().boxed(),
                    // Whoever has them now drops this.
                    None => pending().await,
                }
            }
        };
        Ok(rest.try_next().await?.map(|batch| (batch, Self::Rest(rest))))
    }
}
