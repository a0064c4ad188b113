//! The rows of a row group as a hand gives them, or what is to be made of them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionConfig;
use futures::stream::{BoxStream, try_unfold};
use futures::{Stream, StreamExt, TryStreamExt};

use super::decoding::{Decoding, Making};
use super::fit::widened;
use super::outward;
use crate::error::{Error, Result};
use crate::protocol::Piece;
use crate::query::failure::sql_error;
use crate::query::fragment::{Build, Counts, Made, run};
use crate::query::rules::Pacer;
use crate::query::setting::runtime;

/// What the operators of one fragment may hold in a hand. An aggregate that has more gives its parts early.
const MEMORY_BYTES: u64 = 256 << 20;

/// What a hand gives of a row group.
pub(crate) struct Rows {
    /// Its rows, or what is made of them.
    pub(crate) rows: BoxStream<'static, Result<RecordBatch>>,
    /// How many rows its fragment has seen so far, if it has one.
    pub(crate) counts: Option<Counts>,
}

impl Rows {
    /// Decodes what [`Order::Decode`](crate::protocol::Order::Decode) brings. `builds` are the other sides of its fragment's
    /// joins.
    ///
    /// # Errors
    /// `Damaged` when its bytes break their format's rules, and what its fragment may say.
    pub(crate) fn of(piece: &Piece, buffers: Vec<Bytes>, builds: &[Arc<Build>]) -> Result<Self> {
        let mut decoding = Decoding::begin(piece, buffers)?;
        match decoding.making.take() {
            Some(making) => made(decoding, making, builds).map_err(inward),
            None => Ok(Self {
                rows: decoded(decoding).boxed(),
                counts: None,
            }),
        }
    }
}

/// All batches with rows, and a pause between them when it is due.
fn decoded(decoding: Decoding) -> impl Stream<Item = Result<RecordBatch>> + Send {
    try_unfold((decoding, Pacer::default()), |(mut decoding, pacer)| async move {
        loop {
            pacer.pause_if_due().await;
            match decoding.next()? {
                Some(batch) if batch.num_rows() == 0 => {}
                batch => return Ok(batch.map(|batch| (batch, (decoding, pacer)))),
            }
        }
    })
}

fn made(decoding: Decoding, making: Making, builds: &[Arc<Build>]) -> datafusion::error::Result<Rows> {
    let config = SessionConfig::new().with_batch_size(decoding.batch_rows);
    let runtime = runtime(MEMORY_BYTES)?;
    let context = Arc::new(TaskContext::default().with_session_config(config).with_runtime(runtime));
    let schema = Arc::clone(&making.schema);
    let read = decoded(decoding).map_err(outward);
    let read = read.map(move |batch| widened(&batch?, &schema));
    let read = Box::pin(RecordBatchStreamAdapter::new(making.schema, read));
    let Made { rows, counts } = run(&making.fragment, &making.literals, builds, read, &context)?;
    Ok(Rows {
        rows: rows.map_err(inward).boxed(),
        counts: Some(counts),
    })
}

fn inward(error: DataFusionError) -> Error {
    sql_error(error, "")
}
