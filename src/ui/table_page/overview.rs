//! What a table is, and what it requires of who reads it.

use leptos::prelude::*;

use super::asked::{Asked, Shown as ShownWhenHere, asked, inspect, spent, unexpected};
use super::commits::Commit;
use super::engines::{ENGINES, readers};
use super::shell::Shown;
use super::statements;
use crate::error::Result;
use crate::link::Tab;
use crate::protocol::inspect::{Facts, Feature, Inspection, Overview as Facts_};
use crate::protocol::{Stats, TableInfo};
use crate::ui::wording::{bytes, count, counted, moment};

/// The first tab.
#[component]
pub fn Overview(shown: Shown) -> impl IntoView {
    let page = shown.page;
    let state = asked(
        page,
        move || shown.opened.get(),
        move |opened| async move {
            match inspect(page, opened.name, Inspection::Overview).await? {
                (Facts::Overview(facts), stats) => Ok((facts, stats)),
                _ => Err(unexpected()),
            }
        },
    );
    view! {
        {move || shown.info.get().map(|info| view! { <Figures shown info/> })}
        <ShownWhenHere state let:facts let:stats>{view! { <Report shown facts stats/> }}</ShownWhenHere>
    }
}

#[component]
fn Figures(shown: Shown, info: TableInfo) -> impl IntoView {
    let unknown = || "not told by the metadata".to_owned();
    let partitions = info.columns.iter().filter(|column| column.partition).count() as u64;
    let figures = [
        ("Rows", info.rows.map_or_else(unknown, count), Tab::Columns),
        ("Size", info.size_bytes.map_or_else(unknown, bytes), Tab::Files),
        ("Files", count(info.files), Tab::Files),
        ("Columns", count(info.columns.len() as u64), Tab::Columns),
        ("Partition columns", count(partitions), Tab::Files),
    ];
    let figure = move |(name, value, tab): (&'static str, String, Tab)| {
        view! {
            <button class="figure" on:click=move |_| shown.go(tab, &[])>
                <span class="figure-value">{value}</span><span class="figure-name">{name}</span>
            </button>
        }
    };
    let opening = format!(
        "Opened with {} and {} in {}.",
        counted(info.stats.requests, "request"),
        bytes(info.stats.bytes),
        crate::ui::wording::millis(info.stats.millis)
    );
    view! {
        {info.comment.clone().map(|comment| view! { <p class="lead">{comment}</p> })}
        {info.note.clone().map(|note| view! { <p class="table-note" role="note">{note}</p> })}
        <div class="figures">{figures.map(figure).collect_view()}</div>
        {info.version.map(|version| view! { <LastCommit shown version/> })}
        <p class="faint">{opening}</p>
    }
}

/// Who made the version that is open, and how: one commit of the log.
#[component]
fn LastCommit(shown: Shown, version: u64) -> impl IntoView {
    let page = shown.page;
    let state = asked(
        page,
        move || shown.opened.get(),
        move |opened| async move {
            let sql = statements::history(&opened.name, Some(&(version..=version)));
            let told: Result<(Option<Commit>, Stats)> = page
                .client()
                .rows_of(sql, 1)
                .await
                .map(|(rows, answer)| (Commit::all(&rows).pop(), answer.stats));
            told
        },
    );
    let words = move || match state.get() {
        Asked::Here(Some(commit), _) => {
            let millis = commit.seconds.map(|seconds| seconds.saturating_mul(1000));
            let when = millis.and_then(|millis| moment(millis, shown.page.offset_at(millis)));
            let mut parts = vec![format!("Version {version}: {}", commit.operation)];
            parts.extend(when);
            parts.extend(commit.user.map(|user| format!("by {user}")));
            parts.extend(commit.engine.map(|engine| format!("with {engine}")));
            parts.join(" · ")
        }
        // A commit that was cleaned away has no words; that is no error of the table.
        Asked::Here(None, _) | Asked::Failed(_) => format!("Version {version}; its commit is not in the log any more."),
        Asked::Waiting => format!("Version {version}"),
    };
    view! { <p class="last-commit">{words}</p> }
}

#[component]
fn Report(shown: Shown, facts: Facts_, stats: Stats) -> impl IntoView {
    let created = facts
        .created_millis
        .and_then(|millis| moment(millis, shown.page.offset_at(millis)));
    let partitions = (!facts.partition_columns.is_empty()).then(|| facts.partition_columns.join(", "));
    let identity = [
        ("Name", facts.table_name),
        ("Created", created),
        ("Partitioned by", partitions),
        ("Identity", facts.id),
    ];
    view! {
        <Pairs title="What it is" pairs=identity.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()/>
        <Urls shown/>
        <Protocol protocol=facts.protocol features=facts.features/>
        <Pairs title="Constraints on its rows" pairs=facts.constraints/>
        <Pairs title="Properties" pairs=facts.properties/>
        <p class="faint">{spent(&stats)}</p>
    }
}

#[component]
fn Urls(shown: Shown) -> impl IntoView {
    // A screenshot is a way to lose a secret, too.
    let (link, _) = shown.page.link().without_secrets();
    let urls = link
        .table(&shown.name())
        .map(|table| table.urls.clone())
        .unwrap_or_default();
    view! { <p class="urls"><span class="faint">"Opened from "</span>{urls.into_iter().map(|url| view! { <code class="url">{url}</code> }).collect_view()}</p> }
}

/// Names and values; nothing when there are none.
#[component]
fn Pairs(title: &'static str, pairs: Vec<(String, String)>) -> impl IntoView {
    (!pairs.is_empty()).then(|| {
        let pair = |(name, value)| view! { <tr><th scope="row">{name}</th><td>{value}</td></tr> };
        view! {
            <h3>{title}</h3>
            <div class="scroll"><table class="pairs"><tbody>{pairs.into_iter().map(pair).collect_view()}</tbody></table></div>
        }
    })
}

/// Every feature that it requires, whether Limn reads it, and which engines do.
#[component]
fn Protocol(protocol: Option<(i32, i32)>, features: Vec<Feature>) -> impl IntoView {
    let Some((reader, writer)) = protocol else {
        return ().into_any();
    };
    let summary = if features.iter().any(|feature| feature.readers) {
        "What readers must know is listed first. An engine that lacks one of these refuses the table, or reads it wrong."
    } else {
        "Every reader of Delta Lake can read it: it requires nothing of readers."
    };
    let (of_readers, of_writers): (Vec<_>, Vec<_>) = features.into_iter().partition(|feature| feature.readers);
    let rows = of_readers
        .into_iter()
        .chain(of_writers)
        .map(|feature| view! { <FeatureRow feature/> });
    view! {
        <h3>"Protocol"</h3>
        <p>{format!("Reader version {reader}, writer version {writer}. ")}{summary}</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Features that the table requires">
            <table class="sheet">
                <thead><tr>
                    <th scope="col">"Feature"</th><th scope="col">"Required of"</th><th scope="col">"Limn"</th>
                    {ENGINES.map(|engine| view! { <th scope="col">{engine}</th> }).collect_view()}
                </tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <p class="faint">"Other engines: as of November 2026, from their documentation and source, of deltalake and Polars also from opening such tables with them."</p>
    }
    .into_any()
}

#[component]
fn FeatureRow(feature: Feature) -> impl IntoView {
    let of = match (feature.readers, feature.writers) {
        (true, true) => "readers and writers",
        (true, false) => "readers",
        _ => "writers",
    };
    let limn = if feature.is_read {
        ("yes", "reads it")
    } else {
        ("no", "refuses it")
    };
    let limn = if feature.readers {
        limn
    } else {
        ("yes", "need not know it")
    };
    let engines = match readers(&feature.name).filter(|_| feature.readers) {
        Some(told) => told
            .map(|reads| view! { <td><span class="reads" data-look=reads.look()>{reads.words()}</span></td> })
            .collect_view()
            .into_any(),
        None => {
            view! { <td colspan=ENGINES.len().to_string() class="faint">"need not know it to read"</td> }.into_any()
        }
    };
    view! {
        <tr>
            <th scope="row" title=feature.required_by>{feature.name}</th>
            <td>{of}</td>
            <td><span class="reads" data-look=limn.0>{limn.1}</span></td>
            {engines}
        </tr>
    }
}
