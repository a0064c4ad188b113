//! Where the first rows of an order ended: whoever asks for them again reads those first, and then no others.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::compute::SortOptions;
use datafusion::physical_expr::PhysicalExpr;

use crate::table::Table;

/// Orders of which it is kept; beyond, all are forgotten.
const KEPT: usize = 256;

/// The first rows of some of a table's files. Of any other order, rows that are alike in this one may come otherwise.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Order {
    /// The table's address.
    table: usize,
    /// A hash of which files.
    files: u64,
    keys: Vec<(String, SortOptions)>,
    rows: u64,
}

impl Order {
    pub(super) fn of(table: &Arc<Table>, files: &[usize], keys: Vec<(String, SortOptions)>, rows: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        files.hash(&mut hasher);
        Self {
            table: Arc::as_ptr(table).addr(),
            files: hasher.finish(),
            keys,
            rows,
        }
    }
}

/// For each, a condition that is true for them, and for few others.
#[derive(Debug, Default)]
pub(super) struct Firsts(Mutex<HashMap<Order, Known>>);

#[derive(Debug)]
struct Known {
    /// Kept so that its address stays its own.
    _table: Arc<Table>,
    rows: Arc<dyn PhysicalExpr>,
}

impl Firsts {
    pub(super) fn find(&self, order: &Order) -> Option<Arc<dyn PhysicalExpr>> {
        self.kept().get(order).map(|known| Arc::clone(&known.rows))
    }

    pub(super) fn keep(&self, order: Order, table: Arc<Table>, rows: Arc<dyn PhysicalExpr>) {
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(order, Known { _table: table, rows });
    }

    pub(super) fn clear(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Order, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
