//! The statements that are open side by side, as a value that is kept in the browser: texts, titles and values of
//! parameters, never the URLs of tables.
//!
//! A link's statement never takes the place of a text that was not run: it gets a tab of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tabs that are open at most: more than a bar can show.
pub const MOST_TABS: usize = 32;
/// Bytes of texts that are kept: a browser keeps five million characters for a whole site.
const KEPT_BYTES: usize = 2_000_000;
/// Closed tabs that can be opened again.
const MOST_CLOSED: usize = 8;
/// Characters of a title that is made from a statement.
const TITLE_CHARS: usize = 24;

/// A tab's number, which no other tab of this browser has.
pub type TabId = u64;

/// A statement, or several, as it is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    /// Its number.
    pub id: TabId,
    /// What the person calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text.
    #[serde(default)]
    pub sql: String,
    /// The text as it was last in the address bar.
    #[serde(default)]
    pub linked: String,
    /// Values of parameters, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Tab {
    /// What stands on the tab.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) => title.clone(),
            None => made_from(&self.sql),
        }
    }

    /// Is nothing written?
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.sql.trim().is_empty()
    }

    /// Is something written that no link holds?
    #[must_use]
    pub fn is_draft(&self) -> bool {
        !self.is_blank() && self.sql.trim() != self.linked.trim()
    }
}

fn made_from(sql: &str) -> String {
    let line = sql.lines().map(|line| line.trim().trim_start_matches("--").trim());
    let words: Vec<&str> = line
        .skip_while(|line| line.is_empty())
        .flat_map(str::split_whitespace)
        .collect();
    let all = words.join(" ");
    match all.char_indices().nth(TITLE_CHARS) {
        Some((at, _)) => format!("{}…", all.get(..at).unwrap_or_default().trim_end()),
        None if all.is_empty() => "New query".to_owned(),
        None => all,
    }
}

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
mod tests {
    use super::*;

    const NONE: BTreeMap<String, String> = BTreeMap::new();

    fn tab(id: TabId, sql: &str, linked: &str) -> Tab {
        Tab {
            id,
            sql: sql.into(),
            linked: linked.into(),
            ..Tab::default()
        }
    }

    fn tabs(open: &[(&str, &str)], current: TabId) -> Tabs {
        let open = (1..).zip(open).map(|(id, (sql, linked))| tab(id, sql, linked));
        Tabs {
            open: open.collect(),
            current,
            closed: vec![],
        }
    }

    fn texts(tabs: &Tabs) -> Vec<&str> {
        tabs.open.iter().map(|tab| tab.sql.as_str()).collect()
    }

    #[test]
    fn a_link_never_replaces_what_was_not_run() {
        for (open, current, step, sql, expected, shown) in [
            // A blank tab takes it.
            (&[("", "")][..], 1, None, "a", &["a"][..], 1),
            // From outside it gets a tab of its own, behind the one that is shown.
            (&[("x", "x"), ("y", "")], 1, None, "a", &["x", "a", "y"], 9),
            // The tab that holds it already is shown.
            (&[("x", "x"), ("a", "")], 1, None, "a", &["x", "a"], 2),
            // Back within a tab changes it, unless something was written that was not run.
            (&[("x", "x")], 1, Some(1), "a", &["a"], 1),
            (&[("draft", "x")], 1, Some(1), "a", &["draft", "a"], 9),
            // A reload finds the draft.
            (&[("draft", "a"), ("y", "y")], 2, Some(1), "a", &["draft", "y"], 1),
            // A link without a statement leaves a text alone.
            (&[("x", "x")], 1, None, "", &["x", ""], 9),
            // A step of a tab that was closed.
            (&[("x", "x")], 1, Some(7), "a", &["x", "a"], 9),
        ] {
            let mut tabs = tabs(open, current);
            tabs.arrive(step, sql, &NONE, 9);
            assert_eq!(
                (texts(&tabs), tabs.current_id()),
                (expected.to_vec(), shown),
                "{open:?} {step:?} {sql}"
            );
        }
    }

    #[test]
    fn closed_tabs_come_back() {
        let mut tabs = tabs(&[("a", ""), ("b", ""), ("", "")], 2);
        assert_eq!(tabs.close(3, 9), None);
        assert_eq!(tabs.close(2, 9).map(|tab| tab.sql).as_deref(), Some("b"));
        assert_eq!(tabs.current_id(), 1);
        assert!(tabs.close(1, 9).is_some() && tabs.close(5, 9).is_none());
        assert_eq!((texts(&tabs), tabs.current_id()), (vec![""], 9));
        assert!(tabs.reopen() && tabs.reopen() && !tabs.reopen());
        assert_eq!((texts(&tabs), tabs.current_id()), (vec!["", "a", "b"], 2));
        for id in 100..200 {
            tabs.add(tab(id, "more", ""));
        }
        assert_eq!((tabs.open.len(), tabs.closed.len()), (MOST_TABS, MOST_CLOSED));
        assert_eq!(tabs.current_id(), 199);
    }

    #[test]
    fn titles() {
        for (sql, label) in [
            ("", "New query"),
            ("\n-- top cities\nselect 1", "top cities select 1"),
            ("select  *\nfrom t", "select * from t"),
            ("select ääääääääääääääääääääää, b", "select äääääääääääääääää…"),
        ] {
            assert_eq!(tab(1, sql, "").label(), label);
        }
        let mut tabs = tabs(&[("a", ""), ("b", "")], 1);
        tabs.rename(1, "  Mine ");
        assert_eq!(tabs.current().map(Tab::label).as_deref(), Some("Mine"));
        tabs.rename(1, " ");
        assert_eq!(tabs.current().map(Tab::label).as_deref(), Some("a"));
        assert_eq!((tabs.beside(1, false), tabs.beside(2, true)), (2, 1));
    }

    #[test]
    fn what_was_kept_is_read_with_care() {
        let kept = tabs(&[("a", "b")], 1);
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(Tabs::kept(&text), Some(kept));
        for text in ["", "[]", "{\"open\":[],\"current\":1}", "{\"open\":1}"] {
            assert_eq!(Tabs::kept(text), None);
        }
        let lost = Tabs::kept("{\"open\":[{\"id\":4}],\"current\":1}").unwrap();
        assert_eq!(lost.current_id(), 4);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let large = "x".repeat(KEPT_BYTES / 2);
        let mut ours = tabs(
            &[
                (large.as_str(), ""),
                ("small", ""),
                (large.as_str(), "more than fits"),
                ("last", ""),
            ],
            1,
        );
        ours.close(4, 9);
        let all = merged(None, &ours.clone(), &mut ours, || 9);
        assert_eq!((all.open.len(), all.closed.len()), (2, 0));
        assert_eq!(ours.open.len(), 3);
    }

    #[test]
    fn two_windows_lose_nothing() {
        let seen = tabs(&[("a", ""), ("b", ""), ("c", "")], 1);
        // Another window changed 1 and 2 and opened a tab; this one changed 1 and closed 3.
        let mut theirs = tabs(&[("theirs", ""), ("b2", ""), ("c", "")], 1);
        theirs.open.push(tab(7, "new", ""));
        let mut ours = tabs(&[("ours", ""), ("b", "")], 1);
        let all = merged(Some(theirs), &seen, &mut ours, || 9);
        assert_eq!((texts(&ours), ours.current_id()), (vec!["ours", "b2"], 9));
        assert_eq!(texts(&all), ["ours", "b2", "theirs", "new"]);
        assert_eq!(texts(&merged(None, &seen, &mut ours, || 9)), ["ours", "b2"]);
    }
}
