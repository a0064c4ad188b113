//! The functions in FROM that ask a table about itself: `limn_history('trips')` and its like.

use crate::protocol::{AsOf, Function};
use crate::table::log::{LogQuery, LogTable};

/// A function and the rows that it gives.
#[derive(Debug)]
pub(super) struct LogFunction {
    /// As it is called.
    pub(super) name: &'static str,
    /// What it gives.
    gives: Gives,
    range: Range,
    description: &'static str,
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// What a table tells of itself.
    Log(LogTable),
    /// Rows that came and went.
    Changes,
    /// Rows in which two versions may differ.
    Between,
}

/// What is asked with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// What a table tells of itself.
    Log(LogQuery),
    /// Rows that came and went from one version to another, or to the one that is open.
    Changes(AsOf, Option<AsOf>),
    /// Rows in which two versions may differ.
    Between(u64, u64),
}

/// Which versions a function may be given beside the table's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    None,
    Optional,
    Required,
    /// The first one at least.
    From,
}

const FUNCTIONS: [LogFunction; 9] = [
    LogFunction {
        name: "limn_history",
        gives: Gives::Log(LogTable::History),
        range: Range::Optional,
        description: "The commits of a table, one row a version: when, what, by whom, with which effect.",
    },
    LogFunction {
        name: "limn_files",
        gives: Gives::Log(LogTable::Files),
        range: Range::None,
        description: "The files of a table: path, size, rows, deleted rows, partition values, statistics of the columns.",
    },
    LogFunction {
        name: "limn_actions",
        gives: Gives::Log(LogTable::Actions),
        range: Range::Optional,
        description: "Every action of a table's log, as it lies there: of every commit and, without a range, of the checkpoint that _last_checkpoint names.",
    },
    LogFunction {
        name: "limn_protocol",
        gives: Gives::Log(LogTable::Protocol),
        range: Range::None,
        description: "The features that a table requires of readers and writers, and whether Limn reads them.",
    },
    LogFunction {
        name: "limn_checksum",
        gives: Gives::Log(LogTable::Checksum),
        range: Range::None,
        description: "What the version checksum file records of the version that is open, and whether its log gives the same.",
    },
    LogFunction {
        name: "limn_changes_between",
        gives: Gives::Log(LogTable::FileChanges),
        range: Range::Required,
        description: "The files that are there at one of two versions and not at the other.",
    },
    LogFunction {
        name: "limn_rows_between",
        gives: Gives::Between,
        range: Range::Required,
        description: "The rows of the files that only one of two versions has, with _side -1 for the first and 1 for the second. \
                      Rows that both versions have may stand on both sides: group by all columns, or join by a key.",
    },
    LogFunction {
        name: "limn_schema_changes",
        gives: Gives::Log(LogTable::SchemaChanges),
        range: Range::Optional,
        description: "What changed of a table's columns, partitioning and properties, version by version.",
    },
    LogFunction {
        name: "table_changes",
        gives: Gives::Changes,
        range: Range::From,
        description: "The change data feed: the rows that were inserted, updated and deleted, with _change_type, \
                      _commit_version and _commit_timestamp. From and to are versions or times.",
    },
];

/// The function called `name`.
pub(super) fn find(name: &str) -> Option<&'static LogFunction> {
    FUNCTIONS
        .iter()
        .find(|function| function.name.eq_ignore_ascii_case(name))
}

/// All of them, for completion.
pub(in crate::query) fn described() -> impl Iterator<Item = Function> {
    FUNCTIONS.iter().map(|function| Function {
        name: function.name.to_owned(),
        kind: "table".to_owned(),
        syntax: Some(function.syntax()),
        description: Some(function.description.to_owned()),
    })
}

impl LogFunction {
    /// How it is called.
    pub(super) fn syntax(&self) -> String {
        let range = match self.range {
            Range::None => "",
            Range::Optional => " [, from, to]",
            Range::Required => ", from, to",
            Range::From => ", from [, to]",
        };
        format!("{}('table'{range})", self.name)
    }

    /// What is asked with these versions; `None` when the function takes others.
    pub(super) fn call(&self, bounds: &[AsOf]) -> Option<Call> {
        let table = match (self.gives, bounds) {
            (Gives::Log(table), _) => table,
            (Gives::Changes, [from]) => return Some(Call::Changes(from.clone(), None)),
            (Gives::Changes, [from, to]) => return Some(Call::Changes(from.clone(), Some(to.clone()))),
            (Gives::Between, [AsOf::Version(from), AsOf::Version(to)]) => return Some(Call::Between(*from, *to)),
            (Gives::Changes | Gives::Between, _) => return None,
        };
        let range = match (bounds, self.range) {
            ([], Range::None | Range::Optional) => None,
            ([AsOf::Version(from), AsOf::Version(to)], Range::Optional | Range::Required) => Some(*from..=*to),
            _ => return None,
        };
        Some(Call::Log(LogQuery { table, range }))
    }
}
