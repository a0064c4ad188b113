//! The page's state: what the link says, and what came of it. Everything on the screen is derived from here.
//!
//! The acts that change it are beside: `opening` (tables), `running` (statements),
//! `history` (the link), `start` (what is open when there is no link).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::AbortHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::asking::Asking;
use super::client::{Client, Engine};
use super::editor::Editor;
use super::run::Run;
use super::tables::Entry;
use crate::error::Error;
use crate::link::{ChartLink, GridLink, Link, Secrets, View};
use crate::protocol::{Column, Elsewhere, ResultId};

/// How long a passing remark is shown.
const REMARK_MILLIS: u64 = 5000;

/// A result whose rows can be asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The engine's number for it.
    pub result: ResultId,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// The state. A copy is the same state: there is one, and it lives as long as the tab.
#[derive(Clone, Copy)]
pub struct Page(&'static State);

impl Deref for Page {
    type Target = State;

    fn deref(&self) -> &State {
        self.0
    }
}

/// What the page knows.
pub struct State {
    client: StoredValue<Client, LocalStorage>,
    /// The editor, once it is mounted.
    pub editor: StoredValue<Option<Editor>, LocalStorage>,
    /// How far the engine is.
    pub engine: RwSignal<Engine>,
    /// The tables.
    pub entries: RwSignal<Vec<Entry>>,
    /// The table's page that is shown instead of the statement.
    pub view: RwSignal<Option<View>>,
    /// The statement as it stands in the editor.
    pub sql: RwSignal<String>,
    /// Tabs, values, and what was asked before.
    pub asking: Asking,
    /// The statement that was run last.
    pub ran: RwSignal<String>,
    /// How far that is.
    pub run: RwSignal<Run>,
    /// When it began, by [`now_millis`].
    pub began: RwSignal<f64>,
    /// The rows that are shown.
    pub output: RwSignal<Option<Output>>,
    /// How many they are.
    pub rows: RwSignal<u64>,
    /// The sample, as long as nothing else was opened.
    pub sample: RwSignal<Option<super::sample::Sample>>,
    /// The chart, while it is shown.
    pub chart: RwSignal<Option<ChartLink>>,
    /// An error that belongs to no table and no statement.
    pub notice: RwSignal<Option<Error>>,
    /// A passing remark.
    pub remark: RwSignal<String>,
    /// What lies over the page.
    pub overlay: RwSignal<Option<super::palette::Overlay>>,
    /// Are times read where the person is, and not in UTC?
    pub local_times: RwSignal<bool>,
    /// How the rows are to be shown.
    pub grid: RwSignal<GridLink>,
    /// Segments of the link that are only kept.
    pub unknown: StoredValue<Vec<String>>,
    /// What the tab knows and links must not.
    pub secrets: StoredValue<Secrets>,
    /// Places of tables' files that the person agreed to, in this tab: a link may name others.
    pub agreed: StoredValue<BTreeSet<Elsewhere>>,
    /// How far saving is.
    pub saving: RwSignal<super::save::Saving>,
    /// Stops it.
    pub stop_save: StoredValue<Option<AbortHandle>>,
    /// Stops the statement that is under way.
    pub stop_run: StoredValue<Option<AbortHandle>>,
    /// Stop the openings that are under way, by table.
    pub stop_opening: StoredValue<BTreeMap<String, AbortHandle>>,
    /// Woken when a table has come, or has failed.
    pub awaiting_tables: StoredValue<Vec<oneshot::Sender<()>>>,
    /// The number of the last opening.
    pub openings: StoredValue<u64>,
}

impl Page {
    /// A page without tables whose engine is being loaded.
    pub fn new() -> Self {
        let slot = Rc::new(Cell::new(None::<Self>));
        let heard = Rc::clone(&slot);
        let client = Client::start(move |state| {
            if let Some(page) = heard.get() {
                page.engine_is(state);
            }
        });
        let page = Self::around(client);
        slot.set(Some(page));
        page
    }

    fn around(client: Client) -> Self {
        let sql = RwSignal::default();
        Self(Box::leak(Box::new(State {
            client: StoredValue::new_local(client),
            editor: StoredValue::new_local(None),
            engine: RwSignal::new(Engine::Loading {
                loaded: 0.0,
                total: 0.0,
            }),
            entries: RwSignal::default(),
            view: RwSignal::default(),
            asking: Asking::new(sql),
            sql,
            ran: RwSignal::default(),
            run: RwSignal::default(),
            began: RwSignal::default(),
            output: RwSignal::default(),
            rows: RwSignal::default(),
            sample: RwSignal::default(),
            chart: RwSignal::default(),
            notice: RwSignal::default(),
            remark: RwSignal::default(),
            overlay: RwSignal::default(),
            local_times: RwSignal::new(super::manner::reads_local_times()),
            grid: RwSignal::default(),
            unknown: StoredValue::default(),
            secrets: StoredValue::default(),
            agreed: StoredValue::default(),
            saving: RwSignal::default(),
            stop_save: StoredValue::default(),
            stop_run: StoredValue::default(),
            stop_opening: StoredValue::default(),
            awaiting_tables: StoredValue::default(),
            openings: StoredValue::default(),
        })))
    }

    /// The engine.
    pub fn client(self) -> Client {
        self.client.get_value()
    }

    /// The state as a link, secrets included.
    pub fn link(self) -> Link {
        Link {
            tables: self
                .entries
                .with_untracked(|entries| entries.iter().map(|entry| entry.link.clone()).collect()),
            sql: self.sql.get_untracked(),
            parameters: self.question().values,
            view: self.view.get_untracked(),
            grid: self.grid.get_untracked(),
            chart: self.chart.get_untracked(),
            unknown: self.unknown.get_value(),
        }
    }

    /// Puts a statement into the editor; undo brings the former back.
    pub fn write(self, sql: &str) {
        self.asking
            .tabs
            .update(|tabs| tabs.change(|tab| sql.clone_into(&mut tab.sql)));
        self.sql.set(sql.to_owned());
        self.with_editor(|editor| editor.set_text(sql));
    }

    /// Does something with the editor, once it is mounted.
    pub fn with_editor(self, act: impl FnOnce(&Editor)) {
        self.editor.with_value(|editor| {
            if let Some(editor) = editor {
                act(editor);
            }
        });
    }

    /// Shows a passing remark, also to screen readers.
    pub fn say(self, remark: impl Into<String>) {
        let remark = remark.into();
        self.remark.set(remark.clone());
        let forget = move || {
            if self.remark.with_untracked(|shown| *shown == remark) {
                self.remark.set(String::new());
            }
        };
        set_timeout(forget, Duration::from_millis(REMARK_MILLIS));
    }

    /// The engine has news of itself.
    fn engine_is(self, state: Engine) {
        match &state {
            Engine::Ready => self.learn_functions(),
            Engine::Crashed { detail } => {
                self.lost_results(detail);
                self.reopen_all();
            }
            Engine::Loading { .. } | Engine::Starting | Engine::Failed { .. } => {}
        }
        self.engine.set(state);
    }

    /// Tries a failed engine again.
    pub fn start_engine_again(self) {
        self.engine.set(Engine::Loading {
            loaded: 0.0,
            total: 0.0,
        });
        self.client().start_again();
        self.reopen_all();
    }

    fn learn_functions(self) {
        spawn_local(async move {
            // Completion without functions is no reason to interrupt anybody.
            if let Ok(functions) = self.client().functions().await {
                self.with_editor(|editor| editor.set_functions(&functions));
            }
        });
    }
}

/// Milliseconds on a clock that never goes back.
pub fn now_millis() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
