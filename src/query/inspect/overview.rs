//! What a table is and requires: read already when it was opened.

use crate::protocol::inspect::{Feature, Overview};
use crate::table::Table;

/// The prefix of properties that are constraints (PROTOCOL.md, "CHECK Constraints").
const CONSTRAINTS: &str = "delta.constraints.";

pub(super) fn of(table: &Table) -> Overview {
    let about = &table.about;
    let (constraints, properties) = about
        .properties
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().unwrap_or_default()))
        .partition::<Vec<_>, _>(|(name, _)| name.starts_with(CONSTRAINTS));
    let name_of = |name: &str| name.trim_start_matches(CONSTRAINTS).to_owned();
    Overview {
        id: about.id.clone(),
        table_name: about.name.clone().filter(|name| !name.is_empty()),
        created_millis: about.created_millis,
        partition_columns: table.partition_columns.clone(),
        properties,
        constraints: constraints
            .into_iter()
            .map(|(name, value)| (name_of(&name), value))
            .collect(),
        protocol: about.protocol,
        features: table.features.iter().map(feature).collect(),
    }
}

fn feature(feature: &crate::table::Feature) -> Feature {
    Feature {
        name: feature.name.clone(),
        readers: feature.readers,
        writers: feature.writers,
        is_read: feature.is_read,
        required_by: feature.required_by.clone(),
    }
}
