//! A column's values: read on request, with what that costs said before.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::shell::Shown;
use super::statements::{frequent, is_countable, profile, rows_with};
use super::values::{Row, shown as text_of};
use crate::error::Result;
use crate::protocol::{Column, Plan, Stats, Values};
use crate::ui::draw::{ShareBar, ratio};
use crate::ui::notice::ErrorBox;
use crate::ui::page::Page;
use crate::ui::wording::{self, count};

/// Values that are listed.
const FREQUENT: u32 = 12;

/// The names of what a profile tells, in the order of its statement, and their values.
type Figures = Vec<(String, Option<String>)>;

/// What was read of a column.
#[derive(Debug, Clone)]
struct Read {
    figures: Figures,
    /// Values and how often each is there.
    frequent: Vec<(Option<String>, u64)>,
    rows: u64,
    stats: Stats,
}

/// What is done about a column.
#[derive(Debug, Clone)]
enum State {
    Planning,
    Planned(Plan),
    Reading,
    Here(Read),
    Failed(crate::error::Error),
}

/// The values of a column.
#[component]
pub fn Profile(shown: Shown, column: Column) -> impl IntoView {
    let state = RwSignal::new(State::Planning);
    let column = StoredValue::new(column);
    let countable = column.with_value(|column| is_countable(&column.shape));
    let sql = column.with_value(|column| profile(&shown.name(), column));
    spawn_local(async move {
        let planned = shown.page.client().plan(sql, Values::default()).await;
        state.try_set(planned.map_or_else(State::Failed, State::Planned));
    });
    let read = move |_| {
        state.set(State::Reading);
        let (table, column) = (shown.name(), column.get_value());
        spawn_local(async move {
            let read = read(shown.page, &table, column, countable).await;
            state.try_set(read.map_or_else(State::Failed, State::Here));
        });
    };
    view! {
        <div class="profile">
            {move || match state.get() {
                State::Planning => view! { <p class="faint">"Finding out what its values cost…"</p> }.into_any(),
                State::Planned(plan) => view! {
                    <div class="table-line">
                        <p class="grow">{wording::promise(&plan, None)}"."</p>
                        <button class="button small primary" on:click=read>"Read the values"</button>
                    </div>
                }
                .into_any(),
                State::Reading => view! { <p class="faint" role="status">"Reading…"</p> }.into_any(),
                State::Failed(error) => view! { <ErrorBox error/> }.into_any(),
                State::Here(read) => view! { <Values shown column=column.get_value() read/> }.into_any(),
            }}
        </div>
    }
}

async fn read(page: Page, table: &str, column: Column, countable: bool) -> Result<Read> {
    let client = page.client();
    let (rows, answer) = client.rows_of(profile(table, &column), 1).await?;
    let names = answer.columns.iter().map(|column| column.name.clone());
    let values = rows.first().map(Vec::as_slice).unwrap_or_default();
    let total = Row::of(values).number().unwrap_or_default();
    let figures = names.zip(values.iter().map(text_of)).collect();
    let mut read = Read {
        figures,
        frequent: vec![],
        rows: total,
        stats: answer.stats,
    };
    if countable {
        let (rows, answer) = client.rows_of(frequent(table, &column, FREQUENT), FREQUENT).await?;
        let value = |row: &Vec<Value>| {
            let [value, times] = row.as_slice() else { return None };
            Some((text_of(value), text_of(times)?.parse().ok()?))
        };
        read.frequent = rows.iter().filter_map(value).collect();
        read.stats.requests += answer.stats.requests;
        read.stats.bytes += answer.stats.bytes;
        read.stats.millis += answer.stats.millis;
    }
    Ok(read)
}

#[component]
fn Values(shown: Shown, column: Column, read: Read) -> impl IntoView {
    let figure = |(name, value): (String, Option<String>)| {
        let name = if name == "distinct" {
            "different values (about)".to_owned()
        } else {
            name
        };
        let value = value.map_or_else(|| "NULL".to_owned(), |value| value.parse::<u64>().map_or(value, count));
        view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
    };
    let cost = format!(
        "{} · {}",
        wording::counted(read.stats.requests, "request"),
        wording::bytes(read.stats.bytes)
    );
    let rows = read.rows;
    let most = read.frequent.first().map_or(0, |(_, times)| *times);
    let column = StoredValue::new(column);
    let value = move |(value, times): (Option<String>, u64)| {
        let words = value.clone().unwrap_or_else(|| "NULL".to_owned());
        let share = format!("{} of {} rows", count(times), count(rows));
        let filter = move |_| {
            let sql = column.with_value(|column| rows_with(&shown.name(), column, value.as_deref()));
            shown.ask(&sql);
        };
        view! {
            <tr>
                <td class="value"><button class="link-like" title="Show the rows with this value" on:click=filter>{words}</button></td>
                <td class="number">{count(times)}</td>
                <td><ShareBar share=ratio(times, most) label=share/></td>
            </tr>
        }
    };
    let listed = (!read.frequent.is_empty()).then(|| view! {
        <table class="sheet frequent">
            <thead><tr><th scope="col">"Most frequent"</th><th scope="col">"Times"</th><th scope="col"><span class="off-screen">"Share"</span></th></tr></thead>
            <tbody>{read.frequent.into_iter().map(value).collect_view()}</tbody>
        </table>
    });
    view! {
        <dl class="profile-figures">{read.figures.into_iter().map(figure).collect_view()}</dl>
        {listed}
        <p class="faint">{cost}</p>
    }
}
