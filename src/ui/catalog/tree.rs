//! The catalog as a tree: which lines it has, which are folded, and where each key goes.

use std::collections::BTreeSet;

use super::nested::{self, Field};
use crate::link::quoted;
use crate::protocol::Column;
use crate::ui::tables::Entry;

/// Nested types are unfolded that far; deeper ones are read in their column's type.
const LEVELS: usize = 8;

/// A line's place: the table's name and then the names of columns and fields.
pub type Path = Vec<String>;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// Its place, and its identity while the tree changes.
    pub path: Path,
    /// How a statement names it.
    pub written: String,
    /// Can it be unfolded, and is it?
    pub unfolded: Option<bool>,
    /// Place among its siblings, from 1, and how many they are.
    pub position: (usize, usize),
    /// What it shows beside its name; nothing for a table, which shows its entry.
    pub column: Option<ColumnLine>,
}

/// What a column's or field's line shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnLine {
    /// The type, brief.
    pub brief: String,
    /// The whole type.
    pub type_name: String,
    /// The table's comment on it.
    pub comment: Option<String>,
    /// Is it a partition column?
    pub partition: bool,
}

impl Line {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

/// The lines that are seen, in order.
#[must_use]
pub fn lines(entries: &[Entry], unfolded: &BTreeSet<Path>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let name = &entry.link.name;
        let path = vec![name.clone()];
        let columns = entry.info().map_or(&[][..], |info| &info.columns);
        let open = unfolded.contains(&path);
        lines.push(Line {
            path: path.clone(),
            written: quoted(name),
            unfolded: (!columns.is_empty()).then_some(open),
            position: (index + 1, entries.len()),
            column: None,
        });
        for (index, column) in columns.iter().enumerate().filter(|_| open) {
            push(
                &mut lines,
                column_line(&path, column, (index + 1, columns.len())),
                unfolded,
            );
        }
    }
    lines
}

fn column_line(table: &Path, column: &Column, position: (usize, usize)) -> Line {
    Line {
        path: below(table, &column.name),
        written: quoted(&column.name),
        unfolded: None,
        position,
        column: Some(ColumnLine {
            brief: nested::brief(&column.type_name),
            type_name: column.type_name.clone(),
            comment: column.comment.clone(),
            partition: column.partition,
        }),
    }
}

fn field_line(parent: &Line, field: Field, position: (usize, usize)) -> Line {
    Line {
        path: below(&parent.path, &field.name),
        written: field.written(&parent.written),
        unfolded: None,
        position,
        column: Some(ColumnLine {
            brief: nested::brief(&field.type_name),
            type_name: field.type_name,
            comment: None,
            partition: false,
        }),
    }
}

fn below(parent: &Path, name: &str) -> Path {
    parent.iter().cloned().chain([name.to_owned()]).collect()
}

/// A column's or field's line, and those of its fields when it is unfolded.
fn push(lines: &mut Vec<Line>, mut line: Line, unfolded: &BTreeSet<Path>) {
    let is_deep = line.path.len() >= LEVELS;
    let nested = line.column.as_ref().filter(|_| !is_deep);
    let fields = nested
        .map(|column| nested::fields(&column.type_name))
        .unwrap_or_default();
    let open = unfolded.contains(&line.path);
    line.unfolded = (!fields.is_empty()).then_some(open);
    let count = fields.len();
    let below: Vec<Line> = fields
        .into_iter()
        .enumerate()
        .filter(|_| open)
        .map(|(index, field)| field_line(&line, field, (index + 1, count)))
        .collect();
    lines.push(line);
    for line in below {
        push(lines, line, unfolded);
    }
}

/// What a key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make another line the active one.
    Go(Path),
    /// Unfold a line.
    Unfold(Path),
    /// Fold a line.
    Fold(Path),
    /// Write what names it into the statement.
    Insert(String),
    /// Close the table.
    Remove(Path),
}

/// The answer to a key, by its DOM name, while `active` is the active line.
#[must_use]
pub fn on_key(lines: &[Line], active: &Path, key: &str) -> Option<Action> {
    let found = lines.iter().position(|line| line.path == *active);
    if found.is_none() && key == "ArrowDown" {
        // None is active before the first key.
        return lines.first().map(|line| Action::Go(line.path.clone()));
    }
    let index = found.unwrap_or(0);
    let line = lines.get(index)?;
    let go = |index: usize| lines.get(index).map(|line| Action::Go(line.path.clone()));
    match (key, line.unfolded) {
        ("ArrowDown", _) | ("ArrowRight", Some(true)) => go(index + 1),
        ("ArrowUp", _) => index.checked_sub(1).and_then(go),
        ("Home", _) => go(0),
        ("End", _) => lines.len().checked_sub(1).and_then(go),
        ("ArrowRight" | " ", Some(false)) => Some(Action::Unfold(line.path.clone())),
        ("ArrowLeft" | " ", Some(true)) => Some(Action::Fold(line.path.clone())),
        ("ArrowLeft", _) => parent(&line.path).map(Action::Go),
        ("Enter", _) => Some(Action::Insert(line.written.clone())),

        ("Delete", _) if line.path.len() == 1 => Some(Action::Remove(line.path.clone())),
        _ => None,
    }
}

fn parent(path: &Path) -> Option<Path> {
    path.split_last()
        .filter(|(_, rest)| !rest.is_empty())
        .map(|(_, rest)| rest.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Link;
    use crate::protocol::{Shape, Stats, TableInfo};
    use crate::ui::tables::State;

    fn column(name: &str, type_name: &str) -> Column {
        Column {
            name: name.into(),
            type_name: type_name.into(),
            shape: Shape::Text,
            nullable: true,
            comment: None,
            partition: false,
        }
    }

    fn entries() -> Vec<Entry> {
        let link: Link = "t.a=x&t.b=y".parse().unwrap();
        let mut entries: Vec<_> = link
            .tables
            .into_iter()
            .map(|link| Entry {
                link,
                state: State::Opening,
                opening: 0,
            })
            .collect();
        entries[0].state = State::Open(TableInfo {
            name: "a".into(),
            format: "delta".into(),
            version: None,
            timestamp_millis: None,
            comment: None,
            note: None,
            columns: vec![column("id", "bigint"), column("box", "struct<x: int, y: list<int>>")],
            row_fields: vec![],
            files: 1,
            rows: None,
            size_bytes: None,
            stats: Stats::default(),
        });
        entries
    }

    fn path(text: &str) -> Path {
        text.split('/').map(str::to_owned).collect()
    }

    fn shown(unfolded: &[&str]) -> Vec<String> {
        let unfolded = unfolded.iter().map(|text| path(text)).collect();
        lines(&entries(), &unfolded)
            .iter()
            .map(|line| line.path.join("/"))
            .collect()
    }

    #[test]
    fn shows_what_is_unfolded() {
        assert_eq!(shown(&[]), ["a", "b"]);
        assert_eq!(shown(&["a"]), ["a", "a/id", "a/box", "b"]);
        assert_eq!(
            shown(&["a", "a/box", "a/box/y"]),
            ["a", "a/id", "a/box", "a/box/x", "a/box/y", "a/box/y/item", "b"]
        );
        let lines = lines(&entries(), &[path("a")].into());
        assert_eq!(
            (lines[1].unfolded, lines[2].unfolded, lines[3].unfolded),
            (None, Some(false), None)
        );
        assert_eq!(
            (lines[2].position, lines[2].column.as_ref().unwrap().brief.as_str()),
            ((2, 2), "struct")
        );
    }

    #[test]
    fn nested_fields_are_written_as_a_statement_reads_them() {
        let all = lines(&entries(), &[path("a"), path("a/box"), path("a/box/y")].into());
        let written: Vec<_> = all.iter().map(|line| line.written.as_str()).collect();
        assert_eq!(written, ["a", "id", "box", "box['x']", "box['y']", "box['y'][1]", "b"]);
    }

    #[test]
    fn keys_walk_and_fold() {
        let lines = lines(&entries(), &[path("a")].into());
        let act = |active: &str, key| on_key(&lines, &path(active), key);
        assert_eq!(act("a", "ArrowDown"), Some(Action::Go(path("a/id"))));
        assert_eq!(act("a", "ArrowUp"), None);
        assert_eq!(act("b", "ArrowDown"), None);
        assert_eq!(act("a/box", "ArrowRight"), Some(Action::Unfold(path("a/box"))));
        assert_eq!(act("a", "ArrowRight"), Some(Action::Go(path("a/id"))));
        assert_eq!(act("a", "ArrowLeft"), Some(Action::Fold(path("a"))));
        assert_eq!(act("a/id", "ArrowLeft"), Some(Action::Go(path("a"))));
        assert_eq!(
            (act("b", "Home"), act("a", "End")),
            (Some(Action::Go(path("a"))), Some(Action::Go(path("b"))))
        );
        assert_eq!(act("a/id", "Enter"), Some(Action::Insert("id".into())));
        assert_eq!(
            (act("a", "Delete"), act("a/id", "Delete")),
            (Some(Action::Remove(path("a"))), None)
        );
        assert_eq!(act("gone", "Enter"), Some(Action::Insert("a".into())));
        assert_eq!(on_key(&[], &path("a"), "End"), None);
    }
}
