//! What the grid's body shows at a moment, and how a cell reads: values that are compared before anything is written.

use std::borrow::Cow;

use super::columns::is_number;
use super::selection::Selection;
use crate::protocol::{Cell, Shape};

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowAt {
    /// Its number.
    pub row: u64,
    /// Pixels from the top of the element that holds the rows.
    pub top: f64,
}

/// Where a column stands, and what it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnAt {
    /// Its position.
    pub position: u32,
    /// Its place in the result.
    pub column: u32,
    /// Where it begins, in pixels: in the row, or within those that stay at the left.
    pub left: f64,
    /// How wide it is, in pixels.
    pub width: f64,
    /// What its values are.
    pub kind: Kind,
}

/// What a column's values are, as far as cells look different for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Read from the right.
    Number,
    /// Points in time, told in UTC or where the person is.
    Instant,
    /// Texts, which may name pictures.
    Text,
    /// Bytes, which may be pictures.
    Binary,
    /// All else.
    Other,
}

impl Kind {
    /// That of a column.
    #[must_use]
    pub fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Timestamp { utc: true } => Self::Instant,
            Shape::Text => Self::Text,
            Shape::Binary => Self::Binary,
            shape if is_number(shape) => Self::Number,
            _ => Self::Other,
        }
    }
}

/// All that decides what stands in the document, but for the cells' own texts.
#[derive(Debug)]
pub struct Frame {
    /// What each element for rows shows.
    pub rows: Vec<Option<RowAt>>,
    /// What each element for columns that scroll shows.
    pub columns: Vec<Option<ColumnAt>>,
    /// The columns that stay at the left.
    pub stuck: Vec<Option<ColumnAt>>,
    /// Width of the row numbers.
    pub gutter: f64,
    /// Width of the columns that stay at the left.
    pub stuck_width: f64,
    /// What is selected.
    pub selection: Option<Selection>,
    /// Another number whenever cells may read otherwise although they stand where they stood.
    pub edition: u64,
}

impl Frame {
    /// Is the cell selected?
    #[must_use]
    pub fn is_selected(&self, row: u64, position: u32) -> bool {
        self.selection
            .is_some_and(|selection| selection.contains(row, position))
    }

    /// Is it the active one?
    #[must_use]
    pub fn is_active(&self, row: u64, position: u32) -> bool {
        let selection = self.selection.filter(|selection| !selection.is_header());
        let active = selection.map(Selection::active);
        active.is_some_and(|active| (active.row, active.column) == (row, position))
    }
}

/// What a cell shows: which look, and which text.
#[must_use]
pub fn look(cell: Option<&Cell>) -> (&'static str, Cow<'_, str>) {
    match cell {
        None => ("loading", "".into()),
        Some(Cell { text: None, .. }) => ("null", "NULL".into()),
        Some(Cell { text: Some(text), .. }) if text.is_empty() => ("empty", "empty".into()),
        Some(Cell { text: Some(text), cut }) => {
            let line = one_line(text);
            ("text", if *cut { format!("{line}…").into() } else { line })
        }
    }
}

/// In one line, breaks would hide what follows them.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\t']) {
        let line = text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎");
        line.replace('\t', "⇥").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: Option<&str>, cut: bool) -> Cell {
        Cell {
            text: text.map(str::to_owned),
            cut,
        }
    }

    #[test]
    fn null_empty_and_unknown_are_told_from_texts() {
        assert_eq!(look(None), ("loading", "".into()));
        for (text, cut, expected) in [
            (None, false, ("null", "NULL")),
            (Some(""), false, ("empty", "empty")),
            (Some("NULL"), false, ("text", "NULL")),
            (Some("long"), true, ("text", "long…")),
            (Some("a\r\nb\rc\td\n"), false, ("text", "a⏎b⏎c⇥d⏎")),
        ] {
            assert_eq!(look(Some(&cell(text, cut))), (expected.0, expected.1.into()));
        }
    }

    #[test]
    fn columns_are_told_apart_as_far_as_their_cells_look_different() {
        let utc = |utc| Shape::Timestamp { utc };
        for (shape, kind) in [
            (Shape::Long, Kind::Number),
            (utc(true), Kind::Instant),
            (utc(false), Kind::Other),
            (Shape::Text, Kind::Text),
            (Shape::Binary, Kind::Binary),
            (Shape::Boolean, Kind::Other),
        ] {
            assert_eq!(Kind::of(&shape), kind);
        }
    }

    #[test]
    fn one_cell_of_what_is_selected_is_active_and_none_while_a_header_is() {
        let frame = |selection| Frame {
            rows: Vec::new(),
            columns: Vec::new(),
            stuck: Vec::new(),
            gutter: 0.0,
            stuck_width: 0.0,
            selection,
            edition: 0,
        };
        let block = frame(Some(Selection::at(3, 1).extended_to(5, 2)));
        assert!(block.is_selected(4, 1) && !block.is_active(4, 1));
        assert!(block.is_selected(5, 2) && block.is_active(5, 2));
        assert!(!block.is_selected(6, 2));
        let header = frame(Some(Selection::header_of(0)));
        assert!(!header.is_active(0, 0) && !header.is_selected(0, 0));
        assert!(!frame(None).is_selected(0, 0));
    }
}
