//! The rows in which two versions of a table differ, as far as their files tell them apart.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array};
use arrow::datatypes::{DataType, Field, Schema};
use object_store::ObjectStore;

use crate::error::{Error, Kind, Result};
use crate::protocol::AsOf;
use crate::table::Table;
use crate::table::delta::batch::{FileBatch, FileKey};
use crate::table::delta::log::Log;
use crate::table::delta::{snapshot, state};

/// On which side a row is: -1 for the first of the two versions, 1 for the second.
const SIDE: &str = "_side";

/// The rows of the files that are live at version `from` and not at `to`, or the other way round, in the columns of
/// version `to`: two tables. A file whose deletion vector differs is one of each side, and so are those of its rows
/// that are in both versions.
///
/// # Errors
/// `NotFound` when the log has not both versions, `Unsupported` when they are partitioned by other columns or one cannot
/// be read, or what the store says.
pub async fn rows_between(store: &Arc<dyn ObjectStore>, table: &Table, from: u64, to: u64) -> Result<Vec<Table>> {
    let log = Log::new(store, &table.location);
    let (_, before) = state(&log, Some(&AsOf::Version(from))).await?;
    let (version, after) = state(&log, Some(&AsOf::Version(to))).await?;
    if before.metadata.partition_columns != after.metadata.partition_columns {
        let detail = format!("the table is partitioned by other columns at version {from} than at version {to}");
        return Err(Error::new(Kind::Unsupported, table.location.without_query(), detail));
    }
    let (old, new) = (keys(&before.files), keys(&after.files));
    let removed = without(&before.files, &new)?;
    let added = without(&after.files, &old)?;
    let latter = snapshot::table(&table.location, &table.elsewhere, version, after)?;
    Ok(vec![side(&latter, &removed, -1)?, side(&latter, &added, 1)?])
}

fn keys(batches: &[FileBatch]) -> HashSet<FileKey> {
    let keys = batches.iter().map(|batch| (0..batch.len()).map(|file| batch.key(file)));
    keys.flatten().collect()
}

/// The files that are not among `others`.
fn without(batches: &[FileBatch], others: &HashSet<FileKey>) -> Result<Vec<FileBatch>> {
    let left = |batch: &FileBatch| {
        let keep: BooleanArray = (0..batch.len())
            .map(|file| Some(!others.contains(&batch.key(file))))
            .collect();
        batch.filter(&keep)
    };
    batches.iter().map(left).collect()
}

/// `files` with the columns of `table` and one that tells their side.
fn side(table: &Table, files: &[FileBatch], side: i32) -> Result<Table> {
    let files = snapshot::live_files(table, files)?;
    let sides: ArrayRef = Arc::new(Int32Array::from(vec![side; files.len()]));
    let field = Arc::new(Field::new(SIDE, DataType::Int32, false));
    let fields = table.schema.fields().iter().cloned().chain([field]);
    Ok(Table {
        schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
        partition_columns: table
            .partition_columns
            .iter()
            .cloned()
            .chain([SIDE.to_owned()])
            .collect(),
        files: Arc::new(files.with_constants(vec![sides])?),
        row_tracking: None,
        ..table.clone()
    })
}
