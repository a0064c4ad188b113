//! What the engine says: events while it works, and one reply.

use serde::{Deserialize, Serialize};

use super::{
    Answer, Cell, Column, Distribution, Found, Function, Handed, Plan, Preview, ResultId, Saved, Stats, TableInfo,
    Totals, TypedJson, inspect,
};
use crate::error::Error;

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
    /// The next bytes of a file lie in the buffer beside this event.
    Chunk {
        /// Which file, from 0.
        file: u32,
        /// How many.
        bytes: u64,
    },
    /// How far files are.
    Written {
        /// Costs so far.
        stats: Stats,
        /// Rows so far.
        rows: u64,
        /// Bytes sent so far.
        bytes: u64,
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
    /// What can be said of a statement.
    Previewed {
        /// That.
        preview: Preview,
    },
    /// What metadata tells of a table.
    Inspected {
        /// That.
        facts: inspect::Facts,
        /// What it cost.
        stats: Stats,
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
        rows: TypedJson,
    },
    /// What a statement over a result gives, whole.
    Derived {
        /// The columns.
        columns: Vec<Column>,
        /// One array per row.
        rows: TypedJson,
    },
    /// The rows that are shown are a result of their own.
    Arranged {
        /// The result under which they are kept.
        result: ResultId,
        /// How many they are.
        rows: u64,
    },
    /// What a block of cells comes to.
    Totals {
        /// All that its type has.
        totals: Totals,
    },
    /// Where a text was found.
    Found {
        /// The places.
        found: Found,
    },
    /// How a column's values are spread.
    Spread {
        /// The counts.
        distribution: Distribution,
    },
    /// The bytes lie in the buffer beside this reply.
    Exported {
        /// How many.
        size_bytes: u64,
    },
    /// All chunks of all files were sent.
    Saved {
        /// What is in them.
        saved: Saved,
    },
    /// Functions for completion.
    Functions {
        /// Sorted by name.
        functions: Vec<Function>,
    },
    /// What the browser keeps beyond the tab.
    Stored {
        /// How much.
        size_bytes: u64,
    },
    /// What of the engine's memory is held for nothing.
    Weighed {
        /// That; 0 when it is not worth, or not possible, to put another engine in its place.
        spare_bytes: u64,
    },
    /// Some of what the engine holds; its bytes lie in the buffer beside this reply.
    HandedOver {
        /// The things.
        handed: Vec<Handed>,
        /// Is there nothing more?
        last: bool,
    },
    /// Done, with nothing to say.
    Done,
}

/// What a reply is when it is not an error.
pub type Outcome = std::result::Result<Reply, Error>;
