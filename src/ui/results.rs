//! Below the editor: what runs, what it cost, and its rows or its plan.

use std::time::Duration;

use leptos::prelude::*;

use super::asking::target::Target;
use super::later::{Later, Part};
use super::notice::ErrorBox;
use super::page::{Page, now_millis};
use super::plan::Ask;
use super::run::{Consent, Run};
use super::tables::size_of_scanned;
use super::tabs::Tab;
use super::wording;
use crate::error::Error;
use crate::link::ChartLink;
use crate::protocol::Plan;

/// How often the clock of a running statement is read.
const TICK_MILLIS: u64 = 100;

/// The buttons that run, plan and cancel, and what is promised.
#[component]
pub fn RunBar(page: Page) -> impl IntoView {
    let under_way = Memo::new(move |_| page.run.with(Run::is_under_way));
    let target = page.asking.target;
    view! {
        <div class="run-bar">
            // One button, so that the focus stays where it is.
            <button
                class=move || if under_way.get() { "button danger" } else { "button primary" }
                title=move || if under_way.get() { "Escape" } else { "Ctrl+Enter" }
                data-part=move || target.with(Target::is_a_part).then_some("")
                on:click=move |_| if under_way.get_untracked() { page.cancel() } else { page.start_run(Consent::WhenCheap) }
            >
                {move || if under_way.get() { "Cancel".to_owned() } else { target.with(Target::label) }}
                <kbd>{move || if under_way.get() { "Esc" } else { run_key() }}</kbd>
            </button>
            <button class="button quiet" title="Show what it would read (Ctrl+Shift+Enter)" on:click=move |_| page.start_run(Consent::PlanOnly)>"Dry run"</button>
            <Promise page/>
        </div>
    }
}

/// What the statement reads, said before it runs, also while it is being written.
#[component]
fn Promise(page: Page) -> impl IntoView {
    let words = move |plan: &Plan| {
        let size = page.entries.with(|entries| size_of_scanned(entries, plan));
        let seconds = page.asking.bandwidth.get().words(plan.bytes);
        let parts = [Some(wording::promise(plan, size)), wording::skipped(plan), seconds];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let ran = Memo::new(move |_| {
        page.sql.track();
        page.asking.target.track();
        page.asking.tabs.track();
        page.asking.asked.track();
        page.asks_the_same()
            .then(|| page.run.with(|run| run.plan().cloned()))
            .flatten()
    });
    let previewed = move || {
        page.asking.preview.with(|preview| {
            let (_, preview) = preview.as_ref()?;
            let missing = preview.problem.as_ref().filter(|problem| is_missing_value(problem));
            preview
                .plan
                .as_ref()
                .map(words)
                .or_else(|| missing.map(|problem| problem.detail.clone()))
        })
    };
    let said = move || match ran.get() {
        Some(plan) => Some(words(&plan)),
        None if page.run.with(Run::is_under_way) => None,
        None => previewed(),
    };
    view! { <p class="promise">{said}</p> }
}

/// Told by its words: for the engine it is an error of the statement like others.
fn is_missing_value(error: &Error) -> bool {
    error.detail.starts_with("The parameter $") && error.detail.contains(" has no value")
}

fn run_key() -> &'static str {
    let platform = window().navigator().platform().unwrap_or_default();
    if platform.starts_with("Mac") || platform.starts_with("iP") {
        "⌘ ⏎"
    } else {
        "Ctrl ⏎"
    }
}

/// The pane of the rows.
#[component]
pub fn Results(page: Page) -> impl IntoView {
    let tab = RwSignal::new(Tab::Rows);
    Effect::new(move |_| {
        if page.run.with(|run| matches!(run, Run::Planned(_))) {
            tab.set(Tab::Plan);
        } else if page.run.with(|run| matches!(run, Run::Waiting)) {
            tab.set(if page.chart.with_untracked(Option::is_some) {
                Tab::Chart
            } else {
                Tab::Rows
            });
        }
    });
    // The link says whether a chart is shown.
    let is_charted = Memo::new(move |_| page.chart.with(Option::is_some));
    Effect::new(move |_| {
        if is_charted.get() {
            tab.set(Tab::Chart);
        } else if tab.get_untracked() == Tab::Chart {
            tab.set(Tab::Rows);
        }
    });
    let is_hidden = move |panel: Tab| Signal::derive(move || tab.get() != panel);
    view! {
        <section class="results" id="results" aria-label="Result">
            <h2 class="off-screen">"Result"</h2>
            <Bar page tab/>
            <Meter page/>
            <Later page part=Part::Saving/>
            <div class="results-body" id="panel-rows" role="tabpanel" aria-labelledby="tab-rows" hidden=is_hidden(Tab::Rows)><Rows page/></div>
            <div class="results-body" id="panel-chart" role="tabpanel" aria-labelledby="tab-chart" hidden=is_hidden(Tab::Chart)><ChartPanel page/></div>
            <div class="results-body" id="panel-plan" role="tabpanel" aria-labelledby="tab-plan" hidden=is_hidden(Tab::Plan)>{move || (tab.get() == Tab::Plan).then(|| view! { <Later page part=Part::Plan/> })}</div>
        </section>
    }
}

#[component]
fn Bar(page: Page, tab: RwSignal<Tab>) -> impl IntoView {
    let former = StoredValue::new(None::<ChartLink>);
    // The chart is a part of the link while it is shown.
    let show = move |next: Tab| {
        if next == Tab::Chart && page.chart.with_untracked(Option::is_none) {
            page.chart.set(Some(former.get_value().unwrap_or_default()));
            page.commit();
        } else if next != Tab::Chart && page.chart.with_untracked(Option::is_some) {
            former.set_value(page.chart.get_untracked());
            page.chart.set(None);
            page.commit();
        }
        tab.set(next);
    };
    let button = move |each: Tab| {
        let (id, panel, label) = each.ids();
        let is_shown = move || tab.get() == each;
        view! {
            <button class="tab" role="tab" id=id aria-controls=panel aria-selected=move || is_shown().to_string()
                tabindex=move || if is_shown() { "0" } else { "-1" }
                on:click=move |_| show(each)
                on:keydown=move |event| if let Some(next) = each.beside(&event.key()) {
                    event.prevent_default();
                    show(next);
                    focus(next.ids().0);
                }>{label}</button>
        }
    };
    view! {
        <div class="results-bar">
            <div class="tabs" role="tablist" aria-label="Rows, chart or plan">{Tab::ALL.map(button).collect_view()}</div>
            <Status page/>
            <div class="results-tools"><Later page part=Part::Files/></div>
        </div>
    }
}

fn focus(id: &str) {
    use wasm_bindgen::JsCast as _;
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    // An element that cannot be focused is left alone.
    element.map(|element| element.focus());
}

/// One line: how far it is, or what it cost.
#[component]
fn Status(page: Page) -> impl IntoView {
    let now = RwSignal::new(0.0);
    if let Ok(ticker) = set_interval_with_handle(move || now.set(now_millis()), Duration::from_millis(TICK_MILLIS)) {
        on_cleanup(move || ticker.clear());
    }
    let elapsed = move || wording::seconds(now.get() - page.began.get());
    let words = move || match page.run.get() {
        Run::Waiting => format!("Waiting for the engine and the tables · {}", elapsed()),
        Run::Planning => format!("Planning · {}", elapsed()),
        Run::Running(_, progress) => {
            format!(
                "{} · {}",
                wording::progress(&progress.stats, progress.rows).join(" · "),
                elapsed()
            )
        }
        Run::Done(_, answer) => wording::cost(&answer.stats).join(" · "),
        Run::Stopped(Some(progress)) => {
            format!(
                "Stopped after {}",
                wording::progress(&progress.stats, progress.rows).join(" · ")
            )
        }
        Run::Planned(_) => "Planned, not run".to_owned(),
        Run::Idle | Run::Asking(_) | Run::Stopped(None) | Run::Failed(_) => String::new(),
    };
    let read = move || {
        page.run
            .with(|run| run.answer().map(|answer| wording::versions(&answer.versions)))
    };
    // The rows of a query stay while another one is written.
    let of_another = move || {
        let tab = page.asking.asked.with(|asked| asked.tab);
        let is_shown = page.run.with(|run| *run != Run::Idle);
        page.asking.tabs.with(|tabs| {
            let label = tabs
                .get(tab)
                .map_or_else(|| "a closed query".to_owned(), |tab| format!("“{}”", tab.label()));
            (is_shown && tabs.current_id() != tab).then(|| format!("Of {label}:"))
        })
    };
    view! {
        <p class="status">
            <span class="of-another">{of_another}</span>
            <RowCount page/>
            <span class="cost" title=read>{words}</span>
        </p>
    }
}

/// How many rows; when they are not all, that is said in a way that cannot be missed.
#[component]
fn RowCount(page: Page) -> impl IntoView {
    let count = Memo::new(move |_| {
        page.run
            .with(|run| run.answer().map(|answer| (answer.rows, answer.complete)))
    });
    move || {
        count.get().map(|(rows, complete)| {
            if complete {
                view! { <strong class="row-count">{wording::counted(rows, "row")}</strong> }.into_any()
            } else {
                let why = "The result outgrew the memory kept for one result. Add a LIMIT, name fewer columns, or aggregate.";
                view! {
                    <strong class="row-count incomplete" title=why>"Not complete: only the first " {wording::counted(rows, "row")}</strong>
                }
                .into_any()
            }
        })
    }
}

/// A thin line that fills as the promised bytes arrive.
#[component]
fn Meter(page: Page) -> impl IntoView {
    let share = Memo::new(move |_| page.run.with(Run::share));
    let under_way = Memo::new(move |_| page.run.with(Run::is_under_way));
    view! {
        <div class="meter" data-on=move || under_way.get().then_some("") data-unknown=move || share.get().is_none().then_some("")>
            <div class="meter-fill" style:transform=move || format!("scaleX({})", share.get().unwrap_or(1.0))></div>
        </div>
        <p class="off-screen" role="status">{move || page.run.with(spoken)}</p>
    }
}

/// The turns of a run that a screen reader says; its progress would only chatter.
fn spoken(run: &Run) -> String {
    match run {
        Run::Running(..) => "The statement runs.".to_owned(),
        Run::Done(_, answer) => format!("Done: {}.", wording::counted(answer.rows, "row")),
        Run::Stopped(_) => "Stopped.".to_owned(),
        _ => String::new(),
    }
}

#[component]
fn Rows(page: Page) -> impl IntoView {
    let is_awaited =
        Memo::new(move |_| page.output.with(Option::is_none) && page.run.with(|run| matches!(run, Run::Running(..))));
    view! {
        <Turn page/>
        {move || is_awaited.get().then(|| view! { <Ghost/> })}
        <Later page part=Part::Rows/>
    }
}

/// The chart, or what there is in its place; only while it is shown.
#[component]
fn ChartPanel(page: Page) -> impl IntoView {
    let is_shown = Memo::new(move |_| page.chart.with(Option::is_some));
    let is_under_way = Memo::new(move |_| page.run.with(Run::is_under_way));
    move || {
        is_shown.get().then(|| {
            view! {
                <Turn page/>
                <p class="empty" hidden=move || !is_under_way.get()>"The chart is drawn when all rows are there."</p>
                <Later page part=Part::Chart/>
            }
        })
    }
}

/// What there is to say or to ask when there are no rows.
#[component]
fn Turn(page: Page) -> impl IntoView {
    let state = Memo::new(move |_| {
        page.run.with(|run| match run {
            Run::Failed(_) | Run::Asking(_) | Run::Idle | Run::Stopped(_) | Run::Planned(_) => Some(run.clone()),
            Run::Waiting | Run::Planning | Run::Running(..) | Run::Done(..) => None,
        })
    });
    move || {
        match state.get() {
        None => ().into_any(),
        Some(Run::Failed(error)) => view! { <Failed page error/> }.into_any(),
        Some(Run::Asking(plan)) => view! { <Ask page plan/> }.into_any(),
        Some(Run::Stopped(_)) => view! { <p class="empty">"Stopped. The rows that had come are not shown, because they would look like an answer."</p> }.into_any(),
        Some(Run::Planned(_)) => view! { <p class="empty">"Planned, not run. Ctrl+Enter runs it."</p> }.into_any(),
        Some(_) => view! { <Welcome/> }.into_any(),
    }
    }
}

/// An error, and what was meant, if that is known. A value that is not typed in yet is no error.
#[component]
fn Failed(page: Page, error: Error) -> impl IntoView {
    if is_missing_value(&error) {
        return view! { <p class="empty" role="alert">{error.detail}</p> }.into_any();
    }
    match (error.fix.clone(), error.span) {
        (Some(fix), Some(span)) => {
            let label = format!("Write {fix}");
            view! {
                <ErrorBox error page>
                    <button class="button small" on:click=move |_| page.mend(span, &fix)>{label}</button>
                </ErrorBox>
            }
            .into_any()
        }
        _ => view! { <ErrorBox error page/> }.into_any(),
    }
}

/// Before the first rows: lines where they will be.
#[component]
fn Ghost() -> impl IntoView {
    view! { <div class="ghost" aria-hidden="true"></div> }
}

#[component]
fn Welcome() -> impl IntoView {
    view! {
        <div class="welcome">
            <p class="empty">"Write a statement above and run it. Its rows appear here."</p>
            <dl class="keys">
                <div><dt><kbd>"Ctrl"</kbd><kbd>"Enter"</kbd></dt><dd>"runs the statement"</dd></div>
                <div><dt><kbd>"Ctrl"</kbd><kbd>"Shift"</kbd><kbd>"Enter"</kbd></dt><dd>"shows what it would read"</dd></div>
                <div><dt><kbd>"Ctrl"</kbd><kbd>"Space"</kbd></dt><dd>"completes tables, columns and functions"</dd></div>
                <div><dt><kbd>"Esc"</kbd></dt><dd>"stops it"</dd></div>
            </dl>
        </div>
    }
}
