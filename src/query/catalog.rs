//! The names of tables. A name is found as it is written, else regardless of case, so that a
//! table called `Trips` is reached without quotes, which SQL would fold to `trips`.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::error::Result;

use super::provider::LakeTable;
use crate::table::Table;

type Tables = BTreeMap<String, Arc<dyn TableProvider>>;

/// The one schema of a session.
#[derive(Debug, Default)]
pub(super) struct OpenTables(RwLock<Tables>);

impl OpenTables {
    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a table, or puts it in the place of the one that has exactly this name.
    pub(super) fn put(&self, name: &str, table: Arc<dyn TableProvider>) {
        self.write().insert(name.to_owned(), table);
    }

    /// What the table called `name` reads, when it is one of a lake.
    pub(super) fn lake_table(&self, name: &str) -> Option<Arc<Table>> {
        let tables = self.read();
        let table = find(&tables, name)?.downcast_ref::<LakeTable>()?;
        Some(Arc::clone(table.table()))
    }

    /// The same tables; what is put into the copy is in the copy only.
    pub(super) fn copied(&self) -> Self {
        Self(RwLock::new(self.read().clone()))
    }

    /// Removes the table that has exactly this name.
    pub(super) fn remove(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.write().remove(name)
    }
}

fn find<'a>(tables: &'a Tables, name: &str) -> Option<&'a Arc<dyn TableProvider>> {
    let folded = || {
        tables
            .iter()
            .find(|(known, _)| known.to_lowercase() == name.to_lowercase())
    };
    tables.get(name).or_else(|| folded().map(|(_, table)| table))
}

#[async_trait]
impl SchemaProvider for OpenTables {
    fn table_names(&self) -> Vec<String> {
        self.read().keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(find(&self.read(), name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        find(&self.read(), name).is_some()
    }

    fn register_table(&self, name: String, table: Arc<dyn TableProvider>) -> Result<Option<Arc<dyn TableProvider>>> {
        if self.read().contains_key(&name) {
            return exec_err!("The table {name} already exists");
        }
        Ok(self.write().insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.write().remove(name))
    }
}
