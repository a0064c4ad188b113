//! The active cell and the selected block, and where each key takes them.

use std::ops::Range;

/// Where a key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One column left.
    Left,
    /// One column right.
    Right,
    /// One row up; from the first row to the header.
    Up,
    /// One row down.
    Down,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// The row's first column.
    RowStart,
    /// The row's last column.
    RowEnd,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// The first cell.
    First,
    /// The last cell.
    Last,
}

impl Step {
    /// The step of a key by its DOM name; `jump` with Ctrl or Cmd.
    #[must_use]
    pub fn from_key(key: &str, jump: bool) -> Option<Self> {
        Some(match (key, jump) {
            ("ArrowLeft", false) => Self::Left,
            ("ArrowRight", false) => Self::Right,
            ("ArrowUp", false) => Self::Up,
            ("ArrowDown", false) => Self::Down,
            ("PageUp", false) => Self::PageUp,
            ("PageDown", false) => Self::PageDown,
            ("Home", false) | ("ArrowLeft", true) => Self::RowStart,
            ("End", false) | ("ArrowRight", true) => Self::RowEnd,
            ("ArrowUp", true) => Self::Top,
            ("ArrowDown", true) => Self::Bottom,
            ("Home", true) => Self::First,
            ("End", true) => Self::Last,
            _ => return None,
        })
    }
}

/// How large the grid is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Rows of the result.
    pub rows: u64,
    /// Columns of the result.
    pub columns: u32,
    /// Rows that a page key moves by.
    pub rows_per_page: u64,
}

/// A cell of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Its row.
    pub row: u64,
    /// Its column.
    pub column: u32,
}

/// The block between two corners; the second is the active cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selection {
    anchor: Place,
    active: Place,
    header: bool,
}

impl Selection {
    /// One cell.
    #[must_use]
    pub fn at(row: u64, column: u32) -> Self {
        let place = Place { row, column };
        Self {
            anchor: place,
            active: place,
            header: false,
        }
    }

    /// A column's header.
    #[must_use]
    pub fn header_of(column: u32) -> Self {
        Self {
            header: true,
            ..Self::at(0, column)
        }
    }

    /// Every cell; the active one stays.
    #[must_use]
    pub fn all(extent: Extent) -> Self {
        Self {
            anchor: last(extent),
            active: Place::default(),
            header: false,
        }
    }

    /// The active cell; its row means nothing while the header is active.
    #[must_use]
    pub fn active(self) -> Place {
        self.active
    }

    /// Is the header of the active column active, rather than a cell?
    #[must_use]
    pub fn is_header(self) -> bool {
        self.header
    }

    /// The block stretched to a cell.
    #[must_use]
    pub fn extended_to(self, row: u64, column: u32) -> Self {
        Self {
            active: Place { row, column },
            header: false,
            ..self
        }
    }

    /// Whole rows, from the anchor's to `row`.
    #[must_use]
    pub fn rows_to(self, row: u64, extent: Extent) -> Self {
        let anchor = Place {
            column: last(extent).column,
            ..self.anchor
        };
        Self {
            anchor,
            active: Place { row, column: 0 },
            header: false,
        }
    }

    /// After a key; `stretch` with Shift.
    #[must_use]
    pub fn stepped(self, step: Step, stretch: bool, extent: Extent) -> Self {
        if self.header || (step == Step::Up && self.active.row == 0 && !stretch) {
            return self.stepped_in_header(step, extent);
        }
        let active = moved(self.active, step, extent);
        Self {
            anchor: if stretch { self.anchor } else { active },
            active,
            header: false,
        }
    }

    fn stepped_in_header(self, step: Step, extent: Extent) -> Self {
        let column = moved(self.active, step, extent).column;
        match step {
            Step::Down | Step::PageDown if extent.rows > 0 => Self::at(0, column),
            Step::Bottom | Step::Last if extent.rows > 0 => Self::at(last(extent).row, column),
            _ => Self::header_of(column),
        }
    }

    /// The selected rows and columns.
    #[must_use]
    pub fn block(self) -> (Range<u64>, Range<u32>) {
        let (a, b) = (self.anchor, self.active);
        (
            a.row.min(b.row)..a.row.max(b.row) + 1,
            a.column.min(b.column)..a.column.max(b.column) + 1,
        )
    }

    /// Is the cell selected?
    #[must_use]
    pub fn contains(self, row: u64, column: u32) -> bool {
        let (rows, columns) = self.block();
        !self.header && rows.contains(&row) && columns.contains(&column)
    }

    /// The cells that are selected.
    #[must_use]
    pub fn cells(self) -> u64 {
        let (rows, columns) = self.block();
        (rows.end - rows.start).saturating_mul(u64::from(columns.end - columns.start))
    }
}

fn last(extent: Extent) -> Place {
    Place {
        row: extent.rows.saturating_sub(1),
        column: extent.columns.saturating_sub(1),
    }
}

fn moved(from: Place, step: Step, extent: Extent) -> Place {
    let end = last(extent);
    let Place { row, column } = from;
    match step {
        Step::Left => Place {
            row,
            column: column.saturating_sub(1),
        },
        Step::Right => Place {
            row,
            column: (column + 1).min(end.column),
        },
        Step::Up => Place {
            row: row.saturating_sub(1),
            column,
        },
        Step::Down => Place {
            row: (row + 1).min(end.row),
            column,
        },
        Step::PageUp => Place {
            row: row.saturating_sub(extent.rows_per_page),
            column,
        },
        Step::PageDown => Place {
            row: row.saturating_add(extent.rows_per_page).min(end.row),
            column,
        },
        Step::RowStart => Place { row, column: 0 },
        Step::RowEnd => Place {
            row,
            column: end.column,
        },
        Step::Top => Place { row: 0, column },
        Step::Bottom => Place { row: end.row, column },
        Step::First => Place::default(),
        Step::Last => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent {
        rows: 10_000_000,
        columns: 5,
        rows_per_page: 20,
    };

    fn after(start: Selection, keys: &[(&str, bool, bool)]) -> Selection {
        keys.iter().fold(start, |selection, (key, jump, extend)| {
            selection.stepped(Step::from_key(key, *jump).unwrap(), *extend, EXTENT)
        })
    }

    #[test]
    fn keys_move_the_active_cell_and_stop_at_the_edges() {
        for (key, jump, row, column) in [
            ("ArrowLeft", false, 50, 1),
            ("ArrowRight", false, 50, 3),
            ("ArrowUp", false, 49, 2),
            ("ArrowDown", false, 51, 2),
            ("PageUp", false, 30, 2),
            ("PageDown", false, 70, 2),
            ("Home", false, 50, 0),
            ("End", false, 50, 4),
            ("ArrowUp", true, 0, 2),
            ("ArrowDown", true, 9_999_999, 2),
            ("Home", true, 0, 0),
            ("End", true, 9_999_999, 4),
        ] {
            assert_eq!(
                after(Selection::at(50, 2), &[(key, jump, false)]),
                Selection::at(row, column),
                "{key} {jump}"
            );
        }
        assert_eq!(
            after(
                Selection::at(9_999_999, 4),
                &[("ArrowDown", false, false), ("ArrowRight", false, false)]
            ),
            Selection::at(9_999_999, 4)
        );
        assert_eq!(Step::from_key("a", false), None);
    }

    #[test]
    fn shift_stretches_the_block() {
        let selection = after(
            Selection::at(5, 1),
            &[
                ("ArrowDown", false, true),
                ("ArrowRight", false, true),
                ("ArrowUp", true, true),
            ],
        );
        assert_eq!(selection.block(), (0..6, 1..3));
        assert!(selection.contains(3, 2) && !selection.contains(6, 1) && !selection.contains(3, 3));
        assert_eq!(selection.cells(), 12);
        assert_eq!(after(selection, &[("ArrowDown", false, false)]), Selection::at(1, 2));
    }

    #[test]
    fn the_header_lies_above_the_first_row() {
        let header = after(
            Selection::at(1, 2),
            &[("ArrowUp", false, false), ("ArrowUp", false, false)],
        );
        assert_eq!(header, Selection::header_of(2));
        assert!(!header.contains(0, 2));
        assert_eq!(after(header, &[("ArrowRight", false, false)]), Selection::header_of(3));
        assert_eq!(after(header, &[("ArrowDown", false, false)]), Selection::at(0, 2));
        let empty = Extent {
            rows: 0,
            columns: 5,
            rows_per_page: 20,
        };
        assert_eq!(header.stepped(Step::Down, false, empty), header);
    }

    #[test]
    fn whole_rows_and_everything() {
        assert_eq!(Selection::at(7, 3).rows_to(9, EXTENT).block(), (7..10, 0..5));
        assert_eq!(Selection::all(EXTENT).cells(), 50_000_000);
        assert_eq!(Selection::all(EXTENT).active(), Place::default());
    }
}
