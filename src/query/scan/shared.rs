//! Row groups that hands decode: sent ahead in the order in which they are read, taken in that order.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::fit::Fit;
use super::open::RowGroup;
use super::reads::Reads;
use super::source::LakeSource;
use super::wanted::chunks;
use super::{Scan, outward, piece};
use crate::error::{Error, Kind};
use crate::protocol::Piece;
use crate::query::crew::{Batches, Decoded, Place};
use crate::runtime::{Task, spawn};
use crate::table::parquet::{damaged, store_error};

/// Row groups of one file that are with hands.
#[derive(Debug, Default)]
pub(super) struct Shared(HashMap<usize, Task<crate::error::Result<Batches>>>);

impl Shared {
    pub(super) fn has(&self, row_group: usize) -> bool {
        self.0.contains_key(&row_group)
    }

    /// Gives up all others.
    pub(super) fn keep_only(&mut self, row_groups: &[usize]) {
        self.0.retain(|row_group, _| row_groups.contains(row_group));
    }

    /// Sends a row group to a hand.
    pub(super) fn send(
        &mut self,
        reads: &Arc<Reads>,
        fit: &Fit,
        row_group: &RowGroup,
        source: &LakeSource,
        place: Place,
    ) {
        let metadata = reads.metadata(row_group);
        let group = metadata.row_group(row_group.index);
        let ranges = chunks(group, &fit.leaves);
        let sieved = source.sieve(&fit.schema);
        let piece = Piece {
            batch_rows: u32::try_from(source.batch_rows()).unwrap_or(u32::MAX),
            starts: ranges.iter().map(|range| range.start).collect(),
            runs: row_group.selection.as_ref().map(piece::runs).unwrap_or_default(),
            sieve: sieved.as_ref().map(|sieved| sieved.sieve.clone()),
        };
        let literals = sieved.map(|sieved| piece::stream_of(&sieved.literals));
        let footer = piece::pack(&metadata, group, &fit.roots).map_err(|cause| damaged(&reads.path, cause));
        let schema = piece::schema_stream(&fit.schema);
        let (index, reads, row_group) = (row_group.index, Arc::clone(reads), row_group.clone());
        let task = spawn(async move {
            let mut buffers = vec![footer?, schema?];
            if let Some(literals) = literals {
                buffers.push(literals?.into());
            }
            reads.note(&row_group, &ranges);
            let read = reads.read(index, ranges).await;
            buffers.extend(read.map_err(|error| store_error(&reads.path, error))?);
            Ok(place.decode(piece, buffers))
        });
        self.0.insert(index, task);
    }

    /// The rows of a row group that was sent.
    pub(super) fn take(
        &mut self,
        scan: &Arc<Scan>,
        reads: &Arc<Reads>,
        fit: &Arc<Fit>,
        row_group: usize,
    ) -> Option<SendableRecordBatchStream> {
        let task = self.0.remove(&row_group)?;
        let given_up = || Error::new(Kind::Bug, "row group", "reading it was given up");
        let batches = async move { task.await.unwrap_or_else(|| Err(given_up())) };
        let decoded = batches.into_stream().try_flatten();
        scan.tally.share();
        let (scan, reads, fit) = (Arc::clone(scan), Arc::clone(reads), Arc::clone(fit));
        let schema = fit.rows_schema();
        let rows = decoded.map(move |decoded| {
            let decoded = decoded.map_err(|error| outward(named(error, &reads)))?;
            fitted(&scan, &fit, decoded)
        });
        Some(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// An error of a hand, which knows no file, with the file's name.
fn named(error: Error, reads: &Reads) -> Error {
    match error.kind {
        Kind::Damaged if error.subject == piece::SUBJECT => damaged(&reads.path, error.detail),
        _ => error,
    }
}

fn fitted(scan: &Scan, fit: &Fit, decoded: Decoded) -> Result<RecordBatch> {
    scan.tally.decode(decoded.millis);
    let batch = piece::unpack(decoded.batch).map_err(outward)?;
    fit.rows(&batch)
}
