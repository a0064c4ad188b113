//! The plan while somebody types: after a pause the engine says, without a request to any host, what the statement
//! would read. What is only half written is left in peace.

use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::Question;
use crate::protocol::Preview;
use crate::ui::client::Engine;
use crate::ui::page::Page;
use crate::ui::position::in_utf16;
use crate::ui::run::Run;
use crate::ui::tables::State;

/// How long a pause is.
const PAUSE: Duration = Duration::from_millis(450);

impl Page {
    /// Asks for a preview after each change of what it depends on.
    pub fn preview_while_typing(self) {
        let open = Memo::new(move |_| {
            let is_open = |state: &State| matches!(state, State::Open(_));
            self.entries.with(|entries| {
                entries
                    .iter()
                    .map(|entry| (entry.opening, is_open(&entry.state)))
                    .collect::<Vec<_>>()
            })
        });
        let values = Memo::new(move |_| {
            self.asking
                .tabs
                .with(|tabs| tabs.current().map(|tab| tab.values.clone()))
        });
        let text = Memo::new(move |_| self.sql.with(|sql| self.asking.target.read().text(sql).to_owned()));
        let idle = Memo::new(move |_| !self.run.with(Run::is_under_way) && self.engine.get() == Engine::Ready);
        let waiting: StoredValue<Option<TimeoutHandle>> = StoredValue::new(None);
        Effect::new(move |_| {
            open.track();
            values.track();
            text.track();
            let later = idle
                .get()
                .then(|| set_timeout_with_handle(move || self.ask_for_preview(), PAUSE).ok())
                .flatten();
            let earlier = waiting.try_update_value(|waiting| std::mem::replace(waiting, later));
            earlier.flatten().iter().for_each(TimeoutHandle::clear);
        });
    }

    fn ask_for_preview(self) {
        self.stop_preview();
        let question = self.question();
        if question.sql.is_empty() {
            return self.asking.preview.set(None);
        }
        let (abort, registration) = AbortHandle::new_pair();
        self.asking.stop_preview.set_value(Some(abort));
        let work = async move {
            let answer = self.client().preview(question.sql.clone(), question.parameters()).await;
            // A preview that fails is a promise less, and no reason to interrupt anybody.
            if let Ok(preview) = answer {
                self.previewed(question, preview);
            }
        };
        spawn_local(async move {
            // Aborted means that another preview, or a run, took its place.
            let _ = Abortable::new(work, registration).await;
        });
    }

    /// Stops the preview that is under way: something else wants the engine.
    pub fn stop_preview(self) {
        let handle = self.asking.stop_preview.try_update_value(Option::take);
        handle.flatten().iter().for_each(AbortHandle::abort);
    }

    fn previewed(self, question: Question, preview: Preview) {
        // While a statement is half written, its parameters stay what they were.
        if preview.plan.is_some() || !preview.parameters.is_empty() {
            self.asking.parameters.set(preview.parameters.clone());
        }
        self.hint(&question, &preview);
        self.asking.preview.set(Some((question, preview)));
    }

    /// Marks softly what has a remedy, and nothing else: the rest may only be unfinished.
    fn hint(self, question: &Question, preview: &Preview) {
        let here = self.question();
        if (&here.sql, here.start) != (&question.sql, question.start) || self.asks_the_same() {
            return;
        }
        let problem = preview.problem.as_ref();
        let found = problem.and_then(|problem| Some((problem, problem.span?, problem.fix.as_ref()?)));
        match found {
            Some((problem, span, fix)) => {
                let range = self
                    .sql
                    .with_untracked(|sql| in_utf16(sql, span.behind(question.start)));
                self.with_editor(|editor| editor.hint(range, &problem.detail, fix));
            }
            None => self.with_editor(crate::ui::editor::Editor::unmark),
        }
    }
}
