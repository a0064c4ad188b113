//! The plan on the screen: what a statement would read, and beside it what it did read.

use leptos::prelude::*;

use super::asking::CapChoice;
use super::page::Page;
use super::run::Run;
use super::wording::{self, bytes, count};
use crate::protocol::{Answer, Plan, ScanPlan};

/// The plan of the statement that was run or planned last.
#[component]
pub fn PlanView(page: Page) -> impl IntoView {
    let plan = Memo::new(move |_| page.run.with(|run| run.plan().cloned()));
    let answer = Memo::new(move |_| page.run.with(|run| run.answer().cloned()));
    view! {
        <div class="plan" tabindex="0" aria-label="Plan">
            {move || match plan.get() {
                Some(plan) => view! { <Whole plan answer=answer.get()/> }.into_any(),
                None => view! {
                    <p class="empty">"Nothing is planned. “Dry run” (Ctrl+Shift+Enter) shows what the statement would read, without reading any data."</p>
                }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Whole(plan: Plan, answer: Option<Answer>) -> impl IntoView {
    let about = if plan.estimate { "≈ " } else { "" };
    let versions = answer.as_ref().map(|answer| wording::versions(&answer.versions));
    let stats = answer.map(|answer| answer.stats);
    let row = move |name: &'static str, planned: String, actual: Option<String>| {
        view! { <tr><th scope="row">{name}</th><td>{planned}</td><td>{actual.unwrap_or_else(|| "–".to_owned())}</td></tr> }
    };
    let files: u64 = plan.scans.iter().map(|scan| scan.files_kept).sum();
    let row_groups: u64 = plan.scans.iter().map(|scan| scan.row_groups_kept).sum();
    let actual =
        |number: fn(&crate::protocol::Stats) -> u64, word: fn(u64) -> String| stats.as_ref().map(number).map(word);
    view! {
        <table class="facts">
            <thead><tr><th></th><th scope="col">"Planned"</th><th scope="col">"Actual"</th></tr></thead>
            <tbody>
                {row("Requests", format!("{about}{}", count(plan.requests)), actual(|stats| stats.requests, count))}
                {row("Bytes", format!("{about}{}", bytes(plan.bytes)), actual(|stats| stats.bytes, bytes))}
                {row("Files", count(files), actual(|stats| stats.files_read, count))}
                {row("Row groups", count(row_groups), actual(|stats| stats.row_groups_read, count))}
            </tbody>
        </table>
            {versions.filter(|read| !read.is_empty()).map(|read| view! { <p class="plan-versions">{read} "."</p> })}
        {plan.scans.into_iter().map(|scan| view! { <Scan scan/> }).collect_view()}
        <pre class="plan-text">{plan.text}</pre>
    }
}

#[component]
fn Scan(scan: ScanPlan) -> impl IntoView {
    let facts = [
        (
            "Files",
            format!("{} of {}", count(scan.files_kept), count(scan.files_total)),
        ),
        ("Skipped by partition", count(scan.skipped_by_partition)),
        ("Skipped by statistics", count(scan.skipped_by_statistics)),
        (
            "Row groups",
            format!("{} of {}", count(scan.row_groups_kept), count(scan.row_groups_total)),
        ),
        ("Bytes", bytes(scan.bytes)),
        ("Requests", count(scan.requests)),
        ("Columns", list(&scan.columns, "none")),
        ("Pruned by", list(&scan.predicates, "nothing")),
    ];
    view! {
        <section class="scan">
            <h3>{scan.table}</h3>
            <dl>{facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}</dl>
        </section>
    }
}

fn list(words: &[String], none: &str) -> String {
    if words.is_empty() {
        none.to_owned()
    } else {
        words.join(", ")
    }
}

/// Asks before a dear statement is run.
#[component]
pub fn Ask(page: Page, plan: Plan) -> impl IntoView {
    let size = move |plan: &Plan| {
        page.entries
            .with_untracked(|entries| super::tables::size_of_scanned(entries, plan))
    };
    let seconds = page.asking.bandwidth.get_untracked().words(plan.bytes);
    let seconds = seconds.map(|seconds| format!(", {seconds}")).unwrap_or_default();
    let promise = wording::promise(&plan, size(&plan)) + &seconds;
    view! {
        <div class="ask" role="alert">
            <p class="ask-heading">{promise}"."</p>
            <p>"That is more than the " {bytes(page.asking.ask_above.get_untracked())} " that are read without asking. A filter on a partition or sorted column, or fewer columns, would make it cheaper."</p>
            <div class="actions">
                <button class="button primary" on:click=move |_| page.run_anyway()>"Run anyway"</button>
                <button class="button" on:click=move |_| page.run.set(Run::Planned(plan.clone()))>"Do not run"</button>
                <CapChoice page/>
            </div>
        </div>
    }
}
