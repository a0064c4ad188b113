//! The grid's header: names, types, and the handles that make columns wider.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::columns::{Widths, is_number};
use super::selection::Selection;
use super::state::GridState;
use super::view::head_id;

/// The row of headers.
#[component]
pub fn Head(grid: GridState) -> impl IntoView {
    let columns = Memo::new(move |_| grid.visible_columns());
    view! {
        <div class="grid-head" role="row" aria-rowindex="1">
            <div class="gutter corner" role="columnheader" aria-label="Row number" aria-colindex="1"
                style:width=move || format!("{}px", grid.gutter())></div>
            <For each=move || columns.get() key=|column| *column let:column><HeadCell grid column/></For>
        </div>
    }
}

#[component]
fn HeadCell(grid: GridState, column: u32) -> impl IntoView {
    let (name, type_name, number) = grid.columns.with_value(|columns| {
        let known = columns.get(column as usize);
        known
            .map(|one| (one.name.clone(), one.type_name.clone(), is_number(&one.shape)))
            .unwrap_or_default()
    });
    let title = format!("{name}\n{type_name}\nShift+← and Shift+→ change its width, Enter fits it");
    let is_active = move || {
        grid.selection
            .get()
            .is_some_and(|one| one.is_header() && one.active().column == column)
    };
    view! {
        <div
            class="head-cell"
            role="columnheader"
            id=head_id(column)
            aria-colindex=column + 2
            data-head=column
            data-number=number.then_some("")
            data-active=move || is_active().then_some("")
            title=title
            style:left=move || format!("{}px", grid.gutter() + grid.widths.with(|widths| widths.left(column)))
            style:width=move || format!("{}px", grid.widths.with(|widths| widths.width(column)))
        >
            <span class="head-name">{name}</span>
            <span class="head-type">{type_name}</span>
            <Handle grid column/>
        </div>
    }
}

#[component]
fn Handle(grid: GridState, column: u32) -> impl IntoView {
    // Where the pointer went down, and how wide the column was then.
    let grip = StoredValue::new(None::<(f64, f64)>);
    let down = move |event: ev::PointerEvent| {
        event.stop_propagation();
        event.prevent_default();
        let width = grid.widths.with_untracked(|widths| widths.width(column));
        grip.set_value(Some((f64::from(event.client_x()), width)));
        if let Some(handle) = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        {
            // Without the capture the column follows only while the pointer is over the handle.
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: ev::PointerEvent| {
        if let Some((from, width)) = grip.get_value() {
            event.stop_propagation();
            resize(grid, column, width + f64::from(event.client_x()) - from);
        }
    };
    view! {
        <span
            class="handle"
            aria-hidden="true"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| grip.set_value(None)
            on:pointercancel=move |_| grip.set_value(None)
            on:dblclick=move |event| {
                event.stop_propagation();
                fit(grid, column);
            }
        ></span>
    }
}

/// Gives a column another width.
pub fn resize(grid: GridState, column: u32, width: f64) {
    grid.widths.update(|widths| *widths = widths.with(column, width));
}

/// Makes a column as wide as what is seen of it.
pub fn fit(grid: GridState, column: u32) {
    let rows = grid.viewport.with_untracked(super::viewport::Viewport::rendered);
    let cells = grid.pages.with_untracked(|pages| {
        rows.filter_map(|row| pages.cell(row, column).cloned())
            .map(|cell| vec![cell])
            .collect::<Vec<_>>()
    });
    let one = grid.columns.with_value(|columns| columns.get(column as usize).cloned());
    if let Some(one) = one {
        resize(
            grid,
            column,
            Widths::fitting(&[one], &cells, grid.char_px.get_value()).width(0),
        );
    }
    grid.select(Selection::header_of(column));
}
