//! The selected cells onto the clipboard: whole, also where the grid shows only their beginning.

use leptos::prelude::*;

use super::copy::{Block, COPIED_CELLS, COPIED_LONG_CELLS, CopyFormat, clipboard_text};
use super::selection::Selection;
use super::state::GridState;
use crate::error::Result;
use crate::protocol::{Cell, Shape};
use crate::ui::client::Window;
use crate::ui::clipboard::copy;
use crate::ui::wording::{count, counted};

/// Rows of one request while copying.
const BATCH_ROWS: u32 = 2000;

/// Copies the selection and says so, or says why not.
pub async fn copy_selection(grid: GridState, selection: Selection, format: CopyFormat, header: bool) {
    let page = grid.page;
    if selection.is_header() {
        let column = grid
            .column_at(selection.active().column)
            .and_then(|column| grid.column(column));
        let name = column.map(|column| column.name).unwrap_or_default();
        return put(grid, &name, "Column name copied.").await;
    }
    if selection.cells() > COPIED_CELLS {
        let cells = count(selection.cells());
        return page.say(format!(
            "{cells} cells are too many for the clipboard. Use “Export” to save the whole result."
        ));
    }
    let columns = selected_columns(grid, selection);
    match gather(grid, selection, &columns).await {
        Ok(Some(rows)) => {
            let heads = heads(grid, &columns);
            let block = Block {
                columns: &heads,
                rows: &rows,
            };
            let text = clipboard_text(&block, format, header);
            put(grid, &text, &format!("{} copied.", counted(selection.cells(), "cell"))).await;
        }
        Ok(None) => page.say(format!(
            "More than {COPIED_LONG_CELLS} long values are too many for the clipboard. Use “Export”."
        )),
        Err(error) => page.say(format!("Not copied. {}", error.detail)),
    }
}

/// The columns of the result that are selected, in the order in which they are shown.
pub fn selected_columns(grid: GridState, selection: Selection) -> Vec<u32> {
    let (_, positions) = selection.block();
    untrack(|| grid.slots(positions))
        .into_iter()
        .map(|(_, column)| column)
        .collect()
}

fn heads(grid: GridState, columns: &[u32]) -> Vec<(String, Shape)> {
    let known = columns.iter().filter_map(|column| grid.column(*column));
    known.map(|column| (column.name, column.shape)).collect()
}

async fn put(grid: GridState, text: &str, done: &str) {
    let copied = copy(text).await;
    grid.page.say(if copied {
        done
    } else {
        "The browser did not allow copying."
    });
}

/// `None` when too many of the cells are long.
async fn gather(grid: GridState, selection: Selection, columns: &[u32]) -> Result<Option<Vec<Vec<Option<String>>>>> {
    let (rows, _) = selection.block();
    let client = grid.page.client();
    let result = grid.shown_result();
    let mut whole = Vec::new();
    let mut long = 0;
    let mut start = rows.start;
    while start < rows.end {
        let left = u32::try_from(rows.end - start).unwrap_or(u32::MAX);
        let window = Window {
            result,
            start,
            count: left.min(BATCH_ROWS),
            columns: columns.to_vec(),
        };
        let batch = client.rows(window).await?;
        if batch.is_empty() {
            break;
        }
        long += batch.iter().flatten().filter(|cell| cell.cut).count();
        if long > COPIED_LONG_CELLS {
            return Ok(None);
        }
        let first = start;
        start += batch.len() as u64;
        for (row, cells) in (first..).zip(batch) {
            let mut texts = Vec::with_capacity(cells.len());
            for (column, cell) in columns.iter().zip(cells) {
                texts.push(complete(grid, (result, row, *column), cell).await?);
            }
            whole.push(texts);
        }
    }
    Ok(Some(whole))
}

/// A cell's text, fetched whole when it was cut.
async fn complete(grid: GridState, (result, row, column): (u32, u64, u32), cell: Cell) -> Result<Option<String>> {
    if cell.cut {
        grid.page.client().cell(result, row, column).await
    } else {
        Ok(cell.text)
    }
}
