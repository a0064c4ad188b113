//! Files whose rows are changes, as a table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use object_store::ObjectStore;
use roaring::RoaringTreemap;
use serde::Deserialize;

use crate::error::{Error, Kind, Result};
use crate::table::Table;
use crate::table::delta::action::{Add, DeletionVector};
use crate::table::delta::batch::FileBatchBuilder;
use crate::table::delta::deletions::Deletions;
use crate::table::delta::vector::VectorBuilder;
use crate::table::delta::{json_stats, paths, snapshot};
use crate::table::files::DeletedRows;
use crate::table::mapping::Mapping;
use crate::table::roots::Roots;

/// How a row changed: `insert`, `delete`, `update_preimage` or `update_postimage`.
const CHANGE_TYPE: &str = "_change_type";
/// The version that changed it.
const COMMIT_VERSION: &str = "_commit_version";
/// When that was.
const COMMIT_TIMESTAMP: &str = "_commit_timestamp";

/// Which rows of a file changed.
#[derive(Clone, Copy)]
pub(super) enum Which<'a> {
    /// All but those of a deletion vector.
    AllBut(Option<&'a DeletionVector>),
    /// Those of one deletion vector that are not in another.
    Only(&'a DeletionVector, Option<&'a DeletionVector>),
}

/// What an action says of a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub(super) path: Cow<'a, str>,
    #[serde(default)]
    pub(super) partition_values: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    pub(super) size: Option<u64>,
    #[serde(default = "yes")]
    pub(super) data_change: bool,
    #[serde(default)]
    pub(super) stats: Option<String>,
    #[serde(default)]
    pub(super) deletion_vector: Option<DeletionVector>,
}

fn yes() -> bool {
    true
}

/// Files with the changes that their rows are.
#[derive(Default)]
pub(super) struct Changes {
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
    pub(super) fn push(
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
                base_row_id: None,
                default_row_commit_version: None,
            },
        )?;
        self.change.push(change);
        self.version.push(i64::try_from(version).unwrap_or(i64::MAX));
        self.millis.push(millis);
        Ok(())
    }

    /// The changes as rows of a table with the columns of `table` and those of a feed. Change files tell themselves how
    /// a row changed.
    pub(super) fn table(self, table: &Table, tells_change: bool) -> Result<Table> {
        let roots = Roots::new(&table.location, &table.elsewhere)?;
        let batch = self.files.finish()?;
        let schema = feed_schema(&table.schema);
        let deletions = |vectors: VectorBuilder| Deletions::new(&roots, &[vectors.finish()]);
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
        let files = files.with_constants(values)?.with_num_records(rows)?;
        let names = names.into_iter().map(ToOwned::to_owned);
        let mapping = table.mapping.as_deref().map(|mapping| Mapping {
            unmapped: mapping
                .unmapped
                .iter()
                .cloned()
                .chain([CHANGE_TYPE.to_owned()])
                .collect(),
            ..mapping.clone()
        });
        Ok(Table {
            schema,
            mapping: mapping.map(Arc::new),
            partition_columns: table.partition_columns.iter().cloned().chain(names).collect(),
            files: Arc::new(files.with_deleted(Arc::new(changed))),
            row_tracking: None,
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

    /// What is no change was counted by the log's count of rows.
    fn rows_of(&self, file: usize) -> Option<u64> {
        self.rows.get(file).copied().flatten()
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
