//! The change data feed: which rows came and went, commit by commit (PROTOCOL.md, "Add CDC File" and "Reader
//! Requirements for `AddCDCFile`").
//!
//! A commit with change files tells its changes in those alone; of another, the rows of added files were inserted and
//! those of removed ones deleted, as far as its actions change data. A file that is removed and added again with
//! another deletion vector changed in the rows by which the two vectors differ.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use roaring::RoaringTreemap;
use serde::Deserialize;

use crate::error::{Error, Kind, Result};
use crate::protocol::AsOf;
use crate::table::Table;
use crate::table::delta::action::{Add, DeletionVector, Metadata};
use crate::table::delta::batch::FileBatchBuilder;
use crate::table::delta::commit::Commit;
use crate::table::delta::deletions::Deletions;
use crate::table::delta::log::Log;
use crate::table::delta::probe::commit;
use crate::table::delta::vector::VectorBuilder;
use crate::table::delta::{json_stats, paths, schema, snapshot, state};
use crate::table::files::DeletedRows;
use crate::table::mapping::Mapping;

/// How a row changed: `insert`, `delete`, `update_preimage` or `update_postimage`.
const CHANGE_TYPE: &str = "_change_type";
/// The version that changed it.
const COMMIT_VERSION: &str = "_commit_version";
/// When that was.
const COMMIT_TIMESTAMP: &str = "_commit_timestamp";

/// The property that makes writers keep what a feed needs.
const ENABLED: &str = "delta.enableChangeDataFeed";

/// Commits that one feed reads, a request each.
const MOST_COMMITS: u64 = 5000;

/// Commits asked for at once.
const AT_ONCE: usize = 24;

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
    let mut commits = stream::iter(from..=to)
        .map(|version| fetch(&log, version))
        .buffered(AT_ONCE);
    while let Some(commit) = commits.try_next().await? {
        feed.commit(&log, table, &commit)?;
    }
    Ok(vec![feed.inferred.table(table, false)?, feed.told.table(table, true)?])
}

async fn fetch(log: &Log, version: u64) -> Result<Commit> {
    commit(log, version).await?.ok_or_else(|| {
        let detail = format!("the commit of version {version} is gone, and with it what it changed");
        refuse(log, Kind::NotFound, detail)
    })
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
            "the column {:?} has another type, or may be NULL, at version {version}, which is not so at the end: ask for the changes before and \
             after that apart",
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
        for (number, line) in commit.numbered_lines() {
            let line: Line<'_> = serde_json::from_slice(line).map_err(|cause| {
                let detail = format!("line {number} is no action of the log: {cause}");
                Error::new(Kind::Damaged, commit.file.location.without_query(), detail).with_source(cause)
            })?;
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

/// Which rows of a file changed.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// All but those of a deletion vector.
    AllBut(Option<&'a DeletionVector>),
    /// Those of one deletion vector that are not in another.
    Only(&'a DeletionVector, Option<&'a DeletionVector>),
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(default)]
    partition_values: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default = "yes")]
    data_change: bool,
    #[serde(default)]
    stats: Option<String>,
    #[serde(default)]
    deletion_vector: Option<DeletionVector>,
}

fn yes() -> bool {
    true
}

/// Files with the changes that their rows are.
#[derive(Default)]
struct Changes {
    files: FileBatchBuilder,
    change: Vec<&'static str>,
    version: Vec<i64>,
    millis: Vec<Option<i64>>,
    /// Rows that are no change, or, with rows given below, rows of which some are.
    first: VectorBuilder,
    /// Rows among those that are none.
    second: VectorBuilder,
    /// Rows of the file, where only those of `first` without those of `second` are changes.
    rows: Vec<Option<u64>>,
}

impl Changes {
    /// Adds some rows of `file`, which changed at a version and its time.
    fn push(
        &mut self,
        (version, millis): (u64, Option<i64>),
        change: &'static str,
        file: &File<'_>,
        which: Which<'_>,
    ) -> Result<()> {
        let missing = |what: &str| {
            let detail = format!("a file of version {version} comes without its {what}: its rows cannot be told");
            Error::new(Kind::Damaged, file.path.to_string(), detail)
        };
        let counted = file.stats.as_deref().and_then(json_stats::num_records);
        let (first, second, rows) = match which {
            Which::AllBut(vector) => (vector, None, None),
            // "Deletion Vectors": such a file must have a count of rows.
            Which::Only(vector, other) => (
                Some(vector),
                other,
                Some(counted.ok_or_else(|| missing("count of rows"))?),
            ),
        };
        self.first.push(first);
        self.second.push(second);
        self.rows.push(rows);
        let path = paths::normal(&file.path);
        self.files.push(
            &path,
            &Add {
                path: path.clone(),
                partition_values: file
                    .partition_values
                    .clone()
                    .ok_or_else(|| missing("partition values"))?,
                size: file.size.ok_or_else(|| missing("size"))?,
                modification_time: None,
                stats: file.stats.clone(),
                deletion_vector: None,
            },
        )?;
        self.change.push(change);
        self.version.push(i64::try_from(version).unwrap_or(i64::MAX));
        self.millis.push(millis);
        Ok(())
    }

    /// The changes as rows of a table with the columns of `table` and those of a feed. Change files tell themselves how
    /// a row changed.
    fn table(self, table: &Table, tells_change: bool) -> Result<Table> {
        let root = &table.location;
        let batch = self.files.finish()?;
        let schema = feed_schema(&table.schema);
        let deletions = |vectors: VectorBuilder| Deletions::new(root, &[vectors.finish()]);
        let changed = ChangedRows {
            first: deletions(self.first)?,
            second: deletions(self.second)?,
            rows: self.rows,
        };
        let types: ArrayRef = Arc::new(StringArray::from(self.change));
        let versions: ArrayRef = Arc::new(Int64Array::from(self.version));
        let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(self.millis).with_timezone("UTC"));
        let mut constants = vec![(COMMIT_VERSION, versions), (COMMIT_TIMESTAMP, times)];
        if !tells_change {
            constants.insert(0, (CHANGE_TYPE, types));
        }
        let (names, values): (Vec<_>, Vec<_>) = constants.into_iter().unzip();
        let files = snapshot::live_files(table, &[batch])?;
        let rows = (0..files.len()).map(|file| changed.left_of(file, files.num_records(file)));
        let rows = rows.collect();
        let files = files.with_constants(values, rows)?.with_deleted(Box::new(changed));
        let names = names.into_iter().map(ToOwned::to_owned);
        let mapping = table.mapping.as_deref().map(|mapping| Mapping {
            unmapped: vec![CHANGE_TYPE.to_owned()],
            ..mapping.clone()
        });
        Ok(Table {
            schema,
            mapping: mapping.map(Arc::new),
            partition_columns: table.partition_columns.iter().cloned().chain(names).collect(),
            files: Arc::new(files),
            ..table.clone()
        })
    }
}

fn feed_schema(schema: &SchemaRef) -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let added = [
        Field::new(CHANGE_TYPE, DataType::Utf8, true),
        Field::new(COMMIT_VERSION, DataType::Int64, true),
        Field::new(COMMIT_TIMESTAMP, time, true),
    ];
    let fields = schema.fields().iter().cloned().chain(added.map(Arc::new));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Which rows of the files are no changes.
#[derive(Debug)]
struct ChangedRows {
    first: Option<Deletions>,
    second: Option<Deletions>,
    rows: Vec<Option<u64>>,
}

impl ChangedRows {
    fn rows_of(&self, file: usize) -> Option<u64> {
        self.rows.get(file).copied().flatten()
    }

    /// How many of a file's `rows` are changes, when that is known.
    fn left_of(&self, file: usize, rows: Option<u64>) -> Option<u64> {
        match self.rows_of(file) {
            Some(_) => None,
            None => rows?.checked_sub(self.count(file)),
        }
    }
}

#[async_trait]
impl DeletedRows for ChangedRows {
    /// At least one where only some rows are changes: how many is known when they are read.
    fn count(&self, file: usize) -> u64 {
        match self.rows_of(file) {
            Some(_) => 1,
            None => self.first.as_ref().map_or(0, |deleted| deleted.count(file)),
        }
    }

    async fn load(&self, store: &dyn ObjectStore, file: usize) -> Result<RoaringTreemap> {
        let first = load(self.first.as_ref(), store, file).await?;
        let Some(rows) = self.rows_of(file) else {
            return Ok(first);
        };
        let changed = first - load(self.second.as_ref(), store, file).await?;
        let mut all = RoaringTreemap::new();
        all.insert_range(0..rows);
        Ok(all - changed)
    }
}

async fn load(deletions: Option<&Deletions>, store: &dyn ObjectStore, file: usize) -> Result<RoaringTreemap> {
    match deletions {
        Some(deletions) => deletions.load(store, file).await,
        None => Ok(RoaringTreemap::new()),
    }
}
