//! The history: one row a commit (PROTOCOL.md, "Commit Provenance Information", whose fields are the writers' own).

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Versions, batch, columns, texts, time};
use crate::error::Result;
use crate::table::delta::action::DeletionVector;
use crate::table::delta::commit::Commit;
use crate::table::delta::json_stats::num_records;
use crate::table::delta::travel::adjusted;

pub(super) fn schema() -> SchemaRef {
    columns(&[
        ("version", DataType::Int64),
        ("timestamp", time()),
        ("writer_timestamp", time()),
        ("operation", DataType::Utf8),
        ("parameters", texts()),
        ("metrics", texts()),
        ("files_added", DataType::Int64),
        ("bytes_added", DataType::Int64),
        ("rows_added", DataType::Int64),
        ("files_removed", DataType::Int64),
        ("bytes_removed", DataType::Int64),
        ("rows_removed", DataType::Int64),
        ("user_id", DataType::Utf8),
        ("user_name", DataType::Utf8),
        ("engine", DataType::Utf8),
        ("read_version", DataType::Int64),
        ("isolation_level", DataType::Utf8),
        ("is_blind_append", DataType::Boolean),
        ("user_metadata", DataType::Utf8),
    ])
}

pub(super) async fn rows(versions: &Versions<'_>) -> Result<RecordBatch> {
    let range = versions.range().await?;
    let mut entries = versions.each(range, Entry::of).await?;
    let known = entries
        .iter()
        .filter_map(|entry| Some((entry.version, entry.timestamp?)));
    let times: BTreeMap<u64, i64> = adjusted(known.collect()).into_iter().collect();
    for entry in &mut entries {
        entry.timestamp = times.get(&entry.version).copied();
    }
    batch(&schema(), &entries)
}

/// A row.
#[derive(Debug, Default, Serialize)]
struct Entry {
    version: u64,
    timestamp: Option<i64>,
    /// By the writer's clock, where it tells: a table that was copied keeps it, and the dates of files do not.
    writer_timestamp: Option<i64>,
    operation: Option<String>,
    parameters: Option<BTreeMap<String, Option<String>>>,
    metrics: Option<BTreeMap<String, Option<String>>>,
    files_added: u64,
    bytes_added: Option<u64>,
    rows_added: Option<u64>,
    files_removed: u64,
    bytes_removed: Option<u64>,
    rows_removed: Option<u64>,
    user_id: Option<String>,
    user_name: Option<String>,
    engine: Option<String>,
    read_version: Option<i64>,
    isolation_level: Option<String>,
    is_blind_append: Option<bool>,
    user_metadata: Option<String>,
}

impl Entry {
    fn of(commit: &Commit) -> Result<Self> {
        let (mut info, mut added, mut removed) = (Map::new(), Total::default(), Total::default());
        for line in commit.parsed_lines::<Line<'_>>() {
            let (_, line) = line?;
            info = line.info.unwrap_or(info);
            line.add.iter().for_each(|file| added.count(file));
            line.remove.iter().for_each(|file| removed.count(file));
        }
        let word = |key: &str| info.get(key).and_then(text);
        Ok(Self {
            version: commit.version,
            timestamp: commit.timestamp_millis(),
            writer_timestamp: info.get("timestamp").and_then(Value::as_i64),
            operation: word("operation"),
            parameters: info.get("operationParameters").and_then(entries),
            metrics: info.get("operationMetrics").and_then(entries),
            files_added: added.files,
            bytes_added: added.bytes.known(),
            rows_added: added.rows.known(),
            files_removed: removed.files,
            bytes_removed: removed.bytes.known(),
            rows_removed: removed.rows.known(),
            user_id: word("userId"),
            user_name: word("userName"),
            engine: word("engineInfo"),
            read_version: info.get("readVersion").and_then(Value::as_i64),
            isolation_level: word("isolationLevel"),
            is_blind_append: info.get("isBlindAppend").and_then(Value::as_bool),
            user_metadata: word("userMetadata"),
        })
    }
}

/// A line of which only the provenance and the sizes of files matter.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "commitInfo", default)]
    info: Option<Map<String, Value>>,
    #[serde(borrow, default)]
    add: Option<File<'a>>,
    #[serde(borrow, default)]
    remove: Option<File<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(default)]
    size: Option<u64>,
    #[serde(borrow, default)]
    stats: Option<Cow<'a, str>>,
    #[serde(default)]
    deletion_vector: Option<DeletionVector>,
}

impl File<'_> {
    /// Rows that are not deleted, when the log tells.
    fn rows(&self) -> Option<u64> {
        let deleted = self.deletion_vector.as_ref().map_or(0, |vector| vector.cardinality);
        num_records(self.stats.as_deref()?)?.checked_sub(u64::try_from(deleted).ok()?)
    }
}

#[derive(Default)]
struct Total {
    files: u64,
    bytes: Sum,
    rows: Sum,
}

impl Total {
    fn count(&mut self, file: &File<'_>) {
        self.files += 1;
        self.bytes.add(file.size);
        self.rows.add(file.rows());
    }
}

/// A sum that is unknown as soon as one part is.
#[derive(Default)]
struct Sum {
    sum: u64,
    is_unknown: bool,
}

impl Sum {
    fn add(&mut self, part: Option<u64>) {
        match part.and_then(|part| self.sum.checked_add(part)) {
            Some(sum) => self.sum = sum,
            None => self.is_unknown = true,
        }
    }

    fn known(&self) -> Option<u64> {
        (!self.is_unknown).then_some(self.sum)
    }
}

/// Writers spell numbers and booleans as JSON or as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn entries(value: &Value) -> Option<BTreeMap<String, Option<String>>> {
    let entries = value.as_object()?.iter();
    Some(entries.map(|(key, value)| (key.clone(), text(value))).collect())
}
