//! What a table tells of itself, as rows: its history, its files, its log. Metadata is data like any other.

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use object_store::ObjectStore;

use crate::error::{Error, Kind, Result};
use crate::table::{Format, Table, delta, file_rows};

/// A question about a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// Which rows.
    pub table: LogTable,
    /// Of which versions; without, of all up to the one that is open.
    pub range: Option<RangeInclusive<u64>>,
}

/// Kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTable {
    /// One row a commit.
    History,
    /// One row a live file.
    Files,
    /// One row an action of a commit.
    Actions,
    /// One row a feature that is required.
    Protocol,
    /// One row a change of a column, of the partitioning or of a property.
    SchemaChanges,
    /// One row a fact that the version's checksum file records.
    Checksum,
    /// One row a file that is live at one end of the range and not at the other.
    FileChanges,
}

/// The columns of the rows about `table`.
#[must_use]
pub fn schema(table: &Table, rows: LogTable) -> SchemaRef {
    match rows {
        LogTable::Files => file_rows::schema(table),
        rows => delta::log_schema(rows),
    }
}

/// The rows that `query` asks for, in the columns of `wanted`, some of those of [`schema`].
///
/// # Errors
/// `Unsupported` when the table's format keeps no log, `NotFound` when the range is not there, `TooBig` when it is too
/// long, and what reading the log may say.
pub async fn rows(
    table: &Table,
    store: &Arc<dyn ObjectStore>,
    query: &LogQuery,
    wanted: &SchemaRef,
) -> Result<RecordBatch> {
    match (query.table, table.format) {
        (LogTable::Files, _) => file_rows::rows(table, wanted),
        (_, Format::Delta) => {
            let rows = delta::log_rows(table, store, query).await?;
            let columns = wanted.fields().iter().map(|field| rows.schema().index_of(field.name()));
            let columns: std::result::Result<Vec<_>, _> = columns.collect();
            columns
                .and_then(|columns| rows.project(&columns))
                .map_err(|cause| Error::new(Kind::Bug, "log", cause.to_string()).with_source(cause))
        }
        (_, Format::Parquet) => {
            let detail = "this table is made of Parquet files alone: there is no log that could tell";
            Err(Error::new(Kind::Unsupported, table.location.without_query(), detail))
        }
    }
}
