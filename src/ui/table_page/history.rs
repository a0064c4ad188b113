//! How a table came to be: its commits, and what it held after each.

use leptos::prelude::*;

use super::asked::{Shown as ShownWhenHere, asked, spent};
use super::commits::{Amount, Commit, Measure, trend};
use super::compare::Compare;
use super::shell::Shown;
use super::statements;
use crate::error::{Kind, Result};
use crate::link::Tab;
use crate::protocol::{Answer, Stats, TableInfo};
use crate::ui::draw::Line;
use crate::ui::page::Page;
use crate::ui::wording::{bytes, count, counted, moment};

/// Commits that are asked for at first: one request each.
const FIRST: u64 = 100;
/// Commits that are listed at most: the statement behind them gives all.
const MOST: u32 = 5000;

/// The third tab. Its detail is two versions that are compared, and the key of the rows.
#[component]
pub fn History(shown: Shown) -> impl IntoView {
    let page = shown.page;
    let wanted = RwSignal::new(FIRST);
    let compared = Memo::new(move |_| {
        let version = |place| shown.part(place).and_then(|version| version.parse::<u64>().ok());
        version(0).zip(version(1))
    });
    // The comparison offers the table's columns.
    let is_open = Memo::new(move |_| shown.info.with(Option::is_some));
    let key = move || {
        let version = shown.info.with(|info| info.as_ref().and_then(|info| info.version));
        shown.opened.get().map(|opened| (opened, version, wanted.get()))
    };
    let state = asked(page, key, move |(opened, version, wanted)| async move {
        let (rows, answer) = load(page, &opened.name, version, wanted).await?;
        Ok((Commit::all(&rows), answer.stats))
    });
    view! {
        {move || compared.get().filter(|_| is_open.get()).map(|versions| view! { <Compare shown versions/> })}
        <ShownWhenHere state let:commits let:stats>{
            shown.info.get_untracked().map(|info| view! { <Timeline shown info commits stats wanted/> })
        }</ShownWhenHere>
    }
}

/// The newest commits; all that are left, when these are fewer.
async fn load(
    page: Page,
    table: &str,
    version: Option<u64>,
    wanted: u64,
) -> Result<(Vec<Vec<serde_json::Value>>, Answer)> {
    let client = page.client();
    let range = version
        .filter(|version| *version >= wanted)
        .map(|version| version - wanted + 1..=version);
    match client.rows_of(statements::history(table, range.as_ref()), MOST).await {
        Err(error) if error.kind == Kind::NotFound && range.is_some() => {
            client.rows_of(statements::history(table, None), MOST).await
        }
        outcome => outcome,
    }
}

#[component]
fn Timeline(shown: Shown, info: TableInfo, commits: Vec<Commit>, stats: Stats, wanted: RwSignal<u64>) -> impl IntoView {
    let oldest = commits.last().map_or(0, |commit| commit.version);
    let has_more = oldest > 0 && commits.len() as u64 == wanted.get_untracked();
    let older = has_more.then(|| view! {
        <button class="button small" on:click=move |_| wanted.update(|wanted| *wanted *= 4)>"Show older commits"</button>
    });
    let versions: Vec<u64> = commits.iter().map(|commit| commit.version).collect();
    let in_editor = move |_| shown.ask(&statements::history(&shown.name(), None));
    view! {
        <Trends info=info.clone() commits=commits.clone()/>
        <CompareForm shown versions/>
        <div class="table-line">
            <p class="grow">{counted(commits.len() as u64, "commit")}", newest first."</p>
            <button class="button small quiet" on:click=in_editor>"Open as SQL"</button>
        </div>
        <ol class="commits">{commits.into_iter().map(|commit| view! { <CommitRow shown commit open=info.version/> }).collect_view()}</ol>
        <div class="table-line">{older}<p class="faint">{spent(&stats)}</p></div>
    }
}

/// What is drawn: its name, what there is of it now, and how a number of it is written.
type Drawn = (&'static str, Option<u64>, Measure, fn(u64) -> String);

/// Rows, files and bytes over the versions.
#[component]
fn Trends(info: TableInfo, commits: Vec<Commit>) -> impl IntoView {
    let measures: [Drawn; 3] = [
        ("Rows", info.rows, Measure::Rows, count),
        ("Files", Some(info.files), Measure::Files, count),
        ("Bytes", info.size_bytes, Measure::Bytes, bytes),
    ];
    let one = |(name, now, measure, words): Drawn| {
        let points = trend(&commits, now, measure);
        (points.len() > 1).then(|| {
            let (first, last) = (points.first().copied()?, points.last().copied()?);
            let highest = points.iter().map(|point| point.1).max().unwrap_or(0);
            let label = format!(
                "{name}: {} at version {}, {} at version {}, at most {}",
                words(first.1), first.0, words(last.1), last.0, words(highest)
            );
            Some(view! {
                <figure class="trend">
                    <figcaption>{name}<span class="faint">{format!(" {} → {}", words(first.1), words(last.1))}</span></figcaption>
                    <Line points label marked=info.version/>
                    <p class="faint trend-range"><span>{format!("version {}", first.0)}</span><span>{format!("version {}", last.0)}</span></p>
                </figure>
            })
        })?
    };
    view! { <div class="trends">{measures.map(one).into_iter().collect_view()}</div> }
}

#[component]
fn CompareForm(shown: Shown, versions: Vec<u64>) -> impl IntoView {
    if versions.len() < 2 {
        return ().into_any();
    }
    let (newest, before) = (
        versions.first().copied().unwrap_or(0),
        versions.get(1).copied().unwrap_or(0),
    );
    let part = |place, other| {
        shown
            .part(place)
            .and_then(|version| version.parse().ok())
            .unwrap_or(other)
    };
    let (from, to) = (
        RwSignal::new(untrack(|| part(0, before))),
        RwSignal::new(untrack(|| part(1, newest))),
    );
    let versions = StoredValue::new(versions);
    let choice = move |label: &'static str, chosen: RwSignal<u64>| {
        let options = versions.with_value(|versions| {
            versions
                .iter()
                .map(|version| {
                    let version = *version;
                    view! { <option value=version.to_string() selected=move || chosen.get_untracked() == version>{version}</option> }
                })
                .collect_view()
        });
        view! {
            <label class="choice">{label}
                <select class="field" on:change=move |event| if let Ok(version) = event_target_value(&event).parse() { chosen.set(version) }>{options}</select>
            </label>
        }
    };
    let compare = move |_| {
        shown.go(
            Tab::History,
            &[&from.get_untracked().to_string(), &to.get_untracked().to_string()],
        );
    };
    view! {
        <div class="table-line compare-form">
            {choice("Compare version ", from)}{choice("with version ", to)}
            <button class="button small" on:click=compare>"Compare"</button>
        </div>
    }
    .into_any()
}

#[component]
fn CommitRow(shown: Shown, commit: Commit, open: Option<u64>) -> impl IntoView {
    let version = commit.version;
    let millis = commit.seconds.map(|seconds| seconds.saturating_mul(1000));
    let when = move || millis.and_then(|millis| moment(millis, shown.page.offset_at(millis)));
    let who = [commit.user, commit.engine]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    let effect = [effect("+", &commit.added), effect("−", &commit.removed)];
    let effect = effect.into_iter().flatten().collect::<Vec<_>>().join("  ");
    let all: Vec<_> = commit.parameters.into_iter().chain(commit.metrics).collect();
    let pairs = all
        .into_iter()
        .map(|(name, value)| view! { <tr><th scope="row">{name}</th><td>{value}</td></tr> })
        .collect_view();
    let is_open = open == Some(version);
    let go = move |_| shown.page.set_version(&shown.name(), Some(&version.to_string()));
    let before = version.checked_sub(1);
    let compare = before.map(|before| view! {
        <button class="button small quiet" on:click=move |_| shown.go(Tab::History, &[&before.to_string(), &version.to_string()])>"Compare with the one before"</button>
    });
    view! {
        <li>
            <details class="commit" data-open=is_open.then_some("")>
                <summary>
                    <span class="commit-version">{version}</span>
                    <span class="tag">{commit.operation}</span>
                    <span class="commit-effect">{effect}</span>
                    <span class="faint commit-who">{who}</span>
                    <span class="faint commit-when">{when}</span>
                </summary>
                {commit.note.map(|note| view! { <p>{note}</p> })}
                <div class="scroll"><table class="pairs"><tbody>{pairs}</tbody></table></div>
                <div class="actions">
                    <button class="button small" disabled=is_open on:click=go>{if is_open { "This version is open" } else { "Go to this version" }}</button>
                    {compare}
                    <button class="button small quiet" on:click=move |_| shown.go(Tab::Log, &["", &version.to_string()])>"Its actions"</button>
                </div>
            </details>
        </li>
    }
}

/// What came or went, in words; nothing when nothing did.
fn effect(sign: &str, amount: &Amount) -> Option<String> {
    (amount.files > 0).then(|| {
        let mut parts = vec![];
        parts.extend(amount.rows.map(|rows| counted(rows, "row")));
        parts.push(counted(amount.files, "file"));
        parts.extend(amount.bytes.map(bytes));
        format!("{sign} {}", parts.join(", "))
    })
}
