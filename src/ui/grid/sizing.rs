//! How wide columns are: by their names and first rows, and then by hand.

use leptos::prelude::*;

use super::columns::{Widths, bounded, fitted};
use super::state::GridState;
use super::viewport::Viewport;
use crate::protocol::Cell;

impl GridState {
    /// The width of a digit in the type that this system has.
    pub fn measured(self, char_px: f64) {
        self.char_px.set_value(char_px);
        if !self.fitted.get_value() {
            let widths = self
                .columns
                .with_value(|columns| fitted(columns.iter().map(|column| (column, Vec::new())), char_px));
            self.column_px.set_value(widths);
            self.lay_out();
        }
    }

    /// The first rows say how wide columns should be; after that they only move by hand.
    pub(super) fn fit_once(self, columns: &[u32], rows: &[Vec<Cell>]) {
        if rows.is_empty() || self.fitted.get_value() {
            return;
        }
        self.fitted.set_value(true);
        for (place, column) in columns.iter().enumerate() {
            self.fit_column(*column, rows.iter().filter_map(|row| row.get(place)).collect());
        }
        self.lay_out();
    }

    fn fit_column(self, column: u32, cells: Vec<&Cell>) {
        let one = self.column(column);
        let width = one.map(|one| fitted(std::iter::once((&one, cells)), self.char_px.get_value()));
        if let Some(width) = width.and_then(|widths| widths.first().copied()) {
            self.set_px(column, width);
        }
    }

    fn set_px(self, column: u32, width: f64) {
        self.column_px.update_value(|widths| {
            if let Some(slot) = widths.get_mut(column as usize) {
                *slot = bounded(width);
            }
        });
    }

    /// Puts the shown columns side by side.
    pub(super) fn lay_out(self) {
        let widths: Vec<f64> = self.column_px.with_value(|widths| {
            self.wish.with_untracked(|wish| {
                let width = |column: &u32| widths.get(*column as usize).copied();
                wish.layout.shown().iter().filter_map(width).collect()
            })
        });
        self.widths.set(Widths::of(&widths));
    }

    /// Gives the column at a position another width.
    pub fn resize(self, position: u32, width: f64) {
        if let Some(column) = self.column_at(position) {
            self.set_px(column, width);
            self.widths.update(|widths| *widths = widths.with(position, width));
        }
    }

    /// Makes the column at a position as wide as what is seen of it.
    pub fn fit(self, position: u32) {
        let rows = self.viewport.with_untracked(Viewport::rendered);
        if let Some(column) = self.column_at(position) {
            self.pages.with_untracked(|pages| {
                self.fit_column(column, rows.filter_map(|row| pages.cell(row, position)).collect());
            });
            self.lay_out();
        }
    }
}
