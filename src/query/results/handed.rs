//! Results as they are handed over to another engine.

use std::io::Cursor;

use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use bytes::Bytes;

use super::ResultSet;
use crate::error::{Error, Kind, Result};
use crate::query::arrange::Spilling;
use crate::query::ipc::{schema_of, schema_stream, streams_of};

impl ResultSet {
    /// Does it show the very same rows as `other`, in whatever order?
    #[must_use]
    pub fn shows_rows_of(&self, other: &Self) -> bool {
        self.rows.is_same(&other.rows)
    }

    /// Which rows it shows in which order; `None` when it is all, as they are kept.
    #[must_use]
    pub fn order(&self) -> Option<Vec<u32>> {
        let order = self.rows.order.as_ref()?;
        Some(order.rows(0..order.len()))
    }

    /// All rows that are kept, as IPC streams: the first one says of which columns, and has no rows.
    ///
    /// # Errors
    /// `Bug` when they have no form to be written in, or are more than `most_bytes`.
    pub fn streams(&self, most_bytes: usize) -> Result<Vec<Vec<u8>>> {
        let columns = schema_stream(&self.rows.schema).map_err(unreadable)?;
        let batches = self.share().into_batches();
        let batches = batches.map(|batch| batch.map_err(|error| ArrowError::ExternalError(Box::new(error))));
        let mut streams = vec![columns.to_vec()];
        streams.extend(streams_of(batches, most_bytes).map_err(unreadable)?);
        Ok(streams)
    }

    /// The rows in [`streams`](Self::streams) of another engine, as [`spilling`](Self::spilling) keeps them.
    ///
    /// # Errors
    /// `Bug` when they are none, `TooBig` when they do not fit the budget.
    pub fn of_streams(streams: &[Bytes], budget_bytes: u64, spilling: Option<Spilling>) -> Result<Self> {
        let [columns, streams @ ..] = streams else {
            return Err(Error::new(Kind::Bug, "result", "it came without its columns"));
        };
        let mut result = Self::spilling(schema_of(columns.clone()).map_err(unreadable)?, budget_bytes, spilling);
        for stream in streams {
            // Each batch has a buffer of its own: it does not hold the others.
            let batches = StreamReader::try_new(Cursor::new(stream), None).map_err(unreadable)?;
            for batch in batches {
                if !result.push(batch.map_err(unreadable)?) {
                    return Err(Error::new(Kind::TooBig, "result", "its rows found no room"));
                }
            }
        }
        Ok(result)
    }
}

fn unreadable(cause: ArrowError) -> Error {
    Error::new(Kind::Bug, "result", cause.to_string()).with_source(cause)
}
