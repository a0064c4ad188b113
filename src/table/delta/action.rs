//! The log's actions, as JSON spells them (PROTOCOL.md, "Actions").

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// One line of a commit: at most one of these is there. Other actions do not change what a reader sees.
#[derive(Debug, Default, Deserialize)]
pub struct Line<'a> {
    /// "Add File and Remove File".
    #[serde(borrow, default)]
    pub add: Option<Add<'a>>,
    /// "Add File and Remove File".
    #[serde(borrow, default)]
    pub remove: Option<Remove<'a>>,
    /// "Change Metadata".
    #[serde(rename = "metaData", default)]
    pub metadata: Option<Metadata>,
    /// "Protocol Evolution".
    #[serde(default)]
    pub protocol: Option<Protocol>,
    /// "Sidecar File Information", in checkpoints only.
    #[serde(default)]
    pub sidecar: Option<Sidecar>,
    /// "Checkpoint Metadata", in checkpoints only.
    #[serde(rename = "checkpointMetadata", default)]
    pub checkpoint_metadata: Option<CheckpointMetadata>,
}

/// A data file that becomes part of the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Add<'a> {
    /// URI, relative to the table's root or absolute.
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    /// Serialized values by physical column name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub partition_values: BTreeMap<String, Option<String>>,
    /// In bytes.
    pub size: u64,
    /// In milliseconds since 1970.
    #[serde(default)]
    pub modification_time: Option<i64>,
    /// "Per-file Statistics", as JSON in a string.
    #[serde(default)]
    pub stats: Option<String>,
    /// Which rows are deleted.
    #[serde(default)]
    pub deletion_vector: Option<DeletionVector>,
    /// "Default Generated Row IDs": that of the file's first row.
    #[serde(default)]
    pub base_row_id: Option<i64>,
    /// "Default Row Commit Versions": the version that added the file first.
    #[serde(default)]
    pub default_row_commit_version: Option<i64>,
}

/// A data file that stops being part of the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remove<'a> {
    /// URI, relative to the table's root or absolute.
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    /// Which rows had been deleted.
    #[serde(default)]
    pub deletion_vector: Option<DeletionVector>,
}

/// Which rows of a file are deleted ("Deletion Vector Descriptor Schema").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionVector {
    /// `u`, `i` or `p`.
    pub storage_type: String,
    /// A path, or the bitmap itself.
    pub path_or_inline_dv: String,
    /// Where in the file.
    #[serde(default)]
    pub offset: Option<i32>,
    /// Bytes of the bitmap; negative when the log lacks it.
    #[serde(default = "lacking")]
    pub size_in_bytes: i32,
    /// Deleted rows; negative when the log lacks it.
    #[serde(default = "lacking")]
    pub cardinality: i64,
}

fn lacking<T: From<i8>>() -> T {
    T::from(-1)
}

impl DeletionVector {
    /// "Derived Fields": what tells two deletion vectors apart.
    pub fn unique_id(&self) -> String {
        match self.offset {
            Some(offset) => format!("{}{}@{offset}", self.storage_type, self.path_or_inline_dv),
            None => format!("{}{}", self.storage_type, self.path_or_inline_dv),
        }
    }
}

/// What the table is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The table's identity, which stays.
    #[serde(default)]
    pub id: Option<String>,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// When the table was made, in milliseconds since 1970.
    #[serde(default, deserialize_with = "malformed_as_default")]
    pub created_time: Option<i64>,
    /// How data files are encoded.
    #[serde(default)]
    pub format: Option<DataFormat>,
    /// "Schema Serialization Format", as JSON in a string.
    pub schema_string: String,
    /// Logical names.
    #[serde(default, deserialize_with = "null_as_default")]
    pub partition_columns: Vec<String>,
    /// Table properties.
    #[serde(default, deserialize_with = "null_as_default")]
    pub configuration: BTreeMap<String, Option<String>>,
}

impl Metadata {
    /// A table property.
    pub fn property(&self, key: &str) -> Option<&str> {
        self.configuration.get(key).and_then(|value| value.as_deref())
    }
}

/// "Format Specification".
#[derive(Debug, Clone, Deserialize)]
pub struct DataFormat {
    /// `parquet`, in all tables of today.
    pub provider: String,
}

/// What a reader must understand.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Protocol {
    /// 1, 2 or 3.
    pub min_reader_version: i32,
    /// Names, when the reader version is 3.
    #[serde(default)]
    pub reader_features: Option<Vec<String>>,
    /// 1 to 7.
    #[serde(default)]
    pub min_writer_version: i32,
    /// Names, when the writer version is 7.
    #[serde(default)]
    pub writer_features: Option<Vec<String>>,
}

/// A file that holds some of a checkpoint's files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sidecar {
    /// URI-encoded: a name in `_delta_log/_sidecars`, or absolute.
    pub path: String,
    /// Its size.
    pub size_in_bytes: u64,
}

/// What a V2 checkpoint says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckpointMetadata {
    /// The version whose state it is.
    pub version: u64,
    /// "Checkpoint Metadata Tags".
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: BTreeMap<String, Option<String>>,
}

impl CheckpointMetadata {
    /// `numOfAddFiles`: how many files the checkpoint and its sidecars hold, when it says so.
    pub fn files(&self) -> Option<usize> {
        self.tags.get("numOfAddFiles")?.as_deref()?.parse().ok()
    }
}

/// Who committed, and when.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitInfo {
    /// "In-Commit Timestamps", in milliseconds since 1970.
    #[serde(default)]
    pub in_commit_timestamp: Option<i64>,
    /// The writer's clock, in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<serde_json::Value>,
}

/// PROTOCOL.md, "Last Checkpoint File Schema".
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastCheckpoint {
    /// The checkpoint's version.
    pub version: u64,
    /// How many parts, for a checkpoint of many.
    #[serde(default)]
    pub parts: Option<u32>,
    /// Bytes of all parts.
    #[serde(default)]
    pub size_in_bytes: Option<u64>,
    /// Where a V2 checkpoint lies.
    #[serde(default)]
    pub v2_checkpoint: Option<V2Checkpoint>,
}

/// What the hint says of a V2 checkpoint: not in the protocol's text, but what writers write.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct V2Checkpoint {
    /// Its file's name in the log.
    pub path: String,
    /// Its file's size.
    #[serde(default)]
    pub size_in_bytes: Option<u64>,
    /// Its sidecars. Only what it says itself counts; this tells early where they are.
    #[serde(default, deserialize_with = "malformed_as_default")]
    pub sidecar_files: Vec<Sidecar>,
}

/// Some writers spell what is empty as null.
fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What only saves time must not spoil the rest.
fn malformed_as_default<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
