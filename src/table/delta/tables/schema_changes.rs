//! What changed of a table's columns, partitioning and properties, commit by commit (PROTOCOL.md, "Change Metadata").

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Versions, batch, columns, time};
use crate::error::{Error, Kind, Result};
use crate::protocol::AsOf;
use crate::table::delta::action::Metadata;
use crate::table::delta::commit::Commit;
use crate::table::delta::state;

pub(super) fn schema() -> SchemaRef {
    columns(&[
        ("version", DataType::Int64),
        ("timestamp", time()),
        ("change", DataType::Utf8),
        ("name", DataType::Utf8),
        ("before", DataType::Utf8),
        ("after", DataType::Utf8),
    ])
}

/// What a table begins with is no change.
pub(super) async fn rows(versions: &Versions<'_>) -> Result<RecordBatch> {
    let (from, to) = versions.range().await?;
    let mut before = None;
    if from > 0 {
        // What is left of a log begins with a state, not with a change.
        let base = if versions.query.range.is_some() { from - 1 } else { from };
        let (_, state) = state(&versions.log, Some(&AsOf::Version(base))).await?;
        before = Some(Described::of(versions, &state.metadata)?);
    }
    let mut changes = vec![];
    let found = versions.each((from, to), |commit| {
        Ok((commit.version, commit.timestamp_millis(), metadata(commit)?))
    });
    for (version, timestamp, metadata) in found.await? {
        let Some(metadata) = metadata else { continue };
        let after = Described::of(versions, &metadata)?;
        if let Some(before) = before {
            let told = before.differences(&after).into_iter();
            changes.extend(told.map(|difference| Change {
                version,
                timestamp,
                difference,
            }));
        }
        before = Some(after);
    }
    batch(&schema(), &changes)
}

/// A row.
#[derive(Debug, Serialize)]
struct Change {
    version: u64,
    timestamp: Option<i64>,
    #[serde(flatten)]
    difference: Difference,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Difference {
    change: &'static str,
    name: String,
    before: Option<String>,
    after: Option<String>,
}

fn metadata(commit: &Commit) -> Result<Option<Metadata>> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "metaData", default)]
        metadata: Option<Metadata>,
    }
    for (number, line) in commit.numbered_lines() {
        if !line.windows(METADATA.len()).any(|word| word == METADATA) {
            continue;
        }
        let line: Line = serde_json::from_slice(line).map_err(|cause| {
            let detail = format!("line {number} is no action of the log: {cause}");
            Error::new(Kind::Damaged, commit.file.location.without_query(), detail).with_source(cause)
        })?;
        if line.metadata.is_some() {
            return Ok(line.metadata);
        }
    }
    Ok(None)
}

const METADATA: &[u8] = b"\"metaData\"";

/// What a table's metadata says, in the parts that are compared.
#[derive(Debug, Default)]
struct Described {
    columns: Vec<Column>,
    partitioning: String,
    properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default)]
struct Column {
    /// With the names of the structures around it, dotted.
    name: String,
    /// "Column Mapping": what stays when a column is renamed.
    id: Option<i64>,
    facets: [(&'static str, Option<String>); 3],
}

impl Described {
    fn of(versions: &Versions<'_>, metadata: &Metadata) -> Result<Self> {
        let schema: Value = serde_json::from_str(&metadata.schema_string).map_err(|cause| {
            versions
                .refuse(Kind::Damaged, format!("a schema of the log is no JSON: {cause}"))
                .with_source(cause)
        })?;
        let mut columns = vec![];
        collect(&schema, "", &mut columns);
        let properties = metadata.configuration.iter();
        let properties = properties.filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        Ok(Self {
            columns,
            partitioning: metadata.partition_columns.join(", "),
            properties: properties.collect(),
        })
    }

    fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = vec![];
        for column in &self.columns {
            match column.same_in(&after.columns) {
                None => found.push(difference("column dropped", &column.name, column.type_name(), None)),
                Some(now) => found.extend(column.differences(now)),
            }
        }
        let is_new = |column: &&Column| column.same_in(&self.columns).is_none();
        for column in after.columns.iter().filter(is_new) {
            found.push(difference("column added", &column.name, None, column.type_name()));
        }
        if self.partitioning != after.partitioning {
            let (before, now) = (self.partitioning.clone(), after.partitioning.clone());
            found.push(difference("partitioning", "", Some(before), Some(now)));
        }
        let mut keys: Vec<&String> = self.properties.keys().chain(after.properties.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let (before, now) = (self.properties.get(key), after.properties.get(key));
            if before != now {
                found.push(difference("property", key, before.cloned(), now.cloned()));
            }
        }
        found
    }
}

impl Column {
    /// By its id where both have one, else by its name.
    fn same_in<'a>(&self, others: &'a [Self]) -> Option<&'a Self> {
        others.iter().find(|other| match (self.id, other.id) {
            (Some(id), Some(other)) => id == other,
            _ => self.name == other.name,
        })
    }

    fn type_name(&self) -> Option<String> {
        self.facets.first().and_then(|(_, name)| name.clone())
    }

    fn differences(&self, now: &Self) -> Vec<Difference> {
        let renamed = (self.name != now.name).then(|| {
            difference(
                "column renamed",
                &now.name,
                Some(self.name.clone()),
                Some(now.name.clone()),
            )
        });
        let facets = self.facets.iter().zip(&now.facets);
        let changed = facets
            .filter(|((_, before), (_, now))| before != now)
            .map(|((facet, before), (_, after))| difference(facet, &now.name, before.clone(), after.clone()));
        renamed.into_iter().chain(changed).collect()
    }
}

fn difference(change: &'static str, name: &str, before: Option<String>, after: Option<String>) -> Difference {
    Difference {
        change,
        name: name.to_owned(),
        before,
        after,
    }
}

/// Adds the columns of `data_type` and of the structures in it; arrays and maps count as one column.
fn collect(data_type: &Value, inside: &str, columns: &mut Vec<Column>) {
    let fields = data_type.get("fields").and_then(Value::as_array);
    for field in fields.into_iter().flatten() {
        let word = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = if inside.is_empty() {
            word("name").to_owned()
        } else {
            format!("{inside}.{}", word("name"))
        };
        let metadata = |key: &str| field.get("metadata").and_then(|metadata| metadata.get(key));
        let nested = field.get("type").filter(|data_type| data_type.get("fields").is_some());
        let type_name = match (nested, field.get("type")) {
            (Some(_), _) => Some("struct".to_owned()),
            (None, Some(Value::String(name))) => Some(name.clone()),
            (None, other) => other.map(ToString::to_string),
        };
        columns.push(Column {
            id: metadata("delta.columnMapping.id").and_then(Value::as_i64),
            facets: [
                ("type", type_name),
                ("nullable", field.get("nullable").map(ToString::to_string)),
                (
                    "comment",
                    metadata("comment").and_then(Value::as_str).map(ToOwned::to_owned),
                ),
            ],
            name: name.clone(),
        });
        if let Some(nested) = nested {
            collect(nested, &name, columns);
        }
    }
}

#[cfg(test)]
#[path = "schema_changes_tests.rs"]
mod tests;
