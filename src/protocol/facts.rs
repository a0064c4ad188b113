//! What the engine tells of tables, statements and results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ResultId;
use crate::error::Error;

/// A column of a table or of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name; hostile text like any other.
    pub name: String,
    /// Its type in SQL words, nested ones as `struct<a: int, b: list<string>>`.
    pub type_name: String,
    /// How its values are laid out in [`Reply::Values`](super::Reply::Values) and aligned in a grid.
    pub shape: Shape,
    /// May it be NULL?
    pub nullable: bool,
    /// The table's comment on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Is it a partition column?
    #[serde(default)]
    pub partition: bool,
}

/// The shape of a value in typed JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Shape {
    /// Always null.
    Null,
    /// `true` or `false`.
    Boolean,
    /// An integer that fits 2^53, as a number.
    Integer,
    /// An integer of 64 bits, as a string.
    Long,
    /// A float, as a number, or as `"NaN"`, `"Infinity"`, `"-Infinity"`.
    Float,
    /// An exact decimal, as a string.
    Decimal,
    /// Text.
    Text,
    /// Bytes, as lower-case hexadecimal digits.
    Binary,
    /// A day, as `2026-11-22`.
    Date,
    /// A time, as RFC 3339 (with `Z` when `utc`), as precise as it is.
    Timestamp {
        /// An instant, as opposed to a local time.
        utc: bool,
    },
    /// A time of day, a duration or an interval, as text.
    Time,
    /// An array of values.
    List {
        /// The shape of each.
        item: Box<Shape>,
    },
    /// An array of `[key, value]` pairs.
    Map {
        /// The shape of each key.
        key: Box<Shape>,
        /// The shape of each value.
        value: Box<Shape>,
    },
    /// An array of the fields' values, in order.
    Struct {
        /// Names and shapes.
        fields: Vec<(String, Shape)>,
    },
}

/// One cell as text for a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// The text, cut after [`CELL_CHARS`] characters; `None` for NULL.
    pub text: Option<String>,
    /// Was it cut?
    #[serde(default)]
    pub cut: bool,
}

/// Characters of a cell that cross for the grid; the rest is a request.
pub const CELL_CHARS: usize = 256;

/// What is known of an open table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableInfo {
    /// The SQL name.
    pub name: String,
    /// `delta` or `parquet`.
    pub format: String,
    /// The version read, for formats that have versions.
    pub version: Option<u64>,
    /// When that version was committed, in milliseconds since 1970.
    pub timestamp_millis: Option<i64>,
    /// The table's description.
    pub comment: Option<String>,
    /// What a person must know to read it right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Names of the fields of `_metadata` that a statement may ask of every row.
    #[serde(default)]
    pub row_fields: Vec<String>,
    /// Live files.
    pub files: u64,
    /// Rows, when the metadata knows.
    pub rows: Option<u64>,
    /// Bytes of the live files, when the metadata knows.
    pub size_bytes: Option<u64>,
    /// What opening cost.
    pub stats: Stats,
}

/// What something cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Requests sent to hosts.
    pub requests: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
    /// Bytes of all live files of the tables that were read.
    pub bytes_total: u64,
    /// Live files of the tables that were read.
    pub files_total: u64,
    /// Files of which data was read.
    pub files_read: u64,
    /// Row groups of the files that were opened.
    pub row_groups_total: u64,
    /// Row groups of which data was read.
    pub row_groups_read: u64,
    /// Wall time.
    pub millis: f64,
    /// How long at least one request was under way.
    #[serde(default)]
    pub network_millis: f64,
}

/// A finished statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The result that is kept.
    pub result: ResultId,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Rows that are kept.
    pub rows: u64,
    /// False when the result outgrew its budget and what is kept is only its beginning.
    pub complete: bool,
    /// What it cost.
    pub stats: Stats,
    /// The versions that were read, by table name.
    pub versions: BTreeMap<String, u64>,
    /// What each operator did, each before what feeds it.
    #[serde(default)]
    pub operators: Vec<Operator>,
    /// What was fetched, file by file.
    #[serde(default)]
    pub fetched: Vec<Fetched>,
}

/// What an operator of a plan did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// How deep it is in the plan; what feeds it is one deeper.
    pub depth: u32,
    /// Its name.
    pub name: String,
    /// What it does, in the engine's words.
    pub detail: String,
    /// Rows that it was expected to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_rows: Option<u64>,
    /// Is that known, not guessed?
    #[serde(default)]
    pub is_exact: bool,
    /// Rows that it gave.
    pub rows: Option<u64>,
    /// Bytes of memory of the rows that it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Time that it computed, without what feeds it; of a scan, the decoding.
    pub millis: Option<f64>,
    /// What it read, if it is a scan of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned: Option<Scanned>,
}

/// What one scan of a table read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scanned {
    /// The table's SQL name.
    pub table: String,
    /// Files whose footers were looked at.
    pub files_opened: u64,
    /// Files that were to be read until a filter grew narrower, as those of joins and of the first rows of an order do.
    pub files_passed: u64,
    /// Files of which data was read.
    pub files_read: u64,
    /// Row groups of the files that were opened.
    pub row_groups_total: u64,
    /// Row groups of which data was read.
    pub row_groups_read: u64,
    /// Those of them that other workers decoded.
    pub row_groups_shared: u64,
    /// Pages of the columns read, in row groups that were narrowed by their page index.
    pub pages_total: u64,
    /// Those of them that were read.
    pub pages_read: u64,
    /// Rows of the files that were opened.
    pub rows_total: u64,
    /// Rows of the row groups of which data was read.
    pub rows_in_row_groups: u64,
    /// Those of them in pages that were read, without deleted ones.
    pub rows_selected: u64,
    /// Bytes of data that were asked for; metadata comes on top.
    pub bytes: u64,
}

/// What was fetched of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// Its URL, without what may be secret.
    pub url: String,
    /// Its size, when that is known.
    pub size_bytes: Option<u64>,
    /// The ranges that were asked for, in their order: first byte, and one past the last.
    pub ranges: Vec<(u64, u64)>,
}

/// What a statement would read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// One entry for each scan of a table, in the plan's order.
    pub scans: Vec<ScanPlan>,
    /// Bytes to fetch, over all scans.
    pub bytes: u64,
    /// Requests to send, over all scans.
    pub requests: u64,
    /// True when some footer was not read, so that bytes and requests are estimates.
    pub estimate: bool,
    /// The physical plan as text.
    pub text: String,
    /// Its operators, each before what feeds it, as far as they are known before they run.
    #[serde(default)]
    pub operators: Vec<Operator>,
}

/// The values of a statement's parameters by name, as text; `None` is NULL.
pub type Values = BTreeMap<String, Option<String>>;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Its name, without `$`.
    pub name: String,
    /// Its type in SQL words.
    pub type_name: String,
    /// How its values look.
    pub shape: Shape,
}

/// What can be said of a statement while it is being written, without a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Its parameters, sorted by name.
    pub parameters: Vec<Parameter>,
    /// What it would read, when that can be told.
    pub plan: Option<Plan>,
    /// What is wrong with it.
    pub problem: Option<Error>,
}

/// What one scan would read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScanPlan {
    /// The table's SQL name.
    pub table: String,
    /// Columns that are read from files.
    pub columns: Vec<String>,
    /// The predicates that prune.
    pub predicates: Vec<String>,
    /// Live files.
    pub files_total: u64,
    /// Files left after pruning.
    pub files_kept: u64,
    /// Files skipped by partition values.
    pub skipped_by_partition: u64,
    /// Files skipped by statistics.
    pub skipped_by_statistics: u64,
    /// Row groups of the files kept, as far as footers are known.
    pub row_groups_total: u64,
    /// Row groups left after pruning.
    pub row_groups_kept: u64,
    /// Bytes to fetch.
    pub bytes: u64,
    /// Requests to send.
    pub requests: u64,
}

/// A function for completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Its name.
    pub name: String,
    /// `scalar`, `aggregate`, `window` or `table`.
    pub kind: String,
    /// How it is called, when documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syntax: Option<String>,
    /// What it gives, when documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// How a whole result leaves the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    /// An Arrow IPC stream.
    Arrow,
    /// Comma-separated values, with a header.
    Csv,
    /// Tab-separated values, with a header: what a spreadsheet takes from the clipboard.
    Tsv,
    /// JSON Lines: every row an object on a line of its own.
    Ndjson,
    /// A Parquet file of plain types, compressed by zstd.
    Parquet,
}
