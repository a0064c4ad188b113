//! Keys, pointer and wheel over the grid.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;

use super::copy::CopyFormat;
use super::gather::copy_selection;
use super::head_menu::press;
use super::selection::{Place, Selection, Step};
use super::state::GridState;
use super::view::menu_id;
use super::viewport::{ROW_PX, Viewport};

/// What one key press makes a column wider or narrower.
const RESIZE_PX: f64 = 16.0;

/// The element was scrolled.
pub fn on_scroll(grid: GridState, by_touch: bool) {
    let Some(scroller) = grid.scroller.get_untracked() else {
        return;
    };
    let (top, left) = (f64::from(scroller.scroll_top()), f64::from(scroller.scroll_left()));
    // Who scrolls one way changes nothing of the other.
    grid.viewport.maybe_update(|viewport| {
        let before = *viewport;
        viewport.scrolled(top, by_touch);
        *viewport != before
    });
    grid.left
        .maybe_update(|before| std::mem::replace(before, left).total_cmp(&left).is_ne());
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
    let closest = |selector: &str| element.closest(selector).ok().flatten();
    let number = |of: &web_sys::Element, name: &str| of.get_attribute(name)?.parse::<u64>().ok();
    let narrow = |number: u64| u32::try_from(number).ok();
    if let Some(head) = closest("[data-head]") {
        return Some(Spot::Head(narrow(number(&head, "data-head")?)?));
    }
    // The header is the first row, and the row numbers are the first column.
    let row = number(&closest(".grid-row")?, "aria-rowindex")?.checked_sub(2)?;
    if closest(".gutter").is_some() {
        return Some(Spot::RowNumber(row));
    }
    let column = number(&closest(".cell")?, "aria-colindex")?.checked_sub(2)?;
    Some(Spot::Cell(Place {
        row,
        column: narrow(column)?,
    }))
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
    if selection.is_header() && on_head_key(grid, selection, event) {
        return event.prevent_default();
    }
    match (event.key().as_str(), jump) {
        ("a" | "A", true) => grid.selection.set(Some(Selection::all(extent))),
        ("c" | "C", true) => spawn_local(copy_selection(grid, selection, CopyFormat::Tsv, event.shift_key())),
        ("f" | "F", true) => grid.find.open.set(true),
        ("Enter", false) => grid.panel.set(true),
        ("Escape", false) if grid.panel.get_untracked() => grid.panel.set(false),
        (key, jump) => match Step::from_key(key, jump) {
            Some(step) => grid.select(selection.stepped(step, event.shift_key(), extent)),
            None => return,
        },
    }
    event.prevent_default();
}

/// Answers a key on a header. False when it means the same there as on a cell.
fn on_head_key(grid: GridState, selection: Selection, event: &ev::KeyboardEvent) -> bool {
    let position = selection.active().column;
    let Some(column) = grid.column_at(position) else {
        return false;
    };
    let (jump, shift) = (event.ctrl_key() || event.meta_key(), event.shift_key());
    match (event.key().as_str(), jump, shift) {
        ("Enter" | " ", false, add) => grid.change(|wish| wish.cycled(column, add)),
        ("m" | "M" | "ContextMenu", false, _) | ("F10", false, true) => press(&menu_id(position)),
        ("ArrowLeft", false, true) => widen(grid, position, -RESIZE_PX),
        ("ArrowRight", false, true) => widen(grid, position, RESIZE_PX),
        (key @ ("ArrowLeft" | "ArrowRight"), true, true) => grid.change(|mut wish| {
            wish.layout = wish.layout.with_shifted(column, key == "ArrowRight");
            wish
        }),
        _ => return false,
    }
    true
}

fn widen(grid: GridState, position: u32, by: f64) {
    let width = grid.widths.with_untracked(|widths| widths.width(position));
    grid.resize(position, width + by);
}
