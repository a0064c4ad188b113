//! What the grid shows: the values of the pure modules as signals, and the fetching of what is missing.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::arranging::Arranging;
use super::columns::Widths;
use super::find::Find;
use super::pages::{PAGE_COLUMNS, PAGE_ROWS, Page as Tile, Pages};
use super::selection::{Extent, Selection};
use super::spreads::Spreads;
use super::viewport::Viewport;
use super::wish::Wish;
use crate::protocol::{Column, ResultId};
use crate::ui::client::Window;
use crate::ui::page::{Output, Page};

/// Height of the header, in CSS pixels: without and with pictures of how values are spread.
const HEAD_PX: [f64; 2] = [44.0, 72.0];
/// Rows beyond the rendered ones that are fetched ahead, so that the wheel rarely meets an empty cell.
const AHEAD_ROWS: u64 = 48;

/// How long a screen is looked at before its cells are fetched.
const MOMENT: Duration = Duration::from_millis(30);

/// A digit in most systems' type, until it is measured.
const USUAL_CHAR_PX: f64 = 7.6;
/// Pinned columns leave so much of the width to the others, or they scroll like them.
const PINNED_SHARE: f64 = 0.6;

/// A column on the screen: its position, and its place in the result.
pub type Slot = (u32, u32);

/// One result on the screen. A copy is the same one.
#[derive(Clone, Copy)]
pub struct GridState {
    /// The page.
    pub page: Page,
    /// Which result.
    pub result: ResultId,
    /// Its columns.
    pub columns: StoredValue<Vec<Column>>,
    /// How its rows and columns are to be shown.
    pub wish: RwSignal<Wish>,
    /// The rows that are shown, when they are not those of the result as they came.
    pub arranging: Arranging,
    /// The window onto the rows.
    pub viewport: RwSignal<Viewport>,
    /// Pixels that are scrolled away at the left.
    pub left: RwSignal<f64>,
    /// Pixels that are seen beside the row numbers.
    pub width: RwSignal<f64>,
    /// How wide the shown columns are, by their positions.
    pub widths: RwSignal<Widths>,
    /// The cells that are here.
    pub pages: RwSignal<Pages>,
    /// What is selected; nothing until the grid is used.
    pub selection: RwSignal<Option<Selection>>,
    /// Is the side panel open?
    pub panel: RwSignal<bool>,
    /// The column whose menu is open, and where it is.
    pub menu: RwSignal<Option<(u32, f64, f64)>>,
    /// What is looked for.
    pub find: Find,
    /// How columns' values are spread.
    pub spreads: Spreads,
    /// Columns whose texts are loaded as pictures, because the person said so.
    pub pictures: RwSignal<BTreeSet<u32>>,
    /// The element that scrolls.
    pub scroller: NodeRef<Div>,
    /// Width of a digit in the grid's type.
    pub char_px: StoredValue<f64>,
    /// How wide every column is, by its place in the result.
    pub(super) column_px: StoredValue<Vec<f64>>,
    /// Were widths fitted to rows already?
    pub(super) fitted: StoredValue<bool>,
}

impl GridState {
    /// A grid that has not fetched anything.
    pub fn new(page: Page, output: Output) -> Self {
        let (wish, unknown) = page.grid.with_untracked(|link| Wish::read(link, &output.columns));
        let grid = Self {
            page,
            result: output.result,
            columns: StoredValue::new(output.columns),
            wish: RwSignal::new(wish),
            arranging: Arranging::new(),
            viewport: RwSignal::default(),
            left: RwSignal::default(),
            width: RwSignal::default(),
            widths: RwSignal::default(),
            pages: RwSignal::default(),
            selection: RwSignal::default(),
            panel: RwSignal::default(),
            menu: RwSignal::default(),
            find: Find::new(),
            spreads: Spreads::new(),
            pictures: RwSignal::default(),
            scroller: NodeRef::new(),
            char_px: StoredValue::new(USUAL_CHAR_PX),
            column_px: StoredValue::default(),
            fitted: StoredValue::default(),
        };
        grid.measured(USUAL_CHAR_PX);
        grid.tell_unknown(&unknown);
        grid
    }

    fn tell_unknown(self, unknown: &[String]) {
        if let Some(first) = unknown.first() {
            let others = match unknown.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let name: String = first.chars().take(60).collect();
            let note = format!("The link names a column that is not in the result: {name}{others}. It is left out.");
            self.arranging.note(&note);
            self.page.say(note);
        }
    }

    /// Shows rows and columns otherwise, and writes it into the link as a step of its own.
    pub fn want(self, wish: &Wish) {
        let link = self.columns.with_value(|columns| wish.link(columns));
        self.page.grid.set(link);
        self.page.commit();
    }

    /// Changes what is wanted.
    pub fn change(self, change: impl FnOnce(Wish) -> Wish) {
        self.want(&change(self.wish.get_untracked()));
    }

    /// Makes the grid what the link says of it.
    pub fn fulfil(self, link: &crate::link::GridLink, done: bool) {
        let (wish, unknown) = self.columns.with_value(|columns| Wish::read(link, columns));
        let before = self.wish.get_untracked();
        if wish != before {
            self.tell_unknown(&unknown);
            self.wish.set(wish.clone());
        }
        if wish.layout != before.layout {
            self.lay_out();
            self.pages.update(Pages::reset);
            self.keep_selection(&before);
        }
        if done {
            self.arrange(&wish);
        }
    }

    /// The selected column stays selected where it is shown now.
    fn keep_selection(self, before: &Wish) {
        let moved = self.selection.get_untracked().and_then(|selection| {
            let column = before.layout.column(selection.active().column)?;
            let position = self.wish.with_untracked(|wish| wish.layout.position(column))?;
            Some(if selection.is_header() {
                Selection::header_of(position)
            } else {
                Selection::at(selection.active().row, position)
            })
        });
        self.selection.set(moved);
    }

    /// Height of the header, in CSS pixels.
    pub fn head_px(self) -> f64 {
        let [without, with] = HEAD_PX;
        if self.spreads.on.get() { with } else { without }
    }

    /// How many rows are shown.
    pub fn rows(self) -> u64 {
        self.arranging
            .shown
            .with(|shown| shown.map(|(_, rows)| rows))
            .unwrap_or_else(|| self.page.rows.get())
    }

    /// The result whose rows are shown.
    pub fn shown_result(self) -> ResultId {
        self.arranging
            .shown
            .with_untracked(|shown| shown.map_or(self.result, |(result, _)| result))
    }

    /// Width of the row numbers.
    pub fn gutter(self) -> f64 {
        let digits = self.rows().to_string().len();
        f64::from(u32::try_from(digits.max(3)).unwrap_or(3)) * 8.0 + 24.0
    }

    /// How large the grid is.
    pub fn extent(self) -> Extent {
        Extent {
            rows: untrack(|| self.rows()),
            columns: self.wish.with_untracked(|wish| wish.layout.len()),
            rows_per_page: self.viewport.with_untracked(Viewport::rows_per_page),
        }
    }

    /// The column that is shown at a position.
    pub fn column_at(self, position: u32) -> Option<u32> {
        self.wish.with_untracked(|wish| wish.layout.column(position))
    }

    /// A column of the result.
    pub fn column(self, column: u32) -> Option<Column> {
        self.columns.with_value(|columns| columns.get(column as usize).cloned())
    }

    /// How many positions stay at the left: the pinned ones, unless they would leave too little to the others.
    pub fn sticky(self) -> u32 {
        let pinned = self.wish.with(|wish| wish.layout.pinned_positions());
        let width = self.widths.with(|widths| widths.left(pinned));
        if width <= self.width.get() * PINNED_SHARE {
            pinned
        } else {
            0
        }
    }

    /// The positions of columns that are in the document and scroll.
    pub fn scrolled_positions(self) -> Range<u32> {
        let sticky = self.sticky();
        let seen = self.widths.with(|widths| {
            let covered = widths.left(sticky);
            widths.visible(self.left.get() + covered, self.width.get() - covered)
        });
        seen.start.max(sticky)..seen.end.max(sticky)
    }

    /// The columns at some positions.
    pub fn slots(self, positions: Range<u32>) -> Vec<Slot> {
        self.wish.with(|wish| {
            let slot = |position| Some((position, wish.layout.column(position)?));
            positions.filter_map(slot).collect()
        })
    }

    /// Fetches what is missing of what is seen in a moment: what only scrolls by is never fetched.
    pub fn fetch_soon(self) {
        let seen = self.viewport.with_untracked(Viewport::rendered);
        if self.pages.try_update_untracked(|pages| pages.begins_to_wait(seen)) == Some(true) {
            set_timeout(move || self.fetch_looked_at(), MOMENT);
        }
    }

    fn fetch_looked_at(self) {
        // The grid may have gone meanwhile.
        let seen = self.viewport.try_with_untracked(Viewport::rendered).unwrap_or_default();
        match self.pages.try_update_untracked(|pages| pages.waited(&seen)) {
            Some(true) => self.fetch(),
            Some(false) if !seen.is_empty() => self.fetch_soon(),
            _ => {}
        }
    }

    fn fetch(self) {
        let rendered = self.viewport.with_untracked(Viewport::rendered);
        let total = untrack(|| self.rows());
        let rows = rendered.start.saturating_sub(AHEAD_ROWS)..(rendered.end + AHEAD_ROWS).min(total);
        let (sticky, scrolled) = untrack(|| (0..self.sticky(), self.scrolled_positions()));
        let missing = self.pages.try_update_untracked(|pages| {
            pages.set_rows(total);
            let mut missing = pages.request(&rows, &sticky);
            missing.extend(pages.request(&rows, &scrolled));
            missing
        });
        for tile in missing.into_iter().flatten() {
            spawn_local(self.fetch_tile(tile));
        }
    }

    async fn fetch_tile(self, tile: Tile) {
        let first = tile.first_column();
        let positions = first..first.saturating_add(PAGE_COLUMNS);
        let columns: Vec<u32> = untrack(|| self.slots(positions))
            .into_iter()
            .map(|(_, column)| column)
            .collect();
        let generation = self.pages.with_untracked(Pages::generation);
        let window = Window {
            result: self.shown_result(),
            start: tile.first_row(),
            count: u32::try_from(PAGE_ROWS).unwrap_or(u32::MAX),
            columns: columns.clone(),
        };
        let outcome = self.page.client().rows(window).await;
        // Nothing is updated when the grid has gone meanwhile, or stands otherwise.
        let shown = self.pages.try_update(|pages| match outcome {
            _ if pages.generation() != generation => None,
            Ok(rows) => {
                self.fit_once(&columns, &rows);
                pages.arrived(tile, rows);
                None
            }
            Err(error) => {
                pages.failed(tile);
                Some(error)
            }
        });
        match shown {
            Some(None) => self.fetch_soon(),
            Some(Some(error)) => self.page.say(format!("Some rows could not be shown. {}", error.detail)),
            None => {}
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
        let sticky = untrack(|| self.sticky());
        if active.column < sticky {
            return;
        }
        let (left, width) = (self.left.get_untracked(), self.width.get_untracked());
        let wanted = self.widths.with_untracked(|widths| {
            let covered = widths.left(sticky);
            widths.reveal(active.column, left + covered, width - covered) - covered
        });
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_left(wanted.round() as i32);
        }
    }
}
