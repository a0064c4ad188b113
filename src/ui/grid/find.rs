//! Finds a text in all rows, in the engine, and steps from one place to the next.

use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::selection::Selection;
use super::state::GridState;
use crate::error::Result;
use crate::protocol::Found;
use crate::ui::wording::count;

/// A text that is still being typed is not looked for.
const REST: Duration = Duration::from_millis(300);

/// What is looked for. A copy is the same one.
#[derive(Clone, Copy)]
pub struct Find {
    /// Is the line open?
    pub open: RwSignal<bool>,
    text: RwSignal<String>,
    found: RwSignal<Option<Result<Found>>>,
    /// Which of the places is shown.
    at: RwSignal<usize>,
    searching: RwSignal<bool>,
    stop: StoredValue<Option<AbortHandle>>,
}

impl Find {
    /// Nothing is looked for.
    pub fn new() -> Self {
        Self {
            open: RwSignal::default(),
            text: RwSignal::default(),
            found: RwSignal::default(),
            at: RwSignal::default(),
            searching: RwSignal::default(),
            stop: StoredValue::default(),
        }
    }

    /// Gives up the search that is under way.
    fn stop(self) {
        let handle = self.stop.try_update_value(Option::take);
        handle.flatten().iter().for_each(AbortHandle::abort);
        self.searching.try_set(false);
    }

    /// Looks for the text after a rest.
    fn search(self, grid: GridState) {
        self.stop();
        self.found.set(None);
        let text = self.text.get_untracked();
        if text.is_empty() || !self.open.get_untracked() {
            return;
        }
        let (abort, registration) = AbortHandle::new_pair();
        self.stop.set_value(Some(abort));
        self.searching.set(true);
        let work = Abortable::new(self.ask(grid, text), registration);
        set_timeout(
            move || {
                spawn_local(async move {
                    // Aborted means that something else is looked for.
                    let _ = work.await;
                });
            },
            REST,
        );
    }

    async fn ask(self, grid: GridState, text: String) {
        let columns = grid.wish.with_untracked(|wish| wish.layout.shown().to_vec());
        let outcome = grid.page.client().find(grid.shown_result(), text, columns).await;
        if self.searching.try_set(false).is_some() {
            return;
        }
        self.found.set(Some(outcome));
        self.go(grid, 0);
    }

    /// Shows one of the places.
    fn go(self, grid: GridState, at: usize) {
        let place = self
            .found
            .with_untracked(|found| places(found.as_ref()).get(at).copied());
        let Some((row, column)) = place else { return };
        self.at.set(at);
        if let Some(position) = grid.wish.with_untracked(|wish| wish.layout.position(column)) {
            grid.select(Selection::at(row, position));
        }
    }

    /// The next place, or the one before.
    fn step(self, grid: GridState, back: bool) {
        let places = self.found.with_untracked(|found| places(found.as_ref()).len());
        if places > 0 {
            let by = if back { places - 1 } else { 1 };
            self.go(grid, (self.at.get_untracked() + by) % places);
        }
    }

    fn words(self) -> String {
        if self.searching.get() {
            return "Searching…".to_owned();
        }
        let at = self.at.get() as u64 + 1;
        self.found.with(|found| match found {
            None => String::new(),
            Some(Err(error)) => error.detail.clone(),
            Some(Ok(found)) if found.cells == 0 => "Not found".to_owned(),
            Some(Ok(found)) if found.cells > found.places.len() as u64 => {
                format!(
                    "{} of the first {} of {} cells",
                    count(at),
                    count(found.places.len() as u64),
                    count(found.cells)
                )
            }
            Some(Ok(found)) => format!("{} of {}", count(at), count(found.cells)),
        })
    }
}

fn places(found: Option<&Result<Found>>) -> &[(u64, u32)] {
    match found {
        Some(Ok(found)) => &found.places,
        _ => &[],
    }
}

/// The line in which the text is typed.
#[component]
pub fn FindBar(grid: GridState) -> impl IntoView {
    let find = grid.find;
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if find.open.get()
            && let Some(field) = field.get()
        {
            // A field that cannot be focused is left alone.
            let _ = field.focus();
            field.select();
        }
    });
    Effect::new(move |before: Option<()>| {
        grid.arranging.shown.track();
        find.text.track();
        if before.is_some() {
            untrack(|| find.search(grid));
        }
    });
    on_cleanup(move || find.stop());
    let close = move || {
        find.stop();
        find.open.set(false);
        if let Some(scroller) = grid.scroller.get_untracked() {
            let _ = scroller.focus();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => find.step(grid, event.shift_key()),
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
        _ => {}
    };
    let none = move || find.found.with(|found| places(found.as_ref()).is_empty());
    view! {
        <Show when=move || find.open.get()>
            <div class="find-bar" role="search" aria-label="Find in the rows" on:keydown=on_key>
                <input class="field small wide" type="search" aria-label="Text to find" placeholder="Find in all rows" autocomplete="off" spellcheck="false"
                    node_ref=field prop:value=find.text.get_untracked() on:input=move |event| find.text.set(event_target_value(&event))/>
                <span class="find-count" role="status">{move || find.words()}</span>
                <button class="button small" hidden=move || !find.searching.get() on:click=move |_| find.stop()>"Stop"</button>
                <button class="icon" aria-label="The one before" title="Shift+Enter" disabled=none on:click=move |_| find.step(grid, true)>"↑"</button>
                <button class="icon" aria-label="The next one" title="Enter" disabled=none on:click=move |_| find.step(grid, false)>"↓"</button>
                <button class="icon" aria-label="Close the search" title="Escape" on:click=move |_| close()>"×"</button>
            </div>
        </Show>
    }
}
