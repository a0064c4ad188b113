//! The tabs above the editor: shown, renamed, closed and opened, also by keyboard.

use leptos::ev;
use leptos::html::{Div, Input};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::tabs::{Tab, TabId, Tabs};
use crate::ui::later::{Later, Part};
use crate::ui::page::Page;
use crate::ui::sight::bring_into_sight;

/// The bar with the tabs, and beside them what else can be done with texts.
#[component]
pub fn TabBar(page: Page) -> impl IntoView {
    let ids = Memo::new(move |_| {
        let of = |tab: &Tab| tab.id;
        page.asking
            .tabs
            .with(|tabs| tabs.open().iter().map(of).collect::<Vec<_>>())
    });
    let can_reopen = Memo::new(move |_| page.asking.tabs.with(Tabs::can_reopen));
    view! {
        <div class="queries">
            <div class="query-tabs" role="tablist" aria-label="Queries">
                <For each=move || ids.get() key=|id| *id let:id><OneTab page id/></For>
            </div>
            <button class="icon" aria-label="New query" title="New query" on:click=move |_| page.ask_in_new_tab("", [].into())>"+"</button>
            <button class="button quiet small" hidden=move || !can_reopen.get() title="Open the query that was closed last"
                on:click=move |_| page.reopen_tab()>"Reopen"</button>
            <span class="queries-space"></span>
            <Later page part=Part::Tools/>
        </div>
    }
}

#[component]
fn OneTab(page: Page, id: TabId) -> impl IntoView {
    let label = Memo::new(move |_| {
        page.asking
            .tabs
            .with(|tabs| tabs.get(id).map(Tab::label).unwrap_or_default())
    });
    let is_shown = Memo::new(move |_| page.asking.tabs.with(|tabs| tabs.current_id() == id));
    let is_draft = Memo::new(move |_| page.asking.tabs.with(|tabs| tabs.get(id).is_some_and(Tab::is_draft)));
    let renaming = RwSignal::new(false);
    let place = NodeRef::<Div>::new();
    // On a narrow window some are out of sight, and one that gets a longer label is so in part.
    Effect::new(move |_| {
        label.track();
        if let Some(place) = place.get().filter(|_| is_shown.get()) {
            request_animation_frame(move || bring_into_sight(&place));
        }
    });
    view! {
        <div class="query-tab" role="presentation" node_ref=place data-shown=move || is_shown.get().then_some("")>
            {move || if renaming.get() {
                view! { <Rename page id renaming name=label.get_untracked()/> }.into_any()
            } else {
                view! {
                    <button class="query-label" role="tab" id=tab_id(id) aria-controls="editor"
                        aria-selected=move || is_shown.get().to_string()
                        tabindex=move || if is_shown.get() { "0" } else { "-1" }
                        title=move || if is_draft.get() { "Not run yet. Double-click or F2 renames" } else { "Double-click or F2 renames" }
                        on:click=move |_| page.go_to_tab(id)
                        on:dblclick=move |_| renaming.set(true)
                        on:keydown=move |event| on_key(page, id, renaming, &event)>
                        {move || label.get()}
                        {move || is_draft.get().then(|| view! { <span class="query-draft" role="img" aria-label="not run yet"></span> })}
                    </button>
                }.into_any()
            }}
            // A list of tabs holds nothing but tabs: for who does not see it, there is Delete, and "Close this query" under "Tools".
            <button class="icon query-close" tabindex="-1" aria-hidden="true" title=move || format!("Close {} (Delete)", label.get())
                on:click=move |_| page.close_tab(id)>"×"</button>
        </div>
    }
}

fn tab_id(id: TabId) -> String {
    format!("query-{id}")
}

fn on_key(page: Page, id: TabId, renaming: RwSignal<bool>, event: &ev::KeyboardEvent) {
    match event.key().as_str() {
        "ArrowLeft" => step(page, id, false),
        "ArrowRight" => step(page, id, true),
        "F2" => renaming.set(true),
        "Delete" => {
            page.close_tab(id);
            focus_drawn_tab(page.asking.tabs.with_untracked(Tabs::current_id));
        }
        _ => return,
    }
    event.prevent_default();
}

fn step(page: Page, id: TabId, forward: bool) {
    let next = page.asking.tabs.with_untracked(|tabs| tabs.beside(id, forward));
    page.go_to_tab(next);
    // At once: the next press of the key may come before the next frame, and would step from here again.
    focus_tab(next);
}

/// Focuses a tab that is not drawn yet, or whose place a field still has.
fn focus_drawn_tab(id: TabId) {
    request_animation_frame(move || focus_tab(id));
}

fn focus_tab(id: TabId) {
    let tab = document().get_element_by_id(&tab_id(id));
    let tab = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok());
    // A tab that is gone meanwhile is not focused.
    let _ = tab.map(|tab| tab.focus());
}

/// The field in the place of a tab's label.
#[component]
fn Rename(page: Page, id: TabId, renaming: RwSignal<bool>, name: String) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // A field that cannot be focused is clicked.
            let _ = field.focus();
            field.select();
        }
    });
    let done = move |keep: bool| {
        if !renaming.get_untracked() {
            return;
        }
        if let (true, Some(field)) = (keep, field.get_untracked()) {
            page.asking.tabs.update(|tabs| tabs.rename(id, &field.value()));
        }
        renaming.set(false);
        focus_drawn_tab(id);
    };
    view! {
        <input class="field small query-rename" node_ref=field value=name aria-label="Name of the query" maxlength="80"
            on:blur=move |_| done(true)
            on:keydown=move |event| match event.key().as_str() {
                "Enter" => done(true),
                "Escape" => {
                    event.prevent_default();
                    done(false);
                }
                _ => {}
            }/>
    }
}
