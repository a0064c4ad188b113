//! Tables with expected rows: exactly these rows come back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Schema, TimestampMicrosecondType};
use arrow::util::pretty::pretty_format_batches;
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use datafusion::sql::unparser::expr_to_sql;
use limn::error::Error;
use limn::protocol::AsOf;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::corpora::{Host, archives, corpora, entries, unpack};
use crate::rows::{multiset, plain_type};

/// Rows of Parquet files, as the parquet crate alone reads them.
fn expected(files: &[PathBuf]) -> (Schema, Vec<RecordBatch>) {
    let mut schema = Schema::empty();
    let mut batches = vec![];
    for file in files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(file).unwrap()).unwrap();
        schema = reader.schema().as_ref().clone();
        batches.extend(reader.build().unwrap().map(Result::unwrap));
    }
    (schema, batches)
}

fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let files = entries(folder).into_iter().map(|(_, path)| path);
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "parquet"))
        .collect()
}

/// What came of a table.
#[derive(Debug)]
enum Verdict {
    Exact,
    Refused(Error),
    Wrong(String),
}

/// A batch with its times moved back.
fn earlier(batch: &RecordBatch, hours: i64) -> RecordBatch {
    let moved = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Timestamp(_, _) => {
            let column = cast(column, &plain_type(column.data_type())).unwrap();
            let times = column.as_primitive::<TimestampMicrosecondType>();
            let moved = times.unary::<_, TimestampMicrosecondType>(|time| time - hours * 3_600_000_000);
            Arc::new(moved.with_timezone("UTC")) as ArrayRef
        }
        _ => Arc::clone(column),
    });
    let fields = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect::<Vec<_>>();
    RecordBatch::try_from_iter(fields.into_iter().zip(moved)).unwrap()
}

/// Reads a table and compares it, its expected times moved back by `hours`.
async fn read(host: &Host, path: &str, as_of: Option<&AsOf>, files: &[PathBuf], hours: i64) -> Verdict {
    let answer = async { host.rows(host.open(path, as_of).await?).await }.await;
    let (schema, batches) = match answer {
        Ok(rows) => rows,
        Err(error) => return Verdict::Refused(error),
    };
    let (expected_schema, mut expected_batches) = expected(files);
    if hours != 0 {
        expected_batches = expected_batches.iter().map(|batch| earlier(batch, hours)).collect();
    }
    let order: Vec<String> = expected_schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let mut names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    names.sort_unstable();
    let mut expected_names = order.clone();
    expected_names.sort_unstable();
    if names != expected_names {
        return Verdict::Wrong(format!("columns {names:?}, expected {expected_names:?}"));
    }
    let ours = multiset(&schema, &batches, &order);
    let theirs = multiset(&expected_schema, &expected_batches, &order);
    if ours == theirs {
        return Verdict::Exact;
    }
    Verdict::Wrong(format!(
        "{}\nexpected {}\n{}\n{}",
        ours.0,
        theirs.0,
        pretty_format_batches(&batches).unwrap(),
        pretty_format_batches(&expected_batches).unwrap(),
    ))
}

/// Asserts that each table is exact.
fn assert_exact(verdicts: &BTreeMap<String, Verdict>) {
    let wrong = verdicts.iter().filter_map(|(name, verdict)| match verdict {
        Verdict::Exact => None,
        Verdict::Wrong(difference) => Some(format!("{name}: {difference}")),
        Verdict::Refused(error) => Some(format!("{name}: {error}")),
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Its partition values are times without a zone, which only the writer's machine could tell: seven hours behind UTC.
/// Limn, like the reference, takes them for UTC.
const ZONELESS: &str = "data-reader-partition-values";

#[tokio::test]
async fn golden_tables_give_the_expected_rows() {
    let Some(corpora) = corpora() else { return };
    let folder = tempfile::tempdir().unwrap();
    let host = Host::new(folder.path());
    let mut verdicts = BTreeMap::new();
    for (name, archive) in archives(&corpora.join("delta-kernel-rs/kernel/tests/golden_data")) {
        unpack(&archive, folder.path());
        let expected = folder.path().join(&name).join("expected");
        if expected.is_dir() {
            let hours = if name == ZONELESS { 7 } else { 0 };
            let verdict = read(&host, &format!("{name}/delta"), None, &parquet_files(&expected), hours).await;
            verdicts.insert(name, verdict);
        }
    }
    assert_eq!(verdicts.len(), 71);
    assert_exact(&verdicts);
}

#[tokio::test]
async fn tables_of_the_delta_acceptance_tests_give_the_expected_rows_at_every_version() {
    let Some(corpora) = corpora() else { return };
    let host = Host::new(&corpora);
    let mut verdicts = BTreeMap::new();
    for (table, _) in entries(&corpora.join("dat-2022/out/reader_tests/generated")) {
        let path = format!("dat-2022/out/reader_tests/generated/{table}");
        for (version, folder) in entries(&corpora.join(&path).join("expected")) {
            let as_of = version
                .strip_prefix('v')
                .map(|number| AsOf::Version(number.parse().unwrap()));
            let verdict = read(
                &host,
                &format!("{path}/delta"),
                as_of.as_ref(),
                &parquet_files(&folder),
                0,
            )
            .await;
            verdicts.insert(format!("{table} {version}"), verdict);
        }
    }
    for group in ["generated", "external"] {
        for (table, folder) in entries(&corpora.join("dat-2022-ext/out/tables").join(group)) {
            let path = format!("dat-2022-ext/out/tables/{group}/{table}/delta");
            let verdict = read(&host, &path, None, &parquet_files(&folder.join("parquet")), 0).await;
            verdicts.insert(table, verdict);
        }
    }
    assert_eq!(verdicts.len(), 15);
    assert_exact(&verdicts);
}

/// Tables whose files have statistics of many types, partition values, or both.
const SKIPPING: [&str; 11] = [
    "data-skipping-basic-stats-all-types",
    "data-skipping-basic-stats-all-types-checkpoint",
    "data-skipping-basic-stats-all-types-columnmapping-id",
    "data-skipping-basic-stats-all-types-columnmapping-name",
    "table-with-columnmapping-mode-id",
    "data-skipping-change-stats-collected-across-versions",
    "data-skipping-partition-and-data-column",
    "data-reader-partition-values",
    "data-reader-timestamp_ntz",
    "parquet-all-types",
    "basic-with-inserts-deletes-checkpoint",
];

/// Comparisons of a column with one of its own values.
fn predicates(name: &str, value: &ScalarValue) -> Vec<Expr> {
    let (column, value) = (|| ident(name), || lit(value.clone()));
    vec![
        column().eq(value()),
        column().not_eq(value()),
        column().lt(value()),
        column().gt_eq(value()),
        column().is_null(),
    ]
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

#[tokio::test]
async fn a_pruned_scan_gives_what_a_filter_over_all_rows_gives() {
    let Some(corpora) = corpora() else { return };
    let folder = tempfile::tempdir().unwrap();
    let host = Host::new(folder.path());
    let golden = corpora.join("delta-kernel-rs/kernel/tests/golden_data");
    let mut compared = 0;
    for name in SKIPPING {
        unpack(&golden.join(format!("{name}.tar.zst")), folder.path());
        let table = host.open(&format!("{name}/delta"), None).await.unwrap();
        let (schema, batches) = host.rows(table).await.unwrap();
        let all = concat_batches(&schema, &batches).unwrap();
        let memory = SessionContext::new();
        memory.register_batch("it", all.clone()).unwrap();
        let flat = schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| !field.data_type().is_nested());
        for (index, field) in flat {
            let value = ScalarValue::try_from_array(all.column(index), all.num_rows() / 2).unwrap();
            for predicate in predicates(field.name(), &value) {
                let sql = format!("select * from it where {}", expr_to_sql(&predicate).unwrap());
                let expected = memory.sql(&sql).await.unwrap().collect().await.unwrap();
                let given = host.query(&sql).await.unwrap().1;
                assert_eq!(count(&given), count(&expected), "{name}: {sql}");
                compared += 1;
            }
        }
    }
    assert!(compared > 250, "{compared}");
}
