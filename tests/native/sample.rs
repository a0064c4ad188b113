//! The sample lake and its first query: the story is found, and partitions and columns that it does not need stay unread.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt;
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::{AsOf, Options, Values};
use limn::query::Session;
use limn::query::crew::local::crew;
use limn::table;
use serde::Deserialize;

const PAGE: &str = "http://lake.test/";

#[derive(Deserialize)]
struct Sample {
    tables: BTreeMap<String, String>,
    sql: String,
}

#[tokio::test]
async fn the_first_query_finds_the_camera_with_less_than_half_of_the_bytes() {
    let sample = sample();
    let session = open(&sample, None).await;
    let meter = Meter::default();
    let running = session.query(&sample.sql, &meter).await.unwrap();
    let batches: Vec<_> = running.batches.try_collect().await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let first = text.lines().nth(3).unwrap();
    assert!(
        first.starts_with("| B2     | 2026-10-19 | 2500   | 3.24            | 54.3                | 39.8 "),
        "{text}"
    );
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 48);
    let (read, all) = (meter.costs().bytes, size_bytes(&www().join("lake")));
    assert!(read * 2 < all, "{read} bytes of {all}");
}

#[tokio::test]
async fn the_comment_about_an_earlier_version_is_true() {
    let sample = sample();
    let session = open(&sample, Some(AsOf::Version(0))).await;
    let running = session
        .query("select distinct lens from cameras", &Meter::default())
        .await
        .unwrap();
    let batches: Vec<_> = running.batches.try_collect().await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    assert!(text.contains("Optar 25 mm") && !text.contains("Vario"), "{text}");
}

#[tokio::test]
async fn what_is_kept_of_some_files_says_nothing_of_the_others() {
    let session = open(&sample(), None).await;
    let meter = Meter::default();
    let running = session
        .query("select sum(part_id) from parts where line = 'A'", &meter)
        .await
        .unwrap();
    running.batches.try_collect::<Vec<_>>().await.unwrap();
    let read = meter.costs();
    // Twelve files are known, and what is wanted of them is kept; twenty-four are not.
    let preview = session.preview("select sum(part_id) from parts", &Values::new()).await;
    let plan = preview.plan.unwrap();
    assert!(plan.estimate && plan.scans[0].files_kept == 36, "{plan:?}");
    assert!(
        plan.bytes > read.bytes / 2 && plan.bytes < read.bytes * 4,
        "{} after {read:?}",
        plan.bytes
    );
    assert!(plan.requests >= 24, "{plan:?}");
}

/// A session over all tables; `cameras` at a version of its own.
async fn open(sample: &Sample, cameras: Option<AsOf>) -> Session {
    let store = HttpStore::new(Arc::new(LocalTransport::new(PAGE, www())), 16 << 20);
    let session = Session::new(Arc::clone(&store), &Options::default())
        .unwrap()
        .with_crew(crew(2));
    for (name, url) in &sample.tables {
        let location = Location::parse(&format!("{PAGE}{url}")).unwrap();
        let as_of = cameras.as_ref().filter(|_| name == "cameras");
        let table = table::open(&store.metered(&Meter::default()), &[location], as_of)
            .await
            .unwrap();
        session.register(name, table).unwrap();
    }
    session
}

fn sample() -> Sample {
    serde_json::from_str(&fs::read_to_string(www().join("lake/lake.json")).unwrap()).unwrap()
}

fn www() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("www")
}

fn size_bytes(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                size_bytes(&entry.path())
            } else {
                entry.metadata().unwrap().len()
            }
        })
        .sum()
}
