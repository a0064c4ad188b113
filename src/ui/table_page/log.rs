//! The log as it lies there: every action, searchable.

use std::ops::RangeInclusive;

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::Value;

use super::asked::{Shown as ShownWhenHere, asked, spent};
use super::shell::Shown;
use super::statements::actions;
use super::values::Row;
use crate::link::Tab;
use crate::protocol::Stats;
use crate::ui::wording::count;

/// Actions that are listed; the statement behind them gives all.
const LISTED: u32 = 300;

/// An action.
#[derive(Debug, Clone)]
struct Action {
    version: u64,
    file: String,
    line: u64,
    name: String,
    path: Option<String>,
    json: String,
}

impl Action {
    fn of(row: &[Value]) -> Self {
        let mut row = Row::of(row);
        Self {
            version: row.number().unwrap_or_default(),
            file: row.text().unwrap_or_default(),
            line: row.number().unwrap_or_default(),
            name: row.text().unwrap_or_default(),
            path: row.text(),
            json: row.text().unwrap_or_default(),
        }
    }
}

/// The last tab. Its detail is what is searched for, and the one version that is looked at.
#[component]
pub fn Log(shown: Shown) -> impl IntoView {
    let page = shown.page;
    let search = Memo::new(move |_| shown.part(0).unwrap_or_default());
    let version = Memo::new(move |_| shown.part(1).and_then(|version| version.parse::<u64>().ok()));
    let sql = move || {
        let range: Option<RangeInclusive<u64>> = version.get().map(|version| version..=version);
        actions(&shown.name(), range.as_ref(), &search.get())
    };
    let key = move || shown.opened.get().map(|opened| (opened, sql()));
    let state = asked(page, key, move |(_, sql)| async move {
        let (rows, answer) = page.client().rows_of(sql, LISTED).await?;
        let actions: Vec<Action> = rows.iter().map(|row| Action::of(row)).collect();
        Ok(((actions, answer.rows), answer.stats))
    });
    view! {
        <Search shown search version/>
        <ShownWhenHere state let:found let:stats>{view! { <Actions shown found stats/> }}</ShownWhenHere>
    }
}

#[component]
fn Search(shown: Shown, search: Memo<String>, version: Memo<Option<u64>>) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let of_version = NodeRef::<Input>::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = |field: NodeRef<Input>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let (search, version) = (typed(field), typed(of_version));
        match version.trim() {
            "" => shown.go(Tab::Log, &[search.trim()]),
            version => shown.go(Tab::Log, &[search.trim(), version]),
        }
    };
    view! {
        <form class="table-line" role="search" aria-label="Search the log" on:submit=submit>
            <input class="field grow" node_ref=field aria-label="Text in an action, or an action's name" placeholder="Search: a path, a column, add, remove, metaData…" prop:value=move || search.get()/>
            <input class="field narrow" node_ref=of_version inputmode="numeric" aria-label="Version" placeholder="any version" prop:value=move || version.get().map(|version| version.to_string()).unwrap_or_default()/>
            <button class="button" type="submit">"Search"</button>
        </form>
    }
}

#[component]
fn Actions(shown: Shown, found: (Vec<Action>, u64), stats: Stats) -> impl IntoView {
    let (listed, all) = found;
    let words = match all {
        0 => "No action of the log holds that.".to_owned(),
        all if all > u64::from(LISTED) => format!("The newest {LISTED} of {} actions.", count(all)),
        all => format!("{}.", crate::ui::wording::counted(all, "action")),
    };
    let search = shown.part(0).unwrap_or_default();
    let version = shown.part(1).and_then(|version| version.parse::<u64>().ok());
    let in_editor = move |_| {
        let range = version.map(|version| version..=version);
        shown.ask(&actions(&shown.name(), range.as_ref(), &search));
    };
    view! {
        <div class="table-line">
            <p class="grow" role="status">{words}</p>
            <button class="button small quiet" on:click=in_editor>"Open as SQL"</button>
        </div>
        <ul class="actions-list">{listed.into_iter().map(|action| view! { <ActionRow action/> }).collect_view()}</ul>
        <p class="faint">{spent(&stats)}</p>
    }
}

#[component]
fn ActionRow(action: Action) -> impl IntoView {
    let pretty = serde_json::from_str::<Value>(&action.json)
        .and_then(|json| serde_json::to_string_pretty(&json))
        .unwrap_or_else(|_| action.json.clone());
    view! {
        <li>
            <details class="action">
                <summary>
                    <span class="action-version">{action.version}</span>
                    <span class="tag" data-action=action.name.clone()>{action.name.clone()}</span>
                    <span class="action-about">{action.path.unwrap_or_else(|| action.json.chars().take(160).collect())}</span>
                    <span class="faint action-place">{format!("{} : {}", action.file, action.line)}</span>
                </summary>
                <pre class="panel-text" tabindex="0">{pretty}</pre>
            </details>
        </li>
    }
}
