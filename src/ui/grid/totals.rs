//! Below the rows: what the selected cells come to, computed in the engine.

use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::gather::selected_columns;
use super::selection::Selection;
use super::state::GridState;
use crate::error::Result;
use crate::protocol::Totals;
use crate::ui::wording::count;

/// A selection that still grows is not summed up.
const REST: Duration = Duration::from_millis(150);

/// The line, while more than one cell is selected.
#[component]
pub fn TotalsLine(grid: GridState) -> impl IntoView {
    let several = Memo::new(move |_| {
        let selection = grid.selection.get().filter(|selection| !selection.is_header());
        selection.filter(|selection| selection.cells() > 1)
    });
    let totals = RwSignal::new(None::<Result<Totals>>);
    let stop = StoredValue::new(None::<AbortHandle>);
    let end = move || {
        stop.try_update_value(Option::take)
            .flatten()
            .iter()
            .for_each(AbortHandle::abort);
    };
    Effect::new(move |_| {
        end();
        totals.set(None);
        if let Some(selection) = several.get() {
            let (abort, registration) = AbortHandle::new_pair();
            stop.set_value(Some(abort));
            let work = Abortable::new(ask(grid, selection, totals), registration);
            set_timeout(
                move || {
                    spawn_local(async move {
                        // Aborted means that something else is selected.
                        let _ = work.await;
                    });
                },
                REST,
            );
        }
    });
    on_cleanup(end);
    view! {
        <Show when=move || several.get().is_some()>
            <p class="totals" role="status">{move || match totals.get() {
                None => view! { <span class="faint">"Summing up…"</span> }.into_any(),
                Some(Err(error)) => view! { <span class="faint">"No totals. " {error.detail}</span> }.into_any(),
                Some(Ok(totals)) => parts(&totals)
                    .into_iter()
                    .map(|(label, value)| view! { <span class="total"><span class="faint">{label}</span>" "<strong>{value}</strong></span> })
                    .collect_view()
                    .into_any(),
            }}</p>
        </Show>
    }
}

async fn ask(grid: GridState, selection: Selection, totals: RwSignal<Option<Result<Totals>>>) {
    let (rows, _) = selection.block();
    let columns = selected_columns(grid, selection);
    let count = rows.end - rows.start;
    let outcome = grid
        .page
        .client()
        .totals(grid.shown_result(), rows.start, count, columns)
        .await;
    totals.try_set(Some(outcome));
}

/// Labels and values of what there is.
fn parts(totals: &Totals) -> Vec<(&'static str, String)> {
    let numbers = [
        ("Cells", Some(totals.cells)),
        ("NULL", Some(totals.nulls)),
        ("Distinct", totals.distinct),
    ];
    let texts = [
        ("Sum", &totals.sum),
        ("Average", &totals.average),
        ("Min", &totals.least),
        ("Max", &totals.most),
    ];
    let numbers = numbers
        .into_iter()
        .filter_map(|(label, number)| Some((label, count(number?))));
    let texts = texts
        .into_iter()
        .filter_map(|(label, text)| Some((label, text.clone()?)));
    numbers.chain(texts).collect()
}
