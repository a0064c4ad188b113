//! What a view asks of the engine while it is shown: on its way, here, or failed.

use std::future::Future;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::error::{Error, Kind, Result};
use crate::protocol::Stats;
use crate::protocol::inspect::{Facts, Inspection};
use crate::ui::notice::ErrorBox;
use crate::ui::page::Page;
use crate::ui::wording;

/// Something that was asked for.
#[derive(Debug, Clone)]
pub enum Asked<T> {
    /// It is on its way.
    Waiting,
    /// It is here, with what it cost.
    Here(T, Stats),
    /// It failed.
    Failed(Error),
}

/// A table as it is open now: another opening of it has other answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The SQL name.
    pub name: String,
    /// Which opening.
    pub opening: u64,
}

/// Asks again whenever `key` changes; nothing while it is `None`. An answer that comes too late is not shown.
pub fn asked<K, T, A>(
    page: Page,
    key: impl Fn() -> Option<K> + Send + Sync + 'static,
    ask: impl Fn(K) -> A + 'static,
) -> RwSignal<Asked<T>>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
    A: Future<Output = Result<(T, Stats)>> + 'static,
{
    let state = RwSignal::new(Asked::Waiting);
    let key = Memo::new(move |_| key());
    // Owned by the work itself: the view may be gone before its answer.
    let ask = Rc::new(ask);
    Effect::new(move |_| {
        state.set(Asked::Waiting);
        let Some(wanted) = key.get() else { return };
        let ask = Rc::clone(&ask);
        spawn_local(async move {
            page.tables_settled().await;
            let mut outcome = ask(wanted.clone()).await;
            // A worker that had to be ended for a statement takes other work with it: that is asked for once more.
            if matches!(&outcome, Err(error) if error.kind == Kind::Crashed) {
                page.tables_settled().await;
                outcome = ask(wanted.clone()).await;
            }
            let is_wanted = key.try_get_untracked().flatten().as_ref() == Some(&wanted);
            if is_wanted {
                state.try_set(match outcome {
                    Ok((here, cost)) => Asked::Here(here, cost),
                    Err(error) => Asked::Failed(error),
                });
            }
        });
    });
    state
}

/// What metadata tells of a table.
pub async fn inspect(page: Page, table: String, what: Inspection) -> Result<(Facts, Stats)> {
    page.client().inspect(table, what).await
}

/// An answer of another kind than was asked for.
pub fn unexpected() -> Error {
    Error::new(
        Kind::Bug,
        "engine",
        "The engine told something else than was asked for.",
    )
}

/// What was asked for, once it is here; a placeholder or the error before.
#[component]
pub fn Shown<T, V>(state: RwSignal<Asked<T>>, children: impl Fn(T, Stats) -> V + Send + Sync + 'static) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    move || {
        match state.get() {
        Asked::Waiting => view! { <div class="waiting" role="status" aria-label="Loading"><div class="skeleton"></div><div class="skeleton"></div><div class="skeleton"></div></div> }.into_any(),
        Asked::Failed(error) => view! { <ErrorBox error/> }.into_any(),
        Asked::Here(here, cost) => children(here, cost).into_any(),
    }
    }
}

/// One line of what finding something out cost.
pub fn spent(stats: &Stats) -> String {
    if stats.requests == 0 {
        return "From what was read when the table was opened: no request.".to_owned();
    }
    format!(
        "Found out with {} and {}.",
        wording::counted(stats.requests, "request"),
        wording::bytes(stats.bytes)
    )
}
