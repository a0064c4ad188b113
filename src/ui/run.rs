//! A statement's way from the keystroke to its rows, as a value. Each step answers one message.

use crate::error::{Error, Kind};
use crate::protocol::{Answer, Plan, Stats};

/// What is read without asking. Above it a person, who may be on a phone, decides.
pub const ASK_ABOVE_BYTES: u64 = 64_000_000;

/// Where the statement is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Run {
    /// Nothing was run.
    #[default]
    Idle,
    /// The engine or its tables are not there yet.
    Waiting,
    /// What it would read is found out.
    Planning,
    /// It was asked what it would read, and that was all.
    Planned(Plan),
    /// It would read more than is read without asking.
    Asking(Plan),
    /// Rows are on their way.
    Running(Plan, Progress),
    /// All rows that there will be are here.
    Done(Plan, Answer),
    /// It was stopped by hand.
    Stopped(Option<Progress>),
    /// It failed.
    Failed(Error),
}

/// How far a running statement is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Costs so far.
    pub stats: Stats,
    /// Rows so far.
    pub rows: u64,
}

/// What to do with a statement whose plan is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Run it when it is cheap, else ask.
    WhenCheap,
    /// Run it: the person was asked.
    Given,
    /// Only show the plan.
    PlanOnly,
}

impl Run {
    /// The next state when the plan has come.
    #[must_use]
    pub fn planned(plan: Plan, consent: Consent, ask_above_bytes: u64) -> Self {
        match consent {
            Consent::PlanOnly => Self::Planned(plan),
            Consent::WhenCheap if plan.bytes > ask_above_bytes => Self::Asking(plan),
            Consent::WhenCheap | Consent::Given => Self::Running(plan, Progress::default()),
        }
    }

    /// The next state when the statement ends in an error.
    #[must_use]
    pub fn ended(self, error: Error) -> Self {
        match (error.kind, self) {
            (Kind::Cancelled, Self::Running(_, progress)) => Self::Stopped(Some(progress)),
            (Kind::Cancelled, _) => Self::Stopped(None),
            _ => Self::Failed(error),
        }
    }

    /// The next state when there is news.
    #[must_use]
    pub fn progressed(self, stats: Stats, rows: u64) -> Self {
        match self {
            Self::Running(plan, _) => Self::Running(plan, Progress { stats, rows }),
            other => other,
        }
    }

    /// The next state when it is done.
    #[must_use]
    pub fn finished(self, answer: Answer) -> Self {
        match self {
            Self::Running(plan, _) => Self::Done(plan, answer),
            other => other,
        }
    }

    /// Can it be cancelled?
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Waiting | Self::Planning | Self::Running(..))
    }

    /// Is this what it failed of, and says?
    #[must_use]
    pub fn says(&self, detail: &str) -> bool {
        matches!(self, Self::Failed(error) if error.detail == detail)
    }

    /// The plan, when there is one.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Planned(plan) | Self::Asking(plan) | Self::Running(plan, _) | Self::Done(plan, _) => Some(plan),
            Self::Idle | Self::Waiting | Self::Planning | Self::Stopped(_) | Self::Failed(_) => None,
        }
    }

    /// The answer, when it is done.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Done(_, answer) => Some(answer),
            _ => None,
        }
    }

    /// How much of what the plan promised was fetched, from 0 to 1, while it runs.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn share(&self) -> Option<f64> {
        match self {
            Self::Running(plan, progress) if plan.bytes > 0 => {
                Some((progress.stats.bytes as f64 / plan.bytes as f64).clamp(0.0, 1.0))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(bytes: u64) -> Plan {
        Plan {
            bytes,
            ..Plan::default()
        }
    }

    fn answer() -> Answer {
        Answer {
            result: 1,
            columns: vec![],
            rows: 3,
            complete: true,
            stats: Stats::default(),
            versions: [].into(),
            operators: vec![],
            fetched: vec![],
        }
    }

    #[test]
    fn cheap_statements_run_and_dear_ones_ask() {
        assert!(matches!(
            Run::planned(plan(ASK_ABOVE_BYTES), Consent::WhenCheap, ASK_ABOVE_BYTES),
            Run::Running(..)
        ));
        assert!(matches!(
            Run::planned(plan(ASK_ABOVE_BYTES + 1), Consent::WhenCheap, ASK_ABOVE_BYTES),
            Run::Asking(_)
        ));
        assert!(matches!(
            Run::planned(plan(u64::MAX), Consent::Given, ASK_ABOVE_BYTES),
            Run::Running(..)
        ));
        assert!(matches!(
            Run::planned(plan(1), Consent::PlanOnly, ASK_ABOVE_BYTES),
            Run::Planned(_)
        ));
    }

    #[test]
    fn only_a_running_statement_progresses_and_finishes() {
        let running = Run::planned(plan(10), Consent::WhenCheap, ASK_ABOVE_BYTES).progressed(
            Stats {
                bytes: 5,
                ..Stats::default()
            },
            7,
        );
        assert_eq!(running.share(), Some(0.5));
        assert!(running.is_under_way() && running.answer().is_none());
        assert_eq!(running.finished(answer()).answer(), Some(&answer()));
        let stopped = Run::Stopped(None).progressed(Stats::default(), 7).finished(answer());
        assert_eq!(stopped, Run::Stopped(None));
    }

    #[test]
    fn being_stopped_is_no_failure_and_never_an_answer() {
        let cancelled = Error::new(Kind::Cancelled, "the statement", "It was stopped.");
        let progress = Progress {
            rows: 7,
            ..Progress::default()
        };
        let running = Run::Running(plan(10), progress.clone());
        assert_eq!(running.ended(cancelled.clone()), Run::Stopped(Some(progress)));
        assert_eq!(Run::Planning.ended(cancelled), Run::Stopped(None));
        let crashed = Error::new(Kind::Crashed, "engine", "It died.");
        let failed = Run::Planning.ended(crashed.clone());
        assert!(failed.says("It died.") && !failed.says("It died again."));
        assert_eq!(failed, Run::Failed(crashed));
    }

    #[test]
    fn metadata_may_exceed_the_promise() {
        let running = Run::Running(plan(10), Progress::default()).progressed(
            Stats {
                bytes: 50,
                ..Stats::default()
            },
            0,
        );
        assert_eq!(running.share(), Some(1.0));
        assert_eq!(Run::Running(plan(0), Progress::default()).share(), None);
    }
}
