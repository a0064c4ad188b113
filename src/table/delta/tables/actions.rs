//! The actions of all commits, and of the checkpoint that the log names, a row each, as they lie there.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Versions, batch, checkpoint, columns};
use crate::error::{Error, Kind, Result};
use crate::table::delta::commit::Commit;
use crate::table::delta::log::commit_name;

pub(super) fn schema() -> SchemaRef {
    columns(&[
        ("version", DataType::Int64),
        ("file", DataType::Utf8),
        ("line", DataType::Int64),
        ("action", DataType::Utf8),
        ("path", DataType::Utf8),
        ("json", DataType::Utf8),
    ])
}

pub(super) async fn rows(versions: &Versions<'_>) -> Result<RecordBatch> {
    let range = versions.range().await?;
    let mut all = match versions.query.range {
        Some(_) => vec![],
        None => checkpoint::actions(&versions.log, range.1).await?,
    };
    let of_commits = versions.each(range, actions).await?;
    all.extend(of_commits.into_iter().flatten());
    batch(&schema(), &all)
}

/// A row.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    version: u64,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) action: String,
    pub(super) path: Option<String>,
    json: String,
}

/// What some actions are about.
#[derive(Deserialize)]
struct About {
    #[serde(default)]
    path: Option<String>,
}

fn actions(commit: &Commit) -> Result<Vec<Row>> {
    let file = commit_name(commit.version);
    let mut actions = vec![];
    for parsed in commit.parsed_lines::<&RawValue>() {
        let (line, text) = parsed?;
        let told = actions_of_line(commit.version, &file, line, text.get().as_bytes());
        actions.extend(told.map_err(|cause| {
            let detail = format!("line {line} is no action of the log: {cause}");
            Error::new(Kind::Damaged, commit.file.location.without_query(), detail).with_source(cause)
        })?);
    }
    Ok(actions)
}

/// The actions of a line of `file`.
pub(super) fn actions_of_line(version: u64, file: &str, line: usize, text: &[u8]) -> serde_json::Result<Vec<Row>> {
    let parsed: BTreeMap<String, &RawValue> = serde_json::from_slice(text)?;
    let told = parsed.into_iter().filter(|(_, content)| content.get() != "null");
    let row = |(action, content): (String, &RawValue)| Row {
        version,
        file: file.to_owned(),
        line,
        action,
        path: serde_json::from_str::<About>(content.get())
            .ok()
            .and_then(|about| about.path),
        json: content.get().to_owned(),
    };
    Ok(told.map(row).collect())
}
