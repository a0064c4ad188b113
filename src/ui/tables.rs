//! The tables of the page: what the link asks for, and how far each has come.

use std::collections::BTreeMap;

use crate::error::{Error, Kind};
use crate::link::{Link, TableLink, quoted};
use crate::protocol::{Plan, TableInfo};

/// One table of the catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What the link says.
    pub link: TableLink,
    /// How far it has come.
    pub state: State,
    /// Counts openings, so that an answer to an earlier one changes nothing.
    pub opening: u64,
}

/// How far a table has come.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// The engine was asked, or will be when it is up.
    Opening,
    /// It can be queried.
    Open(TableInfo),
    /// It cannot.
    Failed(Error),
}

impl Entry {
    /// What is known of it.
    #[must_use]
    pub fn info(&self) -> Option<&TableInfo> {
        match &self.state {
            State::Open(info) => Some(info),
            State::Opening | State::Failed(_) => None,
        }
    }
}

/// What has to be done to get from the tables that are there to those of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Names to close.
    pub close: Vec<String>,
    /// Tables to open, or to open again because their URL or version is another.
    pub open: Vec<TableLink>,
}

/// The least that has to be done.
#[must_use]
pub fn changes(entries: &[Entry], link: &Link) -> Changes {
    let gone = |entry: &&Entry| link.table(&entry.link.name).is_none();
    let same = |table: &&TableLink| entries.iter().any(|entry| entry.link == **table);
    Changes {
        close: entries
            .iter()
            .filter(gone)
            .map(|entry| entry.link.name.clone())
            .collect(),
        open: link.tables.iter().filter(|table| !same(table)).cloned().collect(),
    }
}

/// The versions that are open, by name.
#[must_use]
pub fn versions(entries: &[Entry]) -> BTreeMap<String, u64> {
    let version = |entry: &Entry| Some((entry.link.name.clone(), entry.info()?.version?));
    entries.iter().filter_map(version).collect()
}

/// An error of a statement, with a hint when tables that it may have meant are not open.
#[must_use]
pub fn explained(mut error: Error, entries: &[Entry]) -> Error {
    let failed = entries.iter().filter(|entry| matches!(entry.state, State::Failed(_)));
    let names: Vec<&str> = failed.map(|entry| entry.link.name.as_str()).collect();
    if error.kind == Kind::Sql && !names.is_empty() {
        error.detail = format!(
            "{}\nNot open: {}. The catalog says why.",
            error.detail,
            names.join(", ")
        );
    }
    error
}

/// The size of the tables that a plan reads, when all of them know theirs.
#[must_use]
pub fn size_of_scanned(entries: &[Entry], plan: &Plan) -> Option<u64> {
    let size = |name: &str| entries.iter().find(|entry| entry.link.name == name)?.info()?.size_bytes;
    plan.scans.iter().map(|scan| size(&scan.table)).sum()
}

/// The statement that shows a table for the first time.
#[must_use]
pub fn first_look(name: &str) -> String {
    format!("select *\nfrom {}\nlimit 100", quoted(name))
}

/// The names for the editor's completion, as JSON: every name beside the way it is written in a statement.
#[must_use]
pub fn schema_json(entries: &[Entry]) -> String {
    let column = |column: &crate::protocol::Column| {
        serde_json::json!({
            "name": column.name, "insert": quoted(&column.name), "type": column.type_name, "comment": column.comment,
        })
    };
    let row_field = |name: &String| serde_json::json!({ "name": name, "insert": name, "type": "of each row" });
    let table = |entry: &Entry| {
        let info = entry.info();
        let columns = info.map_or(&[][..], |info| &info.columns).iter().map(column);
        let row_fields = info.map_or(&[][..], |info| &info.row_fields).iter().map(row_field);
        let columns: Vec<_> = columns.chain(row_fields).collect();
        serde_json::json!({ "name": entry.link.name, "insert": quoted(&entry.link.name), "columns": columns })
    };
    serde_json::Value::Array(entries.iter().map(table).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Column, ScanPlan, Shape, Stats};

    fn entries(link: &str) -> Vec<Entry> {
        let link: Link = link.parse().unwrap();
        link.tables
            .into_iter()
            .map(|link| Entry {
                link,
                state: State::Opening,
                opening: 0,
            })
            .collect()
    }

    fn open(entry: &mut Entry, version: Option<u64>, size_bytes: Option<u64>) {
        let name = Column {
            name: "Vendor".into(),
            type_name: "string".into(),
            shape: Shape::Text,
            nullable: true,
            comment: None,
            partition: false,
        };
        entry.state = State::Open(TableInfo {
            name: entry.link.name.clone(),
            format: "delta".into(),
            version,
            timestamp_millis: None,
            comment: None,
            note: None,
            columns: vec![name],
            row_fields: vec!["_metadata.file_name".into()],
            files: 1,
            rows: None,
            size_bytes,
            stats: Stats::default(),
        });
    }

    #[test]
    fn only_what_changed_is_opened_again() {
        let old = entries("t.a=x&t.b=y&v.b=1&t.c=z");
        let new: Link = "t.a=x&t.b=y&v.b=2&t.d=w".parse().unwrap();
        let changes = changes(&old, &new);
        assert_eq!(changes.close, ["c"]);
        assert_eq!(
            changes.open.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
            ["b", "d"]
        );
        assert_eq!(
            super::changes(&old, &"t.a=x&t.b=y&v.b=1&t.c=z".parse().unwrap()),
            Changes {
                close: vec![],
                open: vec![]
            }
        );
    }

    #[test]
    fn knows_what_is_open() {
        let mut entries = entries("t.a=x&t.b=y&t.c=z");
        open(&mut entries[0], Some(3), Some(10));
        open(&mut entries[1], None, Some(5));
        assert_eq!(versions(&entries), BTreeMap::from([("a".into(), 3)]));
        let plan = |names: &[&str]| Plan {
            scans: names
                .iter()
                .map(|name| ScanPlan {
                    table: (*name).into(),
                    ..ScanPlan::default()
                })
                .collect(),
            ..Plan::default()
        };
        assert_eq!(size_of_scanned(&entries, &plan(&["a", "b"])), Some(15));
        assert_eq!(size_of_scanned(&entries, &plan(&["a", "c"])), None);
    }

    #[test]
    fn a_statement_over_a_table_that_failed_says_so() {
        let mut entries = entries("t.a=x&t.b=y");
        let error = Error::new(Kind::Sql, "the statement", "No table b.");
        assert_eq!(explained(error.clone(), &entries), error);
        entries[1].state = State::Failed(Error::new(Kind::NotFound, "y", "404"));
        assert!(explained(error, &entries).detail.contains("Not open: b."));
        let other = Error::new(Kind::TooBig, "the statement", "Too big.");
        assert_eq!(explained(other.clone(), &entries), other);
    }

    #[test]
    fn completion_gets_names_as_they_are_written() {
        let mut entries = entries("t.Trips=x");
        open(&mut entries[0], None, None);
        let schema: serde_json::Value = serde_json::from_str(&schema_json(&entries)).unwrap();
        assert_eq!(schema[0]["insert"], "\"Trips\"");
        assert_eq!(schema[0]["columns"][0]["insert"], "\"Vendor\"");
        assert_eq!(schema[0]["columns"][1]["insert"], "_metadata.file_name");
        assert_eq!(first_look("Trips"), "select *\nfrom \"Trips\"\nlimit 100");
    }
}
