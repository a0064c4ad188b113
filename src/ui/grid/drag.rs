//! A header that is dragged over another takes its place.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::state::GridState;

/// Less is a click with an unsteady hand.
const LEAST_PX: f64 = 6.0;

/// What is dragged. A copy is the same one.
#[derive(Clone, Copy)]
pub struct Drag {
    grid: GridState,
    /// The column, and where the pointer went down.
    held: StoredValue<Option<(u32, f64)>>,
    /// The column that it is over, once it is dragged.
    over: RwSignal<Option<u32>>,
    dragged: StoredValue<bool>,
}

impl Drag {
    /// Nothing is dragged.
    pub fn new(grid: GridState) -> Self {
        Self {
            grid,
            held: StoredValue::default(),
            over: RwSignal::default(),
            dragged: StoredValue::default(),
        }
    }

    /// The mouse went down on a header. A finger scrolls instead.
    pub fn begin(self, column: u32, event: &ev::PointerEvent) {
        self.dragged.set_value(false);
        if event.button() == 0 && event.pointer_type() == "mouse" {
            self.held.set_value(Some((column, f64::from(event.client_x()))));
        }
    }

    /// It moved.
    pub fn moved(self, event: &ev::PointerEvent) {
        let Some((column, from)) = self.held.get_value() else {
            return;
        };
        if event.buttons() != 1 {
            return self.cancel();
        }
        let far = (f64::from(event.client_x()) - from).abs() > LEAST_PX;
        if !far && !self.dragged.get_value() {
            return;
        }
        self.dragged.set_value(true);
        let over = position_below(event).and_then(|position| self.grid.column_at(position));
        self.over.set(over.filter(|over| *over != column));
    }

    /// It went up: the column takes the place of the one below it.
    pub fn end(self) {
        let (held, over) = (self.held.get_value(), self.over.get_untracked());
        self.cancel();
        if let (Some((column, _)), Some(target)) = (held, over) {
            self.grid.change(|mut wish| {
                wish.layout = wish.layout.with_moved(column, target);
                wish
            });
        }
    }

    /// Nothing is dragged any more.
    pub fn cancel(self) {
        self.held.set_value(None);
        self.over.set(None);
    }

    /// Is something dragged over this column?
    pub fn is_over(self, column: u32) -> bool {
        self.over.get() == Some(column)
    }

    /// Was the click that comes now the end of a drag?
    pub fn was_dragged(self) -> bool {
        self.dragged.get_value()
    }
}

fn position_below(event: &ev::PointerEvent) -> Option<u32> {
    let element: web_sys::Element = event.target()?.dyn_into().ok()?;
    let head = element.closest("[data-head]").ok()??;
    head.get_attribute("data-head")?.parse().ok()
}
