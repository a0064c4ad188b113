//! Delta logs made by hand: what opening costs, and what is said of logs that are stale, broken or gone.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use limn::error::Result;
use limn::http::{HttpStore, LocalTransport, Location, Meter, Transport};
use limn::protocol::AsOf;
use limn::table::{self, Table};
use parquet::file::properties::WriterProperties;

use crate::lake::write;

mod broken;
mod cost;
mod hosts;
mod sidecars;
mod versions;

const PROTOCOL: &str = r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#;

fn metadata(columns: &[(&str, &str)], partitions: &[&str]) -> String {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, kind)| serde_json::json!({"name": name, "type": kind, "nullable": true, "metadata": {}}))
        .collect();
    let schema = serde_json::json!({"type": "struct", "fields": fields}).to_string();
    serde_json::json!({"metaData": {"id": "t", "format": {"provider": "parquet", "options": {}}, "schemaString": schema,
        "partitionColumns": partitions, "configuration": {}, "description": "a table"}})
    .to_string()
}

fn first_commit() -> String {
    format!("{PROTOCOL}\n{}\n{}\n", metadata(&[("id", "long")], &[]), add("0"))
}

fn add(path: &str) -> String {
    format!(r#"{{"add":{{"path":"{path}","partitionValues":{{}},"size":10,"modificationTime":1,"dataChange":true}}}}"#)
}

fn remove(path: &str) -> String {
    format!(r#"{{"remove":{{"path":"{path}","dataChange":true}}}}"#)
}

/// The schema of a checkpoint, of the columns that tests fill.
fn checkpoint_schema(stats_parsed: bool) -> Arc<Schema> {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let long = |name: &str| Field::new(name, DataType::Int64, true);
    let group = |name: &str, fields: Vec<Field>| Field::new(name, DataType::Struct(fields.into()), true);
    let pair = Fields::from(vec![Field::new("key", DataType::Utf8, false), text("value")]);
    let entries = Field::new("key_value", DataType::Struct(pair), false);
    let map = |name: &str| Field::new(name, DataType::Map(Arc::new(entries.clone()), false), true);
    let list = |name: &str| Field::new(name, DataType::List(Arc::new(text("element"))), true);
    let bounds = |name: &str| group(name, vec![long("id"), text("name")]);
    let columns = vec![
        long("numRecords"),
        bounds("minValues"),
        bounds("maxValues"),
        group("nullCount", vec![long("id"), long("name")]),
    ];
    let statistics = if stats_parsed {
        group("stats_parsed", columns)
    } else {
        text("stats")
    };
    let add = vec![
        text("path"),
        map("partitionValues"),
        long("size"),
        long("modificationTime"),
        text("tags"),
        statistics,
    ];
    Arc::new(Schema::new(vec![
        group(
            "protocol",
            vec![
                Field::new("minReaderVersion", DataType::Int32, true),
                Field::new("minWriterVersion", DataType::Int32, true),
                list("readerFeatures"),
            ],
        ),
        group(
            "metaData",
            vec![
                text("id"),
                text("description"),
                group("format", vec![text("provider")]),
                text("schemaString"),
                list("partitionColumns"),
                map("configuration"),
            ],
        ),
        group("checkpointMetadata", vec![long("version"), map("tags")]),
        group("sidecar", vec![text("path"), long("sizeInBytes")]),
        group("add", add),
        group("remove", vec![text("path")]),
    ]))
}

fn checkpoint_rows(lines: &[String], stats_parsed: bool) -> RecordBatch {
    let reader = arrow::json::ReaderBuilder::new(checkpoint_schema(stats_parsed)).with_batch_size(lines.len());
    let mut reader = reader
        .build(std::io::Cursor::new(lines.join("\n").into_bytes()))
        .unwrap();
    reader.next().unwrap().unwrap()
}

/// A table below a host's root, and the host.
struct Log {
    directory: tempfile::TempDir,
    host: LocalTransport,
}

impl Log {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("t/_delta_log")).unwrap();
        let host = LocalTransport::new("http://lake.test/", directory.path());
        Self { directory, host }
    }

    /// A log of `versions` commits; each adds the file of its number.
    fn with_commits(versions: u64) -> Self {
        let log = Self::new();
        log.commit(0, &first_commit());
        for version in 1..versions {
            log.commit(version, &add(&version.to_string()));
        }
        log
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("t/_delta_log").join(name)
    }

    fn commit(&self, version: u64, text: &str) {
        fs::write(self.path(&format!("{version:020}.json")), text).unwrap();
    }

    fn checkpoint(&self, name: &str, lines: &[String]) -> u64 {
        self.checkpoint_in_groups(name, lines, false, 1 << 20)
    }

    fn checkpoint_in_groups(&self, name: &str, lines: &[String], stats_parsed: bool, rows: usize) -> u64 {
        let path = self.path(&format!("{name}.parquet"));
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(rows))
            .build();
        write(&path, &[checkpoint_rows(lines, stats_parsed)], properties);
        fs::metadata(path).unwrap().len()
    }

    fn hint(&self, text: &str) {
        fs::write(self.path("_last_checkpoint"), text).unwrap();
    }

    fn forget_commits(&self, versions: std::ops::Range<u64>) {
        for version in versions {
            fs::remove_file(self.path(&format!("{version:020}.json"))).unwrap();
        }
    }

    async fn open(&self, as_of: Option<AsOf>) -> Result<Table> {
        self.host.clear();
        open_with(Arc::new(self.host.clone()), as_of).await
    }

    /// Names of the files asked for, with the ranges of those that were not asked for whole.
    fn asked(&self) -> Vec<String> {
        let requests = self.host.requests().into_iter();
        requests
            .map(|(url, range)| {
                let name = url.rsplit('/').next().unwrap().to_owned();
                if range.is_some() {
                    format!("{name} in part")
                } else {
                    name
                }
            })
            .collect()
    }
}

async fn open_with(transport: Arc<dyn Transport>, as_of: Option<AsOf>) -> Result<Table> {
    let store = HttpStore::new(transport, 1 << 20).metered(&Meter::default());
    table::open(
        &store,
        &[Location::parse("http://lake.test/t").unwrap()],
        as_of.as_ref(),
    )
    .await
}

/// Version and file names of an open table, sorted.
fn state(table: &Table) -> (u64, Vec<String>) {
    let files = 0..table.files.len();
    let mut names: Vec<_> = files
        .map(|file| table.files.location(file).unwrap().file_name())
        .collect();
    names.sort_unstable();
    (table.version.unwrap().number, names)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn checkpoint_lines(files: std::ops::Range<u64>) -> Vec<String> {
    let table = [
        PROTOCOL.to_owned(),
        metadata(&[("id", "long"), ("name", "string")], &[]),
    ];
    table
        .into_iter()
        .chain([remove("gone")])
        .chain(files.map(|file| add(&file.to_string())))
        .collect()
}

const CHECKPOINT_10: &str = "00000000000000000010.checkpoint";

/// A log with a checkpoint at version 10 and commits up to version 15.
fn checkpointed() -> Log {
    let log = Log::with_commits(16);
    let size = log.checkpoint(CHECKPOINT_10, &checkpoint_lines(0..11));
    log.hint(&format!(r#"{{"version":10,"size":14,"sizeInBytes":{size}}}"#));
    log.commit(15, &format!("{}\n{}", remove("3"), remove("14")));
    log
}

fn checkpointed_files() -> Vec<String> {
    names(&["0", "1", "10", "11", "12", "13", "2", "4", "5", "6", "7", "8", "9"])
}

fn set_time(log: &Log, version: u64, seconds: u64) {
    let file = fs::File::options()
        .append(true)
        .open(log.path(&format!("{version:020}.json")))
        .unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .unwrap();
}
