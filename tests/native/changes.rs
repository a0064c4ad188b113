//! The change data feed: beside the Delta kernel's on tables of Spark and the kernel, and against what our own
//! fixtures' writers did.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use limn::error::{Error, Kind};

use crate::corpora::{Host, corpora};
use crate::kernel::tables;
use crate::reference;
use crate::relations::Lake;
use crate::rows::multiset;

/// Versions from which and to which feeds are compared.
const VERSIONS: u64 = 5;

/// What came of one range of one table.
enum Verdict {
    Same(usize),
    Different(String),
    OnlyWeRead,
    OnlyTheyRead(Error),
    NeitherReads,
}

impl Verdict {
    fn told(&self) -> String {
        match self {
            Self::Different(how) => format!("different: {how}"),
            Self::OnlyTheyRead(error) => format!("only the kernel reads it: {error:?}"),
            Self::OnlyWeRead => "only we read it".to_owned(),
            Self::Same(_) | Self::NeitherReads => "the same".to_owned(),
        }
    }
}

#[tokio::test]
async fn feeds_equal_the_kernels() {
    let Some(corpora) = corpora() else { return };
    let unpacked = tempfile::tempdir().unwrap();
    let (mut rows, mut same, mut wrong) = (0, 0, vec![]);
    for (name, folder) in tables(&corpora, unpacked.path()) {
        let host = Host::new(&folder);
        let Ok(table) = host.open("", None).await else { continue };
        let last = table.version.map_or(0, |version| version.number).min(VERSIONS);
        if host.rows(table).await.is_err() {
            continue;
        }
        for (from, to) in (0..=last).flat_map(|from| (from..=last).map(move |to| (from, to))) {
            match compare(&host, &folder, from, to).await {
                Verdict::Same(count) => (rows, same) = (rows + count, same + 1),
                Verdict::NeitherReads => {}
                verdict => wrong.push(format!("{name} {from} to {to}: {}", verdict.told())),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), same, wrong.join("\n"));
    assert!(
        same >= 50 && rows >= 300,
        "only {same} feeds with {rows} rows were compared"
    );
}

async fn compare(host: &Host, folder: &Path, from: u64, to: u64) -> Verdict {
    let ours = host
        .query(&format!("select * from table_changes('it', {from}, {to})"))
        .await;
    let theirs = reference::changes(folder, from, to);
    match (ours, theirs) {
        (Ok((schema, ours)), Ok(theirs)) => same(&schema, &ours, &theirs),
        (Ok(_), Err(_)) => Verdict::OnlyWeRead,
        (Err(error), Ok(_)) => Verdict::OnlyTheyRead(error),
        (Err(_), Err(_)) => Verdict::NeitherReads,
    }
}

fn same(schema: &Arc<Schema>, ours: &[RecordBatch], theirs: &[RecordBatch]) -> Verdict {
    let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    let Some(first) = theirs.first() else {
        return match count(ours) {
            0 => Verdict::Same(0),
            more => Verdict::Different(format!("{more} rows instead of none")),
        };
    };
    let their_schema = first.schema();
    if their_schema.fields().len() != columns.len() {
        return Verdict::Different(format!("columns {columns:?} instead of {their_schema:?}"));
    }
    let (ours_plain, theirs_plain) = (
        multiset(schema, ours, &columns),
        multiset(&their_schema, theirs, &columns),
    );
    if ours_plain == theirs_plain {
        return Verdict::Same(count(ours));
    }
    let shown = |batches: &[RecordBatch]| arrow::util::pretty::pretty_format_batches(batches).unwrap().to_string();
    Verdict::Different(format!("\n{}\ninstead of\n{}", shown(ours), shown(theirs)))
}

#[tokio::test]
async fn change_files_tell_what_they_tell() {
    let lake = Lake::with("change-feed").await;
    let sql = "select _commit_version, _change_type, count(*), min(id), max(text) from table_changes('t', 0) \
               group by 1, 2 order by 1, 2";
    assert_eq!(
        lake.rows(sql).await,
        [
            "0|insert|20|0|row 9",
            "1|update_postimage|1|3|changed",
            "1|update_preimage|1|3|row 3",
            "2|delete|1|4|row 4",
        ]
    );
    let sql =
        "select c.id, c._change_type, c._commit_timestamp > '2026-01-01' from table_changes('t', 1, 1) c order by 2";
    assert_eq!(
        lake.rows(sql).await,
        ["3|update_postimage|true", "3|update_preimage|true"]
    );
    assert_eq!(
        lake.rows("select count(*) from table_changes('t', 0) where _commit_version = 2")
            .await,
        ["1"]
    );
}

#[tokio::test]
async fn replaying_a_feed_gives_the_table() {
    let lake = Lake::with("change-feed").await;
    let sql = "select count(*) from (select id, text from t except all \
               (select id, text from table_changes('t', 0) where _change_type in ('insert', 'update_postimage') \
                except all select id, text from table_changes('t', 0) where _change_type in ('delete', 'update_preimage')))";
    assert_eq!(lake.rows(sql).await, ["0"]);
}

#[tokio::test]
async fn only_the_files_of_the_wanted_versions_are_read() {
    let lake = Lake::with("change-feed").await;
    lake.host.clear();
    lake.rows("select id from table_changes('t', 0) where _commit_version = 1")
        .await;
    let read = lake.data_files();
    assert!(
        !read.is_empty() && read.iter().all(|url| url.contains("_change_data/part-00000-21cb")),
        "{read:?}"
    );
}

#[tokio::test]
async fn what_no_feed_tells_is_refused() {
    let lake = Lake::with("commits").await;
    let off = lake.error("select * from table_changes('t', 0)").await;
    assert_eq!(off.kind, Kind::Unsupported);
    assert!(off.detail.contains("delta.enableChangeDataFeed"), "{off:?}");
    let feed = Lake::with("change-feed").await;
    let future = feed.error("select * from table_changes('t', 0, 9)").await;
    assert_eq!(future.kind, Kind::NotFound);
    let backwards = feed.error("select * from table_changes('t', 2, 1)").await;
    assert_eq!(backwards.kind, Kind::Sql);
    let usage = feed.error("select * from table_changes('t')").await;
    assert!(
        usage.detail.contains("table_changes('table', from [, to])"),
        "{usage:?}"
    );
}

#[tokio::test]
async fn times_bound_a_feed_as_versions_do() {
    let lake = Lake::with("change-feed").await;
    let times = lake
        .rows("select timestamp::varchar from limn_history('t') order by version")
        .await;
    let [first, second, third] = <[String; 3]>::try_from(times).unwrap();
    let feed =
        |bounds: &str| format!("select * from table_changes('t', {bounds}) order by _commit_version, id, _change_type");
    for (times, versions) in [
        (format!("'{second}'"), "1"),
        (format!("timestamp '{first}'"), "0"),
        ("'2001-01-01'".to_owned(), "0"),
        (format!("'{second}', '{second}'"), "1, 1"),
        (format!("0, '{second}'"), "0, 1"),
        (format!("'{first}', '{third}'"), "0, 2"),
        // Commits have times in milliseconds: what is later by less is later.
        (format!("timestamp '{first}' + interval '1 microsecond'"), "1"),
    ] {
        assert_eq!(
            lake.rows(&feed(&times)).await,
            lake.rows(&feed(versions)).await,
            "{times}"
        );
    }
    assert_eq!(lake.error(&feed("'2200-01-01'")).await.kind, Kind::Sql);
}

/// What the log says of the rows of a file decides which of them a vector deleted.
#[tokio::test]
async fn a_file_of_other_rows_than_the_log_counts_gives_no_changes() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta/deletion-vectors");
    let feed = "select count(*), min(id), max(id) from table_changes('t', 2)";
    for (count, honest) in [("100", true), ("99", false), ("101", false)] {
        let folder = tempfile::tempdir().unwrap();
        let changed = |commit: &str| {
            commit
                .replace(
                    r#""configuration":{"#,
                    r#""configuration":{"delta.enableChangeDataFeed":"true","#,
                )
                .replace(r#"\"numRecords\":100"#, &format!(r#"\"numRecords\":{count}"#))
        };
        copy(&fixture, &folder.path().join("t"), &changed);
        let lake = Lake::over(folder.path());
        lake.open("t", "t", None).await;
        if honest {
            assert_eq!(lake.rows(feed).await, ["10|3|93"]);
        } else {
            let error = lake.error(feed).await;
            assert_eq!(error.kind, Kind::Damaged, "{count}: {error:?}");
        }
    }
}

/// A table with other commits.
fn copy(from: &Path, to: &Path, changed: &dyn Fn(&str) -> String) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, changed);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            std::fs::write(target, changed(&std::fs::read_to_string(&path).unwrap())).unwrap();
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}
