//! The side panel: one value as a whole, nested ones as indented JSON.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::selection::Place;
use super::state::GridState;
use crate::error::Result;
use crate::ui::clipboard::copy;
use crate::ui::notice::ErrorBox;
use crate::ui::wording::count;

/// Characters that are shown; a browser lays out a megabyte of text in one block without a pause. Copying takes all.
const SHOWN_CHARS: usize = 500_000;

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
    let value = RwSignal::new(None::<Result<Option<String>>>);
    Effect::new(move |_| {
        value.set(None);
        if let Some(place) = place.get() {
            spawn_local(load(grid, place, value));
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
                {move || value.get().map(|value| view! { <Value value/> })}
            </aside>
        </Show>
    }
}

/// An answer for a cell that is not the active one any more is not shown.
async fn load(grid: GridState, place: Place, value: RwSignal<Option<Result<Option<String>>>>) {
    let loaded = grid.page.client().cell(grid.result, place.row, place.column).await;
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

fn copy_value(grid: GridState, value: RwSignal<Option<Result<Option<String>>>>) {
    if let Some(Ok(text)) = value.get_untracked() {
        spawn_local(async move {
            let copied = copy(&text.unwrap_or_default()).await;
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
    let column = grid
        .columns
        .with_value(|columns| columns.get(place.column as usize).cloned());
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
fn Value(value: Result<Option<String>>) -> impl IntoView {
    match value {
        Err(error) => view! { <ErrorBox error/> }.into_any(),
        Ok(None) => view! { <p class="panel-note"><span class="null-badge">"NULL"</span></p> }.into_any(),
        Ok(Some(text)) if text.is_empty() => view! { <p class="panel-note faint">"An empty text."</p> }.into_any(),
        Ok(Some(text)) => {
            let cut = text.char_indices().nth(SHOWN_CHARS).map(|(end, _)| end);
            let note = cut.map(
                |_| view! { <p class="panel-note faint">"Only the beginning is shown; “Copy” takes all of it."</p> },
            );
            let shown = cut
                .and_then(|end| text.get(..end))
                .map_or_else(|| text.clone(), str::to_owned);
            view! { {note}<pre class="panel-text" tabindex="0">{shown}</pre> }.into_any()
        }
    }
}
