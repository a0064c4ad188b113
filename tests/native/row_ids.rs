//! Row ids, as the Delta kernel tells them: of a table whose files were partly rewritten.
//!
//! No writer that installs here tracks rows, so that the table is made here; what counts is that the kernel, which
//! shares no code with us, reads it so.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::lake::lines;
use crate::reference;
use crate::relations::Lake;

const PROTOCOL: &str =
    r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking","domainMetadata"]}}"#;
const METADATA: &str = r#"{"metaData":{"id":"t","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{"delta.enableRowTracking":"true","delta.rowTracking.materializedRowIdColumnName":"_row-id","delta.rowTracking.materializedRowCommitVersionColumnName":"_row-version"}}}"#;

/// A table of three files: one as it was appended, one that was rewritten in part, and one that was rewritten whole.
fn table() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("row-ids");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("_delta_log")).unwrap();
    let numbers = |numbers: &[Option<i64>]| -> ArrayRef { Arc::new(Int64Array::from(numbers.to_vec())) };
    let ids = |from: i64, to: i64| (from..to).map(Some).collect::<Vec<_>>();
    let adds = [
        (0, 1, vec![("id", numbers(&ids(0, 10)))]),
        (
            10,
            2,
            vec![
                ("id", numbers(&ids(10, 20))),
                (
                    "_row-id",
                    numbers(&[None, Some(3), None, None, Some(70), None, None, Some(71), None, None]),
                ),
                (
                    "_row-version",
                    numbers(&[None, Some(1), None, None, Some(0), None, None, None, None, Some(1)]),
                ),
            ],
        ),
        (
            20,
            3,
            vec![("id", numbers(&ids(20, 30))), ("_row-id", numbers(&ids(50, 60)))],
        ),
    ];
    let mut commit = vec![PROTOCOL.to_owned(), METADATA.to_owned()];
    for (base, version, columns) in adds {
        let name = format!("part-{base}.parquet");
        let size = write(&folder.join(&name), columns);
        commit.push(format!(
            r#"{{"add":{{"path":"{name}","partitionValues":{{}},"size":{size},"modificationTime":1,"dataChange":true,"baseRowId":{base},"defaultRowCommitVersion":{version}}}}}"#
        ));
    }
    fs::write(folder.join("_delta_log/00000000000000000000.json"), commit.join("\n")).unwrap();
    folder
}

/// Writes row groups of four rows.
fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) -> u64 {
    let rows = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)))
        .unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(4)).build();
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    fs::metadata(path).unwrap().len()
}

#[tokio::test]
async fn rows_have_the_ids_that_the_reference_tells() {
    let folder = table();
    let theirs = reference::rows_with_ids(&folder).unwrap();
    let theirs = lines(&[concat_batches(&theirs[0].schema(), &theirs).unwrap()]);
    assert_eq!(theirs.len(), 30);
    let lake = Lake::over(folder.parent().unwrap());
    lake.open("t", "row-ids", None).await;
    let sql = "select id, _metadata.row_id, _metadata.row_commit_version from t";
    assert_eq!(sorted(lake.rows(sql).await), sorted(theirs.clone()));
    for row in &theirs {
        let [id, row_id, version] = row.split('|').collect::<Vec<_>>().try_into().unwrap();
        let by_id =
            format!("select id, _metadata.row_commit_version v from t where _metadata.row_id = {row_id} and id = {id}");
        assert_eq!(lake.rows(&by_id).await, [format!("{id}|{version}")]);
    }
    let only = lake
        .rows("select distinct _metadata.base_row_id, _metadata.default_row_commit_version v from t order by 1")
        .await;
    assert_eq!(only, ["0|1", "10|2", "20|3"]);
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
