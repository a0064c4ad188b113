//! The location bar: where tables are opened.

use leptos::ev;
use leptos::html::Textarea;
use leptos::prelude::*;

use super::page::Page;

/// Takes the URL of a table, or several.
#[component]
pub fn LocationBar(page: Page) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let open = move || {
        let Some(field) = field.get_untracked() else { return };
        page.open_typed(&field.value());
        field.set_value("");
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            open();
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        open();
    };
    view! {
        <form class="location" role="search" aria-label="Open a table" on:submit=submit>
            // Not an input: that would glue the lines of a pasted list together.
            <textarea
                id="location"
                class="location-field"
                rows="1"
                node_ref=field
                aria-label="URL of a Delta table or of Parquet files"
                placeholder="https://… a Delta table’s folder, or Parquet files"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                on:keydown=on_key
            ></textarea>
            <button type="submit" class="button">"Open"</button>
        </form>
    }
}
