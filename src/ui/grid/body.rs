//! The grid's rows: text cells, NULL told from empty, and faint bars for what is on its way.

use leptos::prelude::*;

use super::columns::is_number;
use super::pictures::Thumbnail;
use super::slots::{ColumnSlot, Slots};
use super::state::GridState;
use super::view::cell_id;
use crate::protocol::{Cell, Shape};
use crate::ui::wording::{count, instant};

/// An element for rows: it shows whichever of those seen falls to it.
#[component]
pub fn Row(grid: GridState, slots: Slots, place: u64) -> impl IntoView {
    let row = Memo::new(move |_| slots.row(place));
    let top = move || {
        let top = row
            .get()
            .map_or(0.0, |row| grid.viewport.with(|viewport| viewport.row_top(row)));
        format!("{}px", grid.head_px() + top)
    };
    view! {
        <div class="grid-row" role="row" hidden=move || row.get().is_none() style:top=top
            aria-rowindex=move || row.get().map(|row| (row + 2).to_string())>
            <div class="gutter" role="rowheader" aria-colindex="1"
                style:width=move || format!("{}px", grid.gutter())>{move || row.get().map(|row| count(row + 1))}</div>
            <div class="pinned" role="presentation" style:left=move || format!("{}px", grid.gutter())
                style:width=move || format!("{}px", slots.sticky_width())>
                <For each=move || slots.sticky.get() key=|at| *at let:at><CellView grid row column=slots.stuck(at)/></For>
            </div>
            <For each=move || 0..slots.column_pool.get() key=|place| *place let:place>
                <CellView grid row column=slots.column(place)/>
            </For>
        </div>
    }
}

/// What a cell shows: which look, and which text.
fn look(cell: Option<&Cell>) -> (&'static str, String) {
    match cell {
        None => ("loading", String::new()),
        Some(Cell { text: None, .. }) => ("null", "NULL".to_owned()),
        Some(Cell { text: Some(text), .. }) if text.is_empty() => ("empty", "empty".to_owned()),
        Some(Cell { text: Some(text), cut }) => {
            let mut line = one_line(text);
            if *cut {
                line.push('…');
            }
            ("text", line)
        }
    }
}

/// In one line, breaks would hide what follows them.
fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) {
        text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎").replace('\t', "⇥")
    } else {
        text.to_owned()
    }
}

/// An element for cells.
#[component]
fn CellView(grid: GridState, row: Memo<Option<u64>>, column: ColumnSlot) -> impl IntoView {
    let ColumnSlot { at, left, width } = column;
    let shape = Memo::new(move |_| {
        at.get().and_then(|(_, column)| {
            grid.columns
                .with_value(|columns| columns.get(column as usize).map(|one| one.shape.clone()))
        })
    });
    let place = move || Some((row.get()?, at.get()?.0));
    let is_instant = Memo::new(move |_| shape.with(|shape| *shape == Some(Shape::Timestamp { utc: true })));
    let shown = Memo::new(move |_| {
        let place = place();
        let (look, text) = grid.pages.with(|pages| match place {
            Some((row, position)) => look(pages.cell(row, position)),
            None => ("none", String::new()),
        });
        match look {
            "text" if is_instant.get() => (look, instant(&text, |millis| grid.page.offset_at(millis))),
            _ => (look, text),
        }
    });
    // Without a selection this is not asked again as one scrolls.
    let is_selected = move || {
        let selection = grid.selection.get();
        selection.is_some_and(|selection| place().is_some_and(|(row, position)| selection.contains(row, position)))
    };
    let active = Memo::new(move |_| {
        let selection = grid.selection.get().filter(|selection| !selection.is_header())?;
        let active = selection.active();
        place().filter(|place| *place == (active.row, active.column))
    });
    view! {
        <div
            class="cell"
            role=move || at.get().map(|_| "gridcell")
            hidden=move || at.get().is_none()
            id=move || active.get().map(|(row, position)| cell_id(row, position))
            aria-colindex=move || at.get().map(|(position, _)| position + 2)
            aria-selected=move || if is_selected() { "true" } else { "false" }
            data-number=move || shape.with(|shape| shape.as_ref().is_some_and(is_number)).then_some("")
            data-look=move || shown.with(|(look, _)| *look)
            data-active=move || active.get().map(|_| "")
            style:left=left
            style:width=width
        >
            <span>{move || shown.with(|(_, text)| text.clone())}</span>
            {move || {
                let is_binary = shape.with(|shape| *shape == Some(Shape::Binary));
                let may_be = is_binary || shape.with(|shape| *shape == Some(Shape::Text));
                may_be.then(|| view! { <Thumbnail grid row at text=shown is_binary/> })
            }}
        </div>
    }
}
