//! The files that are live at one of two versions and not at the other.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use serde::Serialize;

use super::{Versions, batch, columns, texts};
use crate::error::Result;
use crate::protocol::AsOf;
use crate::table::delta::batch::{FileBatch, FileKey, text_entries};
use crate::table::delta::state;
use crate::table::delta::stats::DeltaStatistics;

pub(super) fn schema() -> SchemaRef {
    columns(&[
        ("change", DataType::Utf8),
        ("path", DataType::Utf8),
        ("size_bytes", DataType::Int64),
        ("rows", DataType::Int64),
        ("deleted_rows", DataType::Int64),
        ("partition_values", texts()),
    ])
}

/// A file whose deletion vector changed is one that was removed and one that was added, as in the log.
pub(super) async fn rows(versions: &Versions<'_>) -> Result<RecordBatch> {
    let Some(range) = &versions.query.range else {
        return batch::<Row>(&schema(), &[]);
    };
    let (_, before) = state(&versions.log, Some(&AsOf::Version(*range.start()))).await?;
    let (_, after) = state(&versions.log, Some(&AsOf::Version(*range.end()))).await?;
    let mut changes = missing("removed", &before.files, &keys(&after.files))?;
    changes.extend(missing("added", &after.files, &keys(&before.files))?);
    batch(&schema(), &changes)
}

/// A row.
#[derive(Debug, Serialize)]
struct Row {
    change: &'static str,
    path: String,
    size_bytes: u64,
    rows: Option<u64>,
    deleted_rows: u64,
    partition_values: BTreeMap<String, Option<String>>,
}

fn keys(batches: &[FileBatch]) -> HashSet<FileKey> {
    let keys = |batch: &FileBatch| (0..batch.len()).map(|file| batch.key(file)).collect::<Vec<_>>();
    batches.iter().flat_map(keys).collect()
}

/// The files in `batches` that are not among `others`.
fn missing(change: &'static str, batches: &[FileBatch], others: &HashSet<FileKey>) -> Result<Vec<Row>> {
    let mut changes = vec![];
    for batch in batches {
        let statistics = DeltaStatistics::new(Arc::new(Schema::empty()), None, std::slice::from_ref(batch));
        let vectors = batch.deletion_vectors()?;
        let gone = (0..batch.len()).filter(|file| !others.contains(&batch.key(*file)));
        for file in gone {
            let deleted = vectors
                .cardinality
                .is_valid(file)
                .then(|| vectors.cardinality.value(file));
            let deleted_rows = deleted.and_then(|rows| u64::try_from(rows).ok()).unwrap_or_default();
            changes.push(Row {
                change,
                path: batch.path().value(file).to_owned(),
                size_bytes: batch.size().value(file),
                rows: count(statistics.num_records(), file).and_then(|rows| rows.checked_sub(deleted_rows)),
                deleted_rows,
                partition_values: text_entries(batch.partition_values(), file)?,
            });
        }
    }
    Ok(changes)
}

fn count(counts: &UInt64Array, file: usize) -> Option<u64> {
    counts.is_valid(file).then(|| counts.value(file))
}
