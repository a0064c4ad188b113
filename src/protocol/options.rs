//! What an engine may take, and do.

use serde::{Deserialize, Serialize};

/// Budgets and switches of an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Bytes that operators (joins, sorts, aggregates) may hold.
    pub memory_bytes: u64,
    /// Bytes of fetched ranges that are kept.
    pub cache_bytes: u64,
    /// Bytes of fetched ranges that the browser keeps beyond the tab; 0 keeps none.
    pub stored_bytes: u64,
    /// Bytes of one result that are kept; what is beyond is not shown as finished.
    pub result_bytes: u64,
    /// Other engines that decode for this one, each in a worker of its own; 0 for none.
    pub hands: u32,
    /// Lets statements create and fill tables in the tab's memory. For tests of the SQL engine.
    pub scratch: bool,
}

impl Default for Options {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            memory_bytes: 1024 * MIB,
            cache_bytes: 256 * MIB,
            stored_bytes: 512 * MIB,
            result_bytes: 768 * MIB,
            hands: 0,
            scratch: false,
        }
    }
}
