//! Statements: planned, asked about when dear, run, stopped.

use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::asking::Question;
use super::editor::Editor;
use super::page::{Output, Page, now_millis};
use super::position::in_utf16;
use super::run::{Consent, Run};
use super::tables::explained;
use crate::error::{Error, Kind, Result, Span};
use crate::link::GridLink;
use crate::protocol::{Answer, Event, Plan};

impl Page {
    /// Plans the editor's statement and, by `consent`, runs it. What was under way is stopped.
    pub fn start_run(self, consent: Consent) {
        let question = self.question();
        if question.sql.is_empty() {
            return self.say("Write a statement first.");
        }
        if self.ran.with_untracked(|ran| *ran != question.sql) {
            // What was sorted and filtered by hand belongs to the statement that it was done to.
            self.grid.set(GridLink::default());
        }
        self.commit();
        self.drive(question, consent);
    }

    /// Writes a statement and runs it.
    pub fn ask(self, sql: &str) {
        self.write_or_open(sql);
        self.start_run(Consent::WhenCheap);
    }

    /// Runs the statement that was asked about.
    pub fn run_anyway(self) {
        self.drive(self.asking.asked.get_untracked(), Consent::Given);
    }

    /// Stops what is under way, at once.
    pub fn cancel(self) {
        if self.run.with_untracked(Run::is_under_way) {
            self.abandon();
            self.forget_output();
            let stopped = Error::new(Kind::Cancelled, "the statement", "It was stopped.");
            self.run.update(|run| *run = std::mem::take(run).ended(stopped));
        }
    }

    /// Stops what is under way without a word: something else takes its place.
    pub fn abandon(self) {
        let handle = self.stop_run.try_update_value(Option::take);
        handle.flatten().iter().for_each(AbortHandle::abort);
    }

    /// Plans a statement and, by `consent`, runs it, without a step in the history.
    pub fn drive(self, question: Question, consent: Consent) {
        self.abandon();
        self.stop_preview();
        self.with_editor(Editor::unmark);
        self.ran.set(question.sql.clone());
        self.asking.asked.set(question.clone());
        self.began.set(now_millis());
        self.run.set(Run::Waiting);
        let (abort, registration) = AbortHandle::new_pair();
        self.stop_run.set_value(Some(abort));
        spawn_local(async move {
            // Aborted means that it was stopped, and whoever did that has said so.
            let _ = Abortable::new(self.plan_and_run(question, consent), registration).await;
        });
    }

    async fn plan_and_run(self, question: Question, consent: Consent) {
        let outcome = match self.planned(&question).await {
            Ok(plan) => self.run_planned(question, plan, consent).await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            self.failed(error);
        }
    }

    /// A worker that had to be ended for an earlier statement takes this one's plan with it: then it is asked for once more.
    async fn planned(self, question: &Question) -> Result<Plan> {
        let client = self.client();
        let ask = || client.plan(question.sql.clone(), question.parameters());
        self.tables_settled().await;
        self.run.set(Run::Planning);
        let plan = ask().await;
        if !matches!(&plan, Err(error) if error.kind == Kind::Crashed) {
            return plan;
        }
        self.tables_settled().await;
        ask().await
    }

    async fn run_planned(self, question: Question, plan: Plan, consent: Consent) -> Result<()> {
        let ask_above = self.asking.ask_above.get_untracked();
        self.run.set(Run::planned(plan, consent, ask_above));
        if !self.run.with_untracked(Run::is_under_way) {
            self.forget_output();
            return Ok(());
        }
        self.began.set(now_millis());
        let answer = self
            .client()
            .query(question.sql.clone(), question.parameters(), move |event| {
                self.heard(event);
            })
            .await?;
        self.answered(answer);
        Ok(())
    }

    fn heard(self, event: Event) {
        match event {
            Event::Columns { result, columns } => {
                self.forget_output();
                self.output.set(Some(Output { result, columns }));
            }
            Event::Chunk { .. } | Event::Written { .. } => {}
            Event::Progress { stats, rows } => {
                self.rows.set(rows);
                self.run
                    .update(|run| *run = std::mem::take(run).progressed(stats, rows));
            }
        }
    }

    fn answered(self, answer: Answer) {
        self.remember(&answer);
        let output = Output {
            result: answer.result,
            columns: answer.columns.clone(),
        };
        if self.output.with_untracked(|shown| shown.as_ref() != Some(&output)) {
            self.forget_output();
            self.output.set(Some(output));
        }
        self.rows.set(answer.rows);
        self.run.update(|run| *run = std::mem::take(run).finished(answer));
    }

    fn failed(self, error: Error) {
        self.forget_output();
        let error = self.entries.with_untracked(|entries| explained(error, entries));
        if let (Some(span), true) = (error.span, self.asks_the_same()) {
            let start = self.question().start;
            let range = self.sql.with_untracked(|sql| in_utf16(sql, span.behind(start)));
            self.with_editor(|editor| editor.mark(range, &error.detail, error.fix.as_deref()));
        }
        self.run.update(|run| *run = std::mem::take(run).ended(error));
    }

    /// Writes what was meant in the place of what was wrong, if that still stands there.
    pub fn mend(self, span: Span, fix: &str) {
        if !self.asks_the_same() {
            return self.say("The statement is another one by now.");
        }
        let start = self.question().start;
        let range = self.sql.with_untracked(|sql| in_utf16(sql, span.behind(start)));
        self.with_editor(|editor| {
            editor.unmark();
            editor.replace(range, fix);
        });
    }

    /// Takes the rows off the screen and gives their memory back.
    pub fn forget_output(self) {
        let old = self.output.try_update(Option::take).flatten();
        self.rows.set(0);
        if let Some(old) = old {
            spawn_local(async move {
                // A result that the engine has lost is as forgotten as it can be.
                let _ = self.client().drop_result(old.result).await;
            });
        }
    }

    /// The engine that held the results is gone.
    pub fn lost_results(self, detail: &str) {
        self.output.set(None);
        self.rows.set(0);
        if self.run.with_untracked(Run::is_under_way) {
            // Its ticket fails as well, and that says why.
        } else if self.run.with_untracked(|run| run.answer().is_some()) {
            let detail = format!("{detail} Its rows went with it; the statement is still here: run it again.");
            self.run
                .set(Run::Failed(Error::new(Kind::Crashed, "the engine", detail)));
        } else if !self.run.with_untracked(|run| run.says(detail)) {
            self.say(detail);
        }
    }
}
