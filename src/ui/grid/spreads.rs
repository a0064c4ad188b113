//! How the values of each visible column are spread, as a small picture in its header; asked one column after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::spread::{outlines, title};
use super::state::{GridState, Slot};
use crate::protocol::{Distribution, ResultId};

/// Where the browser remembers that they are not wanted.
const REMEMBERED: &str = "limn.spreads";

/// Columns that only scroll by are not counted.
const REST: Duration = Duration::from_millis(200);

/// What is known of the columns. A copy is the same.
#[derive(Clone, Copy)]
pub struct Spreads {
    /// Are they shown?
    pub on: RwSignal<bool>,
    known: RwSignal<BTreeMap<u32, Distribution>>,
    /// Of which result they are.
    result: StoredValue<Option<ResultId>>,
    stop: StoredValue<Option<AbortHandle>>,
}

impl Spreads {
    /// Nothing is known.
    pub fn new() -> Self {
        let storage = window().local_storage().ok().flatten();
        let off = storage.and_then(|storage| storage.get_item(REMEMBERED).ok().flatten());
        Self {
            on: RwSignal::new(off.as_deref() != Some("off")),
            known: RwSignal::default(),
            result: StoredValue::default(),
            stop: StoredValue::default(),
        }
    }

    /// Shows them or not, also the next time.
    pub fn turn(self, on: bool) {
        self.on.set(on);
        if let Ok(Some(storage)) = window().local_storage() {
            // A browser that stores nothing shows them again the next time.
            let _ = storage.set_item(REMEMBERED, if on { "on" } else { "off" });
        }
    }

    /// Asks for nothing any more.
    pub fn end(self) {
        let handle = self.stop.try_update_value(Option::take);
        handle.flatten().iter().for_each(AbortHandle::abort);
    }
}

impl GridState {
    /// Asks for what is not known of these columns, of the rows that pass the filters.
    pub fn ask_spreads(self, columns: &[u32], done: bool) {
        let spreads = self.spreads;
        spreads.end();
        if !done || !spreads.on.get_untracked() {
            return;
        }
        let filtered = self.wish.with_untracked(|wish| !wish.filters.is_empty());
        let result = if filtered { self.shown_result() } else { self.result };
        if spreads.result.get_value() != Some(result) {
            spreads.result.set_value(Some(result));
            spreads.known.set(BTreeMap::new());
        }
        let missing = spreads.known.with_untracked(|known| {
            let missing = columns.iter().copied().filter(|column| !known.contains_key(column));
            missing.collect::<Vec<u32>>()
        });
        if missing.is_empty() {
            return;
        }
        let (abort, registration) = AbortHandle::new_pair();
        spreads.stop.set_value(Some(abort));
        let work = Abortable::new(self.fill_spreads(result, missing), registration);
        set_timeout(
            move || {
                spawn_local(async move {
                    // Aborted means that other columns are seen, or other rows.
                    let _ = work.await;
                });
            },
            REST,
        );
    }

    /// What cannot be had is shown as nothing, and not asked for again.
    async fn fill_spreads(self, result: ResultId, columns: Vec<u32>) {
        for column in columns {
            let spread = self
                .page
                .client()
                .spread(result, column, false)
                .await
                .unwrap_or_default();
            let gone = self
                .spreads
                .known
                .try_update(|known| known.insert(column, spread))
                .is_none();
            if gone {
                return;
            }
        }
    }
}

/// The picture of the column in a slot.
#[component]
pub fn Spread(grid: GridState, at: Memo<Option<Slot>>) -> impl IntoView {
    let known = Memo::new(move |_| {
        let (_, column) = at.get()?;
        grid.spreads.known.with(|known| known.get(&column).cloned())
    });
    let picture = move || {
        known.get().filter(|known| known.rows > 0).map(|known| {
            let outlines = outlines(&known).into_iter();
            let paths = outlines.map(|(class, outline)| view! { <path class=class d=outline></path> });
            view! {
                <svg class="spread" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=title(&known)>
                    <title>{title(&known)}</title>
                    {paths.collect_view()}
                </svg>
            }
        })
    };
    view! { <Show when=move || grid.spreads.on.get()><div class="spread-place">{picture}</div></Show> }
}
