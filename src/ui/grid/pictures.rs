//! Pictures: of bytes in a cell, and, only when the person asks, of where a text points to.

use std::time::Duration;

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::binary::{picture_type_of_hex, picture_url};
use super::state::{GridState, Slot};
use crate::ui::history::page_url;

/// A row that only scrolls by is not fetched.
const REST: Duration = Duration::from_millis(120);

/// A picture as the browser holds it, given back when nobody shows it any more.
#[derive(Debug)]
pub struct Held(pub String);

impl Held {
    /// The browser's own URL for some bytes.
    pub fn new(bytes: &Uint8Array, mime: &str) -> Option<Self> {
        let options = web_sys::BlobPropertyBag::new();
        options.set_type(mime);
        let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&Array::of1(bytes), &options).ok()?;
        web_sys::Url::create_object_url_with_blob(&blob).ok().map(Self)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A URL that the browser does not know holds nothing.
        let _ = web_sys::Url::revoke_object_url(&self.0);
    }
}

/// Where the picture lies that a text names; relative ones lie in the table, when only one is open.
pub fn url_of(grid: GridState, text: &str) -> Option<String> {
    let table = grid.page.entries.with_untracked(|entries| match entries.as_slice() {
        [one] => one.link.urls.first().cloned(),
        _ => None,
    });
    picture_url(text, &page_url(), table.as_deref()).map(|url| url.to_string())
}

/// A small picture in a cell, when its bytes are one, or its text points to one and these are shown.
#[component]
pub fn Thumbnail(
    grid: GridState,
    row: Memo<Option<u64>>,
    at: Memo<Option<Slot>>,
    text: Memo<(&'static str, String)>,
    is_binary: bool,
) -> impl IntoView {
    let wanted = Memo::new(move |_| {
        let (row, (_, column)) = row.get().zip(at.get())?;
        if !is_binary && !grid.pictures.with(|columns| columns.contains(&column)) {
            return None;
        }
        let (look, text) = text.get();
        let text = Some(text).filter(|_| look == "text")?;
        if is_binary {
            picture_type_of_hex(&text).map(|mime| (row, column, mime, String::new()))
        } else {
            url_of(grid, &text).map(|url| (row, column, "", url))
        }
    });
    move || {
        wanted.get().map(|(row, column, mime, url)| match mime {
            "" => view! { <img class="thumbnail" src=url alt="" loading="lazy"/> }.into_any(),
            mime => view! { <OfBytes grid row column mime/> }.into_any(),
        })
    }
}

#[component]
fn OfBytes(grid: GridState, row: u64, column: u32, mime: &'static str) -> impl IntoView {
    let held = RwSignal::new_local(None::<Held>);
    let load = async move {
        let bytes = grid.page.client().bytes(grid.shown_result(), row, column).await;
        // The cell may be gone; a picture that cannot be had is shown as its digits.
        if let Some(picture) = bytes.ok().and_then(|bytes| Held::new(&Uint8Array::new(&bytes), mime)) {
            held.try_set(Some(picture));
        }
    };
    if let Ok(timer) = set_timeout_with_handle(move || spawn_local(load), REST) {
        on_cleanup(move || timer.clear());
    }
    move || {
        held.with(|held| {
            held.as_ref()
                .map(|held| view! { <img class="thumbnail" src=held.0.clone() alt=""/> })
        })
    }
}
