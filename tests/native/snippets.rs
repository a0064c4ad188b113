//! The code for other tools: the texts that are kept in `tests/snippets`, and the rows that Limn itself gives.
//!
//! `tests/snippets/run.py` runs the same texts in the tools that are installed. With `LIMN_WRITE_GOLDEN` set the texts
//! and rows are written instead of compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use limn::protocol::{AsOf, Values};
use limn::ui::snippet::{Bound, File, Files, Opened, Tool, bound, files, files_statement, snippet};
use serde::{Deserialize, Serialize};

use crate::lake::lines;
use crate::relations::Lake;

#[derive(Serialize, Deserialize)]
struct Case {
    name: String,
    tables: BTreeMap<String, Place>,
    sql: String,
    /// The values of its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, String>,
    /// The cells of each row, separated by `|`.
    rows: Vec<String>,
    /// Words of a tool's own refusal, by the ending of its texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    cannot: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Place {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snippets")
}

fn file_name(tool: Tool, case: &str) -> String {
    let ending = match tool {
        Tool::SparkSql => "spark.sql",
        Tool::PySpark => "spark.py",
        Tool::DuckDb => "duckdb.sql",
        Tool::DuckDbFiles => "duckdb-files.sql",
        Tool::Polars => "polars.py",
        Tool::DeltaRs => "delta-rs.py",
    };
    format!("{case}.{ending}")
}

#[tokio::test]
async fn code_for_other_tools_is_what_was_read_and_run() {
    let writes = std::env::var_os("LIMN_WRITE_GOLDEN").is_some();
    let mut cases: Vec<Case> = serde_json::from_slice(&fs::read(folder().join("cases.json")).unwrap()).unwrap();
    let mut wrong = vec![];
    for case in &mut cases {
        let (tables, values, rows) = read(case).await;
        if writes {
            case.rows = rows;
        } else {
            assert_eq!(rows, case.rows, "{}", case.name);
        }
        for tool in Tool::ALL {
            let path = folder().join("golden").join(file_name(tool, &case.name));
            let text = snippet(tool, &tables, &case.sql, &values);
            if writes {
                fs::write(&path, &text).unwrap();
            } else if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                wrong.push(format!("{}\n{text}", path.display()));
            }
        }
    }
    if writes {
        let text = serde_json::to_string_pretty(&cases).unwrap();
        fs::write(folder().join("cases.json"), text + "\n").unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Needs what `run.py` names; a tool that is not installed is skipped, and it says so.
#[test]
fn other_tools_give_the_same_rows() {
    let python = std::env::var("LIMN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match Command::new(&python).arg(folder().join("run.py")).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            println!("{said}");
            assert!(
                output.status.success(),
                "{said}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Err(error) => println!("skipped: {python} does not start: {error}"),
    }
}

/// The tables as the page describes them, the values of parameters, and the rows that Limn gives.
async fn read(case: &Case) -> (Vec<Opened>, Vec<Bound>, Vec<String>) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta");
    let lake = Lake::over(&data);
    let mut tables = vec![];
    for (name, place) in &case.tables {
        lake.open(name, &place.path, place.version.map(AsOf::Version)).await;
        tables.push(opened(&lake, name, place).await);
    }
    let given: Values = case
        .values
        .iter()
        .map(|(name, text)| (name.clone(), Some(text.clone())))
        .collect();
    let known = lake.parameters(&case.sql).await;
    let rows = lines(&lake.ask_with(&case.sql, &given).await.unwrap());
    (tables, bound(&known, &given), rows)
}

async fn opened(lake: &Lake, name: &str, place: &Place) -> Opened {
    let quoted = limn::link::quoted(name);
    let columns = lake.rows(&format!("describe {quoted}")).await;
    let columns = columns.iter().map(|row| row.split('|').next().unwrap().to_owned());
    let version = lake
        .rows(&format!("select max(version) from limn_history('{name}')"))
        .await;
    let listed = lake.ask(&format!("select * from limn_files('{name}')")).await.unwrap();
    let has_partitions = listed
        .iter()
        .any(|batch| batch.schema().column_with_name("partition_values").is_some());
    let url = format!("http://lake.test/{}", place.path);
    let listed = lake.rows(&files_statement(name)).await;
    let file = |row: &String| {
        let cells: Vec<&str> = row.split('|').collect();
        File {
            path: cells[0].to_owned(),
            deleted_rows: cells[1].parse().unwrap(),
        }
    };
    let is_mapped = listed.iter().any(|row| row.ends_with("|true"));
    let known: Files = files(
        &url,
        has_partitions,
        is_mapped,
        &listed.iter().map(file).collect::<Vec<_>>(),
    );
    Opened {
        name: name.to_owned(),
        urls: vec![url],
        is_delta: true,
        version: version[0].parse().ok(),
        columns: columns.collect(),
        lacks_secret: false,
        files: known,
    }
}
