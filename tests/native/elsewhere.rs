//! Tables whose files lie elsewhere, as those of a shallow clone do: read where the person says, and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use limn::error::{Error, Kind, Result};
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::{AsOf, Elsewhere, Options};
use limn::query::{Session, sql_error};
use limn::table::{self, Table};

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use serde_json::{Value, json};

use crate::lake::lines;

/// A clone of the fixture `name` in a folder: its log, in which every path begins with `prefix`.
fn clone_of(name: &str, prefix: &str) -> PathBuf {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/delta")
        .join(name);
    let folder = tempfile::tempdir().unwrap().keep();
    fs::create_dir_all(folder.join("clone/_delta_log")).unwrap();
    for entry in fs::read_dir(fixture.join("_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let commit = fs::read_to_string(&path).unwrap();
        let lines: Vec<String> = commit.lines().map(|line| moved(line, &fixture, prefix)).collect();
        fs::write(
            folder.join("clone/_delta_log").join(path.file_name().unwrap()),
            lines.join("\n"),
        )
        .unwrap();
    }
    copy(&fixture, &folder.join("orig"));
    folder
}

/// An action whose paths are absolute. "Deletion Vector Descriptor Schema": a vector with an absolute path is a `p`.
fn moved(line: &str, fixture: &Path, prefix: &str) -> String {
    let mut action: Value = serde_json::from_str(line).unwrap();
    for kind in ["add", "remove"] {
        let Some(file) = action.get_mut(kind) else { continue };
        let path = file["path"].as_str().unwrap().to_owned();
        file["path"] = json!(format!("{prefix}{path}"));
        if let Some(vector) = file
            .get_mut("deletionVector")
            .filter(|vector| vector["storageType"] == "u")
        {
            let name = vector_file(fixture).unwrap();
            vector["storageType"] = json!("p");
            vector["pathOrInlineDv"] = json!(format!("{prefix}{name}"));
        }
    }
    action.to_string()
}

/// The one file of deletion vectors below a table, by its path there.
fn vector_file(table: &Path) -> Option<String> {
    fs::read_dir(table).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name()?.to_str()?.to_owned();
        if path.is_dir() {
            vector_file(&path).map(|below| format!("{name}/{below}"))
        } else {
            name.starts_with("deletion_vector").then_some(name)
        }
    })
}

/// Copies a folder and what is below it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

struct Reader {
    host: LocalTransport,
    store: Arc<HttpStore>,
}

impl Reader {
    fn new(folder: &Path) -> Self {
        let host = LocalTransport::new("http://lake.test/", folder);
        let store = HttpStore::new(Arc::new(host.clone()), 16 << 20);
        Self { host, store }
    }

    async fn open(&self, agreed: &[(&str, &str)]) -> Result<Table> {
        let place = |(prefix, url): &(&str, &str)| Elsewhere {
            prefix: (*prefix).to_owned(),
            url: (*url).to_owned(),
        };
        let agreed: Arc<[Elsewhere]> = agreed.iter().map(place).collect();
        let location = Location::parse("http://lake.test/clone").unwrap();
        table::open_with(&self.store.metered(&Meter::default()), &[location], None, &agreed).await
    }

    async fn rows(&self, table: Table, sql: &str) -> Result<Vec<String>> {
        let session = Session::new(Arc::clone(&self.store), &Options::default())?;
        session.register("t", table)?;
        let running = session.query(sql, &Meter::default()).await?;
        let batches: std::result::Result<Vec<RecordBatch>, _> = running.batches.try_collect().await;
        Ok(lines(&batches.map_err(|error| sql_error(error, sql))?))
    }
}

#[tokio::test]
async fn nothing_is_read_elsewhere_before_the_person_agrees() {
    let folder = clone_of("deletion-vectors", "s3://lake/orig/");
    let reader = Reader::new(&folder);
    for agreed in [
        &[][..],
        &[("s3://lake/other/", "http://lake.test/orig")],
        &[("s3://lak", "http://lake.test/orig")],
    ] {
        let Error {
            kind, subject, detail, ..
        } = reader.open(agreed).await.unwrap_err();
        assert_eq!((kind, subject.as_str()), (Kind::Elsewhere, "s3://lake/orig/"));
        assert!(
            detail.contains("http://lake.test/clone") && detail.starts_with("1 of the files"),
            "{detail}"
        );
    }
    assert!(
        reader
            .host
            .requests()
            .iter()
            .all(|(url, _)| url.contains("/clone/_delta_log/"))
    );
    let table = reader
        .open(&[("s3://lake/orig/", "http://lake.test/orig")])
        .await
        .unwrap();
    let sql = "select count(*), sum(id) from t";
    assert_eq!(reader.rows(table, sql).await.unwrap(), ["90|4470"]);
}

#[tokio::test]
async fn versions_and_feeds_of_a_clone_are_read_there_too() {
    let folder = clone_of("change-feed", "s3://lake/orig/");
    let reader = Reader::new(&folder);
    let place = [("s3://lake/orig", "http://lake.test/orig/")];
    let table = reader.open(&place).await.unwrap();
    let original = Location::parse("http://lake.test/orig").unwrap();
    let store = reader.store.metered(&Meter::default());
    let of_original = async |sql: &str| {
        let table = table::open(&store, std::slice::from_ref(&original), None)
            .await
            .unwrap();
        reader.rows(table, sql).await.unwrap()
    };
    for sql in [
        "select * from t order by 1",
        "select count(*) from t for version as of 0",
    ] {
        let rows = reader.rows(table.clone(), sql).await.unwrap();
        assert!(!rows.is_empty());
        assert_eq!(rows, of_original(sql).await, "{sql}");
    }
    let names = reader
        .rows(table, "select distinct _metadata.file_path from t")
        .await
        .unwrap();
    assert!(
        names.iter().all(|name| name.starts_with("http://lake.test/orig/")),
        "{names:?}"
    );
}

#[tokio::test]
async fn other_folders_of_the_same_host_need_no_consent() {
    let folder = clone_of("commits", "http://lake.test/orig/");
    let reader = Reader::new(&folder);
    let table = reader.open(&[]).await.unwrap();
    let original = Location::parse("http://lake.test/orig").unwrap();
    let as_of = Some(AsOf::Version(24));
    let expected = table::open(&reader.store.metered(&Meter::default()), &[original], as_of.as_ref())
        .await
        .unwrap();
    let sql = "select count(*), sum(id), max(text) from t";
    assert_eq!(
        reader.rows(table, sql).await.unwrap(),
        reader.rows(expected, sql).await.unwrap()
    );
    let other_host = Reader::new(&clone_of("commits", "http://lake.test:8080/orig/"));
    let error = other_host.open(&[]).await.unwrap_err();
    assert_eq!(
        (error.kind, error.subject.as_str()),
        (Kind::Elsewhere, "http://lake.test:8080/orig/")
    );
}
