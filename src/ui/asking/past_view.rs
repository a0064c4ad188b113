//! What was asked before, to look through, and to ask again in a tab of its own.

use leptos::prelude::*;

use super::past::{Asked, Past};
use super::tabs::Tabs;
use crate::ui::menu::Menu;
use crate::ui::page::Page;
use crate::ui::wording::moment;

/// Statements that are shown at once: more are found by their words.
const SHOWN: usize = 50;

/// The button and the list below it.
#[component]
pub fn PastPanel(page: Page) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let is_empty = Memo::new(move |_| page.asking.past.with(Past::is_empty));
    let found = Memo::new(move |_| {
        let of = |past: &Past| {
            past.find(&search.read())
                .into_iter()
                .take(SHOWN)
                .cloned()
                .collect::<Vec<_>>()
        };
        page.asking.past.with(of)
    });
    let clear = move |_| {
        page.asking.past.set(Past::default());
        page.asking.tabs.update(Tabs::forget_closed);
        page.keep_past();
        page.say("The history of this browser is empty now.");
    };
    view! {
        <Menu id="past-menu" label="History" button_class="button quiet small" menu_class="menu past">
            <div class="past-bar">
                <input class="field small past-search" type="search" aria-label="Search in the history" placeholder="Search: words, tables"
                    prop:value=move || search.get() on:input=move |event| search.set(event_target_value(&event))/>
                <button class="button quiet small" hidden=move || is_empty.get() on:click=clear>"Clear"</button>
            </div>
            <p class="menu-note" hidden=move || !is_empty.get()>"Statements that ran are listed here. They stay in this browser."</p>
            <p class="menu-note" hidden=move || is_empty.get() || found.with(|found| !found.is_empty())>"No statement has all these words."</p>
            <ul class="past-list">
                {move || found.get().into_iter().map(|asked| view! { <OneAsked page asked/> }).collect_view()}
            </ul>
        </Menu>
    }
}

#[component]
#[allow(clippy::cast_possible_truncation)]
fn OneAsked(page: Page, asked: Asked) -> impl IntoView {
    let millis = asked.at_millis as i64;
    let when = move || moment(millis, page.offset_at(millis)).unwrap_or_default();
    let line = asked.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(160).collect();
    let cost = asked.cost();
    let asked = StoredValue::new(asked);
    let again = move |_| asked.with_value(|asked| page.ask_in_new_tab(&asked.sql, asked.values.clone()));
    let forget = move |_| {
        asked.with_value(|asked| page.asking.past.update(|past| past.forget(asked)));
        page.keep_past();
    };
    view! {
        <li class="past-one">
            <button class="menu-item" popovertarget="past-menu" title="Open in a new query" on:click=again>
                <span class="past-sql">{short}</span>
                <span class="menu-hint">{when} " · " {cost}</span>
            </button>
            <button class="icon" aria-label="Forget this statement" title="Forget" on:click=forget>"×"</button>
        </li>
    }
}
