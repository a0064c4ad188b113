//! Every fixture of `tests/data` against the rows that were put into it.
//!
//! `tests/data/manifest.json` says what each must give: rows, how many of them a predicate
//! keeps, or an error. Nothing that must fail may give a single row.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use limn::error::{Error, Kind, Result};
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::{AsOf, Options};
use limn::query::crew::local::crew;
use limn::query::{Session, sql_error};
use limn::table::{self, Table};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;

const HOST: &str = "http://lake.test/";
const CACHE_BYTES: u64 = 16 << 20;

#[derive(Deserialize)]
struct Manifest {
    fixtures: Vec<Fixture>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fixture {
    name: String,
    path: OneOrMore,
    version: Option<u64>,
    as_of: Option<AsOf>,
    rows: Option<usize>,
    /// What gives them, where that is not all that the table has.
    statement: Option<String>,
    expected: Option<String>,
    #[serde(default)]
    lookups: BTreeMap<String, usize>,
    refused: Option<String>,
    errors: Option<Vec<Kind>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[tokio::test]
async fn readable_fixtures_give_the_rows_that_were_put_in() {
    let mut faults = Faults::default();
    for fixture in readable() {
        faults.note(&fixture, gives_its_rows(&fixture).await);
    }
    faults.assert_none();
}

async fn gives_its_rows(fixture: &Fixture) -> Outcome {
    let opened = open(fixture).await?;
    same(
        "version",
        &opened.table.version.map(|version| version.number),
        &fixture.version,
    )?;
    let statement = fixture.statement.as_deref().unwrap_or("select * from t");
    let (schema, batches) = opened.run(statement).await?;
    let (expected_schema, expected_rows) = expected(fixture);
    same("columns", &columns(&schema), &expected_schema)?;
    same("rows", &rows(&batches), &expected_rows)?;
    same("count(*)", &Some(opened.count("true").await?), &fixture.rows)
}

#[tokio::test]
async fn predicates_keep_as_many_rows_as_they_should() {
    let mut faults = Faults::default();
    for fixture in readable() {
        let opened = open(&fixture)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        for (predicate, rows) in &fixture.lookups {
            let outcome = opened
                .count(predicate)
                .await
                .and_then(|count| same(predicate, &count, rows));
            faults.note(&fixture, outcome);
        }
    }
    faults.assert_none();
}

#[tokio::test]
async fn unsupported_features_are_refused_by_name_before_any_row() {
    let mut faults = Faults::default();
    assert!(fixtures().iter().any(|fixture| fixture.refused.is_some()));
    for fixture in fixtures() {
        let Some(feature) = &fixture.refused else { continue };
        let refused = |error: &Error| error.kind == Kind::Unsupported && error.detail.contains(feature.as_str());
        faults.note(&fixture, fails(open(&fixture).await, refused));
    }
    faults.assert_none();
}

#[tokio::test]
async fn damage_is_an_error_and_never_fewer_rows() {
    let mut faults = Faults::default();
    for fixture in fixtures() {
        let Some(kinds) = &fixture.errors else { continue };
        let outcome = match open(&fixture).await {
            Ok(opened) => opened.run("select * from t").await.map(drop),
            Err(error) => Err(error),
        };
        faults.note(&fixture, fails(outcome, |error| kinds.contains(&error.kind)));
    }
    faults.assert_none();
}

/// Everything that is wrong, so that one run tells all of it.
#[derive(Default)]
struct Faults(Vec<String>);

type Outcome = Result<()>;

impl Faults {
    fn note(&mut self, fixture: &Fixture, outcome: Outcome) {
        self.0.extend(
            outcome
                .err()
                .map(|error| format!("{}: {:?}: {error}", fixture.name, error.kind)),
        );
    }

    fn assert_none(self) {
        assert!(self.0.is_empty(), "{} faults\n{}", self.0.len(), self.0.join("\n"));
    }
}

fn same<T: PartialEq + Debug>(what: &str, left: &T, right: &T) -> Outcome {
    if left == right {
        return Ok(());
    }
    Err(Error::new(Kind::Bug, what, format!("{left:?} instead of {right:?}")))
}

fn fails<T>(outcome: Result<T>, right: impl Fn(&Error) -> bool) -> Outcome {
    match outcome {
        Ok(_) => Err(Error::new(Kind::Bug, "outcome", "success instead of an error")),
        Err(error) if right(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A fixture under the name `t` in a session of its own.
struct Opened {
    session: Session,
    table: Table,
}

impl Opened {
    async fn run(&self, sql: &str) -> Result<(Arc<Schema>, Vec<RecordBatch>)> {
        let running = self.session.query(sql, &Meter::default()).await?;
        let batches = running
            .batches
            .try_collect()
            .await
            .map_err(|error| sql_error(error, sql))?;
        Ok((running.schema, batches))
    }

    async fn count(&self, predicate: &str) -> Result<usize> {
        let (_, batches) = self.run(&format!("select count(*) from t where {predicate}")).await?;
        let count = rows(&batches).concat();
        count
            .trim_matches('|')
            .parse()
            .map_err(|_| Error::new(Kind::Bug, predicate, format!("no count: {count}")))
    }
}

async fn open(fixture: &Fixture) -> Result<Opened> {
    let store = HttpStore::new(Arc::new(LocalTransport::new(HOST, data())), CACHE_BYTES);
    let paths = match &fixture.path {
        OneOrMore::One(path) => std::slice::from_ref(path),
        OneOrMore::More(paths) => paths,
    };
    let locations = paths.iter().map(|path| location(path)).collect::<Result<Vec<_>>>()?;
    let table = table::open(&store.metered(&Meter::default()), &locations, fixture.as_of.as_ref()).await?;
    let session = Session::new(store, &Options::default())?.with_crew(crew(2));
    session.register("t", table.clone())?;
    Ok(Opened { session, table })
}

fn location(path: &str) -> Result<Location> {
    let mut url = url::Url::parse(HOST).map_err(|error| Error::new(Kind::Bug, HOST, error.to_string()))?;
    url.path_segments_mut().expect("a base").clear().extend(path.split('/'));
    Location::parse(url.as_str())
}

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn fixtures() -> Vec<Fixture> {
    let file = File::open(data().join("manifest.json")).expect("the manifest");
    serde_json::from_reader::<_, Manifest>(file)
        .expect("the manifest's form")
        .fixtures
}

fn readable() -> impl Iterator<Item = Fixture> {
    fixtures()
        .into_iter()
        .filter(|fixture| fixture.refused.is_none() && fixture.errors.is_none())
}

fn expected(fixture: &Fixture) -> (Vec<String>, Vec<String>) {
    let file = File::open(data().join(fixture.expected.as_ref().expect("expected rows"))).expect("expected rows");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a footer");
    let schema = reader.schema().clone();
    let batches = reader
        .build()
        .expect("a reader")
        .collect::<std::result::Result<Vec<_>, _>>()
        .expect("rows");
    (columns(&schema), rows(&batches))
}

/// Each row as one line, sorted: a table has no order.
fn rows(batches: &[RecordBatch]) -> Vec<String> {
    let mut rows: Vec<String> = batches.iter().flat_map(lines).collect();
    rows.sort_unstable();
    rows
}

fn lines(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("\u{2205}");
    let formatters: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("text"))
        .collect();
    let line = |row| {
        formatters.iter().fold(String::from("|"), |mut line, formatter| {
            let _ = write!(line, "{}|", formatter.value(row));
            line
        })
    };
    (0..batch.num_rows()).map(line).collect()
}

fn columns(schema: &Schema) -> Vec<String> {
    schema
        .fields()
        .iter()
        .map(|field| format!("{}: {}", field.name(), words(field.data_type())))
        .collect()
}

/// A type without what readers may choose: string views, names inside lists and maps, the spelling of UTC.
fn words(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => words(&DataType::Utf8),
        DataType::BinaryView | DataType::LargeBinary => words(&DataType::Binary),
        DataType::Dictionary(_, value) => words(value),
        DataType::List(item) | DataType::LargeList(item) => format!("list<{}>", words(item.data_type())),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => {
                format!(
                    "map<{}>",
                    pair.iter()
                        .map(|field| words(field.data_type()))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            other => other.to_string(),
        },
        DataType::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|field| format!("{}: {}", field.name(), words(field.data_type())));
            format!("struct<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        DataType::Timestamp(unit, Some(_)) => format!("instant<{unit}>"),
        other => other.to_string(),
    }
}
