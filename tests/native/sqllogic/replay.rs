//! The statements of the files that passed, for the browser's replay.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::database::Outcome;
use super::runner::{About, Report};

/// Statements of one file, above which it stays native: the browser's share of the tests is minutes.
const MAX_STATEMENTS: usize = 400;

/// Bytes of one file's JSON.
const MAX_BYTES: usize = 256 << 10;

/// One statement with what it gave.
#[derive(Debug, Serialize)]
pub struct Statement {
    sql: String,
    outcome: Expected,
    sorted: bool,
    mutates: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Expected {
    Rows(Option<Vec<Vec<Option<String>>>>),
    Error(bool),
}

impl Statement {
    /// What the browser should see; rows that change from run to run are not compared.
    pub fn new(about: About, outcome: Outcome) -> Self {
        let mutates = !is_reading(&about.sql);
        let outcome = match outcome {
            None => Expected::Error(true),
            Some(_) if about.is_volatile || changes_by_run(&about.sql) => Expected::Rows(None),
            Some(rows) => Expected::Rows(Some(rows)),
        };
        Self {
            sql: about.sql,
            outcome,
            sorted: about.sorted,
            mutates,
        }
    }

    /// May it change what later statements see?
    pub fn mutates(&self) -> bool {
        self.mutates
    }
}

fn is_reading(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    ["select", "with", "explain", "describe", "show", "values", "from", "("]
        .iter()
        .any(|word| first.starts_with(word))
}

fn changes_by_run(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    [
        "now()",
        "random()",
        "rand()",
        "uuid()",
        "current_",
        "today()",
        "explain analyze",
        "shuffle",
    ]
    .iter()
    .any(|word| sql.contains(word))
}

/// Writes the files and their index, in place of those of the last run.
pub fn write(reports: &[Report]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../sqllogic");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let mut index = serde_json::Map::new();
    for report in reports.iter().filter(|report| report.is_replayable()) {
        if let Some(path) = write_file(&folder, report) {
            index.insert(path, report.statements.len().into());
        }
    }
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.json"), serde_json::Value::Object(index).to_string()).unwrap();
}

fn write_file(folder: &Path, report: &Report) -> Option<String> {
    let json = serde_json::to_vec(&report.statements).unwrap();
    if report.statements.len() > MAX_STATEMENTS || json.len() > MAX_BYTES {
        return None;
    }
    let name = format!("{}.json", report.path.trim_end_matches(".slt"));
    let file: PathBuf = folder.join(&name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, json).unwrap();
    Some(name)
}
