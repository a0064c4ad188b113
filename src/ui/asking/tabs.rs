//! The statements that are open side by side, as a value that is kept in the browser: texts, titles and values of
//! parameters, never the URLs of tables.
//!
//! A link's statement never takes the place of a text that was not run: it gets a tab of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::tab::{Tab, TabId};

/// Tabs that are open at most: more than a bar can show.
pub const MOST_TABS: usize = 32;
/// Bytes of texts that are kept: a browser keeps five million characters for a whole site.
const KEPT_BYTES: usize = 2_000_000;
/// Closed tabs that can be opened again.
const MOST_CLOSED: usize = 8;

/// The tabs. There is always one that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tabs {
    open: Vec<Tab>,
    current: TabId,
    /// The last ones that were closed, the latest last.
    #[serde(default)]
    closed: Vec<Tab>,
}

impl Tabs {
    /// One blank tab.
    #[must_use]
    pub fn new(id: TabId) -> Self {
        Self {
            open: vec![Tab { id, ..Tab::default() }],
            current: id,
            closed: vec![],
        }
    }

    /// What was kept, if it makes sense.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        let mut kept: Self = serde_json::from_str(text).ok()?;
        kept.open.truncate(MOST_TABS);
        kept.bound_closed();
        let first = kept.open.first()?.id;
        if kept.get(kept.current).is_none() {
            kept.current = first;
        }
        Some(kept)
    }

    /// The tabs in their order.
    #[must_use]
    pub fn open(&self) -> &[Tab] {
        &self.open
    }

    /// The number of the one that is shown.
    #[must_use]
    pub fn current_id(&self) -> TabId {
        self.current
    }

    /// The one that is shown.
    #[must_use]
    pub fn current(&self) -> Option<&Tab> {
        self.get(self.current)
    }

    /// A tab.
    #[must_use]
    pub fn get(&self, id: TabId) -> Option<&Tab> {
        self.open.iter().find(|tab| tab.id == id)
    }

    /// Changes the one that is shown.
    pub fn change(&mut self, change: impl FnOnce(&mut Tab)) {
        let current = self.current;
        if let Some(tab) = self.open.iter_mut().find(|tab| tab.id == current) {
            change(tab);
        }
    }

    /// Shows a tab; `false` when there is none of that number.
    pub fn show(&mut self, id: TabId) -> bool {
        let there = self.get(id).is_some();
        if there {
            self.current = id;
        }
        there
    }

    /// The number of the neighbor, round about.
    #[must_use]
    pub fn beside(&self, id: TabId, forward: bool) -> TabId {
        let count = self.open.len();
        let at = self.open.iter().position(|tab| tab.id == id).unwrap_or(0);
        let next = if forward { at + 1 } else { at + count.max(1) - 1 };
        self.open.get(next % count.max(1)).map_or(id, |tab| tab.id)
    }

    /// Opens a tab with a text behind the one that is shown, and shows it. When there are too many, one of the others
    /// is closed, an untouched one if possible.
    pub fn add(&mut self, tab: Tab) {
        if self.open.len() >= MOST_TABS {
            let others = || self.open.iter().filter(|tab| tab.id != self.current);
            let least = others().find(|tab| !tab.is_draft()).or_else(|| others().next());
            if let Some(id) = least.map(|tab| tab.id) {
                self.close(id, tab.id);
            }
        }
        let at = self.open.iter().position(|tab| tab.id == self.current);
        self.current = tab.id;
        self.open.insert(at.map_or(self.open.len(), |at| at + 1), tab);
    }

    /// Closes a tab; the last one leaves a blank one, which gets the number `fresh`. What was closed is given back,
    /// when something was written in it.
    pub fn close(&mut self, id: TabId, fresh: TabId) -> Option<Tab> {
        let at = self.open.iter().position(|tab| tab.id == id)?;
        let gone = self.open.remove(at);
        if self.open.is_empty() {
            let closed = std::mem::take(&mut self.closed);
            *self = Self {
                closed,
                ..Self::new(fresh)
            };
        } else if self.current == id {
            let beside = self.open.get(at).or(self.open.last());
            self.current = beside.map_or(self.current, |tab| tab.id);
        }
        if gone.is_blank() && gone.title.is_none() {
            return None;
        }
        self.closed.push(gone.clone());
        self.bound_closed();
        Some(gone)
    }

    /// Opens the tab that was closed last; `false` when there is none.
    pub fn reopen(&mut self) -> bool {
        let Some(last) = self.closed.pop() else {
            return false;
        };
        self.add(last);
        true
    }

    /// Can a closed tab be opened again?
    #[must_use]
    pub fn can_reopen(&self) -> bool {
        !self.closed.is_empty()
    }

    /// Forgets the tabs that were closed.
    pub fn forget_closed(&mut self) {
        self.closed.clear();
    }

    /// Names a tab; an empty name is made from its text again.
    pub fn rename(&mut self, id: TabId, title: &str) {
        let title: String = title.trim().chars().take(80).collect();
        if let Some(tab) = self.open.iter_mut().find(|tab| tab.id == id) {
            tab.title = Some(title).filter(|title| !title.is_empty());
        }
    }

    /// A link has come: by a step of the browser's history that belongs to the tab `step`, or from outside. The tab
    /// that holds its statement is shown; a new one, numbered `fresh`, where that would replace what was not run.
    pub fn arrive(&mut self, step: Option<TabId>, sql: &str, values: &BTreeMap<String, String>, fresh: TabId) {
        let own = step.and_then(|id| self.get(id));
        let found = match own {
            Some(tab) if tab.sql == sql || tab.linked == sql || !tab.is_draft() => Some(tab.id),
            _ => self.holding(sql),
        };
        match found {
            Some(id) => self.current = id,
            None => self.add(Tab {
                id: fresh,
                ..Tab::default()
            }),
        }
        self.change(|tab| {
            // A draft is kept; the link holds what it was before.
            if tab.is_draft() && tab.linked == sql && tab.sql != sql {
                return;
            }
            sql.clone_into(&mut tab.sql);
            sql.clone_into(&mut tab.linked);
            tab.values.extend(values.clone());
        });
    }

    /// The tab of that text, the one that is shown before others; for no text, or no such tab, a blank one.
    fn holding(&self, sql: &str) -> Option<TabId> {
        let shown_first = || self.current().into_iter().chain(&self.open);
        let same = shown_first().find(|tab| tab.sql == sql);
        same.or_else(|| shown_first().find(|tab| tab.is_blank() && tab.title.is_none()))
            .map(|tab| tab.id)
    }

    /// Gives up closed tabs first, then the last ones: the page says that they are not kept.
    fn bound_bytes(&mut self) {
        let size = |tab: &Tab| tab.sql.len() + tab.linked.len();
        let mut total = 0;
        let mut fits = |tab: &Tab| {
            total += size(tab);
            total <= KEPT_BYTES
        };
        self.open.retain(&mut fits);
        self.closed.retain(fits);
    }

    fn bound_closed(&mut self) {
        let surplus = self.closed.len().saturating_sub(MOST_CLOSED);
        self.closed.drain(..surplus);
    }
}

/// What is kept in the browser when `ours` is written there. Other windows write there as well: their tabs stay, and
/// a text that another window changed meanwhile stays beside ours, which becomes a tab of its own. `seen` is what was
/// there when this window looked last.
#[must_use]
pub fn merged(theirs: Option<Tabs>, seen: &Tabs, ours: &mut Tabs, mut fresh: impl FnMut() -> TabId) -> Tabs {
    let theirs = theirs.map_or(vec![], |tabs| tabs.open);
    let mut forked = None;
    for tab in &mut ours.open {
        let before = seen.get(tab.id);
        let other = theirs.iter().find(|other| other.id == tab.id);
        let is_changed_there = other.is_some_and(|other| Some(other) != before && other.sql != tab.sql);
        if is_changed_there && before.is_some_and(|before| before.sql != tab.sql) {
            let id = fresh();
            forked = forked.or((ours.current == tab.id).then_some(id));
            tab.id = id;
        } else if is_changed_there && let Some(other) = other {
            tab.clone_from(other);
        }
    }
    ours.current = forked.unwrap_or(ours.current);
    let is_foreign = |tab: &Tab| ours.get(tab.id).is_none() && seen.get(tab.id).is_none_or(|before| before != tab);
    let foreign = theirs.iter().filter(|tab| is_foreign(tab)).cloned();
    let mut all = ours.clone();
    all.open.extend(foreign);
    all.open.truncate(MOST_TABS);
    all.bound_bytes();
    all
}

#[cfg(test)]
#[path = "tabs_tests.rs"]
mod tests;
