//! What a table requires of its readers, and whether this one may read it.
//!
//! PROTOCOL.md, "Table Features" and "Reader Version Requirements". Features of writers never
//! stop a reader; a feature of readers that is not read here refuses the table by its name.

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::{Metadata, Protocol};
use crate::table::delta::column_mapping;

/// Features of readers that change nothing in how rows are read, or that are read.
const READ: [&str; 7] = [
    COLUMN_MAPPING,
    "deletionVectors",
    "timestampNtz",
    "typeWidening",
    "typeWidening-preview",
    "v2Checkpoint",
    "vacuumProtocolCheck",
];

/// The one feature that older reader versions imply.
const COLUMN_MAPPING: &str = "columnMapping";

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
            "readerFeatures":["timestampNtz","variantType","deletionVectors","fromTheFuture"]}"#;
        let (kind, detail) = verdict(protocol, "{}").unwrap_err();
        assert_eq!(kind, Kind::Unsupported);
        assert!(detail.contains("not read yet: fromTheFuture, variantType."), "{detail}");
        assert!(
            detail.contains("requires: deletionVectors, fromTheFuture, timestampNtz, variantType."),
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
        let protocol = r#"{"minReaderVersion":1,"readerFeatures":["variantType"]}"#;
        assert_eq!(verdict(protocol, "{}").unwrap_err().0, Kind::Unsupported);
    }
}
