//! Keys, pointer and wheel over the grid.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;

use super::gather::copy_selection;
use super::head::{fit, resize};
use super::selection::{Place, Selection, Step};
use super::state::GridState;
use super::viewport::{ROW_PX, Viewport};

/// What one key press makes a column wider or narrower.
const RESIZE_PX: f64 = 16.0;

/// The element was scrolled.
pub fn on_scroll(grid: GridState, by_touch: bool) {
    let Some(scroller) = grid.scroller.get_untracked() else {
        return;
    };
    let (top, left) = (f64::from(scroller.scroll_top()), f64::from(scroller.scroll_left()));
    grid.viewport.update(|viewport| viewport.scrolled(top, by_touch));
    grid.left.set(left);
}

/// A content taller than its element is moved exactly; others are the browser's business.
#[allow(clippy::cast_possible_truncation)]
pub fn on_wheel(grid: GridState, event: &ev::WheelEvent) {
    let scaled = grid.viewport.with_untracked(Viewport::is_scaled);
    if !scaled || event.ctrl_key() || event.shift_key() || event.delta_y() == 0.0 {
        return;
    }
    event.prevent_default();
    let unit = match event.delta_mode() {
        web_sys::WheelEvent::DOM_DELTA_PIXEL => 1.0,
        web_sys::WheelEvent::DOM_DELTA_LINE => ROW_PX,
        _ => {
            ROW_PX
                * grid
                    .viewport
                    .with_untracked(|viewport| f64::from(u32::try_from(viewport.rows_per_page()).unwrap_or(1)))
        }
    };
    grid.viewport
        .update(|viewport| viewport.scroll_by(event.delta_y() * unit));
    grid.place();
    if let Some(scroller) = grid.scroller.get_untracked() {
        scroller.set_scroll_left(scroller.scroll_left() + event.delta_x().round() as i32);
    }
}

/// Where an event of the pointer happened.
enum Spot {
    Cell(Place),
    RowNumber(u64),
    Head(u32),
}

fn spot(event: &ev::MouseEvent) -> Option<Spot> {
    let element: web_sys::Element = event.target()?.dyn_into().ok()?;
    let marked = element.closest("[data-row], [data-head]").ok()??;
    let number = |name: &str| marked.get_attribute(name).and_then(|text| text.parse::<u64>().ok());
    let narrow = |number: u64| u32::try_from(number).ok();
    if let Some(column) = number("data-head") {
        return Some(Spot::Head(narrow(column)?));
    }
    let row = number("data-row")?;
    Some(match number("data-column") {
        Some(column) => Spot::Cell(Place {
            row,
            column: narrow(column)?,
        }),
        None => Spot::RowNumber(row),
    })
}

/// Selects a cell, rows, or a header; with Shift up to there. For a mouse that goes down, and a finger that taps.
pub fn on_press(grid: GridState, event: &ev::MouseEvent) {
    if event.button() != 0 {
        return;
    }
    let before = grid.selection.get_untracked();
    let selection = match (spot(event), before.filter(|_| event.shift_key())) {
        (Some(Spot::Cell(place)), Some(before)) => before.extended_to(place.row, place.column),
        (Some(Spot::Cell(place)), None) => Selection::at(place.row, place.column),
        (Some(Spot::RowNumber(row)), Some(before)) => before.rows_to(row, grid.extent()),
        (Some(Spot::RowNumber(row)), None) => Selection::at(row, 0).rows_to(row, grid.extent()),
        (Some(Spot::Head(column)), _) => Selection::header_of(column),
        (None, _) => return,
    };
    if matches!(spot(event), Some(Spot::RowNumber(_))) {
        // Its active cell may be far to the left; only what was clicked should stay where it is.
        grid.selection.set(Some(selection));
    } else {
        grid.select(selection);
    }
}

/// Stretches the selection while the mouse is dragged. A finger scrolls instead.
pub fn on_pointer_move(grid: GridState, event: &ev::PointerEvent) {
    if event.buttons() != 1 || event.pointer_type() != "mouse" {
        return;
    }
    let Some(before) = grid
        .selection
        .get_untracked()
        .filter(|selection| !selection.is_header())
    else {
        return;
    };
    if let Some(Spot::Cell(place)) = spot(event).filter(|_| !is_same(before, event)) {
        event.prevent_default();
        grid.select(before.extended_to(place.row, place.column));
    }
}

fn is_same(selection: Selection, event: &ev::PointerEvent) -> bool {
    matches!(spot(event), Some(Spot::Cell(place)) if place == selection.active())
}

/// Answers a key; what the grid does not know is left to the browser.
pub fn on_key(grid: GridState, event: &ev::KeyboardEvent) {
    let jump = event.ctrl_key() || event.meta_key();
    if event.alt_key() {
        return;
    }
    let extent = grid.extent();
    let first = || Selection::at(grid.viewport.with_untracked(Viewport::visible).start, 0);
    let selection = grid.selection.get_untracked().unwrap_or_else(first);
    let column = selection.active().column;
    match (event.key().as_str(), jump) {
        ("a" | "A", true) => grid.selection.set(Some(Selection::all(extent))),
        ("c" | "C", true) => spawn_local(copy_selection(grid, selection)),
        ("Enter", false) if selection.is_header() => fit(grid, column),
        ("Enter", false) => grid.panel.set(true),
        ("Escape", false) if grid.panel.get_untracked() => grid.panel.set(false),
        ("ArrowLeft", false) if selection.is_header() && event.shift_key() => widen(grid, column, -RESIZE_PX),
        ("ArrowRight", false) if selection.is_header() && event.shift_key() => widen(grid, column, RESIZE_PX),
        (key, jump) => match Step::from_key(key, jump) {
            Some(step) => grid.select(selection.stepped(step, event.shift_key(), extent)),
            None => return,
        },
    }
    event.prevent_default();
}

fn widen(grid: GridState, column: u32, by: f64) {
    let width = grid.widths.with_untracked(|widths| widths.width(column));
    resize(grid, column, width + by);
}
