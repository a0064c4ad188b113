//! How the rows of a kept result are shown: sorted, filtered, searched, summed up; the result itself stays as it is.

use serde::{Deserialize, Serialize};

/// One column that rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SortKey {
    /// The column's place in the result.
    pub column: u32,
    /// The largest first?
    #[serde(default)]
    pub descending: bool,
    /// NULL before everything else, rather than after it?
    #[serde(default)]
    pub nulls_first: bool,
}

/// What a column's values must be for their rows to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// The column's place in the result.
    pub column: u32,
    /// What is asked of it.
    pub test: Test,
}

/// What is asked of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Test {
    /// It is NULL.
    Null,
    /// It is not NULL.
    NotNull,
    /// Its text holds this one, in upper or lower case.
    Contains {
        /// The text.
        text: String,
    },
    /// It compares so, as a value of the column's type; NULL never does.
    Compare {
        /// How.
        is: Comparison,
        /// With what, as the grid writes it.
        value: String,
    },
    /// It is one of these, as the grid writes them.
    OneOf {
        /// The values.
        values: Vec<String>,
    },
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    /// The same.
    Equal,
    /// Not the same.
    NotEqual,
    /// Smaller.
    Less,
    /// Not larger.
    LessOrEqual,
    /// Larger.
    Greater,
    /// Not smaller.
    GreaterOrEqual,
}

/// What some cells come to. What their types do not have is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// How many cells.
    pub cells: u64,
    /// How many of them are NULL.
    pub nulls: u64,
    /// How many different values.
    pub distinct: Option<u64>,
    /// Their sum, exact for whole numbers and decimals.
    pub sum: Option<String>,
    /// Their mean.
    pub average: Option<String>,
    /// The smallest.
    pub least: Option<String>,
    /// The largest.
    pub most: Option<String>,
}

/// Where a text was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// In how many cells.
    pub cells: u64,
    /// The first of them: rows as they are shown, and columns by their place in the result.
    pub places: Vec<(u64, u32)>,
}

/// How a column's values are spread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    /// Rows that were counted.
    pub rows: u64,
    /// How many of them are NULL.
    pub nulls: u64,
    /// Every how many-th row was counted; 1 when all were.
    pub step: u64,
    /// The smallest value, when the type has one.
    pub low: Option<String>,
    /// The largest.
    pub high: Option<String>,
    /// How many values there are in each of as many equal parts between those two.
    pub bars: Vec<u64>,
    /// The values that are there most often.
    pub frequent: Vec<Frequent>,
}

/// A value that is there often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Frequent {
    /// The value as the grid writes it.
    pub value: String,
    /// Was it cut?
    #[serde(default)]
    pub cut: bool,
    /// In how many of the counted rows.
    pub count: u64,
}
