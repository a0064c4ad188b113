//! The side panel: the value of the active cell as a whole.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::selection::Place;
use super::state::GridState;
use super::value::{Whole, WholeView, load};
use crate::error::Result;
use crate::ui::clipboard::copy;
use crate::ui::notice::ErrorBox;
use crate::ui::wording::count;

/// The value of the active cell, while the panel is open.
#[component]
pub fn Panel(grid: GridState) -> impl IntoView {
    let place = Memo::new(move |_| {
        let selection = grid
            .selection
            .get()
            .filter(|selection| grid.panel.get() && !selection.is_header());
        selection.map(super::selection::Selection::active)
    });
    let value = RwSignal::new(None::<Result<Whole>>);
    Effect::new(move |_| {
        value.set(None);
        grid.arranging.shown.track();
        if let Some(place) = place.get() {
            spawn_local(show(grid, place, value));
        }
    });
    let on_keydown = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close(grid);
        }
    };
    view! {
        <Show when=move || place.get().is_some()>
            <aside class="panel" aria-label="Value" on:keydown=on_keydown>
                <div class="panel-head">{move || place.get().map(|place| view! { <Title grid place/> })}
                    <button class="button quiet small" on:click=move |_| copy_value(grid, value)>"Copy"</button>
                    <button class="icon" aria-label="Close the panel" title="Close (Escape)" on:click=move |_| close(grid)>"×"</button>
                </div>
                {move || value.get().map(|value| view! { <Value grid value/> })}
            </aside>
        </Show>
    }
}

/// An answer for a cell that is not the active one any more is not shown.
async fn show(grid: GridState, place: Place, value: RwSignal<Option<Result<Whole>>>) {
    let Some(column) = grid.column_at(place.column) else {
        return;
    };
    let loaded = load(grid, place, column).await;
    let selection = grid.selection.try_get_untracked().flatten();
    if selection.is_some_and(|selection| selection.active() == place) {
        value.try_set(Some(loaded));
    }
}

fn close(grid: GridState) {
    grid.panel.set(false);
    if let Some(scroller) = grid.scroller.get_untracked() {
        // It exists as long as the panel does.
        let _ = scroller.focus();
    }
}

fn copy_value(grid: GridState, value: RwSignal<Option<Result<Whole>>>) {
    if let Some(Ok(whole)) = value.get_untracked() {
        spawn_local(async move {
            let copied = copy(&whole.text()).await;
            grid.page.say(if copied {
                "Value copied."
            } else {
                "The browser did not allow copying."
            });
        });
    }
}

#[component]
fn Title(grid: GridState, place: Place) -> impl IntoView {
    let column = grid.column_at(place.column).and_then(|column| grid.column(column));
    column.map(|column| {
        view! {
            <div class="panel-title">
                <p class="panel-name">{column.name}</p>
                <p class="faint">{column.type_name} " · row " {count(place.row + 1)}</p>
            </div>
        }
    })
}

#[component]
fn Value(grid: GridState, value: Result<Whole>) -> impl IntoView {
    match value {
        Err(error) => view! { <ErrorBox error/> }.into_any(),
        Ok(whole) => view! { <WholeView grid whole/> }.into_any(),
    }
}
