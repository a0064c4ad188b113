//! The state of asking, and what changes it: tabs, the part of the text that is run, values, what is kept.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use futures::future::AbortHandle;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use super::bandwidth::Bandwidth;
use super::past::{Asked, Past};
use super::store::{self, keep, kept, now_millis};
use super::tabs::{Tab, TabId, Tabs, merged};
use super::target::{Target, target};
use super::values::names;
use crate::protocol::{Answer, Parameter, Preview, Values};
use crate::ui::editor::Editor;
use crate::ui::page::Page;
use crate::ui::position::{in_bytes, in_utf16};
use crate::ui::run::ASK_ABOVE_BYTES;

/// How long a change waits to be kept: a pause between two keys.
const KEEP_AFTER: Duration = Duration::from_millis(250);

/// What is asked of the engine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// The statement.
    pub sql: String,
    /// Where it stands in the text, in bytes.
    pub start: usize,
    /// The values of its parameters.
    pub values: BTreeMap<String, String>,
    /// In which tab it stands.
    pub tab: TabId,
}

impl Question {
    /// The values as they are sent.
    #[must_use]
    pub fn parameters(&self) -> Values {
        let pair = |(name, value): (&String, &String)| (name.clone(), Some(value.clone()));
        self.values.iter().map(pair).collect()
    }
}

/// What is known of asking.
pub struct Asking {
    /// The tabs.
    pub tabs: RwSignal<Tabs>,
    /// They, as they were kept last.
    seen: StoredValue<Tabs>,
    last_id: StoredValue<TabId>,
    keeping: StoredValue<Option<TimeoutHandle>>,
    said_full: StoredValue<bool>,
    /// What is selected, in bytes.
    pub selection: RwSignal<Range<usize>>,
    /// What would be run.
    pub target: Memo<Target>,
    /// The parameters of that.
    pub names: Memo<Vec<String>>,
    /// What the engine knows of the parameters.
    pub parameters: RwSignal<Vec<Parameter>>,
    /// What the engine says of a question that was not asked yet.
    pub preview: RwSignal<Option<(Question, Preview)>>,
    /// Stops the preview that is under way.
    pub stop_preview: StoredValue<Option<AbortHandle>>,
    /// What was asked last.
    pub asked: RwSignal<Question>,
    /// How fast bytes come.
    pub bandwidth: RwSignal<Bandwidth>,
    /// What was asked before.
    pub past: RwSignal<Past>,
    /// What is read without asking.
    pub ask_above: RwSignal<u64>,
}

impl Asking {
    /// What the browser kept, and a blank tab when it kept none.
    #[must_use]
    pub fn new(sql: RwSignal<String>) -> Self {
        let first = whole_millis();
        let tabs = kept(store::TABS).and_then(|text| Tabs::kept(&text));
        let tabs = tabs.unwrap_or_else(|| Tabs::new(first));
        sql.set(tabs.current().map(|tab| tab.sql.clone()).unwrap_or_default());
        let selection = RwSignal::new(0..0);
        let target = Memo::new(move |_| sql.with(|sql| selection.with(|selection| target(sql, selection))));
        let ask_above = kept(store::ASK_ABOVE).and_then(|text| text.parse().ok());
        Self {
            seen: StoredValue::new(tabs.clone()),
            tabs: RwSignal::new(tabs),
            last_id: StoredValue::new(first),
            keeping: StoredValue::default(),
            said_full: StoredValue::default(),
            selection,
            target,
            names: Memo::new(move |_| sql.with(|sql| names(target.read().text(sql)))),
            parameters: RwSignal::default(),
            preview: RwSignal::default(),
            stop_preview: StoredValue::default(),
            asked: RwSignal::default(),
            bandwidth: RwSignal::default(),
            past: RwSignal::new(Past::kept(&kept(store::PAST).unwrap_or_default())),
            ask_above: RwSignal::new(ask_above.unwrap_or(ASK_ABOVE_BYTES)),
        }
    }

    /// A number that no tab has.
    #[must_use]
    pub fn fresh_id(&self) -> TabId {
        let next = |last: &mut TabId| {
            *last = whole_millis().max(*last + 1);
            *last
        };
        self.last_id.try_update_value(next).unwrap_or_default()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole_millis() -> u64 {
    now_millis().max(0.0) as u64
}

impl Page {
    /// Keeps every change of the tabs, soon, and at once when the page goes.
    pub fn keep_tabs(self) {
        Effect::new(move |_| {
            self.asking.tabs.track();
            let later = set_timeout_with_handle(move || self.keep_now(), KEEP_AFTER).ok();
            let earlier = self
                .asking
                .keeping
                .try_update_value(|keeping| std::mem::replace(keeping, later));
            earlier.flatten().iter().for_each(TimeoutHandle::clear);
        });
        window_event_listener_untyped("pagehide", move |_| self.keep_now());
        Effect::new(move |_| {
            let target = self.asking.target.get();
            let range = self.sql.with_untracked(|sql| units(sql, &target.range));
            self.with_editor(|editor| editor.set_target(range, target.is_a_part()));
        });
    }

    fn keep_now(self) {
        let theirs = kept(store::TABS).and_then(|text| Tabs::kept(&text));
        let mut ours = self.asking.tabs.get_untracked();
        let all = self
            .asking
            .seen
            .with_value(|seen| merged(theirs, seen, &mut ours, || self.asking.fresh_id()));
        // Tabs are plain texts: writing them cannot fail.
        let is_kept = keep(store::TABS, &serde_json::to_string(&all).unwrap_or_default());
        if !is_kept || ours.open().iter().any(|tab| all.get(tab.id).is_none()) {
            let was_said = self
                .asking
                .said_full
                .try_update_value(|said| std::mem::replace(said, true));
            if was_said == Some(false) {
                self.say("This browser keeps no more text: what is written here is gone when the page is closed.");
            }
        }
        if !is_kept {
            return;
        }
        self.asking.seen.set_value(ours.clone());
        if self.asking.tabs.with_untracked(|tabs| *tabs != ours) {
            self.asking.tabs.set(ours);
            self.show_tab();
        }
    }

    /// The person has changed the text or the selection, whose ends are in UTF-16 units.
    pub fn written(self, text: String, selection: &Range<u32>) {
        let bytes = in_bytes(&text, selection.start)..in_bytes(&text, selection.end);
        if self.sql.with_untracked(|sql| *sql != text) {
            self.asking
                .tabs
                .update(|tabs| tabs.change(|tab| tab.sql.clone_from(&text)));
            self.sql.set(text);
        }
        if self.asking.selection.with_untracked(|selection| *selection != bytes) {
            self.asking.selection.set(bytes);
        }
    }

    /// Brings the tab that is to be shown into the editor.
    pub fn show_tab(self) {
        let Some(tab) = self.asking.tabs.with_untracked(|tabs| tabs.current().cloned()) else {
            return;
        };
        self.asking.selection.set(0..0);
        self.sql.set(tab.sql.clone());
        self.with_editor(|editor| {
            editor.unmark();
            editor.show(tab.id, &tab.sql);
        });
        let target = self.asking.target.get_untracked();
        let range = units(&tab.sql, &target.range);
        self.with_editor(|editor| editor.set_target(range, target.is_a_part()));
    }

    /// Shows another tab. The address bar holds its statement as it was last there.
    pub fn go_to_tab(self, id: TabId) {
        let there = self.asking.tabs.try_update(|tabs| tabs.show(id));
        if there == Some(true) {
            self.show_tab();
            self.address_of_tab();
        }
    }

    /// Opens a tab with a text.
    pub fn ask_in_new_tab(self, sql: &str, values: BTreeMap<String, String>) {
        let tab = Tab {
            id: self.asking.fresh_id(),
            sql: sql.to_owned(),
            values,
            ..Tab::default()
        };
        self.asking.tabs.update(|tabs| tabs.add(tab));
        self.show_tab();
        self.address_of_tab();
        self.with_editor(Editor::focus);
    }

    /// Writes a statement where nothing is lost by that: over one that was run, else in a tab of its own.
    pub fn write_or_open(self, sql: &str) {
        if self
            .asking
            .tabs
            .with_untracked(|tabs| tabs.current().is_some_and(Tab::is_draft))
        {
            self.ask_in_new_tab(sql, BTreeMap::new());
        } else {
            self.write(sql);
        }
    }

    /// Closes a tab; it can be opened again.
    pub fn close_tab(self, id: TabId) {
        let fresh = self.asking.fresh_id();
        let closed = self.asking.tabs.try_update(|tabs| tabs.close(id, fresh)).flatten();
        self.with_editor(|editor| editor.forget(id));
        self.show_tab();
        self.address_of_tab();
        if let Some(tab) = closed {
            self.say(format!("Closed “{}”. “Reopen” brings it back.", tab.label()));
        }
    }

    /// Opens the tab that was closed last.
    pub fn reopen_tab(self) {
        if self.asking.tabs.try_update(Tabs::reopen) == Some(true) {
            self.show_tab();
            self.address_of_tab();
        }
    }

    /// What would be asked now.
    pub fn question(self) -> Question {
        let target = self.asking.target.get_untracked();
        let names = self.asking.names.get_untracked();
        let of_tab = |tab: &Tab| {
            let values = tab.values.iter().filter(|(name, _)| names.contains(name));
            values.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        self.asking.tabs.with_untracked(|tabs| Question {
            sql: self.sql.with_untracked(|sql| target.text(sql).to_owned()),
            start: target.range.start,
            values: tabs.current().map(of_tab).unwrap_or_default(),
            tab: tabs.current_id(),
        })
    }

    /// Is what was asked last what would be asked now?
    pub fn asks_the_same(self) -> bool {
        let (now, asked) = (self.question(), self.asking.asked.get_untracked());
        (now.sql, now.values) == (asked.sql, asked.values)
    }

    /// Gives a parameter a value; `None` takes it away.
    pub fn give(self, name: &str, value: Option<String>) {
        self.asking.tabs.update(|tabs| {
            tabs.change(|tab| {
                match value {
                    Some(value) => tab.values.insert(name.to_owned(), value),
                    None => tab.values.remove(name),
                };
            });
        });
    }

    /// Remembers an answer: what it cost, and how fast it came.
    pub fn remember(self, answer: &Answer) {
        self.measured(answer.stats.bytes, answer.stats.network_millis);
        let asked = self.asking.asked.get_untracked();
        self.asking
            .past
            .update(|past| past.add(Asked::new(&asked.sql, asked.values, now_millis(), answer)));
        self.keep_past();
    }

    /// So much was read in so long.
    pub fn measured(self, bytes: u64, millis: f64) {
        self.asking.bandwidth.update(|line| *line = line.with(bytes, millis));
    }

    /// Keeps what was asked before. A browser that keeps nothing has said so for the tabs.
    pub fn keep_past(self) {
        let text = self.asking.past.with_untracked(serde_json::to_string);
        keep(store::PAST, &text.unwrap_or_default());
    }

    /// Sets what is read without asking.
    pub fn set_ask_above(self, bytes: u64) {
        self.asking.ask_above.set(bytes);
        keep(store::ASK_ABOVE, &bytes.to_string());
    }

    /// Lays the text out in lines.
    pub fn lay_out(self) {
        let text = self.sql.with_untracked(|sql| super::layout::laid_out(sql));
        if self.sql.with_untracked(|sql| *sql == text) {
            return self.say("The statement is laid out already.");
        }
        self.write(&text);
    }
}

/// A range of bytes in UTF-16 units.
fn units(text: &str, range: &Range<usize>) -> Range<u32> {
    if range.is_empty() {
        return 0..0;
    }
    let span = crate::error::Span {
        start: range.start,
        end: range.end,
    };
    in_utf16(text, span)
}
