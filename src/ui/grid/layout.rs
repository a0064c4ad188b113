//! Which columns are shown, in which order, and which stay at the left. A position is a place on the screen, a column one
//! in the result.

use std::collections::BTreeSet;

/// The columns' order on the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Every column of the result, also those that are hidden.
    order: Vec<u32>,
    hidden: BTreeSet<u32>,
    pinned: BTreeSet<u32>,
    /// What is shown: first what is pinned, then the rest.
    shown: Vec<u32>,
}

impl Layout {
    /// All columns as they came.
    #[must_use]
    pub fn of(columns: u32) -> Self {
        Self::from_parts(columns, &[], BTreeSet::new(), BTreeSet::new())
    }

    /// Columns in `order`, those that it does not name behind it; at least one stays shown.
    #[must_use]
    pub fn from_parts(columns: u32, order: &[u32], mut hidden: BTreeSet<u32>, pinned: BTreeSet<u32>) -> Self {
        let mut placed = BTreeSet::new();
        let named = order.iter().copied().filter(|column| *column < columns);
        let order = named
            .chain(0..columns)
            .filter(|column| placed.insert(*column))
            .collect();
        if hidden.len() >= columns as usize {
            hidden.clear();
        }
        let mut layout = Self {
            order,
            hidden,
            pinned,
            shown: Vec::new(),
        };
        layout.settle();
        layout
    }

    fn settle(&mut self) {
        let (pinned, free): (Vec<u32>, Vec<u32>) = self
            .order
            .iter()
            .filter(|column| !self.hidden.contains(column))
            .partition(|column| self.pinned.contains(column));
        self.shown = pinned.into_iter().chain(free).collect();
    }

    /// The columns that are shown, by their positions.
    #[must_use]
    pub fn shown(&self) -> &[u32] {
        &self.shown
    }

    /// How many are shown.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.shown.len()).unwrap_or(u32::MAX)
    }

    /// Is none shown?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The column at a position.
    #[must_use]
    pub fn column(&self, position: u32) -> Option<u32> {
        self.shown.get(position as usize).copied()
    }

    /// Where a column is shown.
    #[must_use]
    pub fn position(&self, column: u32) -> Option<u32> {
        let position = self.shown.iter().position(|shown| *shown == column)?;
        u32::try_from(position).ok()
    }

    /// How many positions stay at the left.
    #[must_use]
    pub fn pinned_positions(&self) -> u32 {
        let count = self
            .pinned
            .iter()
            .filter(|column| !self.hidden.contains(column))
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Every column, also those that are hidden, in order.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Is a column not shown?
    #[must_use]
    pub fn is_hidden(&self, column: u32) -> bool {
        self.hidden.contains(&column)
    }

    /// Does a column stay at the left?
    #[must_use]
    pub fn is_pinned(&self, column: u32) -> bool {
        self.pinned.contains(&column)
    }

    /// Is the order that of the result?
    #[must_use]
    pub fn is_natural(&self) -> bool {
        self.order.is_sorted()
    }

    /// Hidden columns, in the order of the result.
    pub fn hidden(&self) -> impl Iterator<Item = u32> + '_ {
        self.hidden.iter().copied()
    }

    /// Columns that stay at the left, in the order of the result.
    pub fn pinned(&self) -> impl Iterator<Item = u32> + '_ {
        self.pinned.iter().copied()
    }

    /// With a column hidden, or shown; the last one stays.
    #[must_use]
    pub fn with_hidden(mut self, column: u32, hidden: bool) -> Self {
        if !hidden {
            self.hidden.remove(&column);
        } else if self.shown.len() > 1 {
            self.hidden.insert(column);
        }
        self.settle();
        self
    }

    /// With all columns shown.
    #[must_use]
    pub fn with_all(mut self) -> Self {
        self.hidden.clear();
        self.settle();
        self
    }

    /// With a column at the left for good, or among the others.
    #[must_use]
    pub fn with_pinned(mut self, column: u32, pinned: bool) -> Self {
        if pinned {
            self.pinned.insert(column);
        } else {
            self.pinned.remove(&column);
        }
        self.settle();
        self
    }

    /// With a column moved to where `target` is shown, which makes room for it. Pinned ones move among themselves.
    #[must_use]
    pub fn with_moved(mut self, column: u32, target: u32) -> Self {
        let (Some(from), Some(to)) = (self.position(column), self.position(target)) else {
            return self;
        };
        if from == to || self.is_pinned(column) != self.is_pinned(target) {
            return self;
        }
        self.order.retain(|other| *other != column);
        let place = self.order.iter().position(|other| *other == target).unwrap_or_default();
        let place = if from < to { place + 1 } else { place };
        self.order.insert(place.min(self.order.len()), column);
        self.settle();
        self
    }

    /// With a column one position further right, or left.
    #[must_use]
    pub fn with_shifted(self, column: u32, right: bool) -> Self {
        let position = self.position(column);
        let neighbor = position.and_then(|at| if right { at.checked_add(1) } else { at.checked_sub(1) });
        match neighbor.and_then(|at| self.column(at)) {
            Some(neighbor) => self.with_moved(column, neighbor),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_columns_come_first_and_hidden_ones_not_at_all() {
        let layout = Layout::of(5).with_pinned(3, true).with_hidden(1, true);
        assert_eq!(layout.shown(), [3, 0, 2, 4]);
        assert_eq!(
            (layout.pinned_positions(), layout.position(2), layout.position(1)),
            (1, Some(2), None)
        );
        assert_eq!(layout.clone().with_hidden(3, true).pinned_positions(), 0);
        assert_eq!(layout.with_all().with_pinned(3, false), Layout::of(5));
    }

    #[test]
    fn the_last_column_stays() {
        let layout = Layout::of(2).with_hidden(0, true).with_hidden(1, true);
        assert_eq!(layout.shown(), [1]);
        let all: BTreeSet<u32> = (0..9).collect();
        assert_eq!(Layout::from_parts(3, &[], all, BTreeSet::new()).shown(), [0, 1, 2]);
        assert!(Layout::of(0).is_empty());
    }

    #[test]
    fn columns_move_past_hidden_ones_and_within_their_group() {
        let layout = Layout::of(5).with_hidden(1, true);
        assert_eq!(layout.clone().with_shifted(0, true).shown(), [2, 0, 3, 4]);
        assert_eq!(layout.clone().with_moved(4, 0).shown(), [4, 0, 2, 3]);
        assert_eq!(layout.clone().with_moved(0, 4).shown(), [2, 3, 4, 0]);
        assert_eq!(layout.clone().with_shifted(0, false), layout);
        let pinned = layout.with_pinned(3, true);
        assert_eq!(pinned.clone().with_shifted(3, true), pinned);
        assert_eq!(pinned.with_shifted(0, true).shown(), [3, 2, 0, 4]);
    }

    #[test]
    fn an_order_that_names_some_or_nonsense_is_completed() {
        let layout = Layout::from_parts(4, &[2, 9, 2, 0], BTreeSet::new(), BTreeSet::new());
        assert_eq!(layout.shown(), [2, 0, 1, 3]);
        assert!(!layout.is_natural() && Layout::of(4).is_natural());
    }
}
