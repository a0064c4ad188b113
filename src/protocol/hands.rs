//! What crosses between an engine and its hands: other engines, each in a worker of its own, that decode for it.
//!
//! An order or an answer is JSON; the bytes that it is about travel beside it and are given away, not copied.

use serde::{Deserialize, Serialize};

use super::Ticket;
use crate::error::Error;

/// What a hand is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Order {
    /// Decode a row group. Beside it: its metadata as a Parquet footer, the Arrow schema in which it is read as an IPC
    /// stream, and its column chunks.
    Decode {
        /// By which it is spoken of.
        task: Ticket,
        /// What of it is wanted.
        piece: Piece,
        /// Bytes of rows that may be on their way and not taken yet.
        window_bytes: u64,
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
    },
    /// They could not be decoded.
    Failed {
        /// Which task.
        task: Ticket,
        /// Why not.
        error: Error,
    },
}
