//! The selected cells onto the clipboard: whole, also where the grid shows only their beginning.

use leptos::prelude::*;

use super::columns::is_number;
use super::copy::{COPIED_CELLS, COPIED_LONG_CELLS, clipboard_text};
use super::selection::Selection;
use super::state::GridState;
use crate::error::Result;
use crate::protocol::Cell;
use crate::ui::client::Window;
use crate::ui::clipboard::copy;
use crate::ui::wording::{count, counted};

/// Rows of one request while copying.
const BATCH_ROWS: u32 = 2000;

/// Copies the selection as tab-separated text and says so, or says why not.
pub async fn copy_selection(grid: GridState, selection: Selection) {
    let page = grid.page;
    if selection.is_header() {
        let name = grid.columns.with_value(|columns| {
            columns
                .get(selection.active().column as usize)
                .map(|one| one.name.clone())
        });
        return put(grid, &name.unwrap_or_default(), "Column name copied.").await;
    }
    if selection.cells() > COPIED_CELLS {
        let cells = count(selection.cells());
        return page.say(format!(
            "{cells} cells are too many for the clipboard. Use “Export” to save the whole result."
        ));
    }
    match gather(grid, selection).await {
        Ok(Some(rows)) => {
            let text = clipboard_text(&rows, &numbers(grid, selection));
            put(grid, &text, &format!("{} copied.", counted(selection.cells(), "cell"))).await;
        }
        Ok(None) => page.say(format!(
            "More than {COPIED_LONG_CELLS} long values are too many for the clipboard. Use “Export”."
        )),
        Err(error) => page.say(format!("Not copied. {}", error.detail)),
    }
}

/// Which of the selected columns hold numbers.
fn numbers(grid: GridState, selection: Selection) -> Vec<bool> {
    let (_, block) = selection.block();
    grid.columns.with_value(|columns| {
        let shape = |column: u32| columns.get(column as usize).is_some_and(|one| is_number(&one.shape));
        block.map(shape).collect()
    })
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
async fn gather(grid: GridState, selection: Selection) -> Result<Option<Vec<Vec<Option<String>>>>> {
    let (rows, columns) = selection.block();
    let client = grid.page.client();
    let mut whole = Vec::new();
    let mut long = 0;
    let mut start = rows.start;
    while start < rows.end {
        let left = u32::try_from(rows.end - start).unwrap_or(u32::MAX);
        let column_count = columns.end - columns.start;
        let window = Window {
            result: grid.result,
            start,
            count: left.min(BATCH_ROWS),
            first_column: columns.start,
            column_count,
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
            whole.push(complete(grid, row, columns.start, cells).await?);
        }
    }
    Ok(Some(whole))
}

/// A row's texts, with those that were cut fetched whole.
async fn complete(grid: GridState, row: u64, first_column: u32, cells: Vec<Cell>) -> Result<Vec<Option<String>>> {
    let mut texts = Vec::with_capacity(cells.len());
    for (column, cell) in (first_column..).zip(cells) {
        texts.push(if cell.cut {
            grid.page.client().cell(grid.result, row, column).await?
        } else {
            cell.text
        });
    }
    Ok(texts)
}
