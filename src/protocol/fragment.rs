//! The operators above a scan that hands run for it, row group by row group.
//!
//! Columns are numbered by their places in what comes in, literals by the places of their columns in a batch of one row
//! that travels beside.

use serde::{Deserialize, Serialize};

/// Levels of JSON around a formula or a sieve in the order that it is a part of, and some to spare.
const LEVELS_AROUND: usize = 16;

/// Is what is nested in `value` read again at the other end? A reader of JSON stops at a depth that a stack may not have.
#[must_use]
pub fn travels(value: &impl Serialize) -> bool {
    let Ok(json) = serde_json::to_string(value) else {
        return false;
    };
    let around = ["[".repeat(LEVELS_AROUND), json, "]".repeat(LEVELS_AROUND)].concat();
    serde_json::from_str::<serde_json::Value>(&around).is_ok()
}

/// Operators, in the order in which rows pass them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// What is done, one after the other.
    pub steps: Vec<Step>,
}

/// One operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Step {
    /// Rows for which a condition is true.
    Filter {
        /// Of what comes in.
        condition: Formula,
        /// Columns that are passed on; all without any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        columns: Option<Vec<usize>>,
    },
    /// Other columns in the place of those that come in.
    Project {
        /// These.
        columns: Vec<Named>,
    },
    /// Rows joined with those of another side.
    Join(Join),
    /// For each group of a row group's rows, how far its aggregates are.
    Aggregate {
        /// By what rows are grouped.
        groups: Vec<Named>,
        /// What is aggregated.
        aggregates: Vec<Aggregate>,
    },
}

/// A join of the rows that come in with another side, which is whole wherever it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// Which of the other sides that a fragment has.
    pub build: usize,
    /// What becomes of rows.
    pub kind: JoinKind,
    /// Values of the other side and of what comes in that must be the same.
    pub keys: Vec<(Formula, Formula)>,
    /// Is NULL the same as NULL?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_null_equal: bool,
    /// What must hold of a pair of rows beside that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<JoinCondition>,
    /// Columns that are passed on, of the other side's and then of those that come in; all without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<usize>>,
}

/// What becomes of the rows that come in. With any of these, what becomes of one does not hang on others, nor does its place
/// hang on with which it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JoinKind {
    /// Pairs.
    Inner,
    /// Rows that have one.
    RightSemi,
    /// Rows that have none.
    RightAnti,
    /// Rows, and whether they have one.
    RightMark,
}

/// A condition of pairs of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinCondition {
    /// The columns that it is about.
    pub columns: Vec<Side>,
    /// It itself, of those.
    pub formula: Formula,
}

/// A column of one side of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// Of the other side.
    Build(usize),
    /// Of what comes in.
    Probe(usize),
}

/// A formula with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// As a column is called.
    pub name: String,
    /// Its value.
    pub formula: Formula,
}

/// One aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Its function.
    pub function: String,
    /// As its column is called.
    pub name: String,
    /// Of what.
    pub arguments: Vec<Formula>,
    /// Which rows take part; all without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Formula>,
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Formula {
    /// The value of a column.
    Column(usize),
    /// A literal.
    Literal(usize),
    /// Two values and an operator, as SQL spells it.
    Binary {
        /// On the left.
        left: Box<Self>,
        /// Between them.
        operator: String,
        /// On the right.
        right: Box<Self>,
    },
    /// A value as one of another type.
    Cast {
        /// Which.
        value: Box<Self>,
        /// A literal of that type.
        to: usize,
    },
    /// The opposite of a truth value.
    Not(Box<Self>),
    /// A number below zero for one above, and the other way round.
    Negative(Box<Self>),
    /// A value is NULL, or is not.
    Null {
        /// Which.
        value: Box<Self>,
        /// Is it not?
        is_negated: bool,
    },
    /// A text matches a pattern.
    Like {
        /// The text.
        value: Box<Self>,
        /// The pattern.
        pattern: Box<Self>,
        /// Does it not?
        is_negated: bool,
        /// Are capital letters the same as small ones?
        ignores_case: bool,
    },
    /// A value is, or is not, one of a list.
    In {
        /// Which.
        value: Box<Self>,
        /// The list.
        list: Vec<Self>,
        /// Is it none of them?
        is_negated: bool,
    },
    /// The value of the first branch that applies.
    Case {
        /// What branches are compared with; without it they are conditions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Box<Self>>,
        /// When, and then what.
        branches: Vec<(Self, Self)>,
        /// What it is when none applies; NULL without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<Box<Self>>,
    },
    /// A function's value.
    Call {
        /// Its name.
        function: String,
        /// What it is given.
        arguments: Vec<Self>,
    },
}
