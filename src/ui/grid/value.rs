//! One whole value for reading: a tree, a picture, bytes, or text.

use std::sync::Arc;

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::binary::{dump, picture_type};
use super::json::{Node, tree};
use super::pictures::{Held, url_of};
use super::selection::Place;
use super::state::GridState;
use crate::error::Result;
use crate::protocol::Shape;
use crate::ui::client::Window;
use crate::ui::wording::{bytes, count};

/// Characters that are shown; a browser lays out a megabyte of text in one block without a pause. Copying takes all.
const SHOWN_CHARS: usize = 500_000;
/// Bytes that are shown as digits.
const SHOWN_BYTES: usize = 64 << 10;
/// Longer JSON is shown as text: its tree would take many times its size.
const TREE_BYTES: usize = 2 << 20;
/// Members of a list or object that are shown at once.
const MEMBERS: usize = 200;

/// A whole value.
#[derive(Debug, Clone, PartialEq)]
pub enum Whole {
    /// NULL.
    Null,
    /// Its text.
    Text(String),
    /// Its bytes.
    Bytes(Arc<Vec<u8>>),
}

impl Whole {
    /// What is copied: bytes as hexadecimal digits.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => bytes
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .filter_map(|digit| char::from_digit(digit.into(), 16))
                .collect(),
        }
    }
}

/// Asks the engine for a value.
pub async fn load(grid: GridState, place: Place, column: u32) -> Result<Whole> {
    let (client, result) = (grid.page.client(), grid.shown_result());
    if grid.column(column).is_none_or(|known| known.shape != Shape::Binary) {
        let text = client.cell(result, place.row, column).await?;
        return Ok(text.map_or(Whole::Null, Whole::Text));
    }
    let window = Window {
        result,
        start: place.row,
        count: 1,
        columns: vec![column],
    };
    let cell = client.rows(window).await?.pop().and_then(|mut row| row.pop());
    if cell.is_some_and(|cell| cell.text.is_none()) {
        return Ok(Whole::Null);
    }
    let bytes = client.bytes(result, place.row, column).await?;
    Ok(Whole::Bytes(Arc::new(Uint8Array::new(&bytes).to_vec())))
}

/// A value on the screen.
#[component]
pub fn WholeView(grid: GridState, whole: Whole) -> impl IntoView {
    match whole {
        Whole::Null => view! { <p class="panel-note"><span class="null-badge">"NULL"</span></p> }.into_any(),
        Whole::Text(text) if text.is_empty() => view! { <p class="panel-note faint">"An empty text."</p> }.into_any(),
        Whole::Text(text) => {
            let node = (text.len() <= TREE_BYTES).then(|| tree(&text)).flatten();
            match node {
                Some(node) => view! { <TreeOrText node text/> }.into_any(),
                None => view! { <PictureOfText grid text=text.clone()/><Text text/> }.into_any(),
            }
        }
        Whole::Bytes(bytes) => view! { <Bytes bytes/> }.into_any(),
    }
}

#[component]
fn Text(text: String) -> impl IntoView {
    let cut = text.char_indices().nth(SHOWN_CHARS).map(|(end, _)| end);
    let note =
        cut.map(|_| view! { <p class="panel-note faint">"Only the beginning is shown; “Copy” takes all of it."</p> });
    let shown = cut
        .and_then(|end| text.get(..end))
        .map_or_else(|| text.clone(), str::to_owned);
    view! { {note}<pre class="panel-text" tabindex="0">{shown}</pre> }
}

/// The picture that a text points to is loaded only when the person asks: that contacts another host.
#[component]
fn PictureOfText(grid: GridState, text: String) -> impl IntoView {
    let shown = RwSignal::new(false);
    url_of(grid, &text).map(|url| {
        let host = web_sys::Url::new(&url).map(|url| url.host()).unwrap_or_default();
        let ask = format!("Show the picture from {host}");
        move || {
            if shown.get() {
                view! { <img class="picture" src=url.clone() alt="The picture that the text points to"/> }.into_any()
            } else {
                view! { <p class="panel-note"><button class="button small" on:click=move |_| shown.set(true)>{ask.clone()}</button></p> }.into_any()
            }
        }
    })
}

#[component]
fn Bytes(bytes: Arc<Vec<u8>>) -> impl IntoView {
    let all = bytes.len();
    let shown = bytes.get(..SHOWN_BYTES.min(all)).unwrap_or_default();
    let text = dump(shown);
    let held = picture_type(&bytes).and_then(|mime| Held::new(&Uint8Array::from(bytes.as_slice()), mime));
    let held = StoredValue::new_local(held);
    let url = held.with_value(|held| held.as_ref().map(|held| held.0.clone()));
    let picture = url.map(|url| view! { <img class="picture" src=url alt="The picture in the cell"/> });
    let size = self::bytes(all as u64);
    let note = if shown.len() < all {
        format!(
            "{size}, of which the first {} bytes are shown.",
            count(shown.len() as u64)
        )
    } else {
        size
    };
    view! { {picture}<p class="panel-note faint">{note}</p><pre class="panel-text bytes" tabindex="0">{text}</pre> }
}

#[component]
fn TreeOrText(node: Node, text: String) -> impl IntoView {
    let as_text = RwSignal::new(false);
    let node = StoredValue::new(node);
    let text = StoredValue::new(text);
    view! {
        <label class="choice tree-choice">
            <input type="checkbox" prop:checked=move || as_text.get() on:change=move |event| as_text.set(event_target_checked(&event))/>
            <span>"As text"</span>
        </label>
        {move || if as_text.get() {
            view! { <Text text=text.get_value()/> }.into_any()
        } else {
            view! { <div class="tree-value">{branch(None, node.get_value(), true)}</div> }.into_any()
        }}
    }
}

/// A node and, when it is open, what is in it.
fn branch(name: Option<String>, node: Node, open: bool) -> AnyView {
    let label = name.map(|name| view! { <span class="tree-name">{name}": "</span> });
    let (members, brackets): (Vec<(String, Node)>, [&str; 2]) = match node {
        Node::Leaf(text) => {
            return view! { <div class="tree-leaf">{label}<span class="tree-text">{text}</span></div> }.into_any();
        }
        Node::List(items) => (
            items
                .into_iter()
                .enumerate()
                .map(|(place, item)| (place.to_string(), item))
                .collect(),
            ["[", "]"],
        ),
        Node::Object(members) => (members, ["{", "}"]),
    };
    let summary = format!("{}{}{}", brackets[0], count(members.len() as u64), brackets[1]);
    if members.is_empty() {
        let summary = brackets.concat();
        return view! { <div class="tree-leaf">{label}<span class="tree-text">{summary}</span></div> }.into_any();
    }
    let is_open = RwSignal::new(open);
    let shown = RwSignal::new(MEMBERS);
    let members = StoredValue::new(members);
    let toggled = move |event: leptos::ev::Event| {
        let details: web_sys::Element = event_target(&event);
        is_open.set(details.has_attribute("open"));
    };
    let inside = move || {
        is_open.get().then(|| {
            let some = members.with_value(|members| members.iter().take(shown.get()).cloned().collect::<Vec<_>>());
            let left = members.with_value(Vec::len).saturating_sub(shown.get());
            let more = (left > 0).then(|| {
                view! { <button class="button small" on:click=move |_| shown.update(|shown| *shown += MEMBERS)>{format!("{} more", count(left as u64))}</button> }
            });
            let some: Vec<AnyView> = some.into_iter().map(|(name, node)| branch(Some(name), node, false)).collect();
            view! { <div class="tree-inside">{some}{more}</div> }
        })
    };
    view! {
        <details open=open on:toggle=toggled>
            <summary>{label}<span class="faint">{summary}</span></summary>
            {inside}
        </details>
    }
    .into_any()
}
