//! What a table's columns hold: from the log at once, from footers and from the data on request.

use leptos::prelude::*;

use super::asked::{Shown as ShownWhenHere, asked, inspect, spent, unexpected};
use super::profile::Profile;
use super::shell::Shown;
use crate::link::Tab;
use crate::protocol::inspect::{Bound, Certainty, ColumnFact, ColumnFacts, Facts, Figure, Inspection};
use crate::protocol::{Column, Stats, TableInfo};
use crate::ui::draw::{ShareBar, ratio};
use crate::ui::wording::{bytes, count, counted};

/// The second tab.
#[component]
pub fn Columns(shown: Shown) -> impl IntoView {
    let page = shown.page;
    let footers = Memo::new(move |_| shown.part(0).as_deref() == Some("footers"));
    let key = move || shown.opened.get().map(|opened| (opened, footers.get()));
    let state = asked(page, key, move |(opened, footers)| async move {
        match inspect(page, opened.name, Inspection::Columns { footers }).await? {
            (Facts::Columns(facts), stats) => Ok((facts, stats)),
            _ => Err(unexpected()),
        }
    });
    view! {
        <ShownWhenHere state let:facts let:stats>{
            shown.info.get_untracked().map(|info| view! { <Sheet shown info facts stats/> })
        }</ShownWhenHere>
    }
}

#[component]
fn Sheet(shown: Shown, info: TableInfo, facts: ColumnFacts, stats: Stats) -> impl IntoView {
    let has_footers = facts.footers > 0;
    let size: u64 = facts
        .columns
        .iter()
        .filter(|fact| !fact.encodings.is_empty())
        .filter_map(|fact| fact.size_bytes)
        .sum();
    let rows = facts.rows;
    let each = facts.columns.into_iter().map(|fact| {
        let column = info
            .columns
            .iter()
            .find(|column| fact.path == [column.name.clone()])
            .cloned();
        view! { <ColumnRow shown fact column rows size has_footers/> }
    });
    let more = (!has_footers).then(|| {
        view! {
            <button class="button small" on:click=move |_| shown.go(Tab::Columns, &["footers"])>
                {format!("Read {} for sizes and encodings", counted(facts.files, "footer"))}
            </button>
        }
    });
    view! {
        <div class="table-line">
            <p class="grow">"Figures are "<Mark certainty=Certainty::Exact/>" exact, "<Mark certainty=Certainty::AtMost/>" or "<Mark certainty=Certainty::AtLeast/>" bounds, or "<Mark certainty=Certainty::Estimate/>" estimates. No data is read for them. Choose a column for its values."</p>
            {more}
        </div>
        <div class="scroll" tabindex="0" role="region" aria-label="Columns">
            <table class="sheet">
                <thead><tr>
                    <th scope="col">"Column"</th><th scope="col">"Type"</th><th scope="col">"NULL"</th><th scope="col">"Least"</th>
                    <th scope="col">"Greatest"</th><th scope="col">"Different values"</th>
                    {has_footers.then(|| view! { <th scope="col">"On disk"</th><th scope="col">"Encodings"</th><th scope="col">"Codec"</th> })}
                </tr></thead>
                <tbody>{each.collect_view()}</tbody>
            </table>
        </div>
        <p class="faint">{spent(&stats)}</p>
    }
}

/// The sign of how far a figure can be relied on.
#[component]
pub fn Mark(certainty: Certainty) -> impl IntoView {
    let (sign, words) = match certainty {
        Certainty::Exact => ("=", "exactly"),
        Certainty::AtMost => ("≤", "at most"),
        Certainty::AtLeast => ("≥", "at least"),
        Certainty::Estimate => ("≈", "about"),
    };
    view! { <span class="mark" data-certainty=words title=words><span aria-hidden="true">{sign}</span><span class="off-screen">{words}</span></span> }
}

#[component]
fn ColumnRow(
    shown: Shown,
    fact: ColumnFact,
    column: Option<Column>,
    rows: Option<u64>,
    size: u64,
    has_footers: bool,
) -> impl IntoView {
    let name = fact.path.join(" › ");
    let is_part = fact.path.len() > 1 || column.is_none();
    let comment = column.as_ref().and_then(|column| column.comment.clone());
    let partition = column.as_ref().is_some_and(|column| column.partition);
    let type_name = fact.type_name.clone();
    let brief = crate::ui::catalog::nested::brief(&fact.type_name);
    let open = RwSignal::new(false);
    let width = if has_footers { 9 } else { 6 };
    let head = match column.clone() {
        Some(_) => view! {
            <button class="link-like" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>{name.clone()}</button>
        }
        .into_any(),
        None => view! { <span class="faint">{name.clone()}</span> }.into_any(),
    };
    let footers = has_footers.then(|| {
        let share = fact.size_bytes.map(|bytes| ratio(bytes, size)).unwrap_or_default();
        let words = fact.size_bytes.map_or_else(|| "–".to_owned(), bytes);
        let raw = fact
            .raw_bytes
            .map(|raw| format!("{words} of {}, decompressed {}", bytes(size), bytes(raw)))
            .unwrap_or_default();
        view! {
            <td class="number">{words}{fact.size_bytes.map(|_| view! { <ShareBar share label=raw/> })}</td>
            <td>{fact.encodings.join(", ")}</td><td>{fact.codecs.join(", ")}</td>
        }
    });
    let detail = StoredValue::new(column);
    view! {
        <tr data-part=is_part.then_some("")>
            <th scope="row">{head}{partition.then(|| view! { <span class="tag">"partition"</span> })}
                {comment.map(|comment| view! { <span class="column-comment">{comment}</span> })}</th>
            <td title=type_name>{brief}</td>
            <td class="number"><Nulls nulls=fact.nulls rows/></td>
            <td class="value"><BoundCell bound=fact.min/></td>
            <td class="value"><BoundCell bound=fact.max/></td>
            <td class="number"><FigureCell figure=fact.distinct/></td>
            {footers}
        </tr>
        {move || open.get().then(|| detail.get_value().map(|column| view! {
            <tr class="detail"><td colspan=width.to_string()><Profile shown column/></td></tr>
        }))}
    }
}

#[component]
fn Nulls(nulls: Option<Figure>, rows: Option<u64>) -> impl IntoView {
    let Some(nulls) = nulls else {
        return view! { <span class="faint">"not told"</span> }.into_any();
    };
    let share = rows.filter(|rows| *rows > 0).map(|rows| ratio(nulls.value, rows));
    let words = match (nulls.value, share) {
        (0, _) if nulls.certainty == Certainty::Exact => "none".to_owned(),
        (0, _) => count(0),
        (_, Some(share)) => percent(share),
        (value, None) => count(value),
    };
    let label = format!(
        "{} of {} rows",
        count(nulls.value),
        rows.map_or_else(|| "?".to_owned(), count)
    );
    view! {
        <Mark certainty=nulls.certainty/><span title=label.clone()>{words}</span>
        {share.filter(|share| *share > 0.0).map(|share| view! { <ShareBar share label/> })}
    }
    .into_any()
}

/// A share in percent that is never rounded to nothing or to all.
fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent >= 99.95 && share < 1.0 => "> 99.9 %".to_owned(),
        percent if percent < 0.05 => "< 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

#[component]
fn BoundCell(bound: Option<Bound>) -> impl IntoView {
    match bound {
        Some(bound) => {
            view! { <Mark certainty=bound.certainty/><span title=bound.text.clone()>{bound.text.clone()}</span> }
                .into_any()
        }
        None => view! { <span class="faint">"not told"</span> }.into_any(),
    }
}

#[component]
fn FigureCell(figure: Option<Figure>) -> impl IntoView {
    match figure {
        Some(figure) => view! { <Mark certainty=figure.certainty/>{count(figure.value)} }.into_any(),
        None => view! { <span class="faint">"not told"</span> }.into_any(),
    }
}
