//! What a table requires of its readers, and whether this one may read it.
//!
//! PROTOCOL.md, "Table Features" and "Reader Version Requirements". Features of writers never
//! stop a reader; a feature of readers that is not read here refuses the table by its name.

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::{Metadata, Protocol};

/// Features of readers that change nothing in how rows are read, or that are read.
const READ: [&str; 3] = ["deletionVectors", "timestampNtz", "vacuumProtocolCheck"];

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
    if metadata
        .property("delta.columnMapping.mode")
        .is_some_and(|mode| mode != "none")
    {
        features.push(COLUMN_MAPPING);
    }
    features.sort_unstable();
    features.dedup();
    features
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
            r#"{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["vacuumProtocolCheck"]}"#,
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
    fn column_mapping_is_named_wherever_it_is_on() {
        for protocol in [
            r#"{"minReaderVersion":1}"#,
            r#"{"minReaderVersion":2}"#,
            r#"{"minReaderVersion":3,"readerFeatures":["columnMapping"]}"#,
        ] {
            let (kind, detail) = verdict(protocol, r#"{"delta.columnMapping.mode":"name"}"#).unwrap_err();
            assert_eq!(kind, Kind::Unsupported);
            assert!(detail.contains("columnMapping"), "{detail}");
        }
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
