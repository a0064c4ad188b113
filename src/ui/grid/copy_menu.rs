//! The menu that copies what is selected in one of several forms.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::copy::CopyFormat;
use super::gather::copy_selection;
use super::selection::Selection;
use super::state::GridState;
use crate::ui::menu::Menu;

const FORMATS: [(CopyFormat, &str, &str); 5] = [
    (
        CopyFormat::Tsv,
        "TSV",
        "For spreadsheets. Ctrl+C; Ctrl+Shift+C with column names.",
    ),
    (CopyFormat::Csv, "CSV", "Comma-separated values."),
    (
        CopyFormat::Markdown,
        "Markdown",
        "A table for notes and issues, always with column names.",
    ),
    (CopyFormat::Json, "JSON", "An array of objects."),
    (CopyFormat::Sql, "SQL VALUES", "Literals of their types."),
];

/// The button and its menu.
#[component]
pub fn CopyMenu(grid: GridState) -> impl IntoView {
    let header = RwSignal::new(true);
    let item = move |(format, label, hint): (CopyFormat, &'static str, &'static str)| {
        view! {
            <button class="menu-item" popovertarget="copy-menu" popovertargetaction="hide"
                on:click=move |_| copy(grid, format, header.get_untracked())>
                <span>{label}</span>
                <span class="menu-hint">{hint}</span>
            </button>
        }
    };
    view! {
        <Menu id="copy-menu" label="Copy" button_class="button quiet small">
            <p class="menu-note first">"The selected cells, or all when none is selected."</p>
            {FORMATS.map(item).collect_view()}
            <label class="choice">
                <input type="checkbox" prop:checked=move || header.get() on:change=move |event| header.set(event_target_checked(&event))/>
                <span>"With column names"</span>
            </label>
        </Menu>
    }
}

/// Copies what is selected, or everything.
pub fn copy(grid: GridState, format: CopyFormat, header: bool) {
    let all = || Selection::all(grid.extent());
    let selection = grid.selection.get_untracked().unwrap_or_else(all);
    spawn_local(copy_selection(grid, selection, format, header));
}
