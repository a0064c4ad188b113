//! Which rows and columns are in the document, and which of its elements shows which: they are used again as one scrolls.

use std::ops::Range;

use leptos::prelude::*;

use super::state::{GridState, Slot};
use super::viewport::{Viewport, in_slot};

/// What is in the document. A copy is the same.
#[derive(Clone, Copy)]
pub struct Slots {
    /// Kept apart, as a copy of it would make this large.
    grid: StoredValue<GridState>,
    /// Columns that stay at the left.
    pub sticky: Memo<Vec<Slot>>,
    /// Positions of columns that scroll.
    scrolled: Memo<Range<u32>>,
    /// How many elements there are for columns that scroll.
    pub column_pool: Memo<u32>,
    rows: Memo<Range<u64>>,
    /// How many elements there are for rows.
    pub row_pool: Memo<u64>,
    count: Memo<u32>,
    /// One a slot, made when it is needed first.
    columns: StoredValue<Vec<ColumnSlot>>,
    /// Who they live as long as: rows come and go.
    owner: StoredValue<Option<Owner>>,
}

/// What all elements of a slot for columns share: told once, however many rows there are. A copy is the same.
#[derive(Clone, Copy)]
pub struct ColumnSlot {
    /// The column that they show.
    pub at: Signal<Option<Slot>>,
    /// Where it begins.
    pub left: Signal<String>,
    /// How wide it is.
    pub width: Signal<String>,
}

impl Slots {
    /// Those of a grid.
    pub fn of(grid: GridState) -> Self {
        let count = Memo::new(move |_| grid.sticky());
        let scrolled = Memo::new(move |_| grid.scrolled_positions());
        let rows = Memo::new(move |_| grid.viewport.with(Viewport::rendered));
        // Pools only grow: an element too many is hidden, one too few would have to be made while scrolling.
        let column_pool = Memo::new(move |before: Option<&u32>| {
            let seen = scrolled.with(|seen| seen.end - seen.start);
            let there = grid.wish.with(|wish| wish.layout.len()) - count.get();
            seen.max(before.copied().unwrap_or_default()).min(there)
        });
        let row_pool = Memo::new(move |before: Option<&u64>| {
            let seen = rows.with(|seen| seen.end - seen.start);
            seen.max(before.copied().unwrap_or_default())
        });
        Self {
            grid: StoredValue::new(grid),
            sticky: Memo::new(move |_| grid.slots(0..count.get())),
            scrolled,
            column_pool,
            rows,
            row_pool,
            count,
            columns: StoredValue::default(),
            owner: StoredValue::new(Owner::current()),
        }
    }

    /// The slot for a column that stays at the left.
    pub fn stuck(self, at: Slot) -> ColumnSlot {
        ColumnSlot {
            at: Signal::stored(Some(at)),
            left: Signal::derive(move || self.left(at.0)),
            width: Signal::derive(move || self.width(at.0)),
        }
    }

    /// A slot for columns that scroll.
    pub fn column(self, slot: u32) -> ColumnSlot {
        let known = self.columns.with_value(Vec::len);
        for place in known..=slot as usize {
            let made = self.owner.with_value(|owner| {
                let make = || self.made(u32::try_from(place).unwrap_or(slot));
                owner.as_ref().map_or_else(make, |owner| owner.with(make))
            });
            self.columns.update_value(|columns| columns.push(made));
        }
        let column = self.columns.with_value(|columns| columns.get(slot as usize).copied());
        column.unwrap_or_else(|| self.made(slot))
    }

    fn made(self, slot: u32) -> ColumnSlot {
        let at = Memo::new(move |_| self.scrolled(slot));
        let position = move || at.get().map(|(position, _)| position);
        ColumnSlot {
            at: at.into(),
            left: Memo::new(move |_| position().map(|position| self.left(position)).unwrap_or_default()).into(),
            width: Memo::new(move |_| position().map(|position| self.width(position)).unwrap_or_default()).into(),
        }
    }

    /// The row that an element shows.
    pub fn row(self, slot: u64) -> Option<u64> {
        let pool = self.row_pool.get();
        self.rows.with(|seen| in_slot(seen, slot, pool))
    }

    /// The column that an element shows.
    fn scrolled(self, slot: u32) -> Option<Slot> {
        let pool = u64::from(self.column_pool.get());
        let position = self
            .scrolled
            .with(|seen| in_slot(&(seen.start.into()..seen.end.into()), slot.into(), pool));
        let position = u32::try_from(position?).ok()?;
        self.grid
            .get_value()
            .wish
            .with(|wish| Some((position, wish.layout.column(position)?)))
    }

    /// The columns that scroll.
    fn scrolled_columns(self) -> Vec<Slot> {
        self.grid.get_value().slots(self.scrolled.get())
    }

    /// The columns that are seen, by their places in the result.
    pub fn columns(self) -> Vec<u32> {
        let slots = self.sticky.get().into_iter().chain(self.scrolled_columns());
        slots.map(|(_, column)| column).collect()
    }

    /// Pixels of those that stay at the left.
    pub fn sticky_width(self) -> f64 {
        let count = self.count.get();
        self.grid.get_value().widths.with(|widths| widths.left(count))
    }

    /// Where a column begins: in the row, or within those that stay at the left.
    fn left(self, position: u32) -> String {
        let left = self.grid.get_value().widths.with(|widths| widths.left(position));
        let gutter = if position < self.count.get() {
            0.0
        } else {
            self.grid.get_value().gutter()
        };
        format!("{}px", gutter + left)
    }

    /// How wide a column is.
    fn width(self, position: u32) -> String {
        format!(
            "{}px",
            self.grid.get_value().widths.with(|widths| widths.width(position))
        )
    }
}
