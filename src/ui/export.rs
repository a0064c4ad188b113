//! The "Export" menu: the whole result as a file.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::clipboard::save;
use super::menu::Menu;
use super::page::Page;
use crate::protocol::{ExportFormat, ResultId};

const FORMATS: [(ExportFormat, &str, &str, &str); 3] = [
    (ExportFormat::Csv, "CSV", "limn.csv", "text/csv"),
    (ExportFormat::Tsv, "TSV", "limn.tsv", "text/tab-separated-values"),
    (
        ExportFormat::Arrow,
        "Arrow stream",
        "limn.arrows",
        "application/vnd.apache.arrow.stream",
    ),
];

/// The button and its menu; there only when a statement is done.
#[component]
pub fn Export(page: Page) -> impl IntoView {
    let result = Memo::new(move |_| page.run.with(|run| run.answer().map(|answer| answer.result)));
    let items = move || {
        let item = |(format, label, name, mime)| {
            let act = move |_| {
                if let Some(result) = result.get_untracked() {
                    export(page, result, format, name, mime);
                }
            };
            view! { <button class="menu-item" popovertarget="export-menu" on:click=act>{label}</button> }
        };
        FORMATS.map(item).collect_view()
    };
    view! {
        <div class="export" hidden=move || result.get().is_none()>
            <Menu id="export-menu" label="Export" button_class="button quiet small" menu_class="menu narrow">{items}</Menu>
        </div>
    }
}

fn export(page: Page, result: ResultId, format: ExportFormat, name: &'static str, mime: &'static str) {
    page.say("Writing the file…");
    let incomplete = page
        .run
        .with_untracked(|run| run.answer().is_some_and(|answer| !answer.complete));
    spawn_local(async move {
        match page.client().export(result, format).await {
            Ok(bytes) if save(&bytes, name, mime).is_err() => page.say("The browser did not allow saving a file."),
            Ok(_) if incomplete => page.say(format!("Saved as {name}. It holds only the rows that were kept.")),
            Ok(_) => page.say(format!("Saved as {name}.")),
            Err(error) => page.say(format!("Not saved. {}", error.detail)),
        }
    });
}
