//! Writes rows into the document: their elements are made once and used again, and touched only where they differ.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, Node};

use super::cell::CellElement;
use super::frame::{Frame, RowAt};
use super::pages::Pages;
use super::state::GridState;
use crate::ui::wording::count;

/// The elements of the body, and what they show.
pub struct Painter {
    grid: GridState,
    place: Element,
    /// Of what cells are copies.
    pattern: Element,
    rows: Vec<RowElement>,
}

impl Painter {
    /// Nothing is written yet.
    pub fn new(grid: GridState, place: &Element) -> Option<Self> {
        Some(Self {
            grid,
            place: place.clone(),
            pattern: CellElement::pattern()?,
            rows: Vec::new(),
        })
    }

    /// Makes the document show a frame.
    pub fn paint(&mut self, frame: &Frame, pages: &Pages) {
        while self.rows.len() < frame.rows.len() {
            let Some(row) = RowElement::new(&self.place) else {
                return;
            };
            self.rows.push(row);
        }
        let source = Source {
            grid: self.grid,
            pattern: &self.pattern,
            frame,
            pages,
        };
        let shown = frame.rows.iter().copied().chain(std::iter::repeat(None));
        for (row, at) in self.rows.iter_mut().zip(shown) {
            row.paint(at, &source);
        }
    }
}

/// What rows are written from.
pub struct Source<'a> {
    /// The grid.
    pub grid: GridState,
    /// What is to be shown.
    pub frame: &'a Frame,
    /// The texts that are here.
    pub pages: &'a Pages,
    pattern: &'a Element,
}

/// An element for rows: it shows whichever of those seen falls to it.
struct RowElement {
    element: HtmlElement,
    gutter: HtmlElement,
    number: Node,
    pinned: HtmlElement,
    stuck: Vec<CellElement>,
    scrolled: Vec<CellElement>,
    at: Option<RowAt>,
    /// Widths of the row numbers, and of what stays at the left.
    widths: Option<(f64, f64)>,
}

impl RowElement {
    fn new(place: &Element) -> Option<Self> {
        let element = make("div", "grid-row", "row")?;
        let gutter = make("div", "gutter", "rowheader")?;
        let pinned = make("div", "pinned", "presentation")?;
        element.set_hidden(true);
        write(&gutter, "aria-colindex", Some("1"));
        let number = gutter.append_child(&document().create_text_node("")).ok()?;
        element.append_child(&gutter).ok()?;
        element.append_child(&pinned).ok()?;
        place.append_child(&element).ok()?;
        Some(Self {
            element,
            gutter,
            number,
            pinned,
            stuck: Vec::new(),
            scrolled: Vec::new(),
            at: None,
            widths: None,
        })
    }

    fn paint(&mut self, at: Option<RowAt>, source: &Source) {
        self.move_to(at);
        let widths = (source.frame.gutter, source.frame.stuck_width);
        if self.widths.replace(widths) != Some(widths) {
            place(&self.gutter, "width", widths.0);
            place(&self.pinned, "left", widths.0);
            place(&self.pinned, "width", widths.1);
        }
        let row = at.map(|at| at.row);
        for (cells, parent, columns) in [
            (&mut self.stuck, &self.pinned, &source.frame.stuck),
            (&mut self.scrolled, &self.element, &source.frame.columns),
        ] {
            while cells.len() < columns.len() {
                let Some(cell) = CellElement::new(source.pattern, parent) else {
                    return;
                };
                cells.push(cell);
            }
            let shown = columns.iter().copied().chain(std::iter::repeat(None));
            for (cell, column) in cells.iter_mut().zip(shown) {
                cell.paint(row, column, source);
            }
        }
    }

    fn move_to(&mut self, at: Option<RowAt>) {
        let before = std::mem::replace(&mut self.at, at);
        if before.is_some() != at.is_some() {
            self.element.set_hidden(at.is_none());
        }
        let row = at.map(|at| at.row);
        if before.map(|at| at.row) != row {
            // The header is the first row.
            write(
                &self.element,
                "aria-rowindex",
                row.map(|row| (row + 2).to_string()).as_deref(),
            );
            tell(&self.number, &row.map(|row| count(row + 1)).unwrap_or_default());
        }
        if let Some(at) = at.filter(|at| before.map(|before| before.top) != Some(at.top)) {
            place(&self.element, "top", at.top);
        }
    }
}

impl Drop for RowElement {
    /// The place where it is may be used for another result.
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// An element that is nowhere yet.
pub fn make(tag: &str, class: &str, role: &str) -> Option<HtmlElement> {
    let element: HtmlElement = document().create_element(tag).ok()?.dyn_into().ok()?;
    element.set_class_name(class);
    write(&element, "role", Some(role));
    Some(element)
}

/// Gives an element an attribute, or takes it.
pub fn write(element: &Element, name: &str, value: Option<&str>) {
    // Refused is only what is no name.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// Gives an element a measure in pixels.
pub fn place(element: &HtmlElement, name: &str, pixels: f64) {
    // Refused is only what may not be written at all.
    let _ = element.style().set_property(name, &format!("{pixels}px"));
}

/// Writes a text, which is markup nowhere.
pub fn tell(node: &Node, text: &str) {
    node.set_node_value(Some(text));
}
