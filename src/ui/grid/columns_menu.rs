//! The menu of all columns: found by their names, shown and hidden.

use leptos::prelude::*;

use super::state::GridState;
use crate::ui::menu::Menu;
use crate::ui::wording::count;

/// Columns that are listed at once; the search finds the others.
const LISTED: usize = 200;

/// The button and its menu.
#[component]
pub fn ColumnsMenu(grid: GridState) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let wanted = search.get().to_lowercase();
        let order = grid.wish.with(|wish| wish.layout.order().to_vec());
        let named = order.into_iter().filter(|column| {
            let name = grid.column(*column).map(|column| column.name.to_lowercase());
            name.is_some_and(|name| name.contains(&wanted))
        });
        named.collect::<Vec<u32>>()
    });
    let hidden = Memo::new(move |_| grid.wish.with(|wish| wish.layout.hidden().count()));
    let more = move || found.with(Vec::len).saturating_sub(LISTED);
    view! {
        <Menu id="columns-menu" label="Columns" button_class="button quiet small" menu_class="menu columns-menu">
            <input class="field small wide" type="search" aria-label="Find a column" placeholder="Find a column" autocomplete="off"
                spellcheck="false" on:input=move |event| search.set(event_target_value(&event))/>
            <div class="columns-list" role="group" aria-label="Shown columns">
                <For each=move || found.get().into_iter().take(LISTED) key=|column| *column let:column><Choice grid column/></For>
            </div>
            <p class="menu-note" hidden=move || more() == 0>{move || format!("{} more: find them by their names.", count(more() as u64))}</p>
            <button class="menu-item" disabled=move || hidden.get() == 0
                on:click=move |_| grid.change(|mut wish| { wish.layout = wish.layout.with_all(); wish })>
                {move || match hidden.get() { 0 => "All columns are shown".to_owned(), hidden => format!("Show the hidden ones ({hidden})") }}
            </button>
            <label class="choice">
                <input type="checkbox" prop:checked=move || grid.spreads.on.get()
                    on:change=move |event| grid.spreads.turn(event_target_checked(&event))/>
                <span>"Show how values are spread"</span>
            </label>
        </Menu>
    }
}

#[component]
fn Choice(grid: GridState, column: u32) -> impl IntoView {
    let known = grid.column(column);
    let (name, type_name) = known.map(|one| (one.name, one.type_name)).unwrap_or_default();
    let is_hidden = move || grid.wish.with(|wish| wish.layout.is_hidden(column));
    let toggle = move |_| {
        let hide = !untrack(is_hidden);
        grid.change(|mut wish| {
            wish.layout = wish.layout.with_hidden(column, hide);
            wish
        });
    };
    view! {
        <label class="choice">
            <input type="checkbox" prop:checked=move || !is_hidden() on:change=toggle/>
            <span class="choice-name">{name}</span>
            <span class="faint">{type_name}</span>
        </label>
    }
}
