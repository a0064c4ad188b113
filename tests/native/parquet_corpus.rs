//! The files of parquet-testing, every codec and encoding, read as `DataFusion` reads them from disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{cast, concat_batches};
use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use futures::TryStreamExt;
use limn::error::{Kind, Result};
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::Options;
use limn::query::crew::local::crew;
use limn::query::{Session, sql_error};
use limn::table;

/// Files that are refused, here and from disk, with a part of the reason.
const REFUSED: &[(&str, &str)] = &[
    // The footer breaks the rules of Thrift.
    ("dict-page-offset-zero.parquet", "Expected list element type of I64"),
    // Malformed on purpose.
    ("nation.dict-malformed.parquet", "Invalid page header"),
];

/// One value of 2 GiB: refused here and from disk, since Arrow's text has 32-bit offsets, but only
/// after minutes of decompression.
const SLOW: &str = "large_string_map.brotli.parquet";

pub fn corpora() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    std::env::var_os("LIMN_CORPORA").map_or(beside, PathBuf::from)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = corpora().join("parquet-testing").join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no {}", folder.display());
        return vec![];
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .collect();
    files.sort();
    files
}

/// A file of six rows (as pyarrow says) of which DataFusion's reader gives none, and no error: its repeated fields have no
/// annotation. A hand gives all of them.
const UNREAD: &str = "repeated_no_annotation.parquet";

async fn ours(file: &Path) -> Result<Vec<RecordBatch>> {
    let host = LocalTransport::new("http://lake.test/", file.parent().unwrap());
    let store = HttpStore::new(Arc::new(host), 64 << 20);
    let session = Session::new(Arc::clone(&store), &Options::default())?.with_crew(crew(2));
    let meter = Meter::default();
    let name = file.file_name().unwrap().to_str().unwrap();
    let location = Location::parse(&format!("http://lake.test/{name}"))?;
    session.register("t", table::open(&store.metered(&meter), &[location], None).await?)?;
    let running = session.query("select * from t", &meter).await?;
    running
        .batches
        .try_collect()
        .await
        .map_err(|error| sql_error(error, ""))
}

async fn theirs(file: &Path) -> datafusion::error::Result<Vec<RecordBatch>> {
    let mut config = SessionConfig::new().with_target_partitions(1);
    config.options_mut().execution.parquet.schema_force_view_types = false;
    config.options_mut().execution.parquet.coerce_int96 = Some("us".to_owned());
    let context = SessionContext::new_with_config(config);
    context
        .register_parquet("t", file.to_str().unwrap(), ParquetReadOptions::default())
        .await?;
    context.sql("select * from t").await?.collect().await
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn equal(ours: &[RecordBatch], theirs: &[RecordBatch]) -> bool {
    let (Some(first), Some(other)) = (ours.first(), theirs.first()) else {
        return rows(ours) == rows(theirs);
    };
    let ours = concat_batches(&first.schema(), ours).unwrap();
    let theirs = concat_batches(&other.schema(), theirs).unwrap();
    ours.columns().iter().zip(theirs.columns()).all(|(one, other)| {
        cast(other, one.data_type()).is_ok_and(|other| {
            let shown = |array| {
                pretty_format_batches(&[RecordBatch::try_from_iter(vec![("x", array)]).unwrap()])
                    .unwrap()
                    .to_string()
            };
            one.as_ref() == other.as_ref() || shown(Arc::clone(one)) == shown(other)
        })
    }) && ours.num_columns() == theirs.num_columns()
        && ours.num_rows() == theirs.num_rows()
}

#[tokio::test]
async fn files_read_as_they_are_read_from_disk() {
    let mut wrong = vec![];
    for file in files("data") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name == SLOW {
            continue;
        }
        let refused = REFUSED
            .iter()
            .find(|(refused, _)| *refused == name)
            .map(|(_, reason)| reason);
        match (ours(&file).await, theirs(&file).await, refused) {
            (Ok(ours), Ok(theirs), None) if equal(&ours, &theirs) && name != UNREAD => {}
            (Ok(ours), Ok(theirs), None) if name == UNREAD && rows(&ours) == 6 && rows(&theirs) == 0 => {}
            (Err(ours), Err(_), Some(reason)) if ours.kind == Kind::Damaged && ours.detail.contains(reason) => {}
            (ours, theirs, _) => {
                let (ours, theirs) = (ours.err().map(|e| e.to_string()), theirs.err().map(|e| e.to_string()));
                wrong.push(format!("{name}: {ours:?}, from disk {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn damaged_files_are_refused_by_name() {
    for file in files("bad_data") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        match (ours(&file).await, theirs(&file).await) {
            (Ok(ours), Ok(theirs)) => assert!(equal(&ours, &theirs), "{name}"),
            (Err(error), Err(_)) => {
                assert_eq!(error.kind, Kind::Damaged, "{name}: {error}");
                assert!(error.subject.ends_with(&name), "{error:?}");
            }
            (ours, theirs) => panic!("{name}: {:?}, from disk {:?}", ours.err(), theirs.err()),
        }
    }
}
