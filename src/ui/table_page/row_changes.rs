//! Differences of rows as they are shown: what a row was and what it became, cell by cell.

use serde_json::Value;

use super::values::shown;
use crate::protocol::Column;

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// One entry a column.
    pub cells: Vec<CellChange>,
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellChange {
    /// It is the same, or there is only one; `None` for NULL.
    Same(Option<String>),
    /// It was one and is another.
    Changed(Option<String>, Option<String>),
}

/// The names of the columns as [`statements::row_changes`](super::statements::row_changes) with a key gives them: the
/// key's first.
#[must_use]
pub fn columns_by_key<'a>(columns: &'a [Column], key: &[String]) -> Vec<&'a str> {
    let comparable = || {
        columns
            .iter()
            .filter(|column| super::statements::is_comparable(&column.shape))
    };
    let (keys, others) = comparable().partition::<Vec<_>, _>(|column| key.contains(&column.name));
    keys.into_iter()
        .chain(others)
        .map(|column| column.name.as_str())
        .collect()
}

/// The rows of that statement.
#[must_use]
pub fn by_key(rows: &[Vec<Value>], keys: usize) -> Vec<RowChange> {
    rows.iter().filter_map(|row| of(row, keys)).collect()
}

fn of(row: &[Value], keys: usize) -> Option<RowChange> {
    let (change, cells) = row.split_first()?;
    let change = change.as_str()?.to_owned();
    let (key, pairs) = cells.split_at_checked(keys)?;
    let pair = |pair: &[Value]| {
        let (before, after) = (pair.first().and_then(shown), pair.get(1).and_then(shown));
        match change.as_str() {
            "added" => CellChange::Same(after),
            "removed" => CellChange::Same(before),
            _ if before == after => CellChange::Same(after),
            _ => CellChange::Changed(before, after),
        }
    };
    let key = key.iter().map(|value| CellChange::Same(shown(value)));
    let cells = key.chain(pairs.chunks(2).map(pair)).collect();
    Some(RowChange { change, cells })
}

/// The rows of the statement without a key: a row as often as it came or went.
#[must_use]
pub fn counted(rows: &[Vec<Value>]) -> Vec<(RowChange, u64)> {
    let of = |row: &Vec<Value>| {
        let [change, times, cells @ ..] = row.as_slice() else {
            return None;
        };
        let times = shown(times)?.parse().ok()?;
        let change = RowChange {
            change: change.as_str()?.to_owned(),
            cells: cells.iter().map(|value| CellChange::Same(shown(value))).collect(),
        };
        Some((change, times))
    };
    rows.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: &Value) -> Vec<Vec<Value>> {
        serde_json::from_value(rows.clone()).unwrap()
    }

    #[test]
    fn only_cells_that_differ_are_marked() {
        let told = by_key(
            &rows(&json!([
                ["changed", "1", "a", "b", null, null, 5, null],
                ["added", "2", null, "n", null, "x", null, 1],
                ["removed", "3", "o", null, "x", null, 1, null],
            ])),
            1,
        );
        let same = |text: &str| CellChange::Same(Some(text.to_owned()));
        assert_eq!(
            told[0].cells,
            [
                same("1"),
                CellChange::Changed(Some("a".into()), Some("b".into())),
                CellChange::Same(None),
                CellChange::Changed(Some("5".into()), None),
            ]
        );
        assert_eq!(told[1].cells, [same("2"), same("n"), same("x"), same("1")]);
        assert_eq!(told[2].cells, [same("3"), same("o"), same("x"), same("1")]);
        assert_eq!(by_key(&rows(&json!([[], [1]])), 1), []);
    }

    #[test]
    fn rows_without_a_key_are_counted() {
        let told = counted(&rows(&json!([["added", "2", "x", null]])));
        assert_eq!(
            (told[0].1, told[0].0.change.as_str(), told[0].0.cells.len()),
            (2, "added", 2)
        );
    }
}
