//! The act of saving: a place is chosen, rows are written, and a file that is not complete is given up.

use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::files::Target;
use super::{Format, Rows, Saving, Written, file_name, part_names, saved_words};
use crate::error::Result;
use crate::protocol::{Request, Saved, Split};
use crate::ui::page::Page;

/// What the dialog says.
pub struct Order {
    pub rows: Rows,
    pub format: Format,
    pub name: String,
    pub split: Option<Split>,
}

/// Saves. Called from a click: the browser asks for a place only then.
pub fn save(page: Page, order: Order) {
    stop(page);
    let (abort, registration) = AbortHandle::new_pair();
    page.stop_save.set_value(Some(abort));
    spawn_local(async move {
        let names = match order.split {
            Some(_) => part_names(&order.name, order.format.extension),
            None => vec![file_name(&order.name, order.format.extension)],
        };
        let outcome = Abortable::new(write(page, &order, &names), registration).await;
        let ended = match outcome {
            Ok(Ok(Some(words))) => Saving::Ended { words, well: true },
            Ok(Ok(None)) => Saving::Idle,
            Ok(Err(error)) => Saving::Ended {
                words: format!("Not saved. {}", error.detail),
                well: false,
            },
            Err(_) => Saving::Ended {
                words: "Stopped. The file was given up.".to_owned(),
                well: false,
            },
        };
        page.saving.set(ended);
    });
}

/// Stops what is written, if anything is.
pub fn stop(page: Page) {
    let handle = page.stop_save.try_update_value(Option::take);
    handle.flatten().iter().for_each(AbortHandle::abort);
}

async fn write(page: Page, order: &Order, names: &[String]) -> Result<Option<String>> {
    let Some(target) = Target::choose(names, order.format.mime).await? else {
        return Ok(None);
    };
    let names = target.names();
    let name = names.join(", ");
    let tell = move |written: Written| {
        let name = name.clone();
        page.saving.set(Saving::Writing { name, written });
    };
    tell(Written::default());
    page.tables_settled().await;
    let saved = pour(page, order, &target, tell).await?;
    target.close().await?;
    Ok(Some(saved_words(&names, &saved)))
}

async fn pour(page: Page, order: &Order, target: &Target, tell: impl Fn(Written) + 'static) -> Result<Saved> {
    let take = |chunk: crate::ui::client::Chunk| target.write(chunk.file, chunk.bytes);
    let request = Request::Save {
        rows: order.rows.request(),
        format: order.format.format,
        split: order.split.clone(),
    };
    page.client().save(request, take, tell).await
}
