//! The grid's header: names, types, how each column sorts, its menu, and the handle that makes it wider.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::columns::is_number;
use super::drag::Drag;
use super::frame::ColumnAt;
use super::head_menu::open_menu;
use super::slots::Slots;
use super::spreads::Spread;
use super::state::{GridState, Slot};
use super::view::{head_id, menu_id};
use super::wish::Sorted;

/// What the keyboard does to a header.
const KEYS: &str =
    "Enter sorts, with Shift as a further key · M opens the menu · Shift+← → changes the width · Ctrl+Shift+← → moves";

/// The row of headers.
#[component]
pub fn Head(grid: GridState, slots: Slots) -> impl IntoView {
    let drag = Drag::new(grid);
    view! {
        <div class="grid-head" role="row" aria-rowindex="1">
            <div class="gutter corner" role="columnheader" aria-colindex="1"
                style:width=move || format!("{}px", grid.gutter())><span class="off-screen">"Row number"</span></div>
            <div class="pinned" role="presentation" style:left=move || format!("{}px", grid.gutter())
                style:width=move || format!("{}px", slots.stuck_width())>
                <For each=move || 0..slots.stuck.with(Vec::len) key=|place| *place let:place>
                    <HeadCell grid drag column=slots.stuck_column(place)/>
                </For>
            </div>
            <For each=move || 0..slots.scrolled.with(Vec::len) key=|slot| *slot let:slot>
                <HeadCell grid drag column=slots.column(slot)/>
            </For>
        </div>
    }
}

/// An element for headers: it shows whichever column falls to it.
#[component]
fn HeadCell(grid: GridState, drag: Drag, column: RwSignal<Option<ColumnAt>>) -> impl IntoView {
    let at = Memo::new(move |_| column.get().map(|at| (at.position, at.column)));
    let left = move || column.get().map(|at| format!("{}px", at.left));
    let width = move || column.get().map(|at| format!("{}px", at.width));
    let position = move || at.get().map(|(position, _)| position);
    let column = move || at.get_untracked().map(|(_, column)| column);
    let known = Memo::new(move |_| at.get().and_then(|(_, column)| Known::of(grid, column)));
    let name = move || known.with(|known| known.as_ref().map(|known| known.name.clone()));
    let type_name = move || known.with(|known| known.as_ref().map(|known| known.type_name.clone()));
    let is_active = Memo::new(move |_| {
        let selection = grid.selection.get().filter(|selection| selection.is_header());
        selection.is_some_and(|selection| Some(selection.active().column) == position())
    });
    let sorted = Memo::new(move |_| {
        grid.wish
            .with(|wish| at.get().and_then(|(_, column)| wish.sorted(column)))
    });
    let filtered = Memo::new(move |_| {
        grid.wish
            .with(|wish| at.get().is_some_and(|(_, column)| wish.filter(column).is_some()))
    });
    let dropped = Memo::new(move |_| at.get().is_some_and(|(_, column)| drag.is_over(column)));
    view! {
        <div
            class="head-cell"
            role=move || position().map(|_| "columnheader")
            hidden=move || position().is_none()
            id=move || position().map(head_id)
            aria-colindex=move || position().map(|position| position + 2)
            aria-sort=move || position().map(|_| sort_word(sorted.get()))
            data-head=position
            data-number=move || known.with(|known| known.as_ref().is_some_and(|known| known.is_number)).then_some("")
            data-active=move || is_active.get().then_some("")
            data-drop=move || dropped.get().then_some("")
            data-filtered=move || filtered.get().then_some("")
            title=move || known.with(|known| known.as_ref().map(Known::title))
            style:left=left
            style:width=width
            on:pointerdown=move |event| if let Some(column) = column() { drag.begin(column, &event) }
            on:pointermove=move |event| drag.moved(&event)
            on:pointerup=move |_| drag.end()
            on:pointercancel=move |_| drag.cancel()
            on:click=move |event| if let Some(column) = column().filter(|_| !drag.was_dragged()) {
                grid.change(|wish| wish.cycled(column, event.shift_key()));
            }
        >
            <span class="head-line">
                <span class="head-name">{name}</span>
                <span class="head-sort" aria-hidden="true">{move || sort_mark(sorted.get())}</span>
                <button class="head-menu" id=move || position().map(menu_id) tabindex="-1" popovertarget="column-menu"
                    aria-label=move || name().map(|name| format!("Menu of {name}"))
                    on:pointerdown=|event| event.stop_propagation()
                    on:click=move |event| {
                        event.stop_propagation();
                        if let Some(column) = column() {
                            open_menu(grid, column, &event);
                        }
                    }>"⋮"</button>
            </span>
            <span class="head-type">{type_name}</span>
            <Spread grid at/>
            <Handle grid at/>
        </div>
    }
}

/// What a header tells of its column.
#[derive(Clone, PartialEq)]
struct Known {
    name: String,
    type_name: String,
    is_number: bool,
}

impl Known {
    fn of(grid: GridState, column: u32) -> Option<Self> {
        let column = grid.column(column)?;
        Some(Self {
            is_number: is_number(&column.shape),
            name: column.name,
            type_name: column.type_name,
        })
    }

    fn title(&self) -> String {
        let Self { name, type_name, .. } = self;
        format!("{name}\n{type_name}\n{KEYS}")
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
fn Handle(grid: GridState, at: Memo<Option<Slot>>) -> impl IntoView {
    // Which column, where the pointer went down, and how wide the column was then.
    let grip = StoredValue::new(None::<(u32, f64, f64)>);
    let down = move |event: ev::PointerEvent| {
        event.stop_propagation();
        event.prevent_default();
        let Some((position, _)) = at.get_untracked() else {
            return;
        };
        let width = grid.widths.with_untracked(|widths| widths.width(position));
        grip.set_value(Some((position, f64::from(event.client_x()), width)));
        if let Some(handle) = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        {
            // Without the capture the column follows only while the pointer is over the handle.
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: ev::PointerEvent| {
        if let Some((position, from, width)) = grip.get_value() {
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
                if let Some((position, _)) = at.get_untracked() {
                    grid.fit(position);
                }
            }
        ></span>
    }
}
