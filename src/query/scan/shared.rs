//! Row groups that hands decode: sent ahead in the order in which they are read, taken in that order.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use bytes::Bytes;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::future::ready;
use futures::{FutureExt, TryStreamExt};

use super::fit::Fit;
use super::open::RowGroup;
use super::reads::Reads;
use super::sieve::Sieved;
use super::source::LakeSource;
use super::wanted::chunks;
use super::{Scan, outward, piece};
use crate::error::{Error, Kind};
use crate::protocol::Piece;
use crate::query::crew::{Batches, Decoded, Place};
use crate::query::failure::sql_error;
use crate::query::fragment::Fragment;
use crate::query::ipc;
use crate::runtime::{Task, spawn};
use crate::table::parquet::{damaged, store_error};

/// Row groups of one file that are with hands.
#[derive(Debug, Default)]
pub(super) struct Shared(HashMap<usize, Sent>);

#[derive(Debug)]
struct Sent {
    task: Task<crate::error::Result<Batches>>,
    /// What is made of its rows there.
    fragment: Option<Arc<Fragment>>,
}

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
        fragment: Option<&Arc<Fragment>>,
        place: Place,
    ) {
        let purpose = fragment.map_or(Purpose::Rows, |fragment| Purpose::Fragment(fragment));
        let asked = Asked::of(reads, fit, row_group, source, purpose);
        let (index, reads, row_group) = (row_group.index, Arc::clone(reads), row_group.clone());
        let task = spawn(async move {
            let asked = asked?;
            reads.note(&row_group, &asked.ranges);
            let read = reads.read(index, asked.ranges.clone()).await;
            let chunks = read.map_err(|error| store_error(&reads.path, error))?;
            let (piece, buffers) = asked.with(chunks);
            Ok(place.decode(piece, buffers))
        });
        let fragment = fragment.cloned();
        self.0.insert(index, Sent { task, fragment });
    }

    /// The rows of a row group that was sent; and are they what a fragment makes of them?
    pub(super) fn take(
        &mut self,
        scan: &Arc<Scan>,
        reads: &Arc<Reads>,
        fit: &Arc<Fit>,
        row_group: usize,
    ) -> Option<(SendableRecordBatchStream, bool)> {
        let Sent { task, fragment } = self.0.remove(&row_group)?;
        let is_made = fragment.is_some();
        let given_up = || Error::new(Kind::Bug, "row group", "reading it was given up");
        let batches = async move { task.await.unwrap_or_else(|| Err(given_up())) };
        let decoded = batches.into_stream().try_flatten();
        scan.tally.share();
        let (scan, reads, fit) = (Arc::clone(scan), Arc::clone(reads), Arc::clone(fit));
        let schema = fragment
            .as_ref()
            .map_or_else(|| fit.rows_schema(), |one| Arc::clone(&one.schema));
        let rows = decoded.map_err(move |error| outward(named(error, &reads)));
        let rows = rows.try_filter_map(move |decoded| {
            let rows = match decoded {
                Decoded::Rows { batch, millis } => {
                    scan.tally.decode(millis);
                    taken(batch, &fit, fragment.as_deref()).map(Some)
                }
                Decoded::Passed(passed) => {
                    if let Some(fragment) = &fragment {
                        fragment.passed.add(&passed);
                    }
                    Ok(None)
                }
            };
            ready(rows)
        });
        Some((Box::pin(RecordBatchStreamAdapter::new(schema, rows)), is_made))
    }
}

/// For what a row group is to be decoded.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// For this engine, by itself.
    Here,
    /// For a hand, which sends its rows.
    Rows,
    /// For a hand, which makes something of them.
    Fragment(&'a Fragment),
}

/// A row group that is to be decoded: what is wanted of it, what is told of it, and where its column chunks lie.
pub(super) struct Asked {
    piece: Piece,
    told: Vec<Bytes>,
    pub(super) ranges: Vec<Range<u64>>,
}

impl Asked {
    pub(super) fn of(
        reads: &Reads,
        fit: &Fit,
        row_group: &RowGroup,
        source: &LakeSource,
        purpose: Purpose<'_>,
    ) -> crate::error::Result<Self> {
        let metadata = reads.metadata(row_group);
        let group = metadata.row_group(row_group.index);
        let ranges = chunks(group, &fit.leaves);
        let (schema, fragment) = match purpose {
            Purpose::Here => (&fit.schema, None),
            Purpose::Rows => (&fit.sent, None),
            Purpose::Fragment(fragment) => (&fit.schema, Some(fragment)),
        };
        let sieved = source.sieve(fit, schema, group);
        let footer = piece::pack(&metadata, group, &fit.roots, schema);
        let footer = footer.map_err(|cause| damaged(&reads.path, cause))?;
        let mut told = vec![footer];
        tell(&mut told, schema, fit, sieved.as_ref(), fragment).map_err(|error| sql_error(error, ""))?;
        let piece = Piece {
            batch_rows: u32::try_from(source.batch_rows()).unwrap_or(u32::MAX),
            starts: ranges.iter().map(|range| range.start).collect(),
            runs: row_group.selection.as_ref().map(piece::runs).unwrap_or_default(),
            sieve: sieved.map(|sieved| sieved.sieve),
            fragment: fragment.map(|fragment| fragment.told.clone()),
            builds: fragment.map(Fragment::builds).unwrap_or_default(),
        };
        Ok(Self { piece, told, ranges })
    }

    /// What a hand is told, with the column chunks at its ranges.
    pub(super) fn with(self, chunks: Vec<Bytes>) -> (Piece, Vec<Bytes>) {
        (self.piece, [self.told, chunks].concat())
    }
}

/// What is told behind the footer, before the column chunks.
fn tell(
    told: &mut Vec<Bytes>,
    schema: &Schema,
    fit: &Fit,
    sieved: Option<&Sieved>,
    fragment: Option<&Fragment>,
) -> Result<()> {
    told.push(ipc::schema_stream(schema)?);
    if let Some(sieved) = sieved {
        told.push(ipc::stream_of(&sieved.literals)?.into());
    }
    if let Some(fragment) = fragment {
        told.extend([
            ipc::schema_stream(&fit.read)?,
            ipc::stream_of(&fragment.literals()?)?.into(),
        ]);
    }
    Ok(())
}

fn taken(batch: Bytes, fit: &Fit, fragment: Option<&Fragment>) -> Result<RecordBatch> {
    let batch = ipc::batch_of(batch).map_err(|cause| outward(piece::broken(&cause)))?;
    match fragment {
        Some(fragment) => fragment.made(&batch),
        None => fit.rows(&batch),
    }
}

/// An error of [`Decoding`](super::decoding::Decoding), which knows no file, with the file's name.
pub(super) fn named(error: Error, reads: &Reads) -> Error {
    match error.kind {
        Kind::Damaged if error.subject == piece::SUBJECT => damaged(&reads.path, error.detail),
        _ => error,
    }
}
