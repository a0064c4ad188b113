//! The address bar: every run, opening and closing is a step that Back takes back.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

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
            write_address(&clean, false);
        }
        let link = self.secrets.with_value(|secrets| secrets.restore(link));
        self.apply(&link);
    }

    /// Makes the page what the link says, and runs its statement when that is cheap.
    pub fn apply(self, link: &Link) {
        self.notice.set(None);
        if self.differs_in_view_only(link) {
            return self.view.set(link.view.clone());
        }
        self.unknown.set_value(link.unknown.clone());
        self.abandon();
        self.show_tables(link);
        self.write(&link.sql);
        self.view.set(link.view.clone());
        if link.view.is_some() || link.sql.trim().is_empty() {
            self.forget_output();
            self.run.set(Run::Idle);
        } else {
            self.drive(link.sql.clone(), Consent::WhenCheap);
        }
    }

    /// Rows that are on the screen stay there while another page of a table is looked at.
    fn differs_in_view_only(self, link: &Link) -> bool {
        let here = Link {
            view: link.view.clone(),
            ..self.link()
        };
        here == *link && self.view.with_untracked(|view| *view != link.view)
    }

    /// Shows a table's page, or with `None` the statement again.
    pub fn look(self, view: Option<View>) {
        self.view.set(view);
        self.commit();
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
        if fragment().parse::<Link>().is_ok_and(|shown| shown == link) {
            return;
        }
        write_address(&link, step);
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
fn write_address(link: &Link, step: bool) {
    let text = link.to_string();
    let url = if text.is_empty() {
        page_url()
    } else {
        format!("#{text}")
    };
    let _ = window().history().and_then(|history| {
        if step {
            history.push_state_with_url(&JsValue::NULL, "", Some(&url))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&url))
        }
    });
}
