//! How much of what was read the browser keeps beyond the tab, and the button that removes it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::client::Engine;
use super::page::Page;
use super::run::Run;
use super::wording::bytes;

/// The engine writes when nothing has been asked for a moment; some seconds are enough for what a query reads.
const LATER: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// A line at the foot of the catalog; nothing while nothing is kept.
#[component]
pub fn StoredLine(page: Page) -> impl IntoView {
    let size = RwSignal::new(0_u64);
    let look = move || {
        spawn_local(async move {
            // It is asked again after the next statement.
            if let Ok(found) = page.client().stored_bytes().await {
                // Gone with the page.
                let _ = size.try_set(found);
            }
        });
    };
    let is_quiet = Memo::new(move |_| page.engine.get() == Engine::Ready && !page.run.with(Run::is_under_way));
    Effect::new(move |_| {
        if is_quiet.get() {
            for after in LATER {
                set_timeout(look, after);
            }
        }
    });
    let clear = move |_| {
        spawn_local(async move {
            match page.client().clear_stored().await {
                Ok(left) => {
                    let _ = size.try_set(left);
                    page.say("What this browser kept of tables is removed.");
                }
                Err(error) => page.say(&error.detail),
            }
        });
    };
    view! {
        <p class="stored" hidden=move || size.get() == 0
            title="Parts of tables’ files that were read, so that a reload need not fetch them again. They are used only as long as the table’s log, or its host, tells of the same files.">
            <span>"Kept in this browser: " {move || bytes(size.get())}</span>
            <button class="button quiet small" on:click=clear>"Remove"</button>
        </p>
    }
}
