//! Other versions of open tables, which statements ask for by number or time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::ObjectStore;

use super::catalog::OpenTables;
use crate::error::Result;
use crate::protocol::AsOf;
use crate::table::{self, Table};

/// Versions that are kept: enough to compare two while typing; the file list of a large table takes 100 MB.
const KEPT: usize = 4;

/// What the list of a table's files takes for each of them, with its statistics.
const FILE_BYTES: usize = 512;

/// The versions that statements asked for last, by table.
#[derive(Debug, Default)]
pub(super) struct Versions(Mutex<VecDeque<Known>>);

#[derive(Debug)]
struct Known {
    /// The table as it is open: another one under its name has other versions.
    open: Arc<Table>,
    as_of: AsOf,
    table: Arc<Table>,
}

impl Versions {
    /// Forgets all: a table is open anew, or no more.
    pub(super) fn clear(&self) {
        self.known().clear();
    }

    /// Bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        let files = self.known().iter().map(|known| known.table.files.len()).sum::<usize>();
        files.saturating_mul(FILE_BYTES)
    }

    fn find(&self, open: &Arc<Table>, as_of: &AsOf) -> Option<Arc<Table>> {
        let known = self.known();
        let mut known = known.iter();
        let found = known.find(|known| Arc::ptr_eq(&known.open, open) && known.as_of == *as_of);
        found.map(|known| Arc::clone(&known.table))
    }

    fn keep(&self, open: &Arc<Table>, as_of: &AsOf, table: &Arc<Table>) {
        let mut known = self.known();
        known.truncate(KEPT - 1);
        known.push_front(Known {
            open: Arc::clone(open),
            as_of: as_of.clone(),
            table: Arc::clone(table),
        });
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tables that a statement can name.
pub(super) struct Tables<'a> {
    /// Those that are open.
    pub(super) open: &'a OpenTables,
    pub(super) versions: &'a Versions,
    /// Counts requests for the statement.
    pub(super) store: &'a Arc<dyn ObjectStore>,
}

impl Tables<'_> {
    /// The table that is `open`, as of another version.
    ///
    /// # Errors
    /// `BadLink` when its format has no versions, `NotFound` with those that there are, or what the store says.
    pub(super) async fn at(&self, open: &Arc<Table>, as_of: &AsOf) -> Result<Arc<Table>> {
        let number = open.version.map(|version| AsOf::Version(version.number));
        Ok(match self.versions.find(open, as_of) {
            _ if number.as_ref() == Some(as_of) => Arc::clone(open),
            Some(known) => known,
            None => {
                let location = std::slice::from_ref(&open.location);
                let table = Arc::new(table::open_with(self.store, location, Some(as_of), &open.elsewhere).await?);
                self.versions.keep(open, as_of, &table);
                table
            }
        })
    }
}
