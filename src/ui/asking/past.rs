//! What was asked before: statements that ran, when, and what they cost. Kept in the browser, the oldest forgotten.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::protocol::Answer;
use crate::ui::wording::{bytes, counted, millis};

/// Statements that are kept: some weeks of work, and a list that can still be looked through.
const MOST: usize = 300;
/// Bytes of statements that are kept: a browser keeps five million for a whole site.
const MOST_BYTES: usize = 400_000;

/// A statement that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// It.
    pub sql: String,
    /// When, in milliseconds since 1970.
    pub at_millis: f64,
    /// Its rows.
    pub rows: u64,
    /// Are they all?
    pub complete: bool,
    /// Bytes that were read.
    pub bytes: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// How long it took.
    pub millis: f64,
    /// The versions that were read, by table.
    #[serde(default)]
    pub versions: BTreeMap<String, u64>,
    /// The values that its parameters had.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Asked {
    /// A statement that gave an answer.
    #[must_use]
    pub fn new(sql: &str, values: BTreeMap<String, String>, at_millis: f64, answer: &Answer) -> Self {
        Self {
            sql: sql.to_owned(),
            at_millis,
            rows: answer.rows,
            complete: answer.complete,
            bytes: answer.stats.bytes,
            requests: answer.stats.requests,
            millis: answer.stats.millis,
            versions: answer.versions.clone(),
            values,
        }
    }

    /// Its cost in words.
    #[must_use]
    pub fn cost(&self) -> String {
        let rows = counted(self.rows, "row");
        let rows = if self.complete { rows } else { format!("first {rows}") };
        let requests = counted(self.requests, "request");
        let mut parts = vec![rows, bytes(self.bytes), requests, millis(self.millis)];
        parts.extend(
            self.versions
                .iter()
                .map(|(table, version)| format!("{table} v{version}")),
        );
        parts.join(" · ")
    }

    fn has(&self, words: &[String]) -> bool {
        let text = self.sql.to_lowercase();
        let tables: Vec<String> = self.versions.keys().map(|name| name.to_lowercase()).collect();
        words
            .iter()
            .all(|word| text.contains(word) || tables.iter().any(|table| table.contains(word)))
    }
}

/// All that is kept, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Past(Vec<Asked>);

impl Past {
    /// What was kept, if it makes sense.
    #[must_use]
    pub fn kept(text: &str) -> Self {
        let mut kept: Self = serde_json::from_str(text).unwrap_or_default();
        kept.bound();
        kept
    }

    /// Adds a statement. Run again with the same values, it is moved to the front, with its new cost.
    pub fn add(&mut self, asked: Asked) {
        self.0
            .retain(|old| (&old.sql, &old.values) != (&asked.sql, &asked.values));
        self.0.insert(0, asked);
        self.bound();
    }

    /// Those that hold all words of a search, the latest first.
    #[must_use]
    pub fn find(&self, search: &str) -> Vec<&Asked> {
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        self.0.iter().filter(|asked| asked.has(&words)).collect()
    }

    /// Is nothing kept?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets one.
    pub fn forget(&mut self, asked: &Asked) {
        self.0.retain(|kept| kept != asked);
    }

    fn bound(&mut self) {
        self.0.truncate(MOST);
        let mut total = 0;
        let fits = |asked: &&Asked| {
            total += asked.sql.len();
            total <= MOST_BYTES
        };
        let count = self.0.iter().take_while(fits).count();
        self.0.truncate(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(sql: &str, version: u64) -> Asked {
        Asked {
            sql: sql.into(),
            at_millis: 1.0,
            rows: 1,
            complete: true,
            bytes: 1500,
            requests: 2,
            millis: 30.0,
            versions: [("Parts".to_owned(), version)].into(),
            values: BTreeMap::new(),
        }
    }

    fn found(past: &Past, search: &str) -> Vec<String> {
        past.find(search).iter().map(|asked| asked.sql.clone()).collect()
    }

    #[test]
    fn the_latest_comes_first_and_only_once() {
        let mut past = Past::default();
        for sql in ["select a", "select b", "select a"] {
            past.add(asked(sql, 3));
        }
        assert_eq!(found(&past, ""), ["select a", "select b"]);
        assert_eq!(found(&past, "PARTS sel B"), ["select b"]);
        assert_eq!(found(&past, "zz"), Vec::<String>::new());
        past.forget(&asked("select a", 3));
        assert_eq!(found(&past, ""), ["select b"]);
        assert_eq!(asked("x", 3).cost(), "1 row · 1.5 kB · 2 requests · 30 ms · Parts v3");
    }

    #[test]
    fn it_is_bounded_and_survives_nonsense() {
        let mut past = Past::default();
        for number in 0..MOST + 5 {
            past.add(asked(&number.to_string(), 0));
        }
        assert_eq!(past.find("").len(), MOST);
        past.add(asked(&"x".repeat(MOST_BYTES), 0));
        assert_eq!(past.find("").len(), 1);
        let text = serde_json::to_string(&past).unwrap();
        assert_eq!(Past::kept(&text), past);
        assert!(Past::kept("{").is_empty() && Past::kept("[1]").is_empty());
    }
}
