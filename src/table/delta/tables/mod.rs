//! The log as tables: what happened to a table, and what it requires, as rows. No file of data is read for them.

use std::pin::pin;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use futures::TryStreamExt;
use object_store::ObjectStore;
use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::table::Table;
use crate::table::delta::commit::Commit;
use crate::table::delta::discover::first_version;
use crate::table::delta::log::Log;
use crate::table::delta::probe::{MOST_COMMITS, commits};
use crate::table::log::{LogQuery, LogTable};

mod actions;
mod checkpoint;
mod checksum;
mod file_changes;
mod history;
mod protocol;
mod schema_changes;

/// The columns of each table.
#[must_use]
pub fn schema(table: LogTable) -> SchemaRef {
    match table {
        LogTable::History => history::schema(),
        LogTable::Actions => actions::schema(),
        LogTable::SchemaChanges => schema_changes::schema(),
        LogTable::FileChanges => file_changes::schema(),
        LogTable::Checksum => checksum::schema(),
        LogTable::Protocol | LogTable::Files => protocol::schema(),
    }
}

/// The rows that `query` asks for.
///
/// # Errors
/// `NotFound` when the log does not have the versions any more or yet, `TooBig` when they are too many, `Damaged` when
/// a commit cannot be read, or what the store says.
pub async fn rows(table: &Table, store: &Arc<dyn ObjectStore>, query: &LogQuery) -> Result<RecordBatch> {
    let log = Log::new(store, &table.location);
    let versions = Versions { table, log, query };
    match query.table {
        LogTable::History => history::rows(&versions).await,
        LogTable::Actions => actions::rows(&versions).await,
        LogTable::SchemaChanges => schema_changes::rows(&versions).await,
        LogTable::FileChanges => file_changes::rows(&versions).await,
        LogTable::Checksum => checksum::rows(&versions).await,
        LogTable::Protocol | LogTable::Files => protocol::rows(table),
    }
}

/// The versions that a question is about.
struct Versions<'a> {
    table: &'a Table,
    log: Log,
    query: &'a LogQuery,
}

impl Versions<'_> {
    /// The first and the last one: those asked for, else all that are left up to the one that is open.
    async fn range(&self) -> Result<(u64, u64)> {
        let latest = self.table.version.map_or(0, |version| version.number);
        let (from, to) = match &self.query.range {
            Some(range) => (*range.start(), *range.end()),
            None => (first_version(&self.log, latest).await?, latest),
        };
        if from > to {
            return Err(self.refuse(
                Kind::Sql,
                format!("the versions {from} to {to} are none: the first comes first"),
            ));
        }
        if to - from >= MOST_COMMITS {
            let detail = format!(
                "the versions {from} to {to} are {} requests; give a range of at most {MOST_COMMITS} versions",
                to - from + 1
            );
            return Err(self.refuse(Kind::TooBig, detail));
        }
        Ok((from, to))
    }

    /// Takes what `read` makes of each commit from `from` to `to`, oldest first; no commit is held longer.
    async fn each<T>(&self, (from, to): (u64, u64), mut read: impl FnMut(&Commit) -> Result<T>) -> Result<Vec<T>> {
        let mut commits = pin!(commits(&self.log, from, to));
        let mut all = vec![];
        while let Some((version, commit)) = commits.try_next().await? {
            match commit {
                Some(commit) => all.push(read(&commit)?),
                // Of a log of which nothing but a checkpoint is left, there is no commit to tell of.
                None if version == from && self.query.range.is_none() => {}
                None => return Err(self.no_commit(version).await),
            }
        }
        Ok(all)
    }

    async fn no_commit(&self, version: u64) -> Error {
        let known = self.table.version.map_or(0, |version| version.number);
        match first_version(&self.log, known).await {
            Err(error) => error,
            Ok(first) => {
                let detail =
                    format!("the log has no commit of version {version}; the commits {first} to {known} are known");
                self.refuse(Kind::NotFound, detail)
            }
        }
    }

    fn refuse(&self, kind: Kind, detail: String) -> Error {
        Error::new(kind, self.log.root().without_query(), detail)
    }
}

/// `rows` as columns.
fn batch<T: Serialize>(schema: &SchemaRef, rows: &[T]) -> Result<RecordBatch> {
    let decode = || -> std::result::Result<_, ArrowError> {
        let mut decoder = ReaderBuilder::new(Arc::clone(schema))
            .with_batch_size(rows.len().max(1))
            .build_decoder()?;
        decoder.serialize(rows)?;
        decoder.flush()
    };
    let decoded = decode().map_err(|cause| Error::new(Kind::Bug, "log", cause.to_string()).with_source(cause))?;
    Ok(decoded.unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(schema))))
}

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

/// A map of texts, as histories have them.
fn texts() -> DataType {
    let entries = vec![
        Field::new("keys", DataType::Utf8, false),
        Field::new("values", DataType::Utf8, true),
    ];
    let entries = Field::new("entries", DataType::Struct(entries.into()), false);
    DataType::Map(Arc::new(entries), false)
}

/// A schema of columns that may be NULL, but for the first.
fn columns(columns: &[(&str, DataType)]) -> SchemaRef {
    let fields = columns
        .iter()
        .enumerate()
        .map(|(at, (name, data_type))| Field::new(*name, data_type.clone(), at > 0));
    Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()))
}
