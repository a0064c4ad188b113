//! What else can be done with a text: laid out in lines, begun from an example; and what is read without asking.

use leptos::prelude::*;

use super::snippets::snippets;
use super::tabs::Tabs;
use crate::protocol::TableInfo;
use crate::ui::menu::Menu;
use crate::ui::page::Page;
use crate::ui::wording::bytes;

/// What can be chosen to be read without asking, in bytes.
const CAPS: [u64; 6] = [
    1_000_000,
    16_000_000,
    64_000_000,
    256_000_000,
    1_000_000_000,
    4_000_000_000,
];

/// The menu.
#[component]
pub fn Tools(page: Page) -> impl IntoView {
    let chosen = RwSignal::new(String::new());
    let tables = Memo::new(move |_| {
        let open = |entries: &Vec<crate::ui::tables::Entry>| {
            entries
                .iter()
                .filter_map(|entry| entry.info().cloned())
                .collect::<Vec<TableInfo>>()
        };
        page.entries.with(open)
    });
    let table = Memo::new(move |_| {
        chosen.with(|chosen| {
            let all = tables.get();
            let found = all.iter().find(|table| table.name == *chosen);
            found.or(all.first()).cloned()
        })
    });
    let options = move || {
        let now = table.with(|table| table.as_ref().map(|table| table.name.clone()));
        let option = |table: TableInfo| {
            let is_now = now.as_ref() == Some(&table.name);
            view! { <option value=table.name.clone() selected=is_now>{table.name.clone()}</option> }
        };
        tables.get().into_iter().map(option).collect_view()
    };
    view! {
        <Menu id="query-menu" label="Tools" button_class="button quiet small">
            <button class="menu-item" popovertarget="query-menu" on:click=move |_| page.lay_out()>
                <span>"Format"</span>
                <span class="menu-hint">"Lays the text out in lines. Only blanks change. Alt+Shift+F"</span>
            </button>
            <button class="menu-item" popovertarget="query-menu" on:click=move |_| page.close_tab(page.asking.tabs.with_untracked(Tabs::current_id))>
                <span>"Close this query"</span>
                <span class="menu-hint">"“Reopen” brings it back. Delete, while its tab has the focus"</span>
            </button>
            <label class="menu-line" hidden=move || tables.with(Vec::is_empty)>"Examples for "
                <select class="field small" aria-label="Table of the examples" on:change=move |event| chosen.set(event_target_value(&event))>
                    {options}
                </select>
            </label>
            {move || table.get().map(|table| snippets(&table)).unwrap_or_default().into_iter().map(|snippet| view! {
                <button class="menu-item" popovertarget="query-menu" on:click=move |_| page.ask_in_new_tab(&snippet.sql, [].into())>
                    {snippet.label}
                </button>
            }).collect_view()}
            <p class="menu-line"><CapChoice page/></p>
        </Menu>
    }
}

/// Chooses what is read without asking.
#[component]
pub fn CapChoice(page: Page) -> impl IntoView {
    let choices = move || {
        let mut all = CAPS.to_vec();
        let now = page.asking.ask_above.get();
        if !all.contains(&now) {
            all.push(now);
            all.sort_unstable();
        }
        let option = |cap: u64| {
            view! { <option value=cap.to_string() selected=cap == now>{bytes(cap)}</option> }
        };
        all.into_iter().map(option).collect_view()
    };
    view! {
        <label class="cap">"Ask before reading more than "
            <select class="field small" aria-label="Ask before reading more than"
                on:change=move |event| if let Ok(cap) = event_target_value(&event).parse() { page.set_ask_above(cap) }>
                {choices}
            </select>
        </label>
    }
}
