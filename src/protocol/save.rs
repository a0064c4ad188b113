//! Saving: all rows of a statement or of a result, streamed into files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ResultId, Stats, Values};

/// Which rows are saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SaveRows {
    /// Those of a result, which must be complete.
    Result(ResultId),
    /// Those of a statement, which is run for it.
    Statement {
        /// One statement.
        sql: String,
        /// What its `$names` stand for.
        #[serde(default)]
        parameters: Values,
        /// The versions that open tables are read at, by name; others as they are open.
        #[serde(default)]
        versions: BTreeMap<String, u64>,
    },
}

impl SaveRows {
    /// The same rows, read at these versions too.
    #[must_use]
    pub fn at(&self, read: &BTreeMap<String, u64>) -> Self {
        let mut same = self.clone();
        if let Self::Statement { versions, .. } = &mut same {
            versions.extend(read.clone());
        }
        same
    }
}

/// How rows are split into files: by a hash of their key, as `query::split` documents it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// What share of the keys each file gets, of their sum.
    pub shares: Vec<u32>,
    /// Another seed splits otherwise.
    pub seed: String,
    /// The columns whose values are the key; all columns when there is none.
    #[serde(default)]
    pub key: Vec<String>,
    /// The columns whose values are strata: in each of them the shares hold to the key. Rows are then gone through twice.
    #[serde(default)]
    pub strata: Vec<String>,
}

/// What was saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// Each file, in the order of their numbers.
    pub files: Vec<SavedFile>,
    /// What it cost.
    pub stats: Stats,
    /// The versions that were read, by table name; none when a kept result was saved.
    pub versions: BTreeMap<String, u64>,
    /// Sentences on what is not written as what it is.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// How much is in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedFile {
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}
