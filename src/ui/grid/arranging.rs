//! Sorting and filtering: asked of the engine, one at a time, and shown when it has answered.

use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pages::Pages;
use super::state::GridState;
use super::wish::Wish;
use crate::error::Error;
use crate::protocol::{Filter, ResultId, SortKey};
use crate::ui::wording::counted;

/// By what rows are sorted, and what they must pass.
type Rule = (Vec<SortKey>, Vec<Filter>);

/// What is remembered of what was asked.
#[derive(Default)]
struct Rules {
    /// What was asked for last.
    asked: Rule,
    /// What is shown.
    done: Rule,
    /// What is to be said beside the next answer.
    note: String,
}

/// How far it is. A copy is the same one.
#[derive(Clone, Copy)]
pub struct Arranging {
    /// The arranged rows that are shown: their result, and how many they are.
    pub shown: RwSignal<Option<(ResultId, u64)>>,
    /// Is the engine at it?
    pub under_way: RwSignal<bool>,
    /// Why it could not be done.
    pub error: RwSignal<Option<Error>>,
    rules: StoredValue<Rules>,
    stop: StoredValue<Option<AbortHandle>>,
}

impl Arranging {
    /// Nothing was asked.
    pub fn new() -> Self {
        Self {
            shown: RwSignal::default(),
            under_way: RwSignal::default(),
            error: RwSignal::default(),
            rules: StoredValue::default(),
            stop: StoredValue::default(),
        }
    }

    /// Something to be said now, and again beside the next answer, which would cover it.
    pub fn note(self, note: &str) {
        self.rules.update_value(|rules| rules.note = format!("{note} "));
    }

    fn stop(self) {
        let handle = self.stop.try_update_value(Option::take);
        handle.flatten().iter().for_each(AbortHandle::abort);
    }
}

impl GridState {
    /// Sorts and filters as is wanted, unless that was asked already.
    pub fn arrange(self, wish: &Wish) {
        let state = self.arranging;
        let rule = (wish.sort.clone(), wish.filters.clone());
        if state.rules.with_value(|rules| rules.asked == rule) {
            return;
        }
        state.stop();
        state.rules.update_value(|rules| rules.asked = rule.clone());
        state.error.set(None);
        state.under_way.set(false);
        if wish.keeps_rows() {
            state.rules.update_value(|rules| rules.done = rule);
            return self.show(None);
        }
        state.under_way.set(true);
        let (abort, registration) = AbortHandle::new_pair();
        state.stop.set_value(Some(abort));
        spawn_local(async move {
            // Aborted means that another arrangement, or none, took its place.
            let _ = Abortable::new(self.ask(rule), registration).await;
        });
    }

    async fn ask(self, rule: Rule) {
        let state = self.arranging;
        let outcome = self
            .page
            .client()
            .arrange(self.result, rule.0.clone(), rule.1.clone())
            .await;
        // The grid may have gone meanwhile.
        if state.under_way.try_set(false).is_some() {
            return;
        }
        match outcome {
            Ok((result, rows)) => {
                let note = state.rules.try_update_value(|rules| {
                    rules.done = rule;
                    std::mem::take(&mut rules.note)
                });
                self.show(Some((result, rows)));
                self.page
                    .say(format!("{}{}", note.unwrap_or_default(), self.in_words(rows)));
            }
            Err(error) => {
                self.show(None);
                state.error.set(Some(error));
            }
        }
    }

    /// Gives up what is being arranged, and wants again what is shown.
    pub fn stop_arranging(self) {
        self.arranging.stop();
        self.arranging.under_way.set(false);
        let rule = self.arranging.rules.try_update_value(|rules| {
            rules.asked = rules.done.clone();
            rules.done.clone()
        });
        let (sort, filters) = rule.unwrap_or_default();
        self.change(|wish| Wish { sort, filters, ..wish });
    }

    fn show(self, arranged: Option<(ResultId, u64)>) {
        let before = self.arranging.shown.get_untracked();
        self.arranging.shown.set(arranged);
        self.pages.update(Pages::reset);
        if self
            .selection
            .get_untracked()
            .is_some_and(|selection| !selection.is_header())
        {
            self.selection.set(None);
        }
        let rows = untrack(|| self.rows());
        self.viewport.update(|viewport| {
            viewport.set_rows(rows);
            viewport.reveal(0);
        });
        self.place();
        self.fetch_soon();
        self.forget(before);
    }

    /// Gives the memory of arranged rows back.
    pub fn forget(self, arranged: Option<(ResultId, u64)>) {
        if let Some((result, _)) = arranged {
            let client = self.page.client();
            spawn_local(async move {
                // A result that the engine has lost is as forgotten as it can be.
                let _ = client.drop_result(result).await;
            });
        }
    }

    /// Ends all of it, when the grid goes.
    pub fn end_arranging(self) {
        self.arranging.stop();
        self.forget(self.arranging.shown.try_get_untracked().flatten());
    }

    /// What is shown, for a screen reader.
    fn in_words(self, rows: u64) -> String {
        let wish = self.wish.get_untracked();
        let name = |column: u32| self.column(column).map(|column| column.name).unwrap_or_default();
        let keys = wish.sort.iter().map(|key| {
            let way = if key.descending { "descending" } else { "ascending" };
            format!("{} {way}", name(key.column))
        });
        let keys: Vec<String> = keys.collect();
        let sorted = if keys.is_empty() {
            String::new()
        } else {
            format!("Sorted by {}. ", keys.join(", "))
        };
        format!("{sorted}{} shown.", counted(rows, "row"))
    }
}
