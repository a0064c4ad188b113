//! The table's page as a whole: its head, its tabs, and the one that is shown.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::asked::Opened;
use super::columns::Columns;
use super::files::Files;
use super::history::History;
use super::log::Log;
use super::overview::Overview;
use super::versions::VersionSlider;
use crate::error::Error;
use crate::link::{Tab, View};
use crate::protocol::TableInfo;
use crate::ui::notice::ErrorBox;
use crate::ui::page::Page;
use crate::ui::tables::State;

/// A table's page while it is shown. A copy is the same one.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The whole page.
    pub page: Page,
    /// What is looked at.
    pub view: Memo<Option<View>>,
    /// What is known of the table, once it is open.
    pub info: Memo<Option<TableInfo>>,
    /// Which opening of it answers.
    pub opened: Memo<Option<Opened>>,
}

impl Shown {
    /// The table's name.
    pub fn name(self) -> String {
        self.view
            .with_untracked(|view| view.as_ref().map(|view| view.table.clone()))
            .unwrap_or_default()
    }

    /// Looks at something else of the same table.
    pub fn go(self, tab: Tab, detail: &[&str]) {
        self.page.look(Some(View::of(&self.name(), tab).at(detail)));
    }

    /// What is looked at within a tab, at a place of the detail.
    pub fn part(self, place: usize) -> Option<String> {
        self.view
            .with(|view| view.as_ref().and_then(|view| view.part(place)).map(str::to_owned))
    }

    /// Shows a statement in the editor and runs it.
    pub fn ask(self, sql: &str) {
        self.page.look(None);
        self.page.ask(sql);
    }
}

/// The page of the table that the link names.
#[component]
pub fn TablePage(page: Page) -> impl IntoView {
    let view = Memo::new(move |_| page.view.get());
    let name = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.table.clone())));
    let state = Memo::new(move |_| {
        let name = name.get()?;
        page.entries.with(|entries| {
            let entry = entries.iter().find(|entry| entry.link.name == name)?;
            Some((entry.state.clone(), entry.opening))
        })
    });
    let info = Memo::new(move |_| match state.get() {
        Some((State::Open(info), _)) => Some(info),
        _ => None,
    });
    let opened = Memo::new(move |_| match state.get() {
        Some((State::Open(info), opening)) => Some(Opened {
            name: info.name,
            opening,
        }),
        _ => None,
    });
    let shown = Shown {
        page,
        view,
        info,
        opened,
    };
    let failed = Memo::new(move |_| match state.get() {
        Some((State::Failed(error), _)) => Some(error),
        None => name.get().map(|name| no_such_table(&name)),
        _ => None,
    });
    let is_shown = Memo::new(move |_| failed.with(Option::is_none));
    let tab = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.tab)).unwrap_or_default());
    view! {
        <section class="table-page" aria-label=move || format!("Table {}", name.get().unwrap_or_default())>
            <Head shown is_shown/>
            {move || is_shown.get().then(|| view! { <Tabs shown tab/> })}
            <div class="table-body" id="table-panel" role=move || is_shown.get().then_some("tabpanel") tabindex="0"
                aria-labelledby=move || is_shown.get().then(|| tab_id(tab.get()))>
                {move || failed.get().map(|error| view! { <ErrorBox error page/> })}
                {move || is_shown.get().then(|| match tab.get() {
                    Tab::Overview => view! { <Overview shown/> }.into_any(),
                    Tab::Columns => view! { <Columns shown/> }.into_any(),
                    Tab::History => view! { <History shown/> }.into_any(),
                    Tab::Files => view! { <Files shown/> }.into_any(),
                    Tab::Log => view! { <Log shown/> }.into_any(),
                })}
            </div>
        </section>
    }
}

fn no_such_table(name: &str) -> Error {
    Error::new(
        crate::error::Kind::BadLink,
        name,
        "The link shows a table that it does not open. Open it by its URL in the bar above, or go back to the statement.",
    )
}

#[component]
fn Head(shown: Shown, is_shown: Memo<bool>) -> impl IntoView {
    let tag = move || {
        shown.info.get().map(|info| match info.version {
            Some(version) => format!("{} · version {version}", info.format),
            None => info.format,
        })
    };
    let first_rows = move |_| {
        let sql = crate::ui::tables::first_look(&shown.name());
        shown.ask(&sql);
    };
    view! {
        <header class="table-head">
            <button class="button quiet small" on:click=move |_| shown.page.look(None)>"← Statement"</button>
            <h2 class="table-title">{move || shown.view.with(|view| view.as_ref().map(|view| view.table.clone()))}</h2>
            <span class="tag">{tag}</span>
            <VersionSlider shown/>
            <button class="button small" hidden=move || !is_shown.get() on:click=first_rows>"First rows"</button>
        </header>
    }
}

fn tab_id(tab: Tab) -> String {
    format!("table-tab-{}", tab.name())
}

fn label(tab: Tab) -> &'static str {
    match tab {
        Tab::Overview => "Overview",
        Tab::Columns => "Columns",
        Tab::History => "History",
        Tab::Files => "Files",
        Tab::Log => "Log",
    }
}

#[component]
fn Tabs(shown: Shown, tab: Memo<Tab>) -> impl IntoView {
    let one = move |each: Tab| {
        let on_key = move |event: leptos::ev::KeyboardEvent| {
            if let Some(next) = beside(each, &event.key()) {
                event.prevent_default();
                shown.go(next, &[]);
                focus(&tab_id(next));
            }
        };
        view! {
            <button class="tab" role="tab" id=tab_id(each) aria-controls="table-panel"
                aria-selected=move || (tab.get() == each).to_string()
                tabindex=move || if tab.get() == each { "0" } else { "-1" }
                on:click=move |_| shown.go(each, &[]) on:keydown=on_key>{label(each)}</button>
        }
    };
    view! {
        <div class="table-tabs"><div class="tabs" role="tablist" aria-label="About the table">{Tab::ALL.map(one).collect_view()}</div></div>
    }
}

/// The tab that an arrow key goes to.
fn beside(tab: Tab, key: &str) -> Option<Tab> {
    let at = Tab::ALL.iter().position(|each| *each == tab)?;
    let last = Tab::ALL.len() - 1;
    let to = match key {
        "ArrowRight" => {
            if at == last {
                0
            } else {
                at + 1
            }
        }
        "ArrowLeft" => {
            if at == 0 {
                last
            } else {
                at - 1
            }
        }
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Tab::ALL.get(to).copied()
}

fn focus(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    // An element that cannot be focused is left alone.
    element.map(|element| element.focus());
}
