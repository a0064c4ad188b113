//! Two versions held against each other: columns, files, and on request rows.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::asked::{Shown as ShownWhenHere, asked, spent};
use super::row_changes::{CellChange, RowChange, by_key, columns_by_key, counted as counted_rows};
use super::shell::Shown;
use super::statements::{self, is_comparable};
use super::values::{Row, shown as text_of};
use crate::error::{Error, Result};
use crate::link::Tab;
use crate::protocol::{Column, Plan, Stats, Values};
use crate::ui::notice::ErrorBox;
use crate::ui::page::Page;
use crate::ui::wording::{self, bytes, count, counted};

/// Rows and files that are listed; the statements behind them give all.
const LISTED: u32 = 200;

/// The comparison of two versions.
#[component]
pub fn Compare(shown: Shown, versions: (u64, u64)) -> impl IntoView {
    let (from, to) = versions;
    view! {
        <section class="compare" aria-label=format!("Version {from} compared with version {to}")>
            <div class="table-line">
                <h3 class="grow">{format!("Version {from} compared with version {to}")}</h3>
                <button class="button small quiet" on:click=move |_| shown.go(Tab::History, &[&to.to_string(), &from.to_string()])>"The other way round"</button>
                <button class="icon" aria-label="Close the comparison" on:click=move |_| shown.go(Tab::History, &[])>"×"</button>
            </div>
            <Schema shown versions/>
            <FileChanges shown versions/>
            <Rows shown versions/>
        </section>
    }
}

/// Changes of columns are told from the older to the newer version.
#[component]
fn Schema(shown: Shown, versions: (u64, u64)) -> impl IntoView {
    let page = shown.page;
    let ordered = (versions.0.min(versions.1), versions.0.max(versions.1));
    let key = move || shown.opened.get();
    let state = asked(page, key, move |opened| async move {
        let sql = statements::schema_changes(&opened.name, ordered);
        let (rows, answer) = page.client().rows_of(sql, LISTED).await?;
        let names: Vec<String> = answer.columns.iter().map(|column| column.name.clone()).collect();
        Ok(((names, rows), answer.stats))
    });
    view! {
        <h4>"Columns and properties"</h4>
        <ShownWhenHere state let:told let:_stats>{
            let (names, rows) = told;
            if rows.is_empty() {
                view! { <p>"The same columns, types and properties."</p> }.into_any()
            } else {
                view! { <Cells names rows/> }.into_any()
            }
        }</ShownWhenHere>
    }
}

/// Rows as they come.
#[component]
fn Cells(names: Vec<String>, rows: Vec<Vec<Value>>) -> impl IntoView {
    let row = |row: Vec<Value>| {
        view! { <tr>{row.iter().map(|value| view! { <td>{text_of(value)}</td> }).collect_view()}</tr> }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Changes"><table class="sheet">
            <thead><tr>{names.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr></thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table></div>
    }
}

#[component]
fn FileChanges(shown: Shown, versions: (u64, u64)) -> impl IntoView {
    let page = shown.page;
    let key = move || shown.opened.get();
    let state = asked(page, key, move |opened| async move {
        let sql = statements::file_changes(&opened.name, versions);
        let (rows, answer) = page.client().rows_of(sql, 100_000).await?;
        Ok((rows, answer.stats))
    });
    view! {
        <h4>"Files"</h4>
        <ShownWhenHere state let:rows let:stats>{view! { <FilesOf rows stats/> }}</ShownWhenHere>
    }
}

#[component]
fn FilesOf(rows: Vec<Vec<Value>>, stats: Stats) -> impl IntoView {
    let of = |change: &str| {
        let these = rows
            .iter()
            .filter(|row| row.first().and_then(Value::as_str) == Some(change));
        let (mut files, mut size) = (0, 0);
        for row in these {
            files += 1;
            size += Row::of(row.get(2..).unwrap_or_default()).number().unwrap_or(0);
        }
        format!("{} ({}) {change}", counted(files, "file"), bytes(size))
    };
    let words = if rows.is_empty() {
        "The same files.".to_owned()
    } else {
        format!("{}, {}.", of("added"), of("removed"))
    };
    let listed = rows.len().min(LISTED as usize);
    let row = |row: &Vec<Value>| {
        let mut row = Row::of(row);
        let (change, path) = (row.text().unwrap_or_default(), row.text());
        let (size, rows, deleted) = (row.number(), row.number(), row.number());
        view! {
            <tr data-change=change.clone()>
                <td><span class="change" data-change=change.clone()>{change.clone()}</span></td><td class="path">{path}</td>
                <td class="number">{size.map(bytes)}</td><td class="number">{rows.map(count)}</td><td class="number">{deleted.map(count)}</td>
            </tr>
        }
    };
    let table = (!rows.is_empty()).then(|| view! {
        <details class="more"><summary>{format!("List {}", counted(listed as u64, "file"))}</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Files that differ"><table class="sheet">
                <thead><tr><th scope="col">"Change"</th><th scope="col">"File"</th><th scope="col">"Size"</th><th scope="col">"Rows"</th><th scope="col">"Deleted rows"</th></tr></thead>
                <tbody>{rows.iter().take(listed).map(row).collect_view()}</tbody>
            </table></div>
        </details>
    });
    view! { <p>{words}</p>{table}<p class="faint">{spent(&stats)}</p> }
}

/// How far the comparison of rows is.
#[derive(Debug, Clone)]
enum State {
    Idle,
    Planning,
    Planned(Plan),
    Reading,
    Here(Differences),
    Failed(Error),
}

/// Rows that differ.
#[derive(Debug, Clone)]
struct Differences {
    names: Vec<String>,
    rows: Vec<(RowChange, u64)>,
    all: u64,
    stats: Stats,
}

#[component]
fn Rows(shown: Shown, versions: (u64, u64)) -> impl IntoView {
    let columns = shown.info.get_untracked().map(|info| info.columns).unwrap_or_default();
    let key = RwSignal::new(untrack(|| shown.part(2)).filter(|key| !key.is_empty()));
    let state = RwSignal::new(State::Idle);
    let columns = StoredValue::new(columns);
    let keys = move || key.get_untracked().into_iter().collect::<Vec<_>>();
    let sql = move || columns.with_value(|columns| statements::row_changes(&shown.name(), versions, columns, &keys()));
    let plan = move || {
        state.set(State::Planning);
        let sql = sql();
        spawn_local(async move {
            let planned = shown.page.client().plan(sql, Values::default()).await;
            state.try_set(planned.map_or_else(State::Failed, State::Planned));
        });
    };
    let read = move |_| {
        state.set(State::Reading);
        let (sql, columns, keys) = (sql(), columns.get_value(), keys());
        spawn_local(async move {
            let read = differences(shown.page, sql, columns, keys).await;
            state.try_set(read.map_or_else(State::Failed, State::Here));
        });
    };
    let choose = move |event: leptos::ev::Event| {
        let name = event_target_value(&event);
        key.set(Some(name).filter(|name| !name.is_empty()));
        plan();
    };
    let options = columns.with_value(|columns| {
        let comparable = columns.iter().filter(|column| is_comparable(&column.shape));
        comparable
            .map(|column| {
                let name = column.name.clone();
                let is_key = key.get_untracked().as_ref() == Some(&name);
                view! { <option value=name.clone() selected=is_key>{name.clone()}</option> }
            })
            .collect_view()
    });
    view! {
        <h4>"Rows"</h4>
        <div class="table-line">
            <label class="choice">"Rows are the same by "
                <select class="field" on:change=choose>
                    <option value="">"all their values"</option>{options}
                </select>
            </label>
            <button class="button small" on:click=move |_| plan()>"What would it read?"</button>
            <button class="button small quiet" on:click=move |_| shown.ask(&sql())>"Open as SQL"</button>
        </div>
        {move || match state.get() {
            State::Idle => view! { <p class="faint">"Only files that differ are read: rows of files that both versions have are the same."</p> }.into_any(),
            State::Planning => view! { <p class="faint" role="status">"Finding out what it costs…"</p> }.into_any(),
            State::Planned(plan) => view! {
                <div class="table-line"><p class="grow">{wording::promise(&plan, None)}"."</p>
                    <button class="button small primary" on:click=read>"Compare the rows"</button></div>
            }
            .into_any(),
            State::Reading => view! { <p class="faint" role="status">"Comparing…"</p> }.into_any(),
            State::Failed(error) => view! { <ErrorBox error/> }.into_any(),
            State::Here(differences) => view! { <DifferencesOf differences/> }.into_any(),
        }}
    }
}

async fn differences(page: Page, sql: String, columns: Vec<Column>, key: Vec<String>) -> Result<Differences> {
    let (rows, answer) = page.client().rows_of(sql, LISTED).await?;
    let names = columns_by_key(&columns, &key).into_iter().map(str::to_owned).collect();
    let rows = if key.is_empty() {
        counted_rows(&rows)
    } else {
        by_key(&rows, key.len()).into_iter().map(|change| (change, 1)).collect()
    };
    Ok(Differences {
        names,
        rows,
        all: answer.rows,
        stats: answer.stats,
    })
}

#[component]
fn DifferencesOf(differences: Differences) -> impl IntoView {
    let Differences {
        names,
        rows,
        all,
        stats,
    } = differences;
    if all == 0 {
        return view! { <p role="status">"No row differs."</p> }.into_any();
    }
    let listed = rows.len() as u64;
    let words = if listed < all {
        format!("{} differ; the first {} are shown.", counted(all, "row"), count(listed))
    } else {
        format!("{} differ.", counted(all, "row"))
    };
    let cell = |cell: CellChange| {
        match cell {
        CellChange::Same(value) => view! { <td class="value">{value.unwrap_or_else(|| "NULL".to_owned())}</td> }.into_any(),
        CellChange::Changed(before, after) => view! {
            <td class="value changed"><del>{before.unwrap_or_else(|| "NULL".to_owned())}</del>" "<ins>{after.unwrap_or_else(|| "NULL".to_owned())}</ins></td>
        }
        .into_any(),
    }
    };
    let row = |(change, times): (RowChange, u64)| {
        let word = if times > 1 {
            format!("{} × {times}", change.change)
        } else {
            change.change.clone()
        };
        view! {
            <tr data-change=change.change.clone()>
                <td><span class="change" data-change=change.change.clone()>{word}</span></td>
                {change.cells.into_iter().map(cell).collect_view()}
            </tr>
        }
    };
    view! {
        <p role="status">{words}</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Rows that differ"><table class="sheet">
            <thead><tr><th scope="col">"Change"</th>{names.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr></thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table></div>
        <p class="faint">{spent(&stats)}</p>
    }
    .into_any()
}
