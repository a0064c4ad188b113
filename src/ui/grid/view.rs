//! The grid on the screen.

use js_sys::Array;
use leptos::html::Span;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::body::Row;
use super::head::Head;
use super::input::{on_key, on_pointer_move, on_press, on_scroll, on_wheel};
use super::panel::Panel;
use super::state::{GridState, HEAD_PX};
use crate::ui::page::{Output, Page};

/// The rows of a result.
#[component]
pub fn Grid(page: Page, output: Output) -> impl IntoView {
    let grid = GridState::new(page, output);
    let by_touch = StoredValue::new(false);
    let probe = NodeRef::<Span>::new();
    Effect::new(move |_| {
        if let Some(probe) = probe.get() {
            grid.measured(probe.get_bounding_client_rect().width() / 10.0);
        }
    });
    Effect::new(move |_| {
        let rows = page.rows.get();
        grid.viewport.update(|viewport| viewport.set_rows(rows));
    });
    Effect::new(move |_| {
        grid.viewport.track();
        grid.left.track();
        grid.width.track();
        grid.widths.track();
        grid.fetch();
    });
    watch_size(grid);
    let columns = grid.extent().columns;
    let space_height = move || {
        format!(
            "{}px",
            HEAD_PX + grid.viewport.with(super::viewport::Viewport::content_height)
        )
    };
    let space_width = move || format!("{}px", grid.gutter() + grid.widths.with(super::columns::Widths::total));
    let rendered = Memo::new(move |_| grid.viewport.with(super::viewport::Viewport::rendered));
    view! {
        <div class="grid">
            <div
                class="grid-scroll"
                role="grid"
                tabindex="0"
                node_ref=grid.scroller
                aria-label="Rows of the result"
                aria-multiselectable="true"
                aria-rowcount=move || (page.rows.get() + 1).to_string()
                aria-colcount=(columns + 1).to_string()
                aria-activedescendant=move || active_id(grid)
                on:scroll=move |_| on_scroll(grid, by_touch.get_value())
                on:wheel=move |event| on_wheel(grid, &event)
                on:touchstart=move |_| by_touch.set_value(true)
                on:pointerdown=move |event| {
                    by_touch.set_value(event.pointer_type() == "touch");
                    if !by_touch.get_value() {
                        on_press(grid, &event);
                    }
                }
                on:click=move |event| if by_touch.get_value() { on_press(grid, &event) }
                on:pointermove=move |event| on_pointer_move(grid, &event)
                on:dblclick=move |_| grid.panel.set(true)
                on:keydown=move |event| on_key(grid, &event)
            >
                <div class="grid-space" role="presentation" style:height=space_height style:width=space_width>
                    <Head grid/>
                    <For each=move || rendered.get() key=|row| *row let:row><Row grid row/></For>
                </div>
                <NoRows page/>
                <span class="cell probe off-screen" aria-hidden="true" node_ref=probe>"0123456789"</span>
            </div>
            <Panel grid/>
        </div>
    }
}

/// An answer without rows is an answer.
#[component]
fn NoRows(page: Page) -> impl IntoView {
    let none = Memo::new(move |_| page.run.with(|run| run.answer().is_some_and(|answer| answer.rows == 0)));
    view! { <p class="no-rows" hidden=move || !none.get()>"No rows. The statement ran to its end and nothing matched."</p> }
}

fn active_id(grid: GridState) -> Option<String> {
    let selection = grid.selection.get()?;
    let active = selection.active();
    Some(if selection.is_header() {
        head_id(active.column)
    } else {
        cell_id(active.row, active.column)
    })
}

/// The identity of a cell in the document.
pub fn cell_id(row: u64, column: u32) -> String {
    format!("cell-{row}-{column}")
}

/// The identity of a header in the document.
pub fn head_id(column: u32) -> String {
    format!("head-{column}")
}

/// Tells the viewport how large its element is, as long as that is there.
fn watch_size(grid: GridState) {
    Effect::new(move |_| {
        let Some(scroller) = grid.scroller.get() else { return };
        let measure = move || {
            // The grid may have gone when the browser says so.
            let Some(Some(scroller)) = grid.scroller.try_get_untracked() else {
                return;
            };
            grid.viewport
                .update(|viewport| viewport.resize(f64::from(scroller.client_height()) - HEAD_PX));
            grid.width
                .set(f64::from(scroller.client_width()) - untrack(|| grid.gutter()));
        };
        measure();
        let callback = Closure::<dyn Fn(Array)>::new(move |_| measure());
        let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) else {
            return;
        };
        observer.observe(&scroller);
        let kept = StoredValue::new_local((observer, callback));
        on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
    });
}
