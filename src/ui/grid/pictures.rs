//! Pictures: of bytes in a cell, and, only when the person asks, of where a text points to.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Element;

use super::binary::{picture_type_of_hex, picture_url};
use super::frame::{ColumnAt, Kind};
use super::paint::write;
use super::state::GridState;
use crate::error::Result;
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

/// A picture that a cell is to show.
#[derive(Debug, PartialEq)]
pub enum Picture {
    /// The cell's own bytes.
    Bytes {
        /// Its row.
        row: u64,
        /// Its column's place in the result.
        column: u32,
        /// What kind of picture they are.
        mime: &'static str,
    },
    /// What its text points to.
    At(String),
}

impl Picture {
    /// That of a cell: its bytes are one, or its text points to one and these are shown.
    pub fn of(grid: GridState, row: u64, at: ColumnAt, text: &str) -> Option<Self> {
        let column = at.column;
        match at.kind {
            Kind::Binary => picture_type_of_hex(text).map(|mime| Self::Bytes { row, column, mime }),
            Kind::Text if grid.pictures.with_untracked(|columns| columns.contains(&column)) => {
                url_of(grid, text).map(Self::At)
            }
            _ => None,
        }
    }
}

/// A small picture in a cell, or one on its way there. Dropped, it is taken out and not waited for any more.
pub struct Thumbnail {
    picture: Picture,
    shown: Rc<RefCell<Option<Shown>>>,
    rests: Option<TimeoutHandle>,
}

impl Thumbnail {
    /// Puts it into a cell's element.
    pub fn new(grid: GridState, picture: Picture, cell: &Element) -> Self {
        let shown = Rc::new(RefCell::new(None));
        let mut rests = None;
        match &picture {
            Picture::At(url) => *shown.borrow_mut() = Shown::new(cell, url, None),
            Picture::Bytes { row, column, mime } => {
                let (row, column) = (*row, *column);
                let bytes = async move { grid.page.client().bytes(grid.shown_result(), row, column).await };
                let load = load(bytes, mime, cell.clone(), Rc::downgrade(&shown));
                rests = set_timeout_with_handle(move || spawn_local(load), REST).ok();
            }
        }
        Self { picture, shown, rests }
    }

    /// Which one.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }
}

impl Drop for Thumbnail {
    fn drop(&mut self) {
        if let Some(timer) = self.rests {
            timer.clear();
        }
        self.shown.take();
    }
}

async fn load(
    bytes: impl Future<Output = Result<ArrayBuffer>>,
    mime: &'static str,
    cell: Element,
    place: Weak<RefCell<Option<Shown>>>,
) {
    // A picture that cannot be had is shown as its digits.
    let held = bytes
        .await
        .ok()
        .and_then(|bytes| Held::new(&Uint8Array::new(&bytes), mime));
    // The cell may show another one meanwhile.
    if let Some((place, held)) = place.upgrade().zip(held) {
        *place.borrow_mut() = Shown::new(&cell, &held.0.clone(), Some(held));
    }
}

/// A picture's element, taken out when dropped.
struct Shown {
    image: Element,
    _held: Option<Held>,
}

impl Shown {
    fn new(cell: &Element, url: &str, held: Option<Held>) -> Option<Self> {
        let image = document().create_element("img").ok()?;
        for (name, value) in [("class", "thumbnail"), ("alt", ""), ("loading", "lazy"), ("src", url)] {
            write(&image, name, Some(value));
        }
        cell.append_child(&image).ok()?;
        Some(Self { image, _held: held })
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.image.remove();
    }
}
