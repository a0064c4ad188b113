//! The grid's rows: text cells, NULL told from empty, and faint bars for what is on its way.

use leptos::prelude::*;

use super::columns::is_number;
use super::pictures::Thumbnail;
use super::selection::Selection;
use super::slots::{ColumnSlot, Slots};
use super::state::GridState;
use super::view::cell_id;
use crate::protocol::{Cell, Shape};
use crate::ui::wording::{count, instant};

/// What the cells of a row share. What changes with every frame has few who listen to it, as each that listens anew is
/// looked up among all. A copy is the same.
#[derive(Clone, Copy)]
struct RowSlot {
    /// The row that is shown.
    row: Memo<Option<u64>>,
    /// Grows whenever other cells are known.
    known: Memo<u64>,
    selection: Memo<Option<Selection>>,
}

impl RowSlot {
    fn of(grid: GridState, slots: Slots, place: u64) -> Self {
        Self {
            row: Memo::new(move |_| slots.row(place)),
            known: Memo::new(move |before: Option<&u64>| {
                grid.pages.track();
                before.map_or(0, |before| before + 1)
            }),
            selection: Memo::new(move |_| grid.selection.get()),
        }
    }
}

/// An element for rows: it shows whichever of those seen falls to it.
#[component]
pub fn Row(grid: GridState, slots: Slots, place: u64) -> impl IntoView {
    let cells = RowSlot::of(grid, slots, place);
    let row = cells.row;
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
                <For each=move || slots.sticky.get() key=|at| *at let:at><CellView grid row=cells column=slots.stuck(at)/></For>
            </div>
            <For each=move || 0..slots.column_pool.get() key=|place| *place let:place>
                <CellView grid row=cells column=slots.column(place)/>
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
fn CellView(grid: GridState, row: RowSlot, column: ColumnSlot) -> impl IntoView {
    let ColumnSlot { at, left, width } = column;
    let RowSlot { row, known, selection } = row;
    let at = Memo::new(move |_| at.get());
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
        known.track();
        let (look, text) = grid.pages.with_untracked(|pages| match place {
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
        selection
            .get()
            .is_some_and(|selection| place().is_some_and(|(row, position)| selection.contains(row, position)))
    };
    let active = Memo::new(move |_| {
        let selection = selection.get().filter(|selection| !selection.is_header())?;
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
