//! The pane of the chart: what is chosen, the picture, what it leaves out, and its numbers.

use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::canvas::{Canvas, Drawn, File};
use super::form::{Choices, Form};
use super::propose::fields;
use super::{Chart, Picture, Probe, Table};
use crate::error::{Error, Result};
use crate::link::ChartLink;
use crate::protocol::{Answer, Column, ResultId};
use crate::ui::notice::ErrorBox;
use crate::ui::page::Page;
use crate::ui::save::download;
use crate::ui::wording::count;

/// All that a chart is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What the link says.
    pub link: ChartLink,
    /// Over which result.
    pub result: ResultId,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Is it the whole answer?
    pub complete: bool,
}

impl Subject {
    fn new(link: ChartLink, answer: &Answer) -> Self {
        Self {
            link,
            result: answer.result,
            columns: answer.columns.clone(),
            complete: answer.complete,
        }
    }

    /// The chart, or why there is none.
    pub fn chart(&self) -> std::result::Result<Chart, String> {
        Chart::resolve(&self.link, &self.columns)
    }
}

/// The chart of the result that is there.
#[component]
pub fn ChartPane(page: Page) -> impl IntoView {
    let subject = Memo::new(move |_| {
        let link = page.chart.get()?;
        page.run
            .with(|run| run.answer().map(|answer| Subject::new(link, answer)))
    });
    let columns = Memo::new(move |_| subject.with(|subject| subject.as_ref().map(|subject| subject.columns.clone())));
    // It stays open when another statement is run.
    let is_open = RwSignal::new(false);
    move || {
        columns
            .get()
            .map(|columns| view! { <Charted page subject columns is_open/> })
    }
}

#[component]
fn Charted(page: Page, subject: Memo<Option<Subject>>, columns: Vec<Column>, is_open: RwSignal<bool>) -> impl IntoView {
    let picture = RwSignal::new(None::<Picture>);
    let failure = RwSignal::new(None::<Error>);
    // Without the program that draws, the numbers are there still.
    let lost = RwSignal::new(None::<Error>);
    let is_busy = RwSignal::new(false);
    let canvas = Canvas::new();
    let chart = Memo::new(move |_| subject.with(|subject| subject.as_ref().map(Subject::chart)));
    let under_way = StoredValue::new(None::<AbortHandle>);
    let stop = move || {
        let handle = under_way.try_update_value(Option::take);
        handle.flatten().iter().for_each(AbortHandle::abort);
    };
    Effect::new(move |_| {
        stop();
        failure.set(None);
        let (Some(subject), Some(Ok(chart))) = (subject.get(), chart.get()) else {
            is_busy.set(false);
            return picture.set(None);
        };
        let (abort, registration) = AbortHandle::new_pair();
        under_way.set_value(Some(abort));
        is_busy.set(true);
        spawn_local(async move {
            // Aborted means that another chart takes its place.
            if let Ok(outcome) = Abortable::new(compute(page, subject, chart), registration).await {
                is_busy.try_set(false);
                failure.try_set(outcome.as_ref().err().cloned());
                picture.try_set(outcome.ok());
            }
        });
    });
    on_cleanup(stop);
    let shown = Memo::new(move |_| picture.get());
    let has_picture = Memo::new(move |_| shown.with(Option::is_some));
    let is_empty =
        Memo::new(move |_| shown.with(|picture| picture.as_ref().is_some_and(|picture| picture.table.total == 0)));
    let is_hidden = Signal::derive(move || !has_picture.get() || is_empty.get() || lost.with(Option::is_some));
    let why = move || chart.get().and_then(std::result::Result::err);
    view! {
        <div class="chart">
            <Form choices=Choices { page, subject, chart } fields=StoredValue::new(fields(&columns)) save=Callback::new(move |file| save_as(page, canvas, file)) can_save=has_picture/>
            {move || why().map(|why| view! {
                <div class="chart-note" role="status">
                    <p>{why}</p>
                    <button class="button small" on:click=move |_| propose(page)>"Propose a chart"</button>
                </div>
            })}
            {move || failure.get().or_else(|| lost.get()).map(|error| view! { <ErrorBox error/> })}
            <Notes picture=shown/>
            <p class="empty" hidden=Signal::derive(move || !is_empty.get())>"There is nothing to draw: no row has the values that this chart needs."</p>
            <p class="empty" role="status" hidden=Signal::derive(move || !is_busy.get() || has_picture.get())>"The chart is being computed…"</p>
            <div class="chart-place" aria-busy=Signal::derive(move || is_busy.get().to_string()) hidden=is_hidden>
                <Drawn canvas picture=shown failure=lost/>
            </div>
            <Numbers picture=shown is_open/>
        </div>
    }
}

async fn compute(page: Page, subject: Subject, chart: Chart) -> Result<Picture> {
    let first = page.client().derive(subject.result, chart.probe_sql()).await?;
    let probe = Probe::read(&chart, &first);
    let rows = page.client().derive(subject.result, chart.data_sql(&probe)).await?;
    Ok(chart.picture(&probe, subject.complete, &rows))
}

fn propose(page: Page) {
    page.chart.set(Some(ChartLink::default()));
    page.commit();
}

fn save_as(page: Page, canvas: Canvas, file: File) {
    let (name, mime) = match file {
        File::Png => ("limn-chart.png", "image/png"),
        File::Svg => ("limn-chart.svg", "image/svg+xml"),
    };
    spawn_local(async move {
        let saved = canvas.file(file).await.map(|bytes| download(&bytes, name, mime));
        match saved {
            Some(true) => page.say(format!("Saved as {name}.")),
            Some(false) => page.say("The browser did not allow saving a file."),
            None => page.say("The picture could not be written."),
        }
    });
}

/// What the chart leaves out or brings together.
#[component]
fn Notes(picture: Memo<Option<Picture>>) -> impl IntoView {
    let notes = Memo::new(move |_| {
        picture.with(|picture| {
            picture
                .as_ref()
                .map(|picture| picture.notes.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <ul class="chart-notes" hidden=Signal::derive(move || notes.with(Vec::is_empty))>
            {move || notes.get().into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}
        </ul>
    }
}

/// The drawn numbers; the table is there only while it is open.
#[component]
fn Numbers(picture: Memo<Option<Picture>>, is_open: RwSignal<bool>) -> impl IntoView {
    let table = Memo::new(move |_| {
        is_open
            .get()
            .then(|| picture.with(|picture| picture.as_ref().map(|picture| picture.table.clone())))
            .flatten()
    });
    let has_none =
        Signal::derive(move || picture.with(|picture| picture.as_ref().is_none_or(|picture| picture.table.total == 0)));
    let words = move || {
        if is_open.get() {
            "Hide the numbers"
        } else {
            "Show the numbers"
        }
    };
    let words = Signal::derive(move || words().to_owned());
    view! {
        <div class="chart-numbers" hidden=has_none>
            <button class="button quiet small" aria-expanded=Signal::derive(move || is_open.get().to_string()) aria-controls="chart-table"
                on:click=move |_| is_open.update(|open| *open = !*open)>
                {words}
            </button>
            <div id="chart-table" class="chart-table" tabindex="0" role="region" aria-label="Numbers of the chart" hidden=Signal::derive(move || !is_open.get())>
                {move || table.get().map(table_view)}
            </div>
        </div>
    }
}

fn table_view(table: Table) -> impl IntoView {
    let shown = table.rows.len();
    let more = (table.total > shown).then(|| {
        format!(
            "The first {} of {} rows.",
            count(shown as u64),
            count(table.total as u64)
        )
    });
    let row = |row: Vec<String>| {
        let mut cells = row.into_iter();
        let first = cells.next();
        view! { <tr><th scope="row">{first}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
    };
    view! {
        {more.map(|more| view! { <p class="faint">{more}</p> })}
        <table class="facts">
            <thead><tr>{table.head.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr></thead>
            <tbody>{table.rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}
