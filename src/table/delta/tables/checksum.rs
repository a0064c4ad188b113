//! What a version's checksum file records of it, beside what its log gives (PROTOCOL.md, "Version Checksum File").
//!
//! It is no part of opening a table: that would be a round trip more, for what replay knows anyway. It is for those who
//! want to know whether a log was tampered with, or replayed wrongly.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use serde::{Deserialize, Serialize};

use super::{Versions, batch, columns};
use crate::error::{Error, Kind, Result};
use crate::protocol::AsOf;
use crate::table::delta::action::{Metadata, Protocol};
use crate::table::delta::log::Log;
use crate::table::delta::replay::State;
use crate::table::delta::state;

pub(super) fn schema() -> SchemaRef {
    columns(&[
        ("version", DataType::Int64),
        ("check", DataType::Utf8),
        ("recorded", DataType::Utf8),
        ("found", DataType::Utf8),
        ("agrees", DataType::Boolean),
    ])
}

/// A row.
#[derive(Serialize)]
struct Row {
    version: u64,
    check: &'static str,
    recorded: String,
    found: String,
    agrees: bool,
}

/// The file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    table_size_bytes: u64,
    num_files: u64,
    num_metadata: u64,
    num_protocol: u64,
    metadata: Metadata,
    protocol: Protocol,
    #[serde(default)]
    in_commit_timestamp_opt: Option<i64>,
    #[serde(default)]
    num_deleted_records_opt: Option<u64>,
    #[serde(default)]
    num_deletion_vectors_opt: Option<u64>,
}

/// The checks of the version that is open; none when nobody recorded any.
pub(super) async fn rows(versions: &Versions<'_>) -> Result<RecordBatch> {
    let version = versions.table.version.map_or(0, |version| version.number);
    let Some(recorded) = load(&versions.log, version).await? else {
        return batch::<Row>(&schema(), &[]);
    };
    let (found, state) = state(&versions.log, Some(&AsOf::Version(version))).await?;
    let mut checks = Checks { version, rows: vec![] };
    checks.counts(&recorded, &state)?;
    checks.same("numMetadata", &recorded.num_metadata, &1);
    checks.same("numProtocol", &recorded.num_protocol, &1);
    if let Some(recorded) = &recorded.in_commit_timestamp_opt {
        let found = found.timestamp_millis.unwrap_or_default();
        checks.same("inCommitTimestamp", recorded, &found);
    }
    checks.same("protocol", &told(&recorded.protocol), &told(&state.protocol));
    checks.metadata(&recorded.metadata, &state.metadata);
    batch(&schema(), &checks.rows)
}

async fn load(log: &Log, version: u64) -> Result<Option<Checksum>> {
    let name = format!("{version:020}.crc");
    let Some(file) = log.read(&name).await? else {
        return Ok(None);
    };
    let parsed = serde_json::from_slice(&file.bytes).map_err(|cause| {
        let detail = format!("the version checksum file cannot be read: {cause}");
        Error::new(Kind::Damaged, file.location.without_query(), detail).with_source(cause)
    })?;
    Ok(Some(parsed))
}

struct Checks {
    version: u64,
    rows: Vec<Row>,
}

impl Checks {
    fn same<T: ToString + PartialEq>(&mut self, check: &'static str, recorded: &T, found: &T) {
        self.rows.push(Row {
            version: self.version,
            check,
            agrees: recorded == found,
            recorded: recorded.to_string(),
            found: found.to_string(),
        });
    }

    fn counts(&mut self, recorded: &Checksum, state: &State) -> Result<()> {
        let (mut files, mut bytes, mut vectors, mut deleted) = (0, 0, 0, 0);
        for batch in &state.files {
            files += batch.len() as u64;
            bytes += batch.size().iter().flatten().sum::<u64>();
            let known = batch.deletion_vectors()?;
            vectors += (known.id.len() - known.id.null_count()) as u64;
            let counts = known.cardinality.iter().flatten();
            deleted += counts.filter_map(|count| u64::try_from(count).ok()).sum::<u64>();
        }
        self.same("numFiles", &recorded.num_files, &files);
        self.same("tableSizeBytes", &recorded.table_size_bytes, &bytes);
        if let Some(recorded) = &recorded.num_deletion_vectors_opt {
            self.same("numDeletionVectors", recorded, &vectors);
        }
        if let Some(recorded) = &recorded.num_deleted_records_opt {
            self.same("numDeletedRecords", recorded, &deleted);
        }
        Ok(())
    }

    fn metadata(&mut self, recorded: &Metadata, found: &Metadata) {
        // Spelled otherwise, a schema may be the same.
        let schema = |metadata: &Metadata| {
            let parsed = serde_json::from_str::<serde_json::Value>(&metadata.schema_string);
            parsed.map_or_else(|_| metadata.schema_string.clone(), |schema| schema.to_string())
        };
        self.same("schema", &schema(recorded), &schema(found));
        let columns = |metadata: &Metadata| metadata.partition_columns.join(", ");
        self.same("partitionColumns", &columns(recorded), &columns(found));
        let properties = |metadata: &Metadata| {
            let pairs = metadata.configuration.iter();
            let pairs = pairs.map(|(key, value)| format!("{key}={}", value.as_deref().unwrap_or_default()));
            pairs.collect::<Vec<_>>().join(", ")
        };
        self.same("configuration", &properties(recorded), &properties(found));
    }
}

fn told(protocol: &Protocol) -> String {
    let names = |features: &Option<Vec<String>>| {
        let mut names = features.clone().unwrap_or_default();
        names.sort_unstable();
        names.join(" ")
    };
    format!(
        "reader {} [{}], writer {} [{}]",
        protocol.min_reader_version,
        names(&protocol.reader_features),
        protocol.min_writer_version,
        names(&protocol.writer_features)
    )
}
