//! Above the rows: what is sorted and filtered, taken back by a click, and the menus of the whole grid.

use leptos::prelude::*;

use super::columns_menu::ColumnsMenu;
use super::copy_menu::CopyMenu;
use super::state::GridState;
use super::wish::{Wish, words};
use crate::protocol::{Filter, SortKey};
use crate::ui::wording::count;

/// The line.
#[component]
pub fn GridBar(grid: GridState) -> impl IntoView {
    let sort = Memo::new(move |_| grid.wish.with(|wish| wish.sort.clone()));
    let filters = Memo::new(move |_| grid.wish.with(|wish| wish.filters.clone()));
    let plain = Memo::new(move |_| grid.wish.with(Wish::keeps_rows));
    view! {
        <div class="grid-bar" role="toolbar" aria-label="Rows and columns">
            <div class="chips">
                <State grid/>
                {move || filters.get().into_iter().map(|filter| view! { <FilterChip grid filter/> }).collect_view()}
                {move || sort.get().into_iter().map(|key| view! { <SortChip grid key/> }).collect_view()}
                <button class="button quiet small" hidden=move || plain.get()
                    on:click=move |_| grid.change(|wish| Wish { layout: wish.layout, ..Wish::default() })>"Clear all"</button>
            </div>
            <button class="button quiet small" title="Ctrl+F while the rows have the focus" on:click=move |_| grid.find.open.set(true)>"Find"</button>
            <ColumnsMenu grid/>
            <CopyMenu grid/>
        </div>
        <ArrangeError grid/>
    }
}

fn name_of(grid: GridState, column: u32) -> String {
    grid.column(column).map(|column| column.name).unwrap_or_default()
}

#[component]
fn FilterChip(grid: GridState, filter: Filter) -> impl IntoView {
    let Filter { column, test } = filter;
    let text = format!("{} {}", name_of(grid, column), words(&test));
    view! { <Chip text label="Remove the filter" act=move || grid.change(|wish| wish.filtered(column, None))/> }
}

#[component]
fn SortChip(grid: GridState, key: SortKey) -> impl IntoView {
    let arrow = if key.descending { "↓" } else { "↑" };
    let nulls = if key.nulls_first { ", NULL first" } else { "" };
    let text = format!("{arrow} {}{nulls}", name_of(grid, key.column));
    let act = move || {
        grid.change(|mut wish| {
            wish.sort_by(key.column, None, true);
            wish
        });
    };
    view! { <Chip text label="Do not sort by it" act/> }
}

#[component]
fn Chip(text: String, label: &'static str, act: impl Fn() + 'static) -> impl IntoView {
    view! {
        <span class="chip" title=text.clone()>
            <span class="chip-text">{text.clone()}</span>
            <button class="icon" aria-label=format!("{label}: {text}") on:click=move |_| act()>"×"</button>
        </span>
    }
}

/// How many rows pass, or that the engine is at it.
#[component]
fn State(grid: GridState) -> impl IntoView {
    let filtered = Memo::new(move |_| grid.wish.with(|wish| !wish.filters.is_empty()));
    let waits = Memo::new(move |_| {
        let done = grid.page.run.with(|run| run.answer().is_some());
        !done && grid.wish.with(|wish| !wish.keeps_rows())
    });
    move || {
        if grid.arranging.under_way.get() {
            return view! {
                <span class="arranging">"Sorting and filtering… "<button class="button small" on:click=move |_| grid.stop_arranging()>"Stop"</button></span>
            }
            .into_any();
        }
        if waits.get() {
            return view! { <span class="faint">"Sorted and filtered when all rows are here."</span> }.into_any();
        }
        let shown = grid.arranging.shown.get().filter(|_| filtered.get());
        let of = move |rows: u64| format!("{} of {} rows", count(rows), count(grid.page.rows.get()));
        shown
            .map(|(_, rows)| view! { <strong class="shown-rows">{of(rows)}</strong> })
            .into_any()
    }
}

/// Why the rows are not sorted or filtered as it is wanted.
#[component]
fn ArrangeError(grid: GridState) -> impl IntoView {
    move || {
        grid.arranging.error.get().map(|error| {
            view! {
                <p class="arrange-error" role="alert">
                    <strong>"Not sorted or filtered: all rows are shown as they came. "</strong>
                    {error.subject} ": " {error.detail}
                </p>
            }
        })
    }
}
