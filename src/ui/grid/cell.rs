//! A cell's element, and what was written into it last.

use std::borrow::Cow;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, Node};

use super::frame::{ColumnAt, Kind, look};
use super::paint::{Source, make, place, tell, write};
use super::pictures::{Picture, Thumbnail};
use super::view::cell_id;
use crate::ui::wording::instant;

/// An element for cells: it shows whichever of those seen falls to it.
pub struct CellElement {
    element: HtmlElement,
    text_node: Node,
    thumbnail: Option<Thumbnail>,
    row: Option<u64>,
    column: Option<ColumnAt>,
    edition: u64,
    look: &'static str,
    text: String,
    selected: bool,
    /// Its row and its position, when it is the active one.
    active: Option<(u64, u32)>,
}

impl CellElement {
    /// What all cells are copies of, as they are before they show anything.
    pub fn pattern() -> Option<Element> {
        let cell = make("div", "cell", "gridcell")?;
        let span = document().create_element("span").ok()?;
        span.append_child(&document().create_text_node("")).ok()?;
        cell.append_child(&span).ok()?;
        write(&cell, "role", None);
        write(&cell, "aria-selected", Some("false"));
        cell.set_hidden(true);
        Some(cell.into())
    }

    /// A cell at the end of a row.
    pub fn new(pattern: &Element, parent: &Element) -> Option<Self> {
        let copy = pattern.clone_node_with_deep(true).ok()?;
        let text_node = copy.first_child()?.first_child()?;
        parent.append_child(&copy).ok()?;
        Some(Self {
            element: copy.dyn_into().ok()?,
            text_node,
            thumbnail: None,
            row: None,
            column: None,
            edition: 0,
            look: "",
            text: String::new(),
            selected: false,
            active: None,
        })
    }

    /// Shows the cell of a row and a column, if both are there.
    pub fn paint(&mut self, row: Option<u64>, column: Option<ColumnAt>, source: &Source) {
        let before = std::mem::replace(&mut self.column, column);
        if before != column {
            self.move_to(before, column);
        }
        let now = row.zip(column.map(|column| column.position));
        let was = std::mem::replace(&mut self.row, row).zip(before.map(|before| before.position));
        if was != now || before != column || self.edition != source.frame.edition {
            self.edition = source.frame.edition;
            self.read(source);
        }
        self.select(now, source);
    }

    fn move_to(&self, before: Option<ColumnAt>, now: Option<ColumnAt>) {
        let element = &self.element;
        if before.is_some() != now.is_some() {
            element.set_hidden(now.is_none());
            write(element, "role", now.map(|_| "gridcell"));
        }
        let position = now.map(|now| now.position);
        if before.map(|before| before.position) != position {
            // The row numbers are the first column.
            let index = position.map(|position| (position + 2).to_string());
            write(element, "aria-colindex", index.as_deref());
        }
        let is_number = |at: Option<ColumnAt>| at.is_some_and(|at| at.kind == Kind::Number);
        if is_number(before) != is_number(now) {
            write(element, "data-number", is_number(now).then_some(""));
        }
        let Some(now) = now else { return };
        if before.map(|before| before.left) != Some(now.left) {
            place(element, "left", now.left);
        }
        if before.map(|before| before.width) != Some(now.width) {
            place(element, "width", now.width);
        }
    }

    fn read(&mut self, source: &Source) {
        let (look, text) = match self.row.zip(self.column) {
            Some((row, column)) => {
                let (look, text) = look(source.pages.cell(row, column.position));
                let is_instant = look == "text" && column.kind == Kind::Instant;
                let there = || instant(&text, |millis| source.grid.page.offset_at(millis));
                (look, if is_instant { Cow::Owned(there()) } else { text })
            }
            None => ("none", "".into()),
        };
        if self.look != look {
            self.look = look;
            write(&self.element, "data-look", Some(look));
        }
        if self.text != text {
            tell(&self.text_node, &text);
            self.text = text.into_owned();
        }
        self.picture(source);
    }

    /// Shows the picture that is in the cell, or that its text points to.
    fn picture(&mut self, source: &Source) {
        let text = Some(self.text.as_str()).filter(|_| self.look == "text");
        let picture = self.row.zip(self.column).zip(text);
        let picture = picture.and_then(|((row, column), text)| Picture::of(source.grid, row, column, text));
        if self.thumbnail.as_ref().map(Thumbnail::picture) != picture.as_ref() {
            // The one before goes before the other comes.
            self.thumbnail = None;
            self.thumbnail = picture.map(|picture| Thumbnail::new(source.grid, picture, &self.element));
        }
    }

    fn select(&mut self, place: Option<(u64, u32)>, source: &Source) {
        let selected = place.is_some_and(|(row, position)| source.frame.is_selected(row, position));
        if std::mem::replace(&mut self.selected, selected) != selected {
            write(
                &self.element,
                "aria-selected",
                Some(if selected { "true" } else { "false" }),
            );
        }
        let active = place.filter(|(row, position)| source.frame.is_active(*row, *position));
        if std::mem::replace(&mut self.active, active) != active {
            let id = active.map(|(row, position)| cell_id(row, position));
            write(&self.element, "id", id.as_deref());
            write(&self.element, "data-active", active.map(|_| ""));
        }
    }
}
