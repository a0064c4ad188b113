//! The change data feed: which rows came and went, commit by commit (PROTOCOL.md, "Add CDC File" and "Reader
//! Requirements for `AddCDCFile`").
//!
//! A commit with change files tells its changes in those alone; of another, the rows of added files were inserted and
//! those of removed ones deleted, as far as its actions change data. A file that is removed and added again with
//! another deletion vector changed in the rows by which the two vectors differ.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use arrow::datatypes::Field;
use futures::TryStreamExt;
use object_store::ObjectStore;
use serde::Deserialize;

use crate::error::{Error, Kind, Result};
use crate::protocol::AsOf;
use crate::table::Table;
use crate::table::delta::action::Metadata;
use crate::table::delta::commit::Commit;
use crate::table::delta::log::Log;
use crate::table::delta::probe::{MOST_COMMITS, commits};
use crate::table::delta::{paths, schema, state};

mod between;
mod files;

pub use between::rows_between;

use files::{Changes, File, Which};

/// The property that makes writers keep what a feed needs.
const ENABLED: &str = "delta.enableChangeDataFeed";

/// The changes of the versions from `from` to that of `table`: tables of one schema, the rows of which make up the
/// feed together.
///
/// # Errors
/// `NotFound` when the log has not all of the versions, `Unsupported` when the feed was off at one of them or when
/// columns changed in a way that one schema cannot tell, `Damaged` when a commit cannot be read, or what the store says.
pub async fn changes(store: &Arc<dyn ObjectStore>, table: &Table, from: u64) -> Result<Vec<Table>> {
    let log = Log::new(store, &table.location);
    let to = table.version.map_or(0, |version| version.number);
    check_range(&log, from, to)?;
    let (_, first) = state(&log, Some(&AsOf::Version(from))).await?;
    check_metadata(&log, table, &first.metadata, from)?;
    let mut feed = Feed::default();
    let mut commits = pin!(commits(&log, from, to));
    while let Some((version, commit)) = commits.try_next().await? {
        let gone = || format!("the commit of version {version} is gone, and with it what it changed");
        let commit = commit.ok_or_else(|| refuse(&log, Kind::NotFound, gone()))?;
        feed.commit(&log, table, &commit)?;
    }
    Ok(vec![feed.inferred.table(table, false)?, feed.told.table(table, true)?])
}

fn check_range(log: &Log, from: u64, to: u64) -> Result<()> {
    if from > to {
        let detail = format!("the changes from version {from} to {to} are none: the first comes first");
        return Err(refuse(log, Kind::Sql, detail));
    }
    if to - from >= MOST_COMMITS {
        let detail = format!(
            "the changes of {} versions are asked for; {MOST_COMMITS} at most are read",
            to - from + 1
        );
        return Err(refuse(log, Kind::TooBig, detail));
    }
    Ok(())
}

/// Is the feed on, and do the columns of that version have the types that they have at the end?
fn check_metadata(log: &Log, table: &Table, metadata: &Metadata, version: u64) -> Result<()> {
    if !metadata
        .property(ENABLED)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        let detail = format!("the change data feed is off at version {version} ({ENABLED} is not true)");
        return Err(refuse(log, Kind::Unsupported, detail));
    }
    let then = schema::parse(log.root(), &metadata.schema_string)?;
    let differs = |field: &&Arc<Field>| {
        let now = table.schema.field_with_name(field.name());
        let may_be_null = |now: &Field| now.is_nullable() || !field.is_nullable();
        now.is_ok_and(|now| now.data_type() != field.data_type() || !may_be_null(now))
    };
    if let Some(field) = then.fields().iter().find(differs) {
        let detail = format!(
            "the column {:?} had another type, or could be NULL, at version {version}, unlike at the end: ask for the \
             changes before and after that apart",
            field.name()
        );
        return Err(refuse(log, Kind::Unsupported, detail));
    }
    if metadata.partition_columns != table.partition_columns {
        let detail = format!("the table is partitioned otherwise at version {version} than at the end");
        return Err(refuse(log, Kind::Unsupported, detail));
    }
    Ok(())
}

fn refuse(log: &Log, kind: Kind, detail: String) -> Error {
    Error::new(kind, log.root().without_query(), detail)
}

/// The changes of some commits.
#[derive(Default)]
struct Feed {
    /// From added and removed files.
    inferred: Changes,
    /// From change files.
    told: Changes,
}

impl Feed {
    fn commit(&mut self, log: &Log, table: &Table, commit: &Commit) -> Result<()> {
        let mut lines = vec![];
        for line in commit.parsed_lines::<Line<'_>>() {
            let (_, line) = line?;
            if let Some(metadata) = &line.metadata {
                check_metadata(log, table, metadata, commit.version)?;
            }
            lines.push(line);
        }
        let at = (commit.version, commit.timestamp_millis());
        let mut told = lines.iter().filter_map(|line| line.cdc.as_ref()).peekable();
        if told.peek().is_some() {
            return told.try_for_each(|file| self.told.push(at, "", file, Which::AllBut(None)));
        }
        drop(told);
        self.infer(at, &lines)
    }

    fn infer(&mut self, at: (u64, Option<i64>), lines: &[Line<'_>]) -> Result<()> {
        let changing = |file: &&File<'_>| file.data_change;
        let removed = lines.iter().filter_map(|line| line.remove.as_ref()).filter(changing);
        let mut removed: BTreeMap<String, &File<'_>> = removed
            .map(|file| (paths::normal(&file.path).into_owned(), file))
            .collect();
        for added in lines.iter().filter_map(|line| line.add.as_ref()).filter(changing) {
            let now = added.deletion_vector.as_ref();
            let Some(removed) = removed.remove(paths::normal(&added.path).as_ref()) else {
                self.inferred.push(at, "insert", added, Which::AllBut(now))?;
                continue;
            };
            let before = removed.deletion_vector.as_ref();
            for (change, vector, other) in [("delete", now, before), ("insert", before, now)] {
                if let Some(vector) = vector {
                    self.inferred.push(at, change, added, Which::Only(vector, other))?;
                }
            }
        }
        removed.values().try_for_each(|file| {
            let gone_before = file.deletion_vector.as_ref();
            self.inferred.push(at, "delete", file, Which::AllBut(gone_before))
        })
    }
}

/// A line of which only changes of rows matter.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    add: Option<File<'a>>,
    #[serde(borrow, default)]
    remove: Option<File<'a>>,
    #[serde(borrow, default)]
    cdc: Option<File<'a>>,
    #[serde(rename = "metaData", default)]
    metadata: Option<Metadata>,
}
