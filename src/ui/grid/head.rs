//! The grid's header: names, types, how each column sorts, its menu, and the handle that makes it wider.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::columns::is_number;
use super::drag::Drag;
use super::head_menu::open_menu;
use super::slots::Slots;
use super::spreads::Spread;
use super::state::{GridState, Slot};
use super::view::{head_id, menu_id};
use super::wish::Sorted;

/// The row of headers.
#[component]
pub fn Head(grid: GridState, slots: Slots) -> impl IntoView {
    let drag = Drag::new(grid);
    view! {
        <div class="grid-head" role="row" aria-rowindex="1">
            <div class="gutter corner" role="columnheader" aria-colindex="1"
                style:width=move || format!("{}px", grid.gutter())><span class="off-screen">"Row number"</span></div>
            <div class="pinned" role="presentation" style:left=move || format!("{}px", grid.gutter())
                style:width=move || format!("{}px", slots.sticky_width())>
                <For each=move || slots.sticky.get() key=|slot| *slot let:at><HeadCell grid slots drag at/></For>
            </div>
            <For each=move || slots.scrolled_columns() key=|slot| *slot let:at><HeadCell grid slots drag at/></For>
        </div>
    }
}

#[component]
fn HeadCell(grid: GridState, slots: Slots, drag: Drag, at: Slot) -> impl IntoView {
    let (position, column) = at;
    let known = grid.column(column);
    let (name, type_name) = known
        .as_ref()
        .map(|one| (one.name.clone(), one.type_name.clone()))
        .unwrap_or_default();
    let number = known.is_some_and(|one| is_number(&one.shape));
    let title = format!(
        "{name}\n{type_name}\nEnter sorts, with Shift as a further key · M opens the menu · Shift+← → changes the width · Ctrl+Shift+← → moves"
    );
    let is_active = move || {
        grid.selection
            .get()
            .is_some_and(|one| one.is_header() && one.active().column == position)
    };
    let sorted = Memo::new(move |_| grid.wish.with(|wish| wish.sorted(column)));
    let filtered = Memo::new(move |_| grid.wish.with(|wish| wish.filter(column).is_some()));
    view! {
        <div
            class="head-cell"
            role="columnheader"
            id=head_id(position)
            aria-colindex=position + 2
            aria-sort=move || sort_word(sorted.get())
            data-head=position
            data-number=number.then_some("")
            data-active=move || is_active().then_some("")
            data-drop=move || drag.is_over(column).then_some("")
            data-filtered=move || filtered.get().then_some("")
            title=title
            style:left=move || slots.left(position)
            style:width=move || slots.width(position)
            on:pointerdown=move |event| drag.begin(column, &event)
            on:pointermove=move |event| drag.moved(&event)
            on:pointerup=move |_| drag.end()
            on:pointercancel=move |_| drag.cancel()
            on:click=move |event| if !drag.was_dragged() {
                grid.change(|wish| wish.cycled(column, event.shift_key()));
            }
        >
            <span class="head-line">
                <span class="head-name">{name.clone()}</span>
                <span class="head-sort" aria-hidden="true">{move || sort_mark(sorted.get())}</span>
                <button class="head-menu" id=menu_id(position) tabindex="-1" popovertarget="column-menu"
                    aria-label=format!("Menu of {name}")
                    on:pointerdown=|event| event.stop_propagation()
                    on:click=move |event| {
                        event.stop_propagation();
                        open_menu(grid, column, &event);
                    }>"⋮"</button>
            </span>
            <span class="head-type">{type_name}</span>
            <Spread grid column/>
            <Handle grid position/>
        </div>
    }
}

fn sort_word(sorted: Option<Sorted>) -> &'static str {
    match sorted {
        None => "none",
        Some(Sorted { descending: false, .. }) => "ascending",
        Some(Sorted { descending: true, .. }) => "descending",
    }
}

fn sort_mark(sorted: Option<Sorted>) -> String {
    let Some(Sorted { descending, rank }) = sorted else {
        return String::new();
    };
    let arrow = if descending { "↓" } else { "↑" };
    if rank == 0 {
        arrow.to_owned()
    } else {
        format!("{arrow}{rank}")
    }
}

#[component]
fn Handle(grid: GridState, position: u32) -> impl IntoView {
    // Where the pointer went down, and how wide the column was then.
    let grip = StoredValue::new(None::<(f64, f64)>);
    let down = move |event: ev::PointerEvent| {
        event.stop_propagation();
        event.prevent_default();
        let width = grid.widths.with_untracked(|widths| widths.width(position));
        grip.set_value(Some((f64::from(event.client_x()), width)));
        if let Some(handle) = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        {
            // Without the capture the column follows only while the pointer is over the handle.
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: ev::PointerEvent| {
        if let Some((from, width)) = grip.get_value() {
            event.stop_propagation();
            grid.resize(position, width + f64::from(event.client_x()) - from);
        }
    };
    view! {
        <span
            class="handle"
            aria-hidden="true"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| grip.set_value(None)
            on:pointercancel=move |_| grip.set_value(None)
            on:click=|event| event.stop_propagation()
            on:dblclick=move |event| {
                event.stop_propagation();
                grid.fit(position);
            }
        ></span>
    }
}
