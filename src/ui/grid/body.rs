//! The grid's rows: written all at once, and only where they differ from what stands there.

use leptos::html::Div;
use leptos::prelude::*;

use super::paint::Painter;
use super::slots::Slots;
use super::state::GridState;

/// The rows. A signal for each cell would have to be heard and asked again in every frame, which took longer than all
/// that the browser does of it.
#[component]
pub fn Body(grid: GridState, slots: Slots) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    let painter = StoredValue::new_local(None::<Painter>);
    let edition = Memo::new(move |before: Option<&u64>| {
        grid.pages.track();
        grid.pictures.track();
        grid.page.local_times.track();
        before.map_or(0, |before| before + 1)
    });
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        let frame = slots.frame(grid, edition.get());
        painter.update_value(|painter| {
            if painter.is_none() {
                *painter = Painter::new(grid, &place);
            }
            if let Some(painter) = painter {
                grid.pages.with_untracked(|pages| painter.paint(&frame, pages));
            }
        });
    });
    view! { <div role="presentation" node_ref=place></div> }
}
