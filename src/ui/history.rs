//! The address bar: every run, opening and closing is a step that Back takes back.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::asking::tabs::{TabId, Tabs};
use super::page::Page;
use super::run::{Consent, Run};
use crate::link::{Link, Omitted, View};

/// What a copied link pins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// What the link says: the latest where it says nothing.
    AsTyped,
    /// What is open.
    AsRead,
}

/// The page's own URL without its fragment; what relative URLs are relative to.
pub fn page_url() -> String {
    let url = window().location().href().unwrap_or_default();
    url.split('#').next().unwrap_or_default().to_owned()
}

fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

impl Page {
    /// Shows what the address bar says, at the start and whenever the person goes back, forward, or edits it.
    pub fn read_address(self) {
        match fragment().parse::<Link>() {
            Ok(link) if link.is_empty() => self.show_sample(link.unknown),
            Ok(link) => self.show(link),
            Err(error) => self.notice.set(Some(error)),
        }
    }

    fn show(self, link: Link) {
        self.sample.set(None);
        self.secrets.update_value(|secrets| secrets.keep(&link));
        let (clean, omitted) = link.without_secrets();
        if !omitted.is_empty() {
            write_address(&clean, self.tab_id(), false);
        }
        let link = self.secrets.with_value(|secrets| secrets.restore(link));
        self.apply(&link);
    }

    /// Makes the page what the link says, and runs its statement when that is cheap.
    pub fn apply(self, link: &Link) {
        self.notice.set(None);
        self.unknown.set_value(link.unknown.clone());
        if self.differs_in_look_only(link) {
            return self.show_look(link);
        }
        self.show_look(link);
        self.abandon();
        self.show_tables(link);
        let fresh = self.asking.fresh_id();
        let arrive = |tabs: &mut Tabs| tabs.arrive(step(), &link.sql, &link.parameters, fresh);
        self.asking.tabs.update(arrive);
        self.show_tab();
        stamp(self.asking.tabs.with_untracked(Tabs::current_id));
        // A draft that was kept is the person's to run, and behind a table's page nothing is run.
        let is_draft = self.sql.with_untracked(|sql| *sql != link.sql);
        if link.view.is_some() || link.sql.trim().is_empty() || is_draft {
            self.forget_output();
            self.run.set(Run::Idle);
        } else {
            self.drive(self.question(), Consent::WhenCheap);
        }
    }

    fn show_look(self, link: &Link) {
        self.grid.set(link.grid.clone());
        self.chart.set(link.chart.clone());
        self.view.set(link.view.clone());
    }

    /// Rows that are on the screen stay there while they are arranged or charted in another way, and while another page
    /// of a table is looked at.
    fn differs_in_look_only(self, link: &Link) -> bool {
        let here = self.link();
        let is_view = here.view != link.view && here.grid == link.grid && here.chart == link.chart;
        let same = Link {
            view: link.view.clone(),
            grid: link.grid.clone(),
            chart: link.chart.clone(),
            ..here
        };
        let is_shown =
            || self.output.with_untracked(Option::is_some) && self.ran.with_untracked(|ran| *ran == link.sql);
        same == *link && (is_view || is_shown())
    }

    /// Shows a table's page, or with `None` the statement again.
    pub fn look(self, view: Option<View>) {
        self.view.set(view);
        self.commit();
    }

    /// Writes the tab that is shown into the address bar, with its statement as it was last there.
    pub fn address_of_tab(self) {
        let (mut link, _) = self.link().without_secrets();
        let tab = self.asking.tabs.with_untracked(|tabs| tabs.current().cloned());
        link.sql = tab.map(|tab| tab.linked).unwrap_or_default();
        write_address(&link, self.tab_id(), false);
    }

    fn tab_id(self) -> TabId {
        self.asking.tabs.with_untracked(Tabs::current_id)
    }

    /// Writes the state into the address bar, as a step of its own unless it is there already.
    pub fn commit(self) {
        self.commit_as(true);
    }

    /// Writes the state into the address bar as part of the present step.
    pub fn amend(self) {
        self.commit_as(false);
    }

    fn commit_as(self, step: bool) {
        let (link, _) = self.link().without_secrets();
        self.asking
            .tabs
            .update(|tabs| tabs.change(|tab| link.sql.clone_into(&mut tab.linked)));
        if fragment().parse::<Link>().is_ok_and(|shown| shown == link) {
            return;
        }
        write_address(&link, self.tab_id(), step);
    }

    /// The link to give to others, and what it lacks.
    pub fn shared_link(self, versions: Versions) -> (String, Vec<Omitted>) {
        let mut link = self.link();
        if versions == Versions::AsRead {
            let mut read = self.entries.with_untracked(|entries| super::tables::versions(entries));
            self.run.with_untracked(|run| {
                read.extend(run.answer().map(|answer| answer.versions.clone()).unwrap_or_default());
            });
            link = link.pinned(&read);
        }
        let (link, omitted) = link.without_secrets();
        (format!("{}#{link}", page_url()), omitted)
    }
}

/// A browser that refuses (too many steps in a short time) leaves the address as it was: the page works on.
fn write_address(link: &Link, tab: TabId, step: bool) {
    let text = link.to_string();
    let url = if text.is_empty() {
        page_url()
    } else {
        format!("#{text}")
    };
    let _ = window().history().and_then(|history| {
        if step {
            history.push_state_with_url(&numbered(tab), "", Some(&url))
        } else {
            history.replace_state_with_url(&numbered(tab), "", Some(&url))
        }
    });
}

/// The tab to which the present step of the browser's history belongs.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn step() -> Option<TabId> {
    let state = window().history().ok()?.state().ok()?;
    state.as_f64().map(|id| id as TabId)
}

/// Numbers the present step, so that a reload and a way back find its tab again.
fn stamp(tab: TabId) {
    let url = window().location().href().unwrap_or_default();
    let _ = window()
        .history()
        .and_then(|history| history.replace_state_with_url(&numbered(tab), "", Some(&url)));
}

/// Numbers of tabs are times and exact below 2^53.
#[allow(clippy::cast_precision_loss)]
fn numbered(tab: TabId) -> JsValue {
    JsValue::from_f64(tab as f64)
}
