//! What crosses the worker boundary, as JSON: requests in, events and one reply out.
//!
//! Every request carries a ticket that the client chose. The engine answers a ticket
//! with any number of [`Event`]s and exactly one [`Reply`] or [`Error`]; binary
//! payloads travel beside the JSON as transferred buffers. Counts and sizes are exact
//! below 2^53. `www/limn.js` speaks the same protocol from JavaScript.

use serde::{Deserialize, Serialize};

mod arrange;
mod facts;
mod fragment;
mod handover;
mod hands;
pub mod inspect;
pub mod message;
mod options;
mod reply;
mod save;
mod source;
mod typed;

/// Rows that a statement over a result may give: what a chart can draw.
pub const DERIVED_ROWS: u64 = 50_000;

pub use arrange::{Comparison, Distribution, Filter, Found, Frequent, SortKey, Test, Totals};
pub use facts::{
    Answer, CELL_CHARS, Cell, Column, ExportFormat, Fetched, Function, Operator, Parameter, Plan, Preview, ScanPlan,
    Scanned, Shape, Stats, TableInfo, Values,
};
pub use fragment::{Aggregate, Formula, Fragment, Join, JoinCondition, JoinKind, Named, Side, Step, travels};
pub use handover::{Handed, Identity, Segment};
pub use hands::{Answered, Order, Piece, Sieve, Term};
pub use message::{Body, Message};
pub use options::Options;
pub use reply::{Event, Outcome, Reply};
pub use save::{SaveRows, Saved, SavedFile, Split};
pub use source::{AsOf, Elsewhere, Source};
pub use typed::TypedJson;

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
        /// What its `$names` stand for.
        #[serde(default)]
        parameters: Values,
    },
    /// What can be said of a statement without a request. Answered by [`Reply::Previewed`].
    Preview {
        /// One statement, perhaps not finished.
        sql: String,
        /// What its `$names` stand for, as far as that is known.
        #[serde(default)]
        parameters: Values,
    },
    /// What metadata tells of a table. Answered by [`Reply::Inspected`].
    Inspect {
        /// The SQL name.
        table: String,
        /// What is asked.
        what: inspect::Inspection,
    },
    /// Run a statement. Sends [`Event::Columns`] and [`Event::Progress`]; answered by [`Reply::Ready`].
    Query {
        /// One statement.
        sql: String,
        /// What its `$names` stand for.
        #[serde(default)]
        parameters: Values,
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
        /// When there are any, these columns in this order instead.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<u32>,
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
    /// A statement over the rows of a result, which it calls `result`, with columns `c0`, `c1` and so on by their place.
    /// Answered by [`Reply::Derived`]; for what is small: charts, totals, distributions.
    Derive {
        /// Which result.
        result: ResultId,
        /// One statement.
        sql: String,
    },
    /// The rows of a result that pass all filters, sorted: a result of its own, which shares its values with the first.
    /// Answered by [`Reply::Arranged`].
    Arrange {
        /// Which result.
        result: ResultId,
        /// By what it is sorted, the first key before the second.
        #[serde(default)]
        sort: Vec<SortKey>,
        /// What rows must pass.
        #[serde(default)]
        filters: Vec<Filter>,
    },
    /// What a block of cells comes to. Answered by [`Reply::Totals`].
    Totals {
        /// Which result.
        result: ResultId,
        /// First row.
        start: u64,
        /// How many rows at most.
        count: u64,
        /// Which columns.
        columns: Vec<u32>,
    },
    /// Where a text is in the shown cells. Answered by [`Reply::Found`].
    Find {
        /// Which result.
        result: ResultId,
        /// The text, in upper or lower case.
        text: String,
        /// Which columns, in the order in which they are shown.
        columns: Vec<u32>,
    },
    /// How a column's values are spread. Answered by [`Reply::Spread`].
    Spread {
        /// Which result.
        result: ResultId,
        /// Which column.
        column: u32,
        /// Also the values that are there most often, of a type that has places on a line?
        #[serde(default)]
        frequent: bool,
    },
    /// The bytes of one binary value, or of a text. Answered by [`Reply::Exported`] and one buffer.
    Bytes {
        /// Which result.
        result: ResultId,
        /// Which row.
        row: u64,
        /// Which column.
        column: u32,
    },
    /// A whole result as bytes. Answered by [`Reply::Exported`] and one buffer.
    Export {
        /// Which result.
        result: ResultId,
        /// In which format.
        format: ExportFormat,
    },
    /// All rows as a file. Sends [`Event::Written`] and [`Event::Chunk`], each chunk with one buffer, and waits for
    /// [`Request::Acknowledge`]; answered by [`Reply::Saved`].
    Save {
        /// Which rows.
        rows: SaveRows,
        /// In which format.
        format: ExportFormat,
        /// Into several files, one for each share.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        split: Option<Split>,
    },
    /// Chunks were taken: more may be sent. Answered by [`Reply::Done`].
    Acknowledge {
        /// The ticket of the [`Request::Save`].
        target: Ticket,
        /// Bytes since the last time.
        bytes: u64,
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
    /// How much of its memory would another engine in its place not need? Answered by [`Reply::Weighed`].
    Weigh,
    /// The next part of what another engine in its place needs. Answered by [`Reply::HandedOver`] and one buffer.
    HandOver {
        /// Is it the first one?
        #[serde(default)]
        first: bool,
    },
    /// Take what another engine handed over, with the buffer beside it. Answered by [`Reply::Done`].
    TakeOver {
        /// The things, in their order.
        handed: Vec<Handed>,
        /// Is there nothing more?
        last: bool,
    },
    /// How much does the browser keep beyond the tab? Answered by [`Reply::Stored`].
    Stored,
    /// Remove all that the browser keeps beyond the tab. Answered by [`Reply::Stored`].
    ClearStored,
}
