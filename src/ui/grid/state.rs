//! What the grid shows: the values of the pure modules as signals, and the fetching of what is missing.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::columns::Widths;
use super::pages::{PAGE_COLUMNS, PAGE_ROWS, Page as Tile, Pages};
use super::selection::{Extent, Selection};
use super::viewport::Viewport;
use crate::protocol::{Column, ResultId};
use crate::ui::client::Window;
use crate::ui::page::{Output, Page};

/// Height of the header, in CSS pixels.
pub const HEAD_PX: f64 = 44.0;
/// Rows beyond the rendered ones that are fetched ahead, so that the wheel rarely meets an empty cell.
const AHEAD_ROWS: u64 = 48;

/// A digit in most systems' type, until it is measured.
const USUAL_CHAR_PX: f64 = 7.6;

/// One result on the screen. A copy is the same one.
#[derive(Clone, Copy)]
pub struct GridState {
    /// The page.
    pub page: Page,
    /// Which result.
    pub result: ResultId,
    /// Its columns.
    pub columns: StoredValue<Vec<Column>>,
    /// The window onto the rows.
    pub viewport: RwSignal<Viewport>,
    /// Pixels that are scrolled away at the left.
    pub left: RwSignal<f64>,
    /// Pixels that are seen beside the row numbers.
    pub width: RwSignal<f64>,
    /// How wide the columns are.
    pub widths: RwSignal<Widths>,
    /// The cells that are here.
    pub pages: RwSignal<Pages>,
    /// What is selected; nothing until the grid is used.
    pub selection: RwSignal<Option<Selection>>,
    /// Is the side panel open?
    pub panel: RwSignal<bool>,
    /// The element that scrolls.
    pub scroller: NodeRef<Div>,
    /// Width of a digit in the grid's type.
    pub char_px: StoredValue<f64>,
    fitted: StoredValue<bool>,
}

impl GridState {
    /// A grid that has not fetched anything.
    pub fn new(page: Page, output: Output) -> Self {
        Self {
            page,
            result: output.result,
            viewport: RwSignal::default(),
            left: RwSignal::default(),
            width: RwSignal::default(),
            widths: RwSignal::new(Widths::fitting(&output.columns, &[], USUAL_CHAR_PX)),
            columns: StoredValue::new(output.columns),
            pages: RwSignal::default(),
            selection: RwSignal::default(),
            panel: RwSignal::default(),
            scroller: NodeRef::new(),
            char_px: StoredValue::new(USUAL_CHAR_PX),
            fitted: StoredValue::default(),
        }
    }

    /// Width of the row numbers.
    pub fn gutter(self) -> f64 {
        let digits = self.page.rows.with(|rows| rows.to_string().len());
        f64::from(u32::try_from(digits.max(3)).unwrap_or(3)) * 8.0 + 24.0
    }

    /// How large the grid is.
    pub fn extent(self) -> Extent {
        Extent {
            rows: self.page.rows.get_untracked(),
            columns: self
                .columns
                .with_value(|columns| u32::try_from(columns.len()).unwrap_or(u32::MAX)),
            rows_per_page: self.viewport.with_untracked(Viewport::rows_per_page),
        }
    }

    /// The columns that are in the document.
    pub fn visible_columns(self) -> std::ops::Range<u32> {
        self.widths
            .with(|widths| widths.visible(self.left.get(), self.width.get()))
    }

    /// Fetches what is missing of what is seen.
    pub fn fetch(self) {
        let rendered = self.viewport.with_untracked(Viewport::rendered);
        let total = self.page.rows.get_untracked();
        let rows = rendered.start.saturating_sub(AHEAD_ROWS)..(rendered.end + AHEAD_ROWS).min(total);
        let columns = untrack(|| self.visible_columns());
        let missing = self.pages.try_update_untracked(|pages| {
            pages.set_rows(total);
            pages.request(&rows, &columns)
        });
        for tile in missing.into_iter().flatten() {
            spawn_local(self.fetch_tile(tile));
        }
    }

    async fn fetch_tile(self, tile: Tile) {
        let window = Window {
            result: self.result,
            start: tile.first_row(),
            count: u32::try_from(PAGE_ROWS).unwrap_or(u32::MAX),
            first_column: tile.first_column(),
            column_count: PAGE_COLUMNS,
        };
        let outcome = self.page.client().rows(window).await;
        // Nothing is updated when the grid has gone meanwhile.
        let shown = self.pages.try_update(|pages| match outcome {
            Ok(rows) => {
                self.fit_once(tile, &rows);
                pages.arrived(tile, rows);
                None
            }
            Err(error) => {
                pages.failed(tile);
                Some(error)
            }
        });
        match shown {
            Some(None) => self.fetch(),
            Some(Some(error)) => self.page.say(format!("Some rows could not be shown. {}", error.detail)),
            None => {}
        }
    }

    /// The width of a digit in the type that this system has.
    pub fn measured(self, char_px: f64) {
        self.char_px.set_value(char_px);
        if !self.fitted.get_value() {
            self.widths.set(
                self.columns
                    .with_value(|columns| Widths::fitting(columns, &[], char_px)),
            );
        }
    }

    /// The first rows say how wide columns should be; after that they only move by hand.
    fn fit_once(self, tile: Tile, rows: &[Vec<crate::protocol::Cell>]) {
        if tile.first_column() == 0 && !rows.is_empty() && !self.fitted.get_value() {
            self.fitted.set_value(true);
            self.widths.set(
                self.columns
                    .with_value(|columns| Widths::fitting(columns, rows, self.char_px.get_value())),
            );
        }
    }

    /// Scrolls the element to where the viewport is.
    #[allow(clippy::cast_possible_truncation)]
    pub fn place(self) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        scroller.set_scroll_top(self.viewport.with_untracked(Viewport::scroll_top).round() as i32);
        let placed = f64::from(scroller.scroll_top());
        self.viewport.update(|viewport| viewport.placed(placed));
    }

    /// Selects, and scrolls as little as is needed to see the active cell.
    #[allow(clippy::cast_possible_truncation)]
    pub fn select(self, selection: Selection) {
        self.selection.set(Some(selection));
        let active = selection.active();
        if !selection.is_header() {
            self.viewport.update(|viewport| viewport.reveal(active.row));
            self.place();
        }
        let (left, width) = (self.left.get_untracked(), self.width.get_untracked());
        let wanted = self
            .widths
            .with_untracked(|widths| widths.reveal(active.column, left, width));
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_left(wanted.round() as i32);
        }
    }
}
