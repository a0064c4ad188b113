//! The sample that is open when there is no link: `lake/lake.json` beside the page names its tables and first statement.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::link::{Link, TableLink};

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sample {
    /// One line about it.
    #[serde(default)]
    pub title: String,
    /// Its first statement.
    #[serde(default)]
    pub sql: String,
    /// URLs by SQL name, relative to the page, in the file's order.
    #[serde(default, deserialize_with = "in_order")]
    tables: Vec<(String, String)>,
}

impl Sample {
    /// The link that opens it.
    #[must_use]
    pub fn link(&self, unknown: Vec<String>) -> Link {
        let table = |(name, url): &(String, String)| TableLink {
            name: name.clone(),
            urls: vec![url.clone()],
            version: None,
            elsewhere: vec![],
        };
        Link {
            tables: self.tables.iter().map(table).collect(),
            sql: self.sql.clone(),
            parameters: [].into(),
            view: None,
            grid: crate::link::GridLink::default(),
            chart: None,
            unknown,
        }
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of URLs by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tables = Vec::new();
        while let Some(table) = map.next_entry()? {
            tables.push(table);
        }
        Ok(tables)
    }
}

fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    deserializer.deserialize_map(InOrder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_its_tables_in_the_files_order() {
        let sample: Sample = serde_json::from_str(
            r#"{"title": "T", "tables": {"b": "lake/b", "a": "lake/a"}, "sql": "select 1", "x": 1}"#,
        )
        .unwrap();
        assert_eq!(
            sample.link(vec!["k=1".into()]).plain(),
            "t.b=lake/b&t.a=lake/a&q=select+1&k=1"
        );
        assert!(serde_json::from_str::<Sample>("{}").unwrap().link(vec![]).is_empty());
        assert!(serde_json::from_str::<Sample>(r#"{"tables": []}"#).is_err());
    }
}
