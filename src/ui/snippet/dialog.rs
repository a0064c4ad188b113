//! The "Use elsewhere" button and its dialog: choose a tool, read the code, copy it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{File, Files, Opened, Tool, bound, files, files_statement, snippet, used};
use crate::error::{Error, Kind, Result};
use crate::protocol::{Cell, Values};
use crate::ui::client::Window;
use crate::ui::clipboard::copy;
use crate::ui::history::page_url;
use crate::ui::page::Page;

const DIALOG: &str = "snippet-dialog";

/// The button and its dialog.
#[component]
pub fn SnippetButton(page: Page) -> impl IntoView {
    let tool = RwSignal::new(Tool::PySpark);
    let code = RwSignal::new(String::new());
    let show = move |chosen: Tool| {
        tool.set(chosen);
        write(page, chosen, tool, code);
    };
    let item = move |each: Tool| {
        view! {
            <label class="tool">
                <input type="radio" name="snippet-tool" prop:checked=move || tool.get() == each on:change=move |_| show(each)/>
                <span>{each.label()}</span>
            </label>
        }
    };
    let copy_code = move |_| {
        let text = code.get_untracked();
        spawn_local(async move {
            page.say(if copy(&text).await {
                "Code copied."
            } else {
                "The browser did not allow copying."
            });
        });
    };
    view! {
        <button class="button quiet small" popovertarget=DIALOG aria-haspopup="dialog" on:click=move |_| show(tool.get_untracked())
            disabled=move || page.sql.with(|sql| sql.trim().is_empty())>"Use elsewhere"</button>
        <div id=DIALOG class="dialog wide" popover="auto" role="dialog" aria-labelledby="snippet-title">
            <h2 id="snippet-title">"The same query elsewhere"</h2>
            <fieldset class="tools"><legend class="off-screen">"Tool"</legend>{Tool::ALL.map(item).collect_view()}</fieldset>
            <pre class="code" tabindex="0" aria-label="Code">{code}</pre>
            <p class="choice-note">"The tables are pinned to the versions that are open. The statement is copied as it stands, save for quotes, AS OF and the values of parameters: functions, the division of integers and the place of NULL in an order may differ."</p>
            <div class="actions">
                <button class="button primary" on:click=copy_code>"Copy"</button>
                <button class="button" popovertarget=DIALOG popovertargetaction="hide">"Close"</button>
            </div>
        </div>
    }
}

/// Writes the code for `tool`, unless another one was chosen meanwhile.
fn write(page: Page, chosen: Tool, tool: RwSignal<Tool>, code: RwSignal<String>) {
    let question = page.question();
    let sql = question.sql.clone();
    spawn_local(async move {
        // A table that is still being opened would be missing from the code.
        page.tables_settled().await;
        let mut tables = opened(page);
        if chosen == Tool::DuckDbFiles {
            code.set("-- The files of the tables are looked up…\n".to_owned());
            let wanted: Vec<String> = used(&tables, &sql).iter().map(|table| table.name.clone()).collect();
            for table in tables
                .iter_mut()
                .filter(|table| table.is_delta && wanted.contains(&table.name))
            {
                table.files = files_of(page, table).await;
            }
        }
        if tool.get_untracked() == chosen {
            let known = page.asking.parameters.get_untracked();
            code.set(snippet(chosen, &tables, &sql, &bound(&known, &question.parameters())));
        }
    });
}

/// The tables as they are open, without their secrets.
fn opened(page: Page) -> Vec<Opened> {
    let (clean, omitted) = page.link().without_secrets();
    let here = page_url();
    page.entries.with_untracked(|entries| {
        let tables = entries
            .iter()
            .filter_map(|entry| Some((entry.info()?, clean.table(&entry.link.name)?)));
        let table = |(info, link): (&crate::protocol::TableInfo, &crate::link::TableLink)| Opened {
            name: link.name.clone(),
            urls: link
                .source(&here)
                .map_or_else(|_| link.urls.clone(), |source| source.urls),
            is_delta: info.format == "delta",
            version: info.version,
            columns: info.columns.iter().map(|column| column.name.clone()).collect(),
            lacks_secret: omitted.iter().any(|omitted| omitted.table == link.name),
            files: Files::Unknown,
        };
        tables.map(table).collect()
    })
}

async fn files_of(page: Page, table: &Opened) -> Files {
    let has_partitions = page.entries.with_untracked(|entries| {
        let info = entries
            .iter()
            .find(|entry| entry.link.name == table.name)
            .and_then(|entry| entry.info());
        info.is_some_and(|info| info.columns.iter().any(|column| column.partition))
    });
    match listed(page, &table.name).await {
        Ok((is_mapped, listed)) => {
            let root = table.urls.first().map_or("", String::as_str);
            files(root, has_partitions, is_mapped, &listed)
        }
        Err(error) => Files::Refused(error.detail),
    }
}

async fn listed(page: Page, name: &str) -> Result<(bool, Vec<File>)> {
    let client = page.client();
    let answer = client.query(files_statement(name), Values::new(), |_| ()).await?;
    let window = Window {
        result: answer.result,
        start: 0,
        count: u32::try_from(answer.rows).unwrap_or(u32::MAX),
        columns: vec![0, 1, 2],
    };
    let rows = client.rows(window).await;
    // A result that is gone already is as good as dropped.
    let _ = client.drop_result(answer.result).await;
    let rows = rows?;
    let is_mapped = rows.iter().any(|row| text(row, 2) == "true");
    let file = |row: &Vec<Cell>| {
        if row.first().is_none_or(|path| path.cut) {
            return Err(Error::new(
                Kind::TooBig,
                name,
                "the path of one of its files is too long to be shown here.",
            ));
        }
        Ok(File {
            path: text(row, 0).to_owned(),
            deleted_rows: text(row, 1).parse().unwrap_or(u64::MAX),
        })
    };
    Ok((is_mapped, rows.iter().map(file).collect::<Result<_>>()?))
}

fn text(row: &[Cell], column: usize) -> &str {
    row.get(column)
        .and_then(|cell| cell.text.as_deref())
        .unwrap_or_default()
}
