//! The link: the whole state of the page as the text of a URL's fragment.
//!
//! `#t.NAME=<table url>&v.NAME=<version or RFC 3339 time>&q=<sql>`; a table of several
//! Parquet files repeats `t.NAME`, and `t=<url>` alone takes its name from the URL.
//! Values are percent-encoded; `+` is a space in `q` only, so that URLs and time zones
//! can be written by hand. `p.NAME=<text>` is the value of the statement's parameter `$NAME`, `grid=` says how the rows
//! are shown, `chart=` shows a chart of them, and `view=NAME/TAB` shows a table's page. `z=` holds the same text
//! compressed. Unknown keys are kept.

mod address;
mod chart;
mod column;
mod compact;
mod grid;
mod location;
mod name;
mod secret;
mod table;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, Kind, Result};
use crate::protocol::Elsewhere;

pub use address::parse_url;
pub use chart::{Aggregate, CHART_VALUES, ChartKind, ChartLink};
pub use column::ColumnName;
pub use grid::{GridLink, SortName};
pub use location::{served_at, split_locations};
pub use name::{quoted, table_name};
pub use secret::{Omitted, Secrets};
pub use table::TableLink;
pub use view::{Tab, View};

/// Characters of a link's text that are read at most; also the bound of what `z=` inflates to.
pub const LINK_BYTES: usize = 1 << 20;
/// Tables that one link may open: each costs requests before anything is asked.
pub const LINK_TABLES: usize = 64;
/// Characters from which a link is written compressed: what chat programs and servers take without cutting.
const PLAIN_CHARS: usize = 2000;

/// What browsers, chat programs and the link's own syntax would change or cut in a value.
const VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
const KEY: &AsciiSet = &VALUE.add(b'=');

/// The state of the page: tables, versions and the statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The tables in the order in which they are opened.
    pub tables: Vec<TableLink>,
    /// The statement; empty when there is none.
    pub sql: String,
    /// Values of the statement's parameters, by name.
    pub parameters: BTreeMap<String, String>,
    /// The table's page that is shown instead of the statement.
    pub view: Option<View>,
    /// How the statement's rows are shown.
    pub grid: GridLink,
    /// The chart of its result, when that is shown.
    pub chart: Option<ChartLink>,
    /// Segments that this version does not know, as they were written.
    pub unknown: Vec<String>,
}

impl Link {
    /// Is there nothing to open and nothing to run?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.sql.trim().is_empty() && self.view.is_none()
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableLink> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The same link with each table at the version given for it; Parquet tables have none and stay.
    #[must_use]
    pub fn pinned(&self, versions: &BTreeMap<String, u64>) -> Self {
        let mut pinned = self.clone();
        for table in &mut pinned.tables {
            if let Some(version) = versions.get(&table.name) {
                table.version = Some(version.to_string());
            }
        }
        pinned
    }

    /// The text that is never compressed.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            for url in &table.urls {
                push_pair(&mut text, "t.", &table.name, &encode(url));
            }
            if let Some(version) = &table.version {
                push_pair(&mut text, "v.", &table.name, &encode(version));
            }
            for place in &table.elsewhere {
                let both = format!("{} {}", place.prefix, place.url);
                push_pair(&mut text, "f.", &table.name, &encode(&both));
            }
        }
        if !self.sql.is_empty() {
            push_pair(&mut text, "q", "", &encode(&self.sql).replace("%20", "+"));
        }
        for (name, value) in &self.parameters {
            push_pair(&mut text, "p.", name, &encode(value));
        }
        if !self.grid.is_empty() {
            push_pair(&mut text, "grid", "", &encode(&self.grid.to_string()));
        }
        if let Some(chart) = &self.chart {
            push_pair(&mut text, "chart", "", &encode(&chart.to_string()));
        }
        if let Some(view) = &self.view {
            // Its parts are encoded one by one.
            push_pair(&mut text, "view", "", &view.to_string());
        }
        for segment in &self.unknown {
            separate(&mut text);
            text.push_str(segment);
        }
        text
    }

    /// Takes one segment `key=value`.
    fn read(&mut self, segment: &str) {
        let known = segment
            .split_once('=')
            .is_some_and(|(key, value)| self.read_pair(key, value));
        if !known {
            self.unknown.push(segment.to_owned());
        }
    }

    fn read_pair(&mut self, key: &str, value: &str) -> bool {
        match key.split_once('.') {
            Some(("t", name)) if !name.is_empty() => self.read_url(decode(name), decode(value)),
            Some(("v", name)) => return self.read_version(&decode(name), value),
            Some(("p", name)) if !name.is_empty() => return self.read_parameter(decode(name), decode(value)),
            Some(("f", name)) => return self.read_elsewhere(&decode(name), &decode(value)),
            None if key == "t" && !value.is_empty() => {
                let url = decode(value);
                let name = table_name(std::slice::from_ref(&url), |taken| self.table(taken).is_some());
                self.read_url(name, url);
            }
            None if key == "view" && self.view.is_none() => {
                self.view = View::parse(value);
                return self.view.is_some();
            }
            None if key == "q" && self.sql.is_empty() => self.sql = decode(&value.replace('+', " ")),
            // It cannot fail.
            None if key == "grid" && self.grid.is_empty() => self.grid = decode(value).parse().unwrap_or_default(),
            None if key == "chart" && self.chart.is_none() => {
                self.chart = ChartLink::read(&decode(value));
                return self.chart.is_some();
            }
            _ => return false,
        }
        true
    }

    fn read_url(&mut self, name: String, url: String) {
        match self.tables.iter_mut().find(|table| table.name == name) {
            Some(table) => table.urls.push(url),
            None => self.tables.push(TableLink {
                name,
                urls: vec![url],
                version: None,
                elsewhere: vec![],
            }),
        }
    }

    /// A place of files of a table that the link names; `false` when there is no such table, or no place.
    fn read_elsewhere(&mut self, name: &str, both: &str) -> bool {
        let table = self.tables.iter_mut().find(|table| table.name == name);
        let (Some(table), Some((prefix, url))) = (table, both.split_once(' ')) else {
            return false;
        };
        table.elsewhere.push(Elsewhere {
            prefix: prefix.to_owned(),
            url: url.to_owned(),
        });
        true
    }

    /// The value of a parameter; `false` when it has one already.
    fn read_parameter(&mut self, name: String, value: String) -> bool {
        match self.parameters.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(value);
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    /// A version of a table that the link names; `false` when there is no such table or it has one already.
    fn read_version(&mut self, name: &str, value: &str) -> bool {
        let table = self
            .tables
            .iter_mut()
            .find(|table| table.name == name && table.version.is_none());
        table.is_some_and(|table| {
            table.version = Some(decode(value));
            true
        })
    }
}

/// Segments in the order in which they can be read: what is said of a table may be written before it.
fn in_reading_order(text: &str) -> impl Iterator<Item = &str> {
    let segments = || text.split('&').filter(|segment| !segment.is_empty());
    let is_about = |segment: &&str| segment.starts_with("v.") || segment.starts_with("f.");
    segments()
        .filter(move |segment| !is_about(segment))
        .chain(segments().filter(is_about))
}

impl FromStr for Link {
    type Err = Error;

    /// Reads a fragment with or without its `#`. `BadLink` when `z=` is damaged or the link is larger than the bounds.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.strip_prefix('#').unwrap_or(text);
        if text.len() > LINK_BYTES {
            return Err(too_large());
        }
        let expanded = compact::expand(text)?;
        let mut link = Self::default();
        in_reading_order(&expanded).for_each(|segment| link.read(segment));
        if link.tables.len() > LINK_TABLES {
            let detail = format!(
                "It names {} tables; at most {LINK_TABLES} are opened from one link. Nothing was opened.",
                link.tables.len()
            );
            return Err(Error::new(Kind::BadLink, "the link", detail));
        }
        Ok(link)
    }
}

impl fmt::Display for Link {
    /// The fragment without its `#`: plain, or compressed when that is long and compression helps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        if plain.len() <= PLAIN_CHARS {
            return f.write_str(&plain);
        }
        let compact = compact::compress(&plain);
        f.write_str(if compact.len() < plain.len() { &compact } else { &plain })
    }
}

fn too_large() -> Error {
    let detail = format!(
        "It holds more than {} KiB of text. Nothing was opened.",
        LINK_BYTES >> 10
    );
    Error::new(Kind::BadLink, "the link", detail)
}

fn push_pair(text: &mut String, prefix: &str, name: &str, value: &str) {
    separate(text);
    // Writing to a String cannot fail.
    let _ = write!(text, "{prefix}{}={value}", utf8_percent_encode(name, KEY));
}

fn separate(text: &mut String) {
    if !text.is_empty() {
        text.push('&');
    }
}

fn encode(value: &str) -> String {
    utf8_percent_encode(value, VALUE).to_string()
}

fn decode(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}
