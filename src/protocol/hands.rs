//! What crosses between an engine and its hands: other engines, each in a worker of its own, that decode for it.
//!
//! An order or an answer is JSON; the bytes that it is about travel beside it and are given away, not copied.

use serde::{Deserialize, Serialize};

use super::{Comparison, Fragment, Ticket};
use crate::error::Error;

/// What a hand is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Order {
    /// Decode a row group. Beside it: its metadata as a Parquet footer, the Arrow schema in which it is read as an IPC
    /// stream, the literals of its sieve as another, if it has one; if it has a fragment, the schema of the rows that come
    /// into that and its literals; and its column chunks.
    Decode {
        /// By which it is spoken of.
        task: Ticket,
        /// What of it is wanted.
        piece: Piece,
        /// Bytes of rows that may be on their way and not taken yet.
        window_bytes: u64,
    },
    /// Keep rows that fragments join with. Beside it: a batch of them as an IPC stream.
    Build {
        /// By which they are spoken of.
        build: Ticket,
    },
    /// Nobody will ask for them any more.
    Forget {
        /// Which.
        build: Ticket,
    },
    /// So many bytes of rows were taken.
    Taken {
        /// Of which task.
        task: Ticket,
        /// How many.
        bytes: u64,
    },
    /// Nobody waits for it any more.
    Drop {
        /// Which task.
        task: Ticket,
    },
}

/// What is wanted of a row group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Piece {
    /// Rows of a batch.
    pub batch_rows: u32,
    /// Where in the file the column chunks begin, in the order in which they travel.
    pub starts: Vec<u64>,
    /// Rows that are left out and rows that are kept, in turn; all are kept when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<u64>,
    /// Rows for which this is not true are not wanted, and may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sieve: Option<Sieve>,
    /// What is made of its rows; without it they are what is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragment: Option<Fragment>,
    /// The other sides of its fragment's joins, told before by [`Order::Build`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub builds: Vec<Ticket>,
}

/// A condition on the columns that are read. Columns are numbered by their place, literals by the place of their column
/// in a batch of one row that travels before the column chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Sieve {
    /// All of these.
    All(Vec<Self>),
    /// Any of these.
    Any(Vec<Self>),
    /// Two values compare so.
    Compare {
        /// On the left.
        left: Term,
        /// How.
        comparison: Comparison,
        /// On the right.
        right: Term,
    },
    /// A value is, or is not, one of these.
    In {
        /// Which column's.
        column: usize,
        /// Literals.
        literals: Vec<usize>,
        /// Is it none of them?
        is_negated: bool,
    },
    /// A text matches a pattern.
    Like {
        /// Which column's.
        column: usize,
        /// A literal.
        pattern: usize,
        /// Does it not?
        is_negated: bool,
        /// Are capital letters the same as small ones?
        ignores_case: bool,
    },
    /// A value is one of those whose bits are set; one beyond the bits is let through.
    Marked {
        /// Which column's, of integers.
        column: usize,
        /// The value of the first bit.
        from: i64,
        /// A literal of bytes, the lowest bit of each first.
        bits: usize,
        /// Is NULL let through?
        passes_null: bool,
    },
    /// A value is NULL, or is not.
    Null {
        /// Which column's.
        column: usize,
        /// Is it not?
        is_negated: bool,
    },
}

/// A value in a [`Sieve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Term {
    /// That of a column.
    Column(usize),
    /// A literal.
    Literal(usize),
}

/// What a hand says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Answered {
    /// Rows came; beside it each batch as an IPC stream of its own.
    Rows {
        /// Of which task.
        task: Ticket,
        /// How long they were decoded.
        millis: f64,
    },
    /// There are no more.
    Done {
        /// Of which task.
        task: Ticket,
        /// Rows that came into its fragment, and that each step let out; nothing without one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passed: Vec<u64>,
    },
    /// They could not be decoded.
    Failed {
        /// Which task.
        task: Ticket,
        /// Why not.
        error: Error,
    },
}
