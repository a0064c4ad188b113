//! The grid's rows: text cells, NULL told from empty, and faint bars for what is on its way.

use leptos::prelude::*;

use super::columns::is_number;
use super::state::{GridState, HEAD_PX};
use super::view::cell_id;
use crate::protocol::Cell;
use crate::ui::wording::count;

/// One row.
#[component]
pub fn Row(grid: GridState, row: u64) -> impl IntoView {
    let columns = Memo::new(move |_| grid.visible_columns());
    let top = move || format!("{}px", HEAD_PX + grid.viewport.with(|viewport| viewport.row_top(row)));
    view! {
        <div class="grid-row" role="row" aria-rowindex=(row + 2).to_string() style:top=top>
            <div class="gutter" role="rowheader" aria-colindex="1" data-row=row.to_string()
                style:width=move || format!("{}px", grid.gutter())>{count(row + 1)}</div>
            <For each=move || columns.get() key=|column| *column let:column><CellView grid row column/></For>
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
            // In one line, breaks would hide what follows them.
            let mut line = text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎").replace('\t', "⇥");
            if *cut {
                line.push('…');
            }
            ("text", line)
        }
    }
}

#[component]
fn CellView(grid: GridState, row: u64, column: u32) -> impl IntoView {
    let number = grid
        .columns
        .with_value(|columns| columns.get(column as usize).is_some_and(|one| is_number(&one.shape)));
    let shown = Memo::new(move |_| grid.pages.with(|pages| look(pages.cell(row, column))));
    let selection = grid.selection;
    let is_selected = move || selection.get().is_some_and(|selection| selection.contains(row, column));
    let is_active = move || {
        selection.get().is_some_and(|selection| {
            let active = selection.active();
            !selection.is_header() && active.row == row && active.column == column
        })
    };
    view! {
        <div
            class="cell"
            role="gridcell"
            id=cell_id(row, column)
            aria-colindex=column + 2
            aria-selected=move || is_selected().to_string()
            data-row=row.to_string()
            data-column=column
            data-number=number.then_some("")
            data-look=move || shown.with(|(look, _)| *look)
            data-active=move || is_active().then_some("")
            style:left=move || format!("{}px", grid.gutter() + grid.widths.with(|widths| widths.left(column)))
            style:width=move || format!("{}px", grid.widths.with(|widths| widths.width(column)))
        ><span>{move || shown.with(|(_, text)| text.clone())}</span></div>
    }
}
