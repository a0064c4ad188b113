//! Which rows and columns are in the document, and which of its elements shows which: they are used again as one scrolls.

use std::ops::Range;

use leptos::prelude::*;

use super::frame::{ColumnAt, Frame, Kind, RowAt};
use super::state::GridState;
use super::viewport::{Viewport, in_slot};

/// What is in the document. A copy is the same.
#[derive(Clone, Copy)]
pub struct Slots {
    /// Columns that stay at the left.
    pub stuck: Memo<Vec<Option<ColumnAt>>>,
    /// What each element for columns that scroll shows.
    pub scrolled: Memo<Vec<Option<ColumnAt>>>,
    /// Positions of columns that scroll.
    positions: Memo<Range<u32>>,
    rows: Memo<Range<u64>>,
    /// How many elements there are for rows.
    row_pool: Memo<u64>,
}

impl Slots {
    /// Those of a grid.
    pub fn of(grid: GridState) -> Self {
        let count = Memo::new(move |_| grid.sticky());
        let positions = Memo::new(move |_| grid.scrolled_positions());
        let rows = Memo::new(move |_| grid.viewport.with(Viewport::rendered));
        // Pools only grow: an element too many is hidden, one too few would have to be made while scrolling.
        let column_pool = Memo::new(move |before: Option<&u32>| {
            let seen = positions.with(|seen| seen.end - seen.start);
            let there = grid.wish.with(|wish| wish.layout.len()) - count.get();
            seen.max(before.copied().unwrap_or_default()).min(there)
        });
        let row_pool = Memo::new(move |before: Option<&u64>| {
            let seen = rows.with(|seen| seen.end - seen.start);
            seen.max(before.copied().unwrap_or_default())
        });
        Self {
            stuck: Memo::new(move |_| {
                (0..count.get())
                    .map(|position| grid.column_shown(position, 0.0))
                    .collect()
            }),
            scrolled: Memo::new(move |_| {
                let (seen, pool, gutter) = (positions.get(), column_pool.get(), grid.gutter());
                let shown = |slot| {
                    let position = in_slot(&(seen.start.into()..seen.end.into()), slot, pool.into())?;
                    grid.column_shown(u32::try_from(position).ok()?, gutter)
                };
                (0..pool.into()).map(shown).collect()
            }),
            positions,
            rows,
            row_pool,
        }
    }

    /// What an element for columns that scroll shows.
    pub fn column(self, slot: usize) -> RwSignal<Option<ColumnAt>> {
        told(self.scrolled, slot)
    }

    /// A column that stays at the left.
    pub fn stuck_column(self, place: usize) -> RwSignal<Option<ColumnAt>> {
        told(self.stuck, place)
    }

    /// The columns that are seen, by their places in the result.
    pub fn columns(self, grid: GridState) -> Vec<u32> {
        let stuck = self.stuck.get();
        let positions = self.positions.get();
        let scrolled = grid.wish.with(|wish| {
            let column = |position| wish.layout.column(position);
            positions.filter_map(column).collect::<Vec<u32>>()
        });
        let stuck = stuck.into_iter().flatten().map(|at| at.column);
        stuck.chain(scrolled).collect()
    }

    /// Pixels of those that stay at the left.
    pub fn stuck_width(self) -> f64 {
        let edge = |at: &Option<ColumnAt>| at.map(|at| at.left + at.width);
        self.stuck.with(|stuck| stuck.last().and_then(edge)).unwrap_or_default()
    }

    /// What the body shows now; `edition` is what its cells' texts are of.
    pub fn frame(self, grid: GridState, edition: u64) -> Frame {
        let (seen, pool, head) = (self.rows.get(), self.row_pool.get(), grid.head_px());
        let rows = grid.viewport.with(|viewport| {
            let shown = |slot| {
                let row = in_slot(&seen, slot, pool)?;
                let top = head + viewport.row_top(row);
                Some(RowAt { row, top })
            };
            (0..pool).map(shown).collect()
        });
        Frame {
            rows,
            columns: self.scrolled.get(),
            stuck: self.stuck.get(),
            gutter: grid.gutter(),
            stuck_width: self.stuck_width(),
            selection: grid.selection.get(),
            edition,
        }
    }
}

/// One of what is shown. Only who shows another one hears of it: of a memo's change all who depend on it hear, through
/// however many steps, before they ask whether it concerns them.
fn told(shown: Memo<Vec<Option<ColumnAt>>>, place: usize) -> RwSignal<Option<ColumnAt>> {
    let read = move |shown: &Vec<Option<ColumnAt>>| shown.get(place).copied().flatten();
    let one = RwSignal::new(shown.with_untracked(read));
    Effect::new(move |_| {
        let now = shown.with(read);
        one.maybe_update(|before| std::mem::replace(before, now) != now);
    });
    one
}

impl GridState {
    /// The column at a position; `before` is what stands left of all columns.
    fn column_shown(self, position: u32, before: f64) -> Option<ColumnAt> {
        let column = self.wish.with(|wish| wish.layout.column(position))?;
        let shape =
            |columns: &Vec<crate::protocol::Column>| columns.get(column as usize).map(|one| Kind::of(&one.shape));
        self.widths.with(|widths| {
            Some(ColumnAt {
                position,
                column,
                left: before + widths.left(position),
                width: widths.width(position),
                kind: self.columns.with_value(shape)?,
            })
        })
    }
}
