//! The plan on the screen: what a statement would read, and beside it what it did read.

use leptos::prelude::*;

use super::{Drawn, Level, Strip, drawn, funnel, reasons, scans_of};
use crate::protocol::{Answer, Operator, Plan, ScanPlan, Stats};
use crate::ui::asking::CapChoice;
use crate::ui::draw::{ShareBar, ratio};
use crate::ui::page::Page;
use crate::ui::run::Run;
use crate::ui::wording::{self, bytes, count, counted, duration};

/// The plan of the statement that was run or planned last.
#[component]
pub fn PlanView(page: Page) -> impl IntoView {
    let plan = Memo::new(move |_| page.run.with(|run| run.plan().cloned()));
    let answer = Memo::new(move |_| page.run.with(|run| run.answer().cloned()));
    view! {
        <div class="plan" tabindex="0" role="region" aria-label="Plan">
            {move || match plan.get() {
                Some(plan) => whole(plan, answer.get()),
                None => view! {
                    <p class="empty">"Nothing is planned. “Dry run” (Ctrl+Shift+Enter) shows what the statement would read, without reading any data."</p>
                }.into_any(),
            }}
        </div>
    }
}

fn whole(plan: Plan, answer: Option<Answer>) -> AnyView {
    let said = answer.as_ref().map(|answer| words(&plan, answer));
    let totals = totals(&plan, answer.as_ref());
    let ran: Vec<_> = answer
        .as_ref()
        .map(|answer| scans_of(&answer.operators))
        .unwrap_or_default();
    let scans: Vec<AnyView> = plan
        .scans
        .iter()
        .enumerate()
        .map(|(place, scan)| {
            let ran = ran.get(place).copied().filter(|(ran, _)| ran.table == scan.table);
            scan_of(scan, &funnel(scan, ran), ran.map(|(ran, _)| ran.bytes))
        })
        .collect();
    let strips = answer.as_ref().map(|answer| strips(drawn(&answer.fetched)));
    let operators = answer.map_or(plan.operators, |answer| answer.operators);
    view! {
        {said}
        {totals}
        {scans}
        {tree(&operators)}
        {strips}
        <details class="plan-raw"><summary>"The plan as the engine prints it"</summary><pre class="plan-text">{plan.text}</pre></details>
    }
    .into_any()
}

/// What it spent its time on.
fn words(plan: &Plan, answer: &Answer) -> AnyView {
    let said = reasons(plan, answer);
    view! {
        <section class="plan-part" aria-label="What made it slow">
            <h3>"What took the time"</h3>
            <ul class="reasons">{said.into_iter().map(|reason| view! { <li>{reason}</li> }).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// Planned and actual beside each other.
fn totals(plan: &Plan, answer: Option<&Answer>) -> AnyView {
    let about = if plan.estimate { "≈ " } else { "" };
    let versions = answer.map(|answer| wording::versions(&answer.versions));
    let row = |name: &'static str, planned: String, actual: Option<String>| {
        view! { <tr><th scope="row">{name}</th><td>{planned}</td><td>{actual.unwrap_or_else(|| "–".to_owned())}</td></tr> }
    };
    let files: u64 = plan.scans.iter().map(|scan| scan.files_kept).sum();
    let row_groups: u64 = plan.scans.iter().map(|scan| scan.row_groups_kept).sum();
    let actual = |number: fn(&Stats) -> u64, word: fn(u64) -> String| answer.map(|answer| word(number(&answer.stats)));
    view! {
        <table class="facts">
            <thead><tr><td></td><th scope="col">"Planned"</th><th scope="col">"Actual"</th></tr></thead>
            <tbody>
                {row("Requests", format!("{about}{}", count(plan.requests)), actual(|stats| stats.requests, count))}
                {row("Bytes", format!("{about}{}", bytes(plan.bytes)), actual(|stats| stats.bytes, bytes))}
                {row("Files", count(files), actual(|stats| stats.files_read, count))}
                {row("Row groups", count(row_groups), actual(|stats| stats.row_groups_read, count))}
            </tbody>
        </table>
        {versions.filter(|read| !read.is_empty()).map(|read| view! { <p class="plan-versions">{read} "."</p> })}
    }
    .into_any()
}

fn scan_of(scan: &ScanPlan, levels: &[Level], read: Option<u64>) -> AnyView {
    let planned = format!("{} in {}", bytes(scan.bytes), counted(scan.requests, "request"));
    let facts = [
        Some(("Planned", planned)),
        read.map(|read| ("Data read", bytes(read))),
        Some(("Columns", list(&scan.columns, "none"))),
        Some(("Pruned by", list(&scan.predicates, "nothing"))),
    ];
    let level = |level: &Level| {
        let share = format!("{} of {}", count(level.kept), count(level.of));
        view! {
            <tr>
                <th scope="row">{level.name}</th>
                <td class="funnel-bar"><ShareBar share=ratio(level.kept, level.of) label=share.clone()/></td>
                <td class="number">{share}</td>
                <td class="faint">{level.why.clone()}</td>
            </tr>
        }
    };
    view! {
        <section class="scan plan-part">
            <h3>"Scan of " {scan.table.clone()}</h3>
            <table class="funnel" aria-label=format!("What of {} is left after each step", scan.table)>
                <tbody>{levels.iter().map(level).collect_view()}</tbody>
            </table>
            <dl>{facts.into_iter().flatten().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}</dl>
        </section>
    }
    .into_any()
}

/// The operators, each above what feeds it.
fn tree(operators: &[Operator]) -> AnyView {
    let slowest = operators
        .iter()
        .filter_map(|operator| operator.millis)
        .fold(0.0, f64::max);
    let rows: Vec<AnyView> = operators.iter().map(|operator| row_of(operator, slowest)).collect();
    view! {
        <section class="plan-part">
            <h3>"Operators"</h3>
            <div class="scroll" tabindex="0" role="region" aria-label="Operators">
                <table class="sheet operators">
                    <thead><tr>
                        <th scope="col">"Operator"</th><th scope="col" class="number">"Rows expected"</th><th scope="col" class="number">"Rows"</th>
                        <th scope="col" class="number">"Memory"</th><th scope="col" class="number">"Read"</th><th scope="col" class="number">"Time"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="faint">"Each operator is fed by those below it that are indented further. The time is its own, without what feeds it."</p>
        </section>
    }
    .into_any()
}

fn row_of(operator: &Operator, slowest: f64) -> AnyView {
    let expected = operator
        .expected_rows
        .map(|rows| format!("{}{}", if operator.is_exact { "" } else { "≈ " }, count(rows)));
    let none = || "–".to_owned();
    let time = operator.millis.map(|time| {
        let share = if slowest > 0.0 { time / slowest } else { 0.0 };
        view! { {duration(time)} <ShareBar share label=duration(time)/> }
    });
    let read = operator.scanned.as_ref().map(|scanned| bytes(scanned.bytes));
    view! {
        <tr>
            <th scope="row"><span class="operator" style:padding-left=format!("{}px", operator.depth.min(40) * 16)>
                <span class="operator-name">{operator.name.trim_end_matches("Exec").to_owned()}</span>
                <code class="operator-detail" title=operator.detail.clone()>{operator.detail.clone()}</code>
            </span></th>
            <td class="number">{expected.unwrap_or_else(none)}</td>
            <td class="number">{operator.rows.map_or_else(none, count)}</td>
            <td class="number">{operator.bytes.map_or_else(none, bytes)}</td>
            <td class="number">{read.unwrap_or_else(none)}</td>
            <td class="number">{time}</td>
        </tr>
    }
    .into_any()
}

/// The files, to scale, with what was fetched of them.
fn strips(drawn: Drawn) -> AnyView {
    if drawn.strips.is_empty() {
        let words = "Nothing was fetched: the metadata was enough, or the bytes were there already.";
        return view! { <section class="plan-part"><h3>"Bytes fetched"</h3><p>{words}</p></section> }.into_any();
    }
    let left = (drawn.files_left > 0).then(|| {
        let words = format!(
            "{} more were fetched of {} that are not drawn.",
            bytes(drawn.bytes_left),
            counted(drawn.files_left, "other file")
        );
        view! { <p class="faint">{words}</p> }
    });
    view! {
        <section class="plan-part">
            <h3>"Bytes fetched"</h3>
            <p class="faint">"Every file from its first byte to its last; what was fetched is filled."</p>
            <ul class="strips">{drawn.strips.into_iter().map(strip).collect_view()}</ul>
            {left}
        </section>
    }
    .into_any()
}

fn strip(strip: Strip) -> AnyView {
    let words = format!(
        "{} of {} in {}",
        bytes(strip.bytes),
        bytes(strip.size_bytes),
        counted(strip.requests, "request")
    );
    // What is too narrow to be seen is drawn as a hair.
    let span = |(from, length): &(f64, f64)| {
        view! { <span class="strip-part" style:left=format!("{}%", from * 100.0) style:width=format!("{}%", length * 100.0)></span> }
    };
    view! {
        <li>
            <span class="strip-name" title=strip.url>{strip.name}</span>
            <span class="strip" role="img" aria-label=words.clone()>{strip.spans.iter().map(span).collect_view()}</span>
            <span class="strip-words">{words.clone()}</span>
        </li>
    }
    .into_any()
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
            .with_untracked(|entries| crate::ui::tables::size_of_scanned(entries, plan))
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
