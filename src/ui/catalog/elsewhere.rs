//! A table whose files lie elsewhere: the person says where they are read, or leaves it.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;

use super::view::Tree;
use crate::link::served_at;
use crate::protocol::Elsewhere;

/// Asks where the files of the table called `name` whose paths begin with `prefix` are read.
#[component]
pub fn ElsewhereForm(tree: Tree, name: String, prefix: String) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let known = tree.page.link().table(&name).and_then(|table| {
        let place = table.elsewhere.iter().find(|place| place.prefix == prefix)?;
        Some(place.url.clone())
    });
    let proposed = known.or_else(|| served_at(&prefix)).unwrap_or_default();
    let label = format!("URL of {prefix}");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else { return };
        let url = field.value().trim().to_owned();
        if !url.is_empty() {
            let prefix = prefix.clone();
            tree.page.agree(&name, Elsewhere { prefix, url });
        }
    };
    view! {
        <form class="elsewhere" on:submit=submit>
            <input class="field small" node_ref=field value=proposed placeholder="https://" title=label.clone() aria-label=label/>
            <button type="submit" class="button small primary">"Read from there"</button>
        </form>
    }
}
