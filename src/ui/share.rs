//! The "Copy link" menu: the link as typed, or pinned to the versions just read.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::clipboard::copy;
use super::history::Versions;
use super::menu::Menu;
use super::page::Page;
use crate::link::Omitted;

/// The button and its menu.
#[component]
pub fn Share(page: Page) -> impl IntoView {
    let lacks = move || {
        page.entries.track();
        page.link().without_secrets().1
    };
    view! {
        <Menu id="share-menu" label="Copy link">
            <button class="menu-item" popovertarget="share-menu" on:click=move |_| copy_link(page, Versions::AsTyped)>
                <span>"As typed"</span>
                <span class="menu-hint">"Opens the tables at the versions that the link names, else at their latest."</span>
            </button>
            <button class="menu-item" popovertarget="share-menu" on:click=move |_| copy_link(page, Versions::AsRead)>
                <span>"Pinned to what was read"</span>
                <span class="menu-hint">"Names each Delta table’s version, so that it gives the same answer later."</span>
            </button>
            {move || lacks().into_iter().map(|omitted| view! { <p class="menu-note">{sentence(&omitted)}</p> }).collect_view()}
        </Menu>
    }
}

fn copy_link(page: Page, versions: Versions) {
    let (link, omitted) = page.shared_link(versions);
    spawn_local(async move {
        if !copy(&link).await {
            page.say("The browser did not allow copying. The address bar has the same link after a run.");
        } else if omitted.is_empty() {
            page.say("Link copied.");
        } else {
            let sentences: Vec<String> = omitted.iter().map(sentence).collect();
            page.say(format!("Link copied. {}", sentences.join(" ")));
        }
    });
}

fn sentence(omitted: &Omitted) -> String {
    let Omitted { table, parameters } = omitted;
    format!(
        "Without the secret of {table} ({}): who opens it needs a signed URL of their own.",
        parameters.join(", ")
    )
}
