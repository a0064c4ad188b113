//! A table's line in the catalog: what is known of it, what it is waiting for, or what went wrong.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;

use super::elsewhere::ElsewhereForm;
use super::tree::{Action, Line};
use super::view::{Tree, line_id};
use crate::error::{Error, Kind};
use crate::link::{Tab, View};
use crate::protocol::TableInfo;
use crate::ui::notice::ErrorBox;
use crate::ui::tables::State;
use crate::ui::wording::{bytes, counted, moment};

/// The line, and below it what is known.
#[component]
pub fn TableLine(tree: Tree, line: Line) -> impl IntoView {
    let name = line.name().to_owned();
    let state = state_of(tree, name.clone());
    let Line {
        path,
        written,
        unfolded,
        position,
        ..
    } = line;
    let id = line_id(&path);
    let path = StoredValue::new(path);
    let open = unfolded == Some(true);
    view! {
        <div
            class="tree-table"
            role="treeitem"
            id=id
            attr:aria-level="1"
            aria-posinset=position.0
            aria-setsize=position.1
            aria-expanded=unfolded.map(|open| open.to_string())
            data-active=move || path.with_value(|path| tree.is_active(path)).then_some("")
        >
            <div class="tree-line">
                <span
                    class="chevron"
                    data-open=unfolded.map(|open| open.to_string())
                    on:click=move |_| path.with_value(|path| tree.toggle(path))
                ></span>
                <span class="insert table-name" title="Write the name into the statement"
                    on:click=move |_| path.with_value(|path| tree.insert(path, &written))>{name.clone()}</span>
                <span class="tag">{move || state.with(|state| state.as_ref().map(format_tag))}</span>
                <button class="icon" tabindex="-1" aria-label=format!("Close {name}") title="Close this table (Delete)"
                    on:click=move |_| tree.act(Action::Remove(path.get_value()))>"×"</button>
            </div>
            {move || state.get().map(|state| view! { <Below tree name=name.clone() state open/> })}
        </div>
    }
}

fn state_of(tree: Tree, name: String) -> Memo<Option<State>> {
    Memo::new(move |_| {
        tree.page.entries.with(|entries| {
            let entry = entries.iter().find(|entry| entry.link.name == name);
            entry.map(|entry| entry.state.clone())
        })
    })
}

fn format_tag(state: &State) -> String {
    match state {
        State::Open(TableInfo {
            format,
            version: Some(version),
            ..
        }) => format!("{format} · v{version}"),
        State::Open(info) => info.format.clone(),
        State::Opening => "opening".to_owned(),
        State::Failed(_) => "not open".to_owned(),
    }
}

#[component]
fn Below(tree: Tree, name: String, state: State, open: bool) -> impl IntoView {
    match state {
        State::Opening => view! { <div class="skeleton" aria-label="Opening"></div> }.into_any(),
        State::Failed(error) => view! { <Failed tree name error/> }.into_any(),
        State::Open(info) => {
            let more = open.then(|| view! { <Details tree info=info.clone()/> });
            view! { <p class="table-facts">{facts(&info)}</p>{more} }.into_any()
        }
    }
}

fn facts(info: &TableInfo) -> String {
    let rows = info.rows.map(|rows| counted(rows, "row"));
    let parts = [rows, Some(counted(info.files, "file")), info.size_bytes.map(bytes)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[component]
fn Failed(tree: Tree, name: String, error: Error) -> impl IntoView {
    let ask = (error.kind == Kind::Elsewhere).then(|| {
        let (name, prefix) = (name.clone(), error.subject.clone());
        view! { <ElsewhereForm tree name prefix/> }
    });
    let again = StoredValue::new(name);
    view! {
        <ErrorBox error page=tree.page>
            {ask}
            <button class="button small" on:click=move |_| again.with_value(|name| tree.page.open_again(name))>"Try again"</button>
            <button class="button small" on:click=move |_| again.with_value(|name| tree.page.remove(name))>"Close"</button>
        </ErrorBox>
    }
}

#[component]
fn Details(tree: Tree, info: TableInfo) -> impl IntoView {
    let name = StoredValue::new(info.name.clone());
    // A screenshot is a way to lose a secret, too.
    let (link, _) = tree.page.link().without_secrets();
    let urls = link
        .table(&info.name)
        .map(|table| table.urls.clone())
        .unwrap_or_default();
    let committed = info
        .timestamp_millis
        .map(|time| view! { <p class="faint">"Committed " {move || moment(time, tree.page.offset_at(time))}</p> });
    view! {
        <div class="table-details">
            {info.comment.map(|comment| view! { <p>{comment}</p> })}
            {info.note.map(|note| view! { <p class="table-note" role="note">{note}</p> })}
            {committed}
            {urls.into_iter().map(|url| view! { <p class="url">{url}</p> }).collect_view()}
            <div class="actions">
                <button class="button small" on:click=move |_| name.with_value(|name| tree.page.look(Some(View::of(name, Tab::Overview))))>"Explore"</button>
                <button class="button small" on:click=move |_| name.with_value(|name| tree.page.look_at(name))>"First rows"</button>
                {info.version.is_some().then(|| view! { <VersionForm tree name=info.name.clone()/> })}
            </div>
        </div>
    }
}

#[component]
fn VersionForm(tree: Tree, name: String) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let typed = tree
        .page
        .link()
        .table(&name)
        .and_then(|table| table.version.clone())
        .unwrap_or_default();
    let label = format!("Version of {name}: a number, a time, or nothing for the latest");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else { return };
        let typed = field.value();
        tree.page
            .set_version(&name, Some(typed.trim()).filter(|version| !version.is_empty()));
    };
    view! {
        <form class="version" on:submit=submit>
            <input class="field small" node_ref=field value=typed placeholder="latest" title=label.clone() aria-label=label/>
            <button type="submit" class="button small">"Go to version"</button>
        </form>
    }
}
