//! What crosses from an engine to the one that takes its place. The first one's memory may be large for what it held once:
//! linear memory never shrinks. The second one has the same tables, results and bytes, and none of what is gone.

use serde::{Deserialize, Serialize};

use super::{ResultId, Source};

/// One thing that an engine hands over. Its bytes, where it has any, lie in the buffer beside the message, those of each
/// thing behind those of the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Handed {
    /// What is known of an object, and what was read of it.
    Object {
        /// Its absolute URL.
        url: String,
        /// By what it is known again.
        known: Identity,
        /// Its segments, whose bytes lie beside.
        segments: Vec<Segment>,
    },
    /// An open table.
    Table {
        /// The SQL name.
        name: String,
        /// Where it lies, at the version that is open.
        source: Source,
    },
    /// The rows of a result as they are kept, which lie beside as IPC streams: of so many bytes each.
    Rows {
        /// The result.
        result: ResultId,
        /// Bytes of each stream.
        streams: Vec<u64>,
    },
    /// A result.
    Result {
        /// Under which number it is asked for.
        result: ResultId,
        /// Whose rows it shows: those that were handed over for this one.
        rows_of: ResultId,
        /// So many row numbers, of four bytes each, little-endian, lie beside and say which rows are shown in which
        /// order; all of them, as they are kept, without.
        order: Option<u64>,
        /// Are all rows kept?
        complete: bool,
    },
    /// The last number that a result had.
    LastResult {
        /// That.
        result: ResultId,
    },
}

/// What the host said of an object, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identity {
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// The Last-Modified header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// What a table's log says of it, when it is a file that never changes as long as the log says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched: Option<String>,
    /// The [`mark`](Self::mark) under which bytes of it were kept beyond the tab and taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalled: Option<u32>,
}

/// Bytes of an object that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// The first one's offset in the object.
    pub start: u64,
    /// How many.
    pub bytes: u64,
    /// Are they kept beyond the tab, or was that tried?
    pub stored: bool,
}
