//! What crosses the worker boundary, as JSON: requests in, events and one reply out.
//!
//! Every request carries a ticket that the client chose. The engine answers a ticket
//! with any number of [`Event`]s and exactly one [`Reply`] or [`Error`]; binary
//! payloads travel beside the JSON as transferred buffers. Counts and sizes are exact
//! below 2^53. `www/limn.js` speaks the same protocol from JavaScript.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The client's number for one request in flight.
pub type Ticket = u32;

/// The engine's number for one result that it keeps.
pub type ResultId = u32;

/// A request with its ticket, as posted to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Chosen by the client, unique among those in flight.
    pub ticket: Ticket,
    /// What is asked.
    pub request: Request,
}

/// What the page asks of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// First of all: the budgets. Answered by [`Reply::Started`].
    Start {
        /// Budgets and switches.
        #[serde(default)]
        options: Options,
    },
    /// Open (or replace) a table under a name. Answered by [`Reply::Opened`].
    Open {
        /// The SQL name.
        name: String,
        /// Where it lies.
        source: Source,
    },
    /// Forget a table. Answered by [`Reply::Done`].
    Close {
        /// The SQL name.
        name: String,
    },
    /// What a statement would read, without reading data. Answered by [`Reply::Planned`].
    Plan {
        /// One statement.
        sql: String,
    },
    /// Run a statement. Sends [`Event::Columns`] and [`Event::Progress`]; answered by [`Reply::Ready`].
    Query {
        /// One statement.
        sql: String,
    },
    /// A window of a result as text. Answered by [`Reply::Rows`].
    Rows {
        /// Which result.
        result: ResultId,
        /// First row.
        start: u64,
        /// How many rows at most.
        count: u32,
        /// First column.
        #[serde(default)]
        first_column: u32,
        /// How many columns at most; 0 for all.
        #[serde(default)]
        column_count: u32,
    },
    /// One whole value as text, nested values as indented JSON. Answered by [`Reply::Cell`].
    Cell {
        /// Which result.
        result: ResultId,
        /// Which row.
        row: u64,
        /// Which column.
        column: u32,
    },
    /// A window of a result as typed JSON: integers of 64 bits and decimals as strings.
    /// Answered by [`Reply::Values`].
    Values {
        /// Which result.
        result: ResultId,
        /// First row.
        start: u64,
        /// How many rows at most.
        count: u32,
    },
    /// A whole result as bytes. Answered by [`Reply::Exported`] and one buffer.
    Export {
        /// Which result.
        result: ResultId,
        /// In which format.
        format: ExportFormat,
    },
    /// Forget a result. Answered by [`Reply::Done`].
    Drop {
        /// Which result.
        result: ResultId,
    },
    /// The names for completion. Answered by [`Reply::Functions`].
    Functions,
    /// Stop a ticket. That ticket is answered by an error of kind `Cancelled`; this one by [`Reply::Done`].
    Cancel {
        /// Which ticket.
        target: Ticket,
    },
    /// Is the engine alive? Answered by [`Reply::Done`].
    Ping,
}

/// Budgets and switches of an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Bytes that operators (joins, sorts, aggregates) may hold.
    pub memory_bytes: u64,
    /// Bytes of fetched ranges that are kept.
    pub cache_bytes: u64,
    /// Bytes of one result that are kept; what is beyond is not shown as finished.
    pub result_bytes: u64,
    /// Lets statements create and fill tables in the tab's memory. For tests of the SQL engine.
    pub scratch: bool,
}

impl Default for Options {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            memory_bytes: 1024 * MIB,
            cache_bytes: 256 * MIB,
            result_bytes: 768 * MIB,
            scratch: false,
        }
    }
}

/// Where a table lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Absolute URLs: one table root, or one or several Parquet files read as one table.
    pub urls: Vec<String>,
    /// Which version; the latest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<AsOf>,
}

/// Which version of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AsOf {
    /// By number.
    Version(u64),
    /// The last one at or before a time, in RFC 3339.
    Timestamp(String),
}

/// What the engine tells while it works on a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The result's columns are known and its first rows can be asked for.
    Columns {
        /// The result under way.
        result: ResultId,
        /// Its columns.
        columns: Vec<Column>,
    },
    /// How far it is.
    Progress {
        /// Costs so far.
        stats: Stats,
        /// Rows kept so far.
        rows: u64,
    },
}

/// What the engine answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply {
    /// The engine is up.
    Started {
        /// Limn's version.
        version: String,
    },
    /// A table is open.
    Opened {
        /// What is known of it.
        table: TableInfo,
    },
    /// What a statement would read.
    Planned {
        /// The plan.
        plan: Plan,
    },
    /// A statement has finished.
    Ready {
        /// Its result.
        answer: Answer,
    },
    /// A window of text; `rows[i][j]` is row `start + i`, column `first_column + j`.
    Rows {
        /// First row.
        start: u64,
        /// The cells.
        rows: Vec<Vec<Cell>>,
    },
    /// One whole value.
    Cell {
        /// Its text, `None` for NULL.
        text: Option<String>,
    },
    /// A window of typed values, row by row.
    Values {
        /// First row.
        start: u64,
        /// One array per row.
        rows: Vec<Vec<serde_json::Value>>,
    },
    /// The bytes lie in the buffer beside this reply.
    Exported {
        /// How many.
        size_bytes: u64,
    },
    /// Functions for completion.
    Functions {
        /// Sorted by name.
        functions: Vec<Function>,
    },
    /// Done, with nothing to say.
    Done,
}

/// What a reply is when it is not an error.
pub type Outcome = std::result::Result<Reply, Error>;

/// A message from the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Whose ticket.
    pub ticket: Ticket,
    /// What is said.
    #[serde(flatten)]
    pub body: Body,
}

/// The three things that a message can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Body {
    /// Work goes on.
    Event(Event),
    /// Work is done.
    Reply(Reply),
    /// Work has failed.
    Error(Error),
}

/// A column of a table or of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name; hostile text like any other.
    pub name: String,
    /// Its type in SQL words, nested ones as `struct<a: int, b: list<string>>`.
    pub type_name: String,
    /// How its values are laid out in [`Reply::Values`] and aligned in a grid.
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
    /// Columns in order.
    pub columns: Vec<Column>,
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
}
