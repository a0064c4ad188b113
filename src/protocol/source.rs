//! Where tables lie, and at which version they are meant.

use serde::{Deserialize, Serialize};

/// Where a table lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Absolute URLs: one table root, or one or several Parquet files read as one table.
    pub urls: Vec<String>,
    /// Which version; the latest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<AsOf>,
    /// Where files of the table may be read that are not below it: only what the person agreed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

/// A place of files that are not below their table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Elsewhere {
    /// How their paths begin, as the table's log has them.
    pub prefix: String,
    /// The absolute URL of that.
    pub url: String,
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
