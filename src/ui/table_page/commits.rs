//! The history of a table: its commits, and how rows, files and bytes went up and down with them.

use serde_json::Value;

use super::values::Row;

/// A commit, as [`statements::history`](super::statements::history) tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// The version that it made.
    pub version: u64,
    /// When, in seconds since 1970.
    pub seconds: Option<i64>,
    /// What was done: `WRITE`, `DELETE`, ...
    pub operation: String,
    /// With which parameters.
    pub parameters: Vec<(String, String)>,
    /// What the writer counted.
    pub metrics: Vec<(String, String)>,
    /// What came.
    pub added: Amount,
    /// What went.
    pub removed: Amount,
    /// Who did it.
    pub user: Option<String>,
    /// With what.
    pub engine: Option<String>,
    /// What the writer noted.
    pub note: Option<String>,
}

/// Files and what they hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Bytes, when each file's are told.
    pub bytes: Option<u64>,
    /// Rows, when each file's are told.
    pub rows: Option<u64>,
}

impl Commit {
    /// Reads the rows of the statement.
    #[must_use]
    pub fn all(rows: &[Vec<Value>]) -> Vec<Self> {
        rows.iter().map(|row| Self::of(&mut Row::of(row))).collect()
    }

    fn of(row: &mut Row<'_>) -> Self {
        let mut commit = Self {
            version: row.number().unwrap_or_default(),
            seconds: row.integer(),
            operation: row.text().unwrap_or_else(|| "unknown operation".to_owned()),
            parameters: row.pairs(),
            metrics: row.pairs(),
            added: Amount::of(row),
            removed: Amount::of(row),
            user: row.text(),
            ..Self::default()
        };
        let id = row.text();
        commit.user = commit.user.or(id);
        commit.engine = row.text();
        commit.note = row.text();
        commit
    }
}

impl Amount {
    fn of(row: &mut Row<'_>) -> Self {
        Self {
            files: row.number().unwrap_or_default(),
            bytes: row.number(),
            rows: row.number(),
        }
    }
}

/// What is drawn over the versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Rows.
    Rows,
    /// Files.
    Files,
    /// Bytes.
    Bytes,
}

/// What a table held at each version, oldest first: from what it holds at the last one back through what came and went.
/// Versions before one whose change is not told are left out.
#[must_use]
pub fn trend(newest_first: &[Commit], now: Option<u64>, measure: Measure) -> Vec<(u64, u64)> {
    let Some(mut held) = now else { return vec![] };
    let of = |amount: &Amount| match measure {
        Measure::Rows => amount.rows,
        Measure::Files => Some(amount.files),
        Measure::Bytes => amount.bytes,
    };
    let mut points = vec![];
    for commit in newest_first {
        points.push((commit.version, held));
        let before = of(&commit.added)
            .zip(of(&commit.removed))
            .and_then(|(added, removed)| (held + removed).checked_sub(added));
        match before {
            Some(before) => held = before,
            None => break,
        }
    }
    points.reverse();
    points
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn commit(version: u64, added: Option<u64>, removed: Option<u64>) -> Commit {
        let amount = |rows| Amount {
            files: 1,
            bytes: None,
            rows,
        };
        Commit {
            version,
            added: amount(added),
            removed: amount(removed),
            ..Commit::default()
        }
    }

    #[test]
    fn what_was_held_is_counted_back_from_now() {
        let commits = [
            commit(2, Some(5), Some(2)),
            commit(1, Some(10), Some(0)),
            commit(0, Some(4), Some(0)),
        ];
        assert_eq!(trend(&commits, Some(17), Measure::Rows), [(0, 4), (1, 14), (2, 17)]);
        assert_eq!(trend(&commits, None, Measure::Rows), []);
        assert_eq!(trend(&commits, Some(17), Measure::Bytes), [(2, 17)]);
    }

    #[test]
    fn what_is_not_told_ends_the_line() {
        let commits = [
            commit(2, Some(1), Some(0)),
            commit(1, None, Some(0)),
            commit(0, Some(4), Some(0)),
        ];
        assert_eq!(trend(&commits, Some(9), Measure::Rows), [(1, 8), (2, 9)]);
        // A log that contradicts itself gives no negative counts.
        assert_eq!(trend(&[commit(3, Some(7), Some(0))], Some(5), Measure::Rows), [(3, 5)]);
    }

    #[test]
    fn a_row_is_a_commit() {
        let row = json!([
            "7",
            "1760000000",
            "MERGE",
            [["predicate", "a = b"]],
            [],
            "1",
            "100",
            "10",
            "2",
            null,
            null,
            null,
            "42",
            "Spark",
            null
        ]);
        let commits = Commit::all(&[row.as_array().unwrap().clone()]);
        assert_eq!(commits[0].version, 7);
        assert_eq!(
            (commits[0].user.as_deref(), commits[0].engine.as_deref()),
            (Some("42"), Some("Spark"))
        );
        assert_eq!(
            commits[0].added,
            Amount {
                files: 1,
                bytes: Some(100),
                rows: Some(10)
            }
        );
        assert_eq!(
            commits[0].removed,
            Amount {
                files: 2,
                bytes: None,
                rows: None
            }
        );
    }
}
