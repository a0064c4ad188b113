//! The "Export" button, its dialog, and the line that tells how far a file is.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::act::{Order, save, stop};
use super::split::{SplitChoice, SplitFields};
use super::{FORMATS, Format, Rows, STEM, Saving};
use crate::ui::page::Page;
use crate::ui::tables::size_of_scanned;
use crate::ui::wording;

const DIALOG: &str = "save-dialog";

/// What is chosen in the dialog.
#[derive(Clone, Copy)]
struct Choice {
    /// Which of the rows that can be saved.
    rows: RwSignal<usize>,
    format: RwSignal<Format>,
    name: RwSignal<String>,
    split: SplitChoice,
    /// What running the statement would read.
    promise: RwSignal<String>,
}

/// The button and its dialog.
#[component]
pub fn SaveButton(page: Page) -> impl IntoView {
    let [first, ..] = FORMATS;
    let choice = Choice {
        rows: RwSignal::new(0),
        format: RwSignal::new(first),
        name: RwSignal::new(STEM.to_owned()),
        split: SplitChoice::new(),
        promise: RwSignal::default(),
    };
    let choices = Memo::new(move |_| {
        let asked = page.asking.asked.get();
        page.sql.track();
        page.asking.tabs.track();
        let editor = page.question();
        page.run.with(|run| {
            Rows::choices(
                run,
                (&asked.sql, &asked.parameters()),
                (&editor.sql, &editor.parameters()),
            )
        })
    });
    let opened = move |_| {
        choice.rows.set(0);
        promise(page, choice, choices);
    };
    view! {
        <div class="export">
            <button class="button quiet small" popovertarget=DIALOG aria-haspopup="dialog" on:click=opened
                disabled=move || choices.with(Vec::is_empty) || page.saving.with(Saving::is_under_way)>"Export"</button>
            <div id=DIALOG class="dialog" popover="auto" role="dialog" aria-labelledby="save-title">
                <h2 id="save-title">"Save rows as a file"</h2>
                <RowsChoice page choice choices/>
                <FormatChoice choice/>
                <SplitFields choice=choice.split/>
                <label class="named-field">
                    <span>"Name"</span>
                    <input type="text" class="text-field" spellcheck="false" autocomplete="off"
                        prop:value=choice.name on:input=move |event| choice.name.set(event_target_value(&event))/>
                </label>
                <div class="actions">
                    <button class="button primary" popovertarget=DIALOG popovertargetaction="hide" disabled=move || choice.split.chosen().is_err()
                        on:click=move |_| order(page, choice, choices)>"Save"</button>
                    <button class="button" popovertarget=DIALOG popovertargetaction="hide">"Close"</button>
                </div>
            </div>
        </div>
    }
}

#[component]
fn RowsChoice(page: Page, choice: Choice, choices: Memo<Vec<Rows>>) -> impl IntoView {
    let item = move |(at, rows): (usize, Rows)| {
        let choose = move |_| {
            choice.rows.set(at);
            promise(page, choice, choices);
        };
        view! {
            <label class="choice">
                <input type="radio" name="save-rows" prop:checked=move || choice.rows.get() == at on:change=choose/>
                <span>{rows.label()} <span class="choice-hint">{rows.hint()}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="choices">
            <legend>"Rows"</legend>
            {move || choices.get().into_iter().enumerate().map(item).collect_view()}
            <p class="choice-hint promise-line" role="status">{choice.promise}</p>
        </fieldset>
    }
}

#[component]
fn FormatChoice(choice: Choice) -> impl IntoView {
    let item = move |format: Format| {
        view! {
            <label class="choice">
                <input type="radio" name="save-format" prop:checked=move || choice.format.get() == format on:change=move |_| choice.format.set(format)/>
                <span>{format.label} <span class="choice-hint">{format.hint}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="choices">
            <legend>"Format"</legend>
            {FORMATS.map(item).collect_view()}
        </fieldset>
    }
}

/// Finds out what running the statement would read, and says it before anything is read.
fn promise(page: Page, choice: Choice, choices: Memo<Vec<Rows>>) {
    choice.promise.set(String::new());
    let at = choice.rows.get_untracked();
    let chosen = move || choices.with_untracked(|choices| choices.get(at).cloned());
    let statement = |rows: &Rows| rows.statement().map(|(sql, values)| (sql.to_owned(), values.clone()));
    let Some((sql, values)) = chosen().as_ref().and_then(statement) else {
        return;
    };
    spawn_local(async move {
        page.tables_settled().await;
        let words = match page.client().plan(sql.clone(), values.clone()).await {
            Ok(plan) => {
                let size = page.entries.with_untracked(|entries| size_of_scanned(entries, &plan));
                format!("{}.", wording::promise(&plan, size))
            }
            Err(error) => format!("The statement cannot be run: {}", error.detail),
        };
        let is_still_meant =
            choice.rows.get_untracked() == at && chosen().as_ref().and_then(statement) == Some((sql, values));
        if is_still_meant {
            choice.promise.set(words);
        }
    });
}

fn order(page: Page, choice: Choice, choices: Memo<Vec<Rows>>) {
    let rows = choices.with_untracked(|choices| choices.get(choice.rows.get_untracked()).cloned());
    if let (Some(rows), Ok(split)) = (rows, untrack(|| choice.split.chosen())) {
        let order = Order {
            rows,
            format: choice.format.get_untracked(),
            name: choice.name.get_untracked(),
            split,
        };
        save(page, order);
    }
}

/// One line while a file is written, and how it ended.
#[component]
pub fn SaveLine(page: Page) -> impl IntoView {
    let under_way = Memo::new(move |_| page.saving.with(Saving::is_under_way));
    let well = move || {
        page.saving
            .with(|saving| !matches!(saving, Saving::Ended { well: false, .. }))
    };
    let act = move |_| {
        if under_way.get_untracked() {
            stop(page);
        } else {
            page.saving.set(Saving::Idle);
        }
    };
    view! {
        <div class="save-line" hidden=move || page.saving.with(|saving| *saving == Saving::Idle) data-failed=move || (!well()).then_some("")>
            <p>{move || page.saving.with(Saving::words)}</p>
            <button class="button small" on:click=act>{move || if under_way.get() { "Stop saving" } else { "Dismiss" }}</button>
        </div>
        <p class="off-screen" role="status">{move || page.saving.with(|saving| match saving {
            Saving::Ended { words, .. } => words.clone(),
            Saving::Writing { .. } => "Rows are being saved.".to_owned(),
            Saving::Idle => String::new(),
        })}</p>
    }
}
