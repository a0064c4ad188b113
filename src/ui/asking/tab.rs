//! One statement, or several, as it is being written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Characters of a title that is made from a statement.
const TITLE_CHARS: usize = 24;

/// A tab's number, which no other tab of this browser has.
pub type TabId = u64;

/// A statement, or several, as it is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    /// Its number.
    pub id: TabId,
    /// What the person calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text.
    #[serde(default)]
    pub sql: String,
    /// The text as it was last in the address bar.
    #[serde(default)]
    pub linked: String,
    /// Values of parameters, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Tab {
    /// What stands on the tab.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) => title.clone(),
            None => made_from(&self.sql),
        }
    }

    /// Is nothing written?
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.sql.trim().is_empty()
    }

    /// Is something written that no link holds?
    #[must_use]
    pub fn is_draft(&self) -> bool {
        !self.is_blank() && self.sql.trim() != self.linked.trim()
    }
}

fn made_from(sql: &str) -> String {
    let line = sql.lines().map(|line| line.trim().trim_start_matches("--").trim());
    let words: Vec<&str> = line
        .skip_while(|line| line.is_empty())
        .flat_map(str::split_whitespace)
        .collect();
    let all = words.join(" ");
    match all.char_indices().nth(TITLE_CHARS) {
        Some((at, _)) => format!("{}…", all.get(..at).unwrap_or_default().trim_end()),
        None if all.is_empty() => "New query".to_owned(),
        None => all,
    }
}
