//! Delta logs made by hand: what opening costs, and what is said of logs that are stale, broken or gone.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Either, select};
use limn::error::{Error, Kind, Result};
use limn::http::{
    HttpStore, LocalTransport, Location, Meter, Transport, TransportError, TransportRequest, TransportResponse,
};
use limn::protocol::AsOf;
use limn::table::{self, Table};
use parquet::file::properties::WriterProperties;

use crate::lake::write;

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

/// Lets requests through in rounds: those that wait when nothing else can go on.
#[derive(Debug, Clone)]
struct Rounds {
    host: LocalTransport,
    waiting: Arc<Mutex<Vec<oneshot::Sender<()>>>>,
    count: Arc<AtomicU64>,
}

impl Transport for Rounds {
    fn get(
        &self,
        request: TransportRequest,
    ) -> BoxFuture<'static, std::result::Result<TransportResponse, TransportError>> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap().push(sender);
        let host = self.host.clone();
        async move {
            let _ = receiver.await;
            host.get(request).await
        }
        .boxed()
    }
}

impl Rounds {
    async fn conduct(self) {
        loop {
            for _ in 0..500 {
                tokio::task::yield_now().await;
            }
            let waiting: Vec<_> = self.waiting.lock().unwrap().drain(..).collect();
            if !waiting.is_empty() {
                self.count.fetch_add(1, Ordering::Relaxed);
            }
            for sender in waiting {
                let _ = sender.send(());
            }
        }
    }
}

async fn rounds(log: &Log) -> u64 {
    log.host.clear();
    let rounds = Rounds {
        host: log.host.clone(),
        waiting: Arc::default(),
        count: Arc::default(),
    };
    let opening = Box::pin(open_with(Arc::new(rounds.clone()), None));
    let Either::Left((opened, _)) = select(opening, Box::pin(rounds.clone().conduct())).await else {
        unreachable!()
    };
    opened.unwrap();
    rounds.count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_checkpoint_and_five_commits_cost_ten_requests_in_three_round_trips() {
    let log = checkpointed();
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    let mut asked = log.asked();
    asked.sort_unstable();
    let mut expected: Vec<String> = (11..=18).map(|version| format!("{version:020}.json")).collect();
    expected.extend([
        "00000000000000000010.checkpoint.parquet".to_owned(),
        "_last_checkpoint".to_owned(),
    ]);
    expected.sort_unstable();
    assert_eq!(asked, expected);
    assert_eq!(rounds(&log).await, 3);
}

/// Files whose tags make a checkpoint large; their column is not needed.
fn large_lines() -> Vec<String> {
    let noise = |file: u64| {
        let mut state = file;
        let mut digits = String::new();
        for _ in 0..40 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            digits.push_str(&state.to_string());
        }
        digits
    };
    let file = |file: u64| {
        let tags = noise(file);
        format!(
            r#"{{"add":{{"path":"{file:05}","partitionValues":{{}},"size":1,"modificationTime":1,"tags":"{tags}"}}}}"#
        )
    };
    checkpoint_lines(0..0).into_iter().chain((0..4000).map(file)).collect()
}

#[tokio::test]
async fn a_large_checkpoint_is_read_by_range_and_column() {
    let log = Log::with_commits(6);
    let size = log.checkpoint("00000000000000000000.checkpoint", &large_lines());
    assert!(size > 1 << 20, "{size}");
    log.hint(&format!(r#"{{"version":0,"size":4003,"sizeInBytes":{size}}}"#));
    let table = log.open(None).await.unwrap();
    assert_eq!((table.version.unwrap().number, table.files.len()), (5, 4005));
    let requests = log.host.requests();
    let of_checkpoint: Vec<_> = requests.iter().filter(|(url, _)| url.ends_with(".parquet")).collect();
    let bytes: u64 = of_checkpoint
        .iter()
        .map(|(_, range)| range.as_ref().map_or(size, |range| range.end - range.start))
        .sum();
    assert!(bytes < size / 3, "{bytes} of {size} bytes: {of_checkpoint:?}");
    assert!(requests.len() <= 12, "{requests:?}");
    assert!(rounds(&log).await <= 4);
    // A size that is wrong either way costs requests, not the table.
    for lie in [size - 1, size + 1, 2 << 20, 100 << 20, 1, 0] {
        log.hint(&format!(r#"{{"version":0,"size":4003,"sizeInBytes":{lie}}}"#));
        assert_eq!(log.open(None).await.unwrap().files.len(), 4005, "{lie}");
    }
}

#[tokio::test]
async fn many_parts_are_one_checkpoint_and_a_missing_part_is_none() {
    let log = checkpointed();
    let lines = checkpoint_lines(0..11);
    let (one, two) = lines.split_at(7);
    log.checkpoint("00000000000000000010.checkpoint.0000000001.0000000002", one);
    log.checkpoint("00000000000000000010.checkpoint.0000000002.0000000002", two);
    fs::remove_file(log.path("00000000000000000010.checkpoint.parquet")).unwrap();
    log.hint(r#"{"version":10,"size":14,"parts":2}"#);
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    assert!(!log.asked().contains(&"00000000000000000000.json".to_owned()));
    fs::remove_file(log.path("00000000000000000010.checkpoint.0000000002.0000000002.parquet")).unwrap();
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    assert!(log.asked().contains(&"00000000000000000000.json".to_owned()));
}

#[tokio::test]
async fn no_hint_may_mislead() {
    for hint in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"version":-1}"#,
        r#"{"version":3}"#,
        r#"{"version":99}"#,
        r#"{"version":10,"parts":3}"#,
        r#"{"version":10,"parts":0}"#,
        r#"{"version":10,"parts":4000000000}"#,
        r#"{"version":18446744073709551615}"#,
        r#"{"version":10,"v2Checkpoint":{"path":"../../secret"}}"#,
        r#"{"version":10,"v2Checkpoint":{"path":"gone.parquet"}}"#,
    ] {
        let log = checkpointed();
        log.hint(hint);
        let opened = log.open(None).await.unwrap_or_else(|error| panic!("{hint}: {error}"));
        assert_eq!(state(&opened), (15, checkpointed_files()), "{hint}");
        assert!(
            log.host
                .requests()
                .iter()
                .all(|(url, _)| url.starts_with("http://lake.test/t/_delta_log/")),
            "{hint}"
        );
    }
    // A stale hint only costs requests.
    let log = checkpointed();
    log.checkpoint("00000000000000000004.checkpoint", &checkpoint_lines(0..5));
    log.hint(r#"{"version":4,"size":1}"#);
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
}

#[tokio::test]
async fn a_cleaned_up_log_opens_at_its_checkpoint() {
    let log = checkpointed();
    log.forget_commits(0..10);
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    assert_eq!(state(&log.open(Some(AsOf::Version(12))).await.unwrap()).0, 12);
    assert_eq!(state(&log.open(Some(AsOf::Version(10))).await.unwrap()).0, 10);
    for version in [0, 9, 16, u64::MAX] {
        let error = log.open(Some(AsOf::Version(version))).await.unwrap_err();
        assert_eq!(error.kind, Kind::NotFound);
        assert!(error.detail.contains("10 to 15"), "{error}");
    }
    // A later checkpoint does not hide the first version that is left.
    let size = log.checkpoint("00000000000000000015.checkpoint", &checkpoint_lines(0..3));
    log.hint(&format!(r#"{{"version":15,"size":14,"sizeInBytes":{size}}}"#));
    assert_eq!(state(&log.open(Some(AsOf::Version(11))).await.unwrap()).0, 11);
    let error = log.open(Some(AsOf::Version(9))).await.unwrap_err();
    assert!(error.detail.contains("10 to 15"), "{error}");
    // Without its hint, the log cannot be told from none.
    fs::remove_file(log.path("_last_checkpoint")).unwrap();
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotATable);
    assert!(error.detail.contains("cleaned up"), "{error}");
    // With an unreadable one, checkpoints are looked for where writers put them.
    log.hint("{");
    assert_eq!(state(&log.open(None).await.unwrap()).0, 15);
}

#[tokio::test]
async fn older_versions_start_at_a_checkpoint_that_is_found() {
    let log = Log::with_commits(200);
    log.checkpoint("00000000000000000120.checkpoint", &checkpoint_lines(0..121));
    log.hint(r#"{"version":199,"size":1}"#);
    let table = log.open(Some(AsOf::Version(127))).await.unwrap();
    assert_eq!((table.version.unwrap().number, table.files.len()), (127, 128));
    assert!(log.host.requests().len() < 24, "{:?}", log.asked());
    let table = log.open(Some(AsOf::Version(3))).await.unwrap();
    assert_eq!((table.version.unwrap().number, table.files.len()), (3, 4));
    assert_eq!(log.open(None).await.unwrap().files.len(), 200);
    let error = log.open(Some(AsOf::Version(200))).await.unwrap_err();
    assert!(error.detail.contains("0 to 199"), "{error}");
}

fn set_time(log: &Log, version: u64, seconds: u64) {
    let file = fs::File::options()
        .append(true)
        .open(log.path(&format!("{version:020}.json")))
        .unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .unwrap();
}

#[tokio::test]
async fn a_time_finds_the_last_version_before_it() {
    let log = checkpointed();
    for version in 0..16 {
        set_time(&log, version, 1000 + version * 100);
    }
    // Older than the one before it: counted as one millisecond younger.
    set_time(&log, 5, 10);
    log.commit(
        7,
        &format!(
            "{}\n{}",
            r#"{"commitInfo":{"timestamp":1,"inCommitTimestamp":1710000}}"#,
            add("7")
        ),
    );
    for (time, version) in [
        ("1970-01-01T00:16:40Z", 0),
        ("1970-01-01T00:18:19.999Z", 0),
        ("1970-01-01T01:18:20+01:00", 1),
        ("1970-01-01T00:23:20Z", 4),
        ("1970-01-01T00:23:20.001Z", 5),
        ("1970-01-01T00:28:30Z", 7),
        ("1970-01-01T00:41:39Z", 14),
        ("1970-01-01T00:41:40Z", 15),
        ("2026-11-22T00:00:00Z", 15),
    ] {
        let table = log.open(Some(AsOf::Timestamp(time.to_owned()))).await.unwrap();
        assert_eq!(table.version.unwrap().number, version, "{time}");
    }
    let error = log
        .open(Some(AsOf::Timestamp("1970-01-01T00:16:39Z".to_owned())))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(
        error
            .detail
            .contains("1970-01-01T00:16:40.000Z to 1970-01-01T00:41:40.000Z"),
        "{error}"
    );
    let error = log
        .open(Some(AsOf::Timestamp("yesterday".to_owned())))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::BadLink);
}

#[tokio::test]
async fn the_latest_version_tells_its_time() {
    let log = checkpointed();
    set_time(&log, 15, 5000);
    assert_eq!(
        log.open(None).await.unwrap().version.unwrap().timestamp_millis,
        Some(5_000_000)
    );
    // At a checkpoint without later commits, its own commit is asked for beside it.
    log.forget_commits(11..16);
    set_time(&log, 10, 4000);
    assert_eq!(
        log.open(None).await.unwrap().version.unwrap().timestamp_millis,
        Some(4_000_000)
    );
    assert!(rounds(&log).await <= 4);
}

async fn damage(log: &Log) -> Error {
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Damaged, "{error}");
    error
}

#[tokio::test]
async fn what_is_damaged_is_named_with_its_place() {
    let log = checkpointed();
    let text = format!("{}\n{}", add("a"), add("b"));
    for cut in 1..text.len() {
        log.commit(12, &text[..cut]);
        // Cut between two lines, it is a commit like any other.
        let Err(error) = log.open(None).await else {
            assert!(text[..cut].trim_end() == add("a"), "{}", &text[..cut]);
            continue;
        };
        assert_eq!(error.kind, Kind::Damaged);
        assert_eq!(error.subject, "http://lake.test/t/_delta_log/00000000000000000012.json");
        let line = if cut > add("a").len() { "line 2" } else { "line 1" };
        assert!(error.detail.contains(line), "{cut}: {error}");
    }
    for (text, words) in [
        ("", "empty"),
        ("\n\n", "empty"),
        ("null", "line 1"),
        ("[]", "line 1"),
        ("\n\u{1}", "line 2"),
        (r#"{"add":{"path":"x"}}"#, "missing field `size`"),
        (r#"{"add":{"path":"x","size":-1}}"#, "line 1"),
    ] {
        log.commit(12, text);
        let error = damage(&log).await;
        assert!(error.detail.contains(words), "{text}: {error}");
    }
    log.commit(12, &format!("{}\n{}", add("a"), remove("./a")));
    assert!(damage(&log).await.detail.contains("both added and removed"));
    log.commit(12, &format!("{PROTOCOL}\n{PROTOCOL}"));
    assert!(damage(&log).await.detail.contains("line 2 is a second protocol action"));
    log.forget_commits(12..13);
    assert!(
        damage(&log)
            .await
            .detail
            .contains("the commit of version 12 is missing")
    );
}

#[tokio::test]
async fn a_damaged_checkpoint_is_named_and_never_a_panic() {
    let log = checkpointed();
    let path = log.path("00000000000000000010.checkpoint.parquet");
    let whole = fs::read(&path).unwrap();
    for cut in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = damage(&log).await;
        assert!(
            error.subject.ends_with("00000000000000000010.checkpoint.parquet"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn times_and_partition_values_of_the_wrong_type_are_named() {
    let log = Log::new();
    let add = r#"{"add":{"path":"a","partitionValues":{"p":"x"},"size":1,"modificationTime":1,"dataChange":true}}"#;
    log.commit(
        0,
        &format!(
            "{PROTOCOL}\n{}\n{add}",
            metadata(&[("id", "long"), ("p", "integer")], &["p"])
        ),
    );
    let error = damage(&log).await;
    assert!(
        error.detail.contains(r#"column "p""#) && error.detail.contains(r#"value "x""#),
        "{error}"
    );
    log.commit(
        0,
        &format!("{PROTOCOL}\n{}\n{add}", metadata(&[("id", "long")], &["p"])),
    );
    assert!(damage(&log).await.detail.contains("not in the table's schema"));
}

#[tokio::test]
async fn statistics_of_a_checkpoint_may_be_columns() {
    let log = Log::with_commits(11);
    let add = |file: i64| {
        format!(
            r#"{{"add":{{"path":"{file}","partitionValues":{{}},"size":1,"modificationTime":1,"stats_parsed":{{"numRecords":{file},
            "minValues":{{"id":{},"name":"a{file}"}},"maxValues":{{"id":{},"name":"b{file}"}},"nullCount":{{"id":0,"name":{file}}}}}}}}}"#,
            file * 10,
            file * 10 + 9
        )
        .replace('\n', " ")
    };
    let lines: Vec<String> = checkpoint_lines(0..0).into_iter().chain((1..=5).map(add)).collect();
    log.checkpoint_in_groups(CHECKPOINT_10, &lines, true, 3);
    log.hint(r#"{"version":10,"size":8}"#);
    let table = log.open(None).await.unwrap();
    assert_eq!(table.files.total_records(), Some(15));
    assert_eq!(table.comment.as_deref(), Some("a table"));
    let statistics = table.files.statistics();
    let shown = |array: Option<arrow::array::ArrayRef>| -> Vec<String> {
        let array = array.unwrap();
        (0..array.len())
            .map(|row| arrow::util::display::array_value_to_string(&array, row).unwrap())
            .collect()
    };
    assert_eq!(shown(statistics.min("id")), ["10", "20", "30", "40", "50"]);
    assert_eq!(shown(statistics.max("id")), ["19", "29", "39", "49", "59"]);
    assert_eq!(shown(statistics.max("name"))[0], "b1\u{10FFFF}");
    assert_eq!(shown(statistics.null_count("name")), ["1", "2", "3", "4", "5"]);
    assert!(statistics.min("nothing").is_none());
}

/// Answers what is not there with a status, and everything when `all`.
#[derive(Debug)]
struct Refusing {
    host: LocalTransport,
    status: u16,
    all: bool,
}

impl Transport for Refusing {
    fn get(
        &self,
        request: TransportRequest,
    ) -> BoxFuture<'static, std::result::Result<TransportResponse, TransportError>> {
        let (answer, status, all) = (self.host.get(request), self.status, self.all);
        async move {
            let mut answer = answer.await?;
            if all || answer.status == 404 {
                answer.status = status;
            }
            Ok(answer)
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_host_that_forbids_what_is_absent_is_read() {
    let log = checkpointed();
    let host = Refusing {
        host: log.host.clone(),
        status: 403,
        all: false,
    };
    assert_eq!(
        state(&open_with(Arc::new(host), None).await.unwrap()),
        (15, checkpointed_files())
    );
    let host = Refusing {
        host: log.host.clone(),
        status: 403,
        all: true,
    };
    let error = open_with(Arc::new(host), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied, "{error}");
}

#[tokio::test]
async fn what_is_no_table_is_said_to_be_none() {
    let log = Log::new();
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotATable);
    for words in ["_delta_log/_last_checkpoint", "nothing lies at the URL itself"] {
        assert!(error.detail.contains(words), "{error}");
    }
    fs::remove_dir_all(log.directory.path().join("t")).unwrap();
    fs::write(log.directory.path().join("t"), "id,name\n").unwrap();
    let error = log.open(None).await.unwrap_err();
    assert!(error.detail.contains("no Parquet file"), "{error}");
    // A Parquet file needs no name to be told.
    write(
        &log.directory.path().join("t"),
        &[checkpoint_rows(&checkpoint_lines(1..4), false)],
        WriterProperties::default(),
    );
    assert_eq!(log.open(None).await.unwrap().format, table::Format::Parquet);
    let error = log.open(Some(AsOf::Version(1))).await.unwrap_err();
    assert_eq!(error.kind, Kind::BadLink);
}
