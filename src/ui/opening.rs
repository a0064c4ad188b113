//! Tables: opened, replaced, closed, and opened again after a crash.

use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::history::page_url;
use super::page::Page;
use super::run::{Consent, Run};
use super::tables::{Entry, State, changes, first_look};
use crate::error::Result;
use crate::link::{GridLink, LINK_TABLES, Link, TableLink, split_locations, table_name};
use crate::protocol::{Elsewhere, TableInfo};

impl Page {
    /// Opens what was typed into the location bar. An untouched sample makes room for it.
    pub fn open_typed(self, typed: &str) {
        let mut link = if self.sample_is_untouched() {
            Link::default()
        } else {
            self.link()
        };
        let mut last = None;
        for urls in split_locations(typed) {
            let name = table_name(&urls, |taken| link.table(taken).is_some());
            last = Some(name.clone());
            link.tables.push(TableLink {
                name,
                urls,
                version: None,
                elsewhere: vec![],
            });
        }
        let Some(last) = last else { return };
        if link.tables.len() > LINK_TABLES {
            return self.say(format!(
                "A link holds at most {LINK_TABLES} tables. Nothing was opened."
            ));
        }
        self.sample.set(None);
        self.secrets.update_value(|secrets| secrets.keep(&link));
        self.show_tables(&link);
        if link.sql != self.sql.get_untracked() {
            self.write(&link.sql);
            self.grid.set(link.grid.clone());
            self.forget_output();
            self.run.set(Run::Idle);
        }
        self.commit();
        self.look_when_open(last);
    }

    /// Shows the first rows of a table when nothing is written yet that this would replace.
    fn look_when_open(self, name: String) {
        spawn_local(async move {
            self.tables_settled().await;
            let open = self.entries.with_untracked(|entries| {
                entries
                    .iter()
                    .any(|entry| entry.link.name == name && entry.info().is_some())
            });
            if open && self.sql.with_untracked(|sql| sql.trim().is_empty()) {
                self.write(&first_look(&name));
                self.grid.set(GridLink::default());
                self.amend();
                self.drive(self.question(), Consent::WhenCheap);
            }
        });
    }

    /// Writes and runs the statement that shows a table's first rows.
    pub fn look_at(self, name: &str) {
        self.view.set(None);
        self.ask(&first_look(name));
    }

    /// Makes the tables those of the link; only what differs is opened or closed.
    pub fn show_tables(self, link: &Link) {
        let changes = self.entries.with_untracked(|entries| changes(entries, link));
        for name in &changes.close {
            self.forget_table(name);
        }
        self.entries.update(|entries| {
            let mut old = std::mem::take(entries);
            entries.extend(link.tables.iter().map(|table| {
                let kept = old
                    .iter()
                    .position(|entry| entry.link == *table)
                    .map(|index| old.swap_remove(index));
                kept.unwrap_or_else(|| Entry {
                    link: table.clone(),
                    state: State::Opening,
                    opening: 0,
                })
            }));
        });
        changes.open.into_iter().for_each(|table| self.begin_opening(table));
        self.tell_editor();
    }

    /// Closes a table for good.
    pub fn remove(self, name: &str) {
        let mut link = self.link();
        link.tables.retain(|table| table.name != name);
        self.sample.set(None);
        self.show_tables(&link);
        self.wake_waiting();
        self.commit();
    }

    /// Opens a table at another version; `None` is the latest.
    pub fn set_version(self, name: &str, version: Option<&str>) {
        let mut link = self.link();
        for table in link.tables.iter_mut().filter(|table| table.name == name) {
            table.version = version.map(str::to_owned);
        }
        self.sample.set(None);
        self.show_tables(&link);
        self.commit();
        self.refresh();
    }

    /// Rows of another version do not stay on the screen.
    fn refresh(self) {
        let was_run = self.view.with_untracked(Option::is_none) && self.run.with_untracked(|run| *run != Run::Idle);
        if was_run && self.asks_the_same() {
            self.drive(self.question(), Consent::WhenCheap);
        } else {
            self.abandon();
            self.forget_output();
            self.run.set(Run::Idle);
        }
    }

    /// Opens a table again, which failed or of which there is news.
    pub fn open_again(self, name: &str) {
        self.link()
            .tables
            .into_iter()
            .filter(|table| table.name == name)
            .for_each(|table| self.begin_opening(table));
    }

    /// Opens every table again: the engine that knew them is gone.
    pub fn reopen_all(self) {
        self.link()
            .tables
            .into_iter()
            .for_each(|table| self.begin_opening(table));
    }

    /// Waits until no table is being opened.
    pub async fn tables_settled(self) {
        while self
            .entries
            .with_untracked(|entries| entries.iter().any(|entry| entry.state == State::Opening))
        {
            let (sender, woken) = oneshot::channel();
            self.awaiting_tables.update_value(|waiting| waiting.push(sender));
            // A sender that is gone means the same as news.
            let _ = woken.await;
        }
    }

    /// An earlier opening of the same name is stopped first: its late answer would replace the table in the engine.
    fn begin_opening(self, table: TableLink) {
        let name = table.name.clone();
        let (abort, registration) = AbortHandle::new_pair();
        let earlier = self
            .stop_opening
            .try_update_value(|handles| handles.insert(name.clone(), abort));
        earlier.flatten().iter().for_each(AbortHandle::abort);
        let opening = self.openings.try_update_value(|last| {
            *last += 1;
            *last
        });
        let opening = opening.unwrap_or_default();
        self.set_state(&name, |entry| {
            entry.state = State::Opening;
            entry.opening = opening;
        });
        let work = async move {
            let outcome = self.open(table).await;
            self.opened(&name, opening, outcome);
        };
        spawn_local(async move {
            // Aborted means that another opening, or a closing, took its place.
            let _ = Abortable::new(work, registration).await;
        });
    }

    /// Reads files of a table from a place that is not below it, now and in this tab's links.
    pub fn agree(self, name: &str, place: Elsewhere) {
        let mut link = self.link();
        for table in link.tables.iter_mut().filter(|table| table.name == name) {
            table.elsewhere.retain(|known| known.prefix != place.prefix);
            table.elsewhere.push(place.clone());
        }
        self.agreed.update_value(|agreed| {
            agreed.insert(place);
        });
        self.secrets.update_value(|secrets| secrets.keep(&link));
        let is_news = self.link() != link;
        self.show_tables(&link);
        if !is_news {
            self.open_again(name);
        }
        self.commit();
    }

    async fn open(self, table: TableLink) -> Result<TableInfo> {
        let mut source = table.source(&page_url())?;
        let agreed = self.agreed.get_value();
        source.elsewhere = table.places(&page_url(), |place| agreed.contains(place))?;
        self.client().open(table.name, source).await
    }

    fn opened(self, name: &str, opening: u64, outcome: Result<TableInfo>) {
        if let Ok(info) = &outcome {
            self.measured(info.stats.bytes, info.stats.network_millis);
        }
        self.set_state(name, |entry| {
            if entry.opening == opening {
                entry.state = outcome.map_or_else(State::Failed, State::Open);
            }
        });
        self.tell_editor();
        self.wake_waiting();
    }

    fn set_state(self, name: &str, change: impl FnOnce(&mut Entry)) {
        self.entries.update(|entries| {
            if let Some(entry) = entries.iter_mut().find(|entry| entry.link.name == name) {
                change(entry);
            }
        });
    }

    fn forget_table(self, name: &str) {
        let handle = self.stop_opening.try_update_value(|handles| handles.remove(name));
        handle.flatten().iter().for_each(AbortHandle::abort);
        let name = name.to_owned();
        spawn_local(async move {
            // A table that the engine does not know, or has lost, is as closed as it can be.
            let _ = self.client().close(name).await;
        });
    }

    fn wake_waiting(self) {
        let waiting = self
            .awaiting_tables
            .try_update_value(std::mem::take)
            .unwrap_or_default();
        for sender in waiting {
            // Who does not wait any more was stopped meanwhile.
            let _ = sender.send(());
        }
    }

    /// The names for completion.
    pub fn tell_editor(self) {
        let schema = self
            .entries
            .with_untracked(|entries| super::tables::schema_json(entries));
        self.with_editor(|editor| editor.set_tables(&schema));
    }
}
