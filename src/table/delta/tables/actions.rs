//! The actions of all commits, a row each, as they lie there.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Versions, batch, columns};
use crate::error::Result;
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
    let actions = versions.each(range, actions).await?;
    batch(&schema(), &actions.concat())
}

/// A row.
#[derive(Debug, Clone, Serialize)]
struct Row {
    version: u64,
    file: String,
    line: usize,
    action: String,
    path: Option<String>,
    json: String,
}

/// What some actions are about.
#[derive(Deserialize)]
struct About {
    #[serde(default)]
    path: Option<String>,
}

fn actions(commit: &Commit) -> Result<Vec<Row>> {
    let mut actions = vec![];
    for parsed in commit.parsed_lines::<BTreeMap<String, &RawValue>>() {
        let (line, parsed) = parsed?;
        let told = parsed.into_iter().filter(|(_, content)| content.get() != "null");
        actions.extend(told.map(|(action, content)| {
            Row {
                version: commit.version,
                file: commit_name(commit.version),
                line,
                action,
                path: serde_json::from_str::<About>(content.get())
                    .ok()
                    .and_then(|about| about.path),
                json: content.get().to_owned(),
            }
        }));
    }
    Ok(actions)
}
