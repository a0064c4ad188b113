//! The grid on the screen.

use js_sys::Array;
use leptos::html::Span;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::bar::GridBar;
use super::body::Body;
use super::columns::Widths;
use super::find::FindBar;
use super::head::Head;
use super::head_menu::HeadMenu;
use super::input::{on_key, on_pointer_move, on_press, on_scroll, on_wheel};
use super::panel::Panel;
use super::slots::Slots;
use super::state::GridState;
use super::totals::TotalsLine;
use super::viewport::Viewport;
use crate::ui::page::{Output, Page};

/// The rows of the result that is shown, when there is one.
#[component]
pub fn GridPane(page: Page) -> impl IntoView {
    move || page.output.get().map(|output| view! { <Grid page output/> })
}

#[component]
fn Grid(page: Page, output: Output) -> impl IntoView {
    let grid = GridState::new(page, output);
    let slots = Slots::of(grid);
    let by_touch = StoredValue::new(false);
    let probe = NodeRef::<Span>::new();
    Effect::new(move |_| {
        if let Some(probe) = probe.get() {
            grid.measured(probe.get_bounding_client_rect().width() / 10.0);
        }
    });
    Effect::new(move |_| {
        let rows = grid.rows();
        grid.viewport.update(|viewport| viewport.set_rows(rows));
    });
    let done = Memo::new(move |_| page.run.with(|run| run.answer().is_some()));
    Effect::new(move |_| {
        let (link, done) = (page.grid.get(), done.get());
        untrack(|| grid.fulfil(&link, done));
    });
    on_cleanup(move || grid.end_arranging());
    Effect::new(move |_| {
        grid.viewport.track();
        grid.left.track();
        grid.width.track();
        grid.widths.track();
        slots.stuck.track();
        grid.fetch_soon();
    });
    Effect::new(move |_| {
        let (columns, done) = (slots.columns(grid), done.get());
        grid.arranging.shown.track();
        grid.spreads.on.track();
        untrack(|| grid.ask_spreads(&columns, done));
    });
    on_cleanup(move || grid.spreads.end());
    watch_size(grid);
    // It is the same while one scrolls.
    let content = Memo::new(move |_| grid.viewport.with(Viewport::content_height));
    let space_height = move || format!("{}px", grid.head_px() + content.get());
    let space_width = move || format!("{}px", grid.gutter() + grid.widths.with(Widths::total));
    view! {
        <GridBar grid/>
        <FindBar grid/>
        <div class="grid">
            <div
                class="grid-scroll"
                data-spreads=move || grid.spreads.on.get().then_some("")
                role="grid"
                tabindex="0"
                node_ref=grid.scroller
                aria-label="Rows of the result"
                aria-multiselectable="true"
                aria-rowcount=move || (grid.rows() + 1).to_string()
                aria-colcount=move || grid.wish.with(|wish| wish.layout.len() + 1).to_string()
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
                on:dblclick=move |event| if is_cell(&event) { grid.panel.set(true) }
                on:keydown=move |event| on_key(grid, &event)
            >
                <div class="grid-space" role="presentation" style:height=space_height style:width=space_width>
                    <Head grid slots/>
                    <Body grid slots/>
                </div>
                <NoRows grid/>
                <span class="cell probe off-screen" aria-hidden="true" node_ref=probe>"0123456789"</span>
            </div>
            <Panel grid/>
        </div>
        <TotalsLine grid/>
        <HeadMenu grid/>
    }
}

/// An answer without rows is an answer.
#[component]
fn NoRows(grid: GridState) -> impl IntoView {
    let page = grid.page;
    let none = Memo::new(move |_| page.run.with(|run| run.answer().is_some()) && grid.rows() == 0);
    let words = move || match page.rows.get() {
        0 => "No rows. The statement ran to its end and nothing matched.",
        _ => "No row passes the filters. “Clear all” shows all rows again.",
    };
    view! { <p class="no-rows" hidden=move || !none.get()>{words}</p> }
}

fn is_cell(event: &leptos::ev::MouseEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest(".grid-row").is_ok_and(|row| row.is_some()))
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

/// The identity of a header's menu button in the document.
pub fn menu_id(column: u32) -> String {
    format!("head-menu-{column}")
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
                .update(|viewport| viewport.resize(f64::from(scroller.client_height()) - untrack(|| grid.head_px())));
            grid.width
                .set(f64::from(scroller.client_width()) - untrack(|| grid.gutter()));
        };
        measure();
        let callback = Closure::<dyn Fn(Array)>::new(move |_| measure());
        let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) else {
            return;
        };
        Effect::new(move |_| {
            grid.spreads.on.track();
            measure();
        });
        observer.observe(&scroller);
        let kept = StoredValue::new_local((observer, callback));
        on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
    });
}
