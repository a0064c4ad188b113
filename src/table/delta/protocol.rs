//! What a table requires of its readers, and whether this one may read it.
//!
//! PROTOCOL.md, "Table Features" and "Reader Version Requirements". Features of writers never
//! stop a reader; a feature of readers that is not read here refuses the table by its name.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::Feature;
use crate::table::delta::action::{Metadata, Protocol};
use crate::table::delta::column_mapping;

/// Features of readers that change nothing in how rows are read, or that are read.
const READ: [&str; 12] = [
    CATALOG_MANAGED,
    "catalogOwned-preview",
    COLUMN_MAPPING,
    "deletionVectors",
    "timestampNtz",
    "typeWidening",
    "typeWidening-preview",
    "v2Checkpoint",
    "vacuumProtocolCheck",
    "variantType",
    "variantType-preview",
    "variantShredding-preview",
];

/// "Catalog-managed tables": commits count once a catalog ratified them, and it publishes them in the log later.
const CATALOG_MANAGED: &str = "catalogManaged";

/// The one feature that older reader versions imply.
const COLUMN_MAPPING: &str = "columnMapping";

/// Features that reader versions without a list of names imply, from which version on ("Table Features").
const IMPLIED_OF_READERS: [(i32, &str); 1] = [(2, COLUMN_MAPPING)];

/// Features that writer versions without a list of names imply.
const IMPLIED_OF_WRITERS: [(i32, &str); 7] = [
    (2, "appendOnly"),
    (2, "invariants"),
    (3, "checkConstraints"),
    (4, "changeDataFeed"),
    (4, "generatedColumns"),
    (5, COLUMN_MAPPING),
    (6, "identityColumns"),
];

/// Refuses a table that must not be read, naming everything that is missing.
///
/// # Errors
/// `Unsupported` with the features' names; `Damaged` when the protocol contradicts itself.
pub fn check(root: &Location, protocol: &Protocol, metadata: &Metadata) -> Result<()> {
    let version = protocol.min_reader_version;
    if version < 1 {
        let detail = format!("the protocol asks for reader version {version}, which does not exist");
        return Err(Error::new(Kind::Damaged, root.without_query(), detail));
    }
    if version > 3 {
        let detail = format!("the table requires reader version {version}; versions 1 to 3 are read");
        return Err(Error::new(Kind::Unsupported, root.without_query(), detail));
    }
    if version == 3 && protocol.reader_features.is_none() {
        let detail = "the protocol asks for reader version 3, but does not say which features that means";
        return Err(Error::new(Kind::Damaged, root.without_query(), detail));
    }
    let required = required(protocol, metadata);
    let missing: Vec<&str> = required
        .iter()
        .copied()
        .filter(|feature| !READ.contains(feature))
        .collect();
    if missing.is_empty() {
        check_column_mapping(root, protocol, metadata)?;
        return check_format(root, metadata);
    }
    let all = required.join(", ");
    let detail = format!(
        "the table requires features of its readers that are not read yet: {}. (It requires: {all}.)",
        missing.join(", ")
    );
    Err(Error::new(Kind::Unsupported, root.without_query(), detail))
}

/// The features that reading this table requires, sorted. Column mapping may be allowed and yet be off.
///
/// Names count below reader version 3 too, where they should not be, and so does a mode of column mapping below
/// reader version 2: to read such a table regardless would be a guess.
fn required<'a>(protocol: &'a Protocol, metadata: &Metadata) -> Vec<&'a str> {
    let named = protocol.reader_features.iter().flatten().map(String::as_str);
    let mut features: Vec<&str> = named.filter(|name| *name != COLUMN_MAPPING).collect();
    if column_mapping::mode(metadata).is_some() {
        features.push(COLUMN_MAPPING);
    }
    features.sort_unstable();
    features.dedup();
    features
}

/// What a table's readers must know that its log does not tell.
pub fn note(protocol: &Protocol) -> Option<String> {
    let mut named = protocol.reader_features.iter().flatten();
    let by = named.find(|name| [CATALOG_MANAGED, "catalogOwned-preview"].contains(&name.as_str()))?;
    Some(format!(
        "A catalog manages this table ({by}). This is the newest version that it has published in the table's log; it may \
         know newer ones."
    ))
}

/// What the protocol requires of readers and of writers, by name.
pub fn features(protocol: &Protocol) -> Vec<Feature> {
    let names = protocol.reader_features.as_ref().map(|names| ("readerFeatures", names));
    let readers = named(
        names,
        ("reader version", protocol.min_reader_version),
        &IMPLIED_OF_READERS,
    );
    let names = protocol.writer_features.as_ref().map(|names| ("writerFeatures", names));
    let writers = named(
        names,
        ("writer version", protocol.min_writer_version),
        &IMPLIED_OF_WRITERS,
    );
    let mut features = BTreeMap::<String, Feature>::new();
    for (is_reader, (name, because)) in readers
        .map(|found| (true, found))
        .chain(writers.map(|found| (false, found)))
    {
        let feature = features.entry(name.clone()).or_insert_with(|| Feature {
            is_read: true,
            name,
            ..Feature::default()
        });
        feature.readers |= is_reader;
        feature.writers |= !is_reader;
        if is_reader {
            feature.is_read = READ.contains(&feature.name.as_str());
        }
        let separator = if feature.required_by.is_empty() { "" } else { ", " };
        feature.required_by.push_str(separator);
        feature.required_by.push_str(&because);
    }
    features.into_values().collect()
}

/// Names of features, each with what requires it: a list where there is one, else the version.
fn named(
    list: Option<(&str, &Vec<String>)>,
    (kind, version): (&str, i32),
    implied: &[(i32, &str)],
) -> impl Iterator<Item = (String, String)> {
    let found: Vec<(String, String)> = match list {
        Some((list, names)) => names.iter().map(|name| (name.clone(), list.to_owned())).collect(),
        None => implied
            .iter()
            .filter(|(since, _)| *since <= version)
            .map(|(_, name)| ((*name).to_owned(), format!("{kind} {version}")))
            .collect(),
    };
    found.into_iter()
}

/// "Column Mapping": a mode counts under the protocols that have it, and there are two.
fn check_column_mapping(root: &Location, protocol: &Protocol, metadata: &Metadata) -> Result<()> {
    let Some(mode) = column_mapping::mode(metadata) else {
        return Ok(());
    };
    let refuse = |detail: String| Err(Error::new(Kind::Unsupported, root.without_query(), detail));
    if column_mapping::match_by(mode).is_none() {
        return refuse(format!(
            "the table's columns are mapped (columnMapping) by {mode:?}; by name and by id is read"
        ));
    }
    let named = || {
        protocol
            .reader_features
            .iter()
            .flatten()
            .any(|name| name == COLUMN_MAPPING)
    };
    let version = protocol.min_reader_version;
    if version == 2 || (version == 3 && named()) {
        return Ok(());
    }
    refuse(format!(
        "the table's columns are mapped by {mode:?}, but its protocol does not require columnMapping of readers: \
         which names its files have would be a guess"
    ))
}

/// "Format Specification".
fn check_format(root: &Location, metadata: &Metadata) -> Result<()> {
    match &metadata.format {
        Some(format) if format.provider != "parquet" => {
            let detail = format!("the table's files are {:?}; only parquet is read", format.provider);
            Err(Error::new(Kind::Unsupported, root.without_query(), detail))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(protocol: &str, configuration: &str) -> std::result::Result<(), (Kind, String)> {
        let root = Location::parse("http://lake.test/t").unwrap();
        let metadata = format!(r#"{{"schemaString":"","configuration":{configuration}}}"#);
        let (protocol, metadata) = (
            serde_json::from_str(protocol).unwrap(),
            serde_json::from_str(&metadata).unwrap(),
        );
        check(&root, &protocol, &metadata).map_err(|error| (error.kind, error.detail))
    }

    #[test]
    fn tables_without_foreign_features_are_read() {
        for protocol in [
            r#"{"minReaderVersion":1,"minWriterVersion":2}"#,
            r#"{"minReaderVersion":2,"minWriterVersion":5}"#,
            r#"{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["changeDataFeed","somethingNew"]}"#,
            r#"{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[],"writerFeatures":["rowTracking"]}"#,
            r#"{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timestampNtz","columnMapping"]}"#,
            r#"{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["vacuumProtocolCheck","v2Checkpoint","typeWidening"]}"#,
        ] {
            assert_eq!(
                verdict(protocol, r#"{"delta.columnMapping.mode":"none"}"#),
                Ok(()),
                "{protocol}"
            );
            assert_eq!(verdict(protocol, "{}"), Ok(()), "{protocol}");
        }
    }

    #[test]
    fn every_missing_feature_is_named() {
        let protocol = r#"{"minReaderVersion":3,"minWriterVersion":7,
            "readerFeatures":["timestampNtz","newType","deletionVectors","fromTheFuture"]}"#;
        let (kind, detail) = verdict(protocol, "{}").unwrap_err();
        assert_eq!(kind, Kind::Unsupported);
        assert!(detail.contains("not read yet: fromTheFuture, newType."), "{detail}");
        assert!(
            detail.contains("requires: deletionVectors, fromTheFuture, newType, timestampNtz."),
            "{detail}"
        );
    }

    #[test]
    fn column_mapping_is_read_where_the_protocol_has_it() {
        for (protocol, read) in [
            (r#"{"minReaderVersion":1}"#, false),
            (r#"{"minReaderVersion":1,"readerFeatures":["columnMapping"]}"#, false),
            (r#"{"minReaderVersion":2}"#, true),
            (r#"{"minReaderVersion":3,"readerFeatures":[]}"#, false),
            (r#"{"minReaderVersion":3,"readerFeatures":["columnMapping"]}"#, true),
        ] {
            for mode in ["name", "id"] {
                let verdict = verdict(protocol, &format!(r#"{{"delta.columnMapping.mode":"{mode}"}}"#));
                match verdict {
                    Ok(()) => assert!(read, "{protocol}"),
                    Err((kind, detail)) => {
                        assert_eq!((kind, read), (Kind::Unsupported, false), "{protocol}");
                        assert!(detail.contains("columnMapping"), "{detail}");
                    }
                }
            }
        }
    }

    #[test]
    fn other_modes_of_column_mapping_are_refused_by_name() {
        let (kind, detail) =
            verdict(r#"{"minReaderVersion":2}"#, r#"{"delta.columnMapping.mode":"guess"}"#).unwrap_err();
        assert_eq!(kind, Kind::Unsupported);
        assert!(detail.contains("columnMapping") && detail.contains("guess"), "{detail}");
    }

    #[test]
    fn features_are_those_of_the_lists_or_those_that_the_versions_imply() {
        let told = |protocol: &str| {
            let line = |feature: Feature| {
                let of = match (feature.readers, feature.writers) {
                    (true, true) => "both",
                    (true, false) => "readers",
                    _ => "writers",
                };
                format!("{} {of} {} {}", feature.name, feature.is_read, feature.required_by)
            };
            features(&serde_json::from_str(protocol).unwrap())
                .into_iter()
                .map(line)
                .collect::<Vec<_>>()
        };
        assert_eq!(told(r#"{"minReaderVersion":1,"minWriterVersion":1}"#), [""; 0]);
        assert_eq!(
            told(r#"{"minReaderVersion":2,"minWriterVersion":5}"#),
            [
                "appendOnly writers true writer version 5",
                "changeDataFeed writers true writer version 5",
                "checkConstraints writers true writer version 5",
                "columnMapping both true reader version 2, writer version 5",
                "generatedColumns writers true writer version 5",
                "invariants writers true writer version 5",
            ]
        );
        let named = r#"{"minReaderVersion":3,"minWriterVersion":7,
            "readerFeatures":["tomorrow"],"writerFeatures":["tomorrow","rowTracking"]}"#;
        assert_eq!(
            told(named),
            [
                "rowTracking writers true writerFeatures",
                "tomorrow both false readerFeatures, writerFeatures",
            ]
        );
    }

    #[test]
    fn unknown_reader_versions_are_refused() {
        assert_eq!(
            verdict(r#"{"minReaderVersion":99}"#, "{}").unwrap_err().0,
            Kind::Unsupported
        );
        assert_eq!(verdict(r#"{"minReaderVersion":0}"#, "{}").unwrap_err().0, Kind::Damaged);
        assert_eq!(verdict(r#"{"minReaderVersion":3}"#, "{}").unwrap_err().0, Kind::Damaged);
    }

    #[test]
    fn a_feature_that_an_old_protocol_names_counts() {
        let protocol = r#"{"minReaderVersion":1,"readerFeatures":["fromTheFuture"]}"#;
        assert_eq!(verdict(protocol, "{}").unwrap_err().0, Kind::Unsupported);
    }
}
