//! Statements to begin with, in the names of a table that is open.

use crate::link::quoted;
use crate::protocol::TableInfo;

/// A statement to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// What it does.
    pub label: &'static str,
    /// It.
    pub sql: String,
}

/// The statements for a table: those that its columns and its format allow.
#[must_use]
pub fn snippets(table: &TableInfo) -> Vec<Snippet> {
    let name = quoted(&table.name);
    let text = |sql: &str| sql.replace("{t}", &name);
    let mut all = vec![
        ("Count rows", text("select count(*) as n\nfrom {t}")),
        ("Sample rows", text("select *\nfrom {t}\nlimit 100")),
    ];
    let names = Names::of(table);
    if let Some(group) = &names.group {
        let sql = text("select {g}, count(*) as n\nfrom {t}\ngroup by {g}\norder by n desc\nlimit 50");
        all.push(("Count by a column", sql.replace("{g}", group)));
    }
    if let (Some(group), Some(order)) = (&names.group, &names.order) {
        let sql = text(
            "select *\nfrom (\n  select *, row_number() over (partition by {g} order by {o} desc) as place\n  from {t}\n)\nwhere place <= 3",
        );
        all.push((
            "First three of each group",
            sql.replace("{g}", group).replace("{o}", order),
        ));
    }
    if let Some(version) = table.version {
        let before = version.saturating_sub(1).to_string();
        let literal = format!("'{}'", table.name.replace('\'', "''"));
        let filled = |sql: &str| text(sql).replace("{v}", &before).replace("{l}", &literal);
        all.push((
            "An earlier version",
            filled("select count(*) as n\nfrom {t} for version as of {v}"),
        ));
        let sql = filled("select *\nfrom limn_history({l})\norder by version desc");
        all.push(("History of versions", sql));
        all.push((
            "Changes between versions",
            filled("select *\nfrom table_changes({l}, {v})\nlimit 100"),
        ));
    }
    all.into_iter().map(|(label, sql)| Snippet { label, sql }).collect()
}

/// Columns that suit, by their types.
struct Names {
    group: Option<String>,
    order: Option<String>,
}

impl Names {
    fn of(table: &TableInfo) -> Self {
        use crate::protocol::Shape::{Boolean, Date, Decimal, Float, Integer, Long, Text, Timestamp};
        let first = |suits: fn(&crate::protocol::Column) -> bool| {
            let column = table.columns.iter().find(|column| suits(column));
            column.map(|column| quoted(&column.name))
        };
        let group = first(|column| column.partition)
            .or_else(|| first(|column| matches!(column.shape, Text | Boolean)))
            .or_else(|| first(|_| true));
        let order = first(|column| matches!(column.shape, Timestamp { .. } | Date))
            .or_else(|| first(|column| matches!(column.shape, Float | Decimal | Integer | Long)));
        Self { group, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Column, Shape, Stats};

    fn table(name: &str, version: Option<u64>, columns: &[(&str, Shape)]) -> TableInfo {
        let column = |(name, shape): &(&str, Shape)| Column {
            name: (*name).into(),
            type_name: String::new(),
            shape: shape.clone(),
            nullable: true,
            comment: None,
            partition: false,
        };
        TableInfo {
            name: name.into(),
            format: "delta".into(),
            version,
            timestamp_millis: None,
            comment: None,
            note: None,
            columns: columns.iter().map(column).collect(),
            row_fields: vec![],
            files: 1,
            rows: None,
            size_bytes: None,
            stats: Stats::default(),
        }
    }

    #[test]
    fn names_are_written_as_they_must_be() {
        let all = snippets(&table("It's", Some(4), &[("Day", Shape::Date), ("city", Shape::Text)]));
        let find = |label: &str| all.iter().find(|snippet| snippet.label == label).unwrap().sql.clone();
        assert_eq!(find("Count rows"), "select count(*) as n\nfrom \"It's\"");
        assert!(find("Count by a column").contains("group by city"));
        assert!(find("First three of each group").contains("partition by city order by \"Day\" desc"));
        assert!(find("An earlier version").ends_with("from \"It's\" for version as of 3"));
        assert!(find("History of versions").contains("limn_history('It''s')"));
        assert!(find("Changes between versions").contains("table_changes('It''s', 3)"));
    }

    #[test]
    fn a_table_without_versions_has_no_history() {
        let labels: Vec<_> = snippets(&table("p", None, &[]))
            .iter()
            .map(|snippet| snippet.label)
            .collect();
        assert_eq!(labels, ["Count rows", "Sample rows"]);
    }
}
