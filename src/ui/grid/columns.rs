//! How wide the columns are, and which of them are seen.

use std::ops::Range;

use crate::protocol::{Cell, Column, Shape};

/// Narrower, a column could not be grasped any more.
const LEAST_PX: f64 = 48.0;
/// What a column is at most given by itself; by hand it may grow further.
const MOST_PX: f64 = 360.0;
/// By hand.
const WIDEST_PX: f64 = 4000.0;
/// A header's bold letters beside the body's.
const BOLD: f64 = 1.1;
/// What is left and right of a cell's text.
const PADDING_PX: f64 = 26.0;
/// What a header has beside its name: the mark of its order and its menu.
const HEAD_EXTRA_CHARS: f64 = 6.0;
/// Columns kept beyond the edges.
const OVERSCAN_COLUMNS: u32 = 2;

/// The columns' widths in CSS pixels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Widths {
    /// `edges[i]` is where column `i` begins; one more than there are columns.
    edges: Vec<f64>,
}

impl Widths {
    /// Columns of these widths, side by side.
    #[must_use]
    pub fn of(widths: &[f64]) -> Self {
        Self::from_widths(widths.iter().copied())
    }

    fn from_widths(widths: impl Iterator<Item = f64>) -> Self {
        let mut edges = vec![0.0];
        let mut edge = 0.0;
        edges.extend(widths.map(|width| {
            edge += width;
            edge
        }));
        Self { edges }
    }

    /// Where a column begins.
    #[must_use]
    pub fn left(&self, column: u32) -> f64 {
        self.edges.get(column as usize).copied().unwrap_or_else(|| self.total())
    }

    /// How wide a column is.
    #[must_use]
    pub fn width(&self, column: u32) -> f64 {
        self.left(column + 1) - self.left(column)
    }

    /// All of them together.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.edges.last().copied().unwrap_or(0.0)
    }

    /// One column at another width.
    #[must_use]
    pub fn with(&self, column: u32, width: f64) -> Self {
        let width = bounded(width);
        let count = u32::try_from(self.edges.len().saturating_sub(1)).unwrap_or(u32::MAX);
        Self::from_widths((0..count).map(|other| if other == column { width } else { self.width(other) }))
    }

    /// The columns that are seen when `left` pixels are scrolled away and `width` are left, and a few beyond. They are as
    /// many wherever one is, but at the ends: what comes into the document and leaves it costs more than what changes there.
    #[must_use]
    pub fn visible(&self, left: f64, width: f64) -> Range<u32> {
        let count = self.edges.len().saturating_sub(1);
        let first = self
            .edges
            .partition_point(|edge| *edge <= left)
            .saturating_sub(1)
            .min(count);
        let narrow = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let end = narrow(first).saturating_add(self.most(width));
        narrow(first).saturating_sub(OVERSCAN_COLUMNS)..end.saturating_add(OVERSCAN_COLUMNS).min(narrow(count))
    }

    /// How many columns can be seen at once at most, if `width` pixels are.
    fn most(&self, width: f64) -> u32 {
        let mut begun = 0;
        // Most are seen when a last pixel of the first one is.
        let seen = (0..).zip(self.edges.iter().skip(1)).map(|(first, end)| {
            while self.edges.get(begun).is_some_and(|edge| *edge < end + width) {
                begun += 1;
            }
            begun.saturating_sub(first)
        });
        seen.max().and_then(|most| u32::try_from(most).ok()).unwrap_or_default()
    }

    /// How far to be scrolled to see a column when `left` is scrolled away and `width` is left; as little as is needed.
    #[must_use]
    pub fn reveal(&self, column: u32, left: f64, width: f64) -> f64 {
        let (start, end) = (self.left(column), self.left(column + 1));
        if start < left {
            start
        } else {
            left.max((end - width).min(start))
        }
    }
}

/// Widths for what is known of columns: names and types, and some rows when they are here. `char_px` is the width of a digit.
#[must_use]
pub fn fitted<'a>(columns: impl Iterator<Item = (&'a Column, Vec<&'a Cell>)>, char_px: f64) -> Vec<f64> {
    columns
        .map(|(column, cells)| {
            let chars = cells.into_iter().map(cell_chars).max();
            (width_of(column, chars) * char_px + PADDING_PX)
                .clamp(LEAST_PX, MOST_PX)
                .ceil()
        })
        .collect()
}

/// A width that a column may have.
#[must_use]
pub fn bounded(width: f64) -> f64 {
    width.clamp(LEAST_PX, WIDEST_PX)
}

fn cell_chars(cell: &Cell) -> usize {
    cell.text.as_ref().map_or(4, |text| text.chars().count())
}

/// In digits.
#[allow(clippy::cast_precision_loss)]
fn width_of(column: &Column, cell_chars: Option<usize>) -> f64 {
    let head = column.name.chars().count() as f64 * BOLD + HEAD_EXTRA_CHARS;
    let body = cell_chars
        .unwrap_or_else(|| usual_chars(&column.shape))
        .max(column.type_name.chars().count().min(14));
    head.max(body as f64)
}

/// Characters of a usual value, before any is known.
fn usual_chars(shape: &Shape) -> usize {
    match shape {
        Shape::Null | Shape::Boolean => 5,
        Shape::Integer | Shape::Long | Shape::Float | Shape::Decimal | Shape::Date => 10,
        Shape::Time => 12,
        Shape::Text | Shape::Binary => 18,
        Shape::Timestamp { .. } => 22,
        Shape::List { .. } | Shape::Map { .. } | Shape::Struct { .. } => 32,
    }
}

/// Are values of this shape read from the right, digit under digit?
#[must_use]
pub fn is_number(shape: &Shape) -> bool {
    matches!(shape, Shape::Integer | Shape::Long | Shape::Float | Shape::Decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, shape: Shape) -> Column {
        Column {
            name: name.into(),
            type_name: "bigint".into(),
            shape,
            nullable: true,
            comment: None,
            partition: false,
        }
    }

    fn cell(text: &str) -> Cell {
        Cell {
            text: Some(text.into()),
            cut: false,
        }
    }

    fn equal(count: usize, width: f64) -> Widths {
        Widths::from_widths(std::iter::repeat_n(width, count))
    }

    #[test]
    fn columns_fit_their_names_and_cells_within_bounds() {
        let columns = [
            column("a", Shape::Text),
            column("a_rather_long_name_of_it", Shape::Long),
            column("b", Shape::Text),
        ];
        let row = [cell("x"), cell("1"), cell(&"long ".repeat(50))];
        let widths = Widths::of(&fitted(columns.iter().zip(row.iter().map(|cell| vec![cell])), 8.0));
        assert!(widths.width(0) < 100.0 && widths.width(1) > 180.0);
        assert!((widths.width(2) - MOST_PX).abs() < f64::EPSILON);
        assert!((widths.total() - widths.left(3)).abs() < f64::EPSILON);
    }

    #[test]
    fn only_columns_that_are_seen_are_rendered() {
        let widths = equal(1000, 100.0);
        assert_eq!(widths.visible(0.0, 500.0), 0..8);
        assert_eq!(widths.visible(5000.0, 500.0), 48..58);
        assert_eq!(widths.visible(5099.0, 500.0), 48..58, "as many wherever one is");
        assert_eq!(widths.visible(99_900.0, 500.0), 997..1000);
        assert_eq!(Widths::default().visible(0.0, 500.0), 0..0);
        assert_eq!(Widths::of(&[]).visible(10.0, 500.0), 0..0);
        assert_eq!(
            widths.visible(0.0, -500.0),
            0..2,
            "a window may be narrower than what stays at the left"
        );
    }

    #[test]
    fn what_is_rendered_covers_what_is_seen() {
        let widths = Widths::of(&[100.0, 50.0, 300.0, 48.0, 48.0, 48.0, 360.0, 90.0, 48.0, 48.0]);
        for left in 0..900_u32 {
            let left = f64::from(left);
            let rendered = widths.visible(left, 240.0);
            assert!(widths.left(rendered.start) <= left, "{left}");
            assert!(
                widths.left(rendered.end) >= (left + 240.0).min(widths.total()),
                "{left}"
            );
        }
    }

    #[test]
    fn one_column_is_resized_within_bounds() {
        let widths = equal(3, 100.0).with(1, 10.0);
        assert!((widths.width(1) - LEAST_PX).abs() < f64::EPSILON && (widths.left(2) - 148.0).abs() < f64::EPSILON);
        assert!((widths.with(1, 1e9).width(1) - WIDEST_PX).abs() < f64::EPSILON);
    }

    #[test]
    fn reveals_with_the_least_movement() {
        let widths = equal(10, 100.0);
        for (column, left, expected) in [(0, 250.0, 0.0), (4, 0.0, 250.0), (1, 50.0, 50.0), (9, 0.0, 750.0)] {
            assert!(
                (widths.reveal(column, left, 250.0) - expected).abs() < f64::EPSILON,
                "{column}"
            );
        }
        assert!((equal(2, 500.0).reveal(1, 0.0, 250.0) - 500.0).abs() < f64::EPSILON);
    }
}
