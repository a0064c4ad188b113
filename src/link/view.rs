//! What the page shows beside the statement: a table's own page, down to one of its files.

use std::fmt;

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use super::VALUE;

/// A name or a path is one part of the view, whatever it holds.
const PART: &AsciiSet = &VALUE.add(b'/');

/// A table's page, as the link has it: `NAME/TAB`, and behind that what is looked at there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The SQL name of the table.
    pub table: String,
    /// Which part of the page.
    pub tab: Tab,
    /// What is looked at there, from the large to the small: `["file", "part-0.parquet"]`, `["3", "7"]`.
    pub detail: Vec<String>,
}

/// The parts of a table's page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// What it is.
    #[default]
    Overview,
    /// What its columns hold.
    Columns,
    /// How it came to be.
    History,
    /// How its rows lie in files.
    Files,
    /// The log as it lies there.
    Log,
}

impl Tab {
    /// All of them, in their order on the page.
    pub const ALL: [Self; 5] = [Self::Overview, Self::Columns, Self::History, Self::Files, Self::Log];

    /// Its name in links.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Columns => "columns",
            Self::History => "history",
            Self::Files => "files",
            Self::Log => "log",
        }
    }
}

impl View {
    /// The page of a table, at one of its tabs.
    #[must_use]
    pub fn of(table: &str, tab: Tab) -> Self {
        Self {
            table: table.to_owned(),
            tab,
            detail: vec![],
        }
    }

    /// The same page, looking at something.
    #[must_use]
    pub fn at(self, detail: &[&str]) -> Self {
        Self {
            detail: detail.iter().map(|part| (*part).to_owned()).collect(),
            ..self
        }
    }

    /// What is looked at, at a place of the detail.
    #[must_use]
    pub fn part(&self, place: usize) -> Option<&str> {
        self.detail.get(place).map(String::as_str)
    }

    /// Reads what [`fmt::Display`] writes; `None` when it names no table or no tab.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .split('/')
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
        let table = parts.next().filter(|name| !name.is_empty())?;
        let tab = match parts.next() {
            None => Tab::Overview,
            Some(name) => Tab::ALL.into_iter().find(|tab| tab.name() == name)?,
        };
        Some(Self {
            table,
            tab,
            detail: parts.collect(),
        })
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", utf8_percent_encode(&self.table, PART), self.tab.name())?;
        self.detail
            .iter()
            .try_for_each(|part| write!(f, "/{}", utf8_percent_encode(part, PART)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_written() {
        for view in [
            View::of("trips", Tab::Overview),
            View::of("a/b %&=+\"ü", Tab::Log).at(&["where \"path\" = 'x/y'"]),
            View::of("t", Tab::Files).at(&["file", "day=2026-11-22/part 0.parquet", "3"]),
            View::of("t", Tab::History).at(&["3", "7", ""]),
        ] {
            assert_eq!(View::parse(&view.to_string()), Some(view));
        }
    }

    #[test]
    fn a_table_alone_is_its_overview_and_nonsense_is_none() {
        assert_eq!(View::parse("trips"), Some(View::of("trips", Tab::Overview)));
        for nonsense in ["", "/files", "trips/nowhere", "trips/"] {
            assert_eq!(View::parse(nonsense), None, "{nonsense}");
        }
    }
}
