//! Where the first rows of an order ended: whoever asks for them again reads those first, and then no others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::physical_expr::PhysicalExpr;

use crate::http::Location;

/// Orders of which it is kept; beyond, all are forgotten.
const KEPT: usize = 256;

/// The first rows of a table by one of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) table: Location,
    pub(super) version: Option<u64>,
    pub(super) column: String,
    pub(super) descending: bool,
    pub(super) rows: u64,
}

/// For each, a condition that is true for them, and for few others.
#[derive(Debug, Default)]
pub(super) struct Firsts(Mutex<HashMap<Order, Arc<dyn PhysicalExpr>>>);

impl Firsts {
    pub(super) fn find(&self, order: &Order) -> Option<Arc<dyn PhysicalExpr>> {
        self.kept().get(order).cloned()
    }

    pub(super) fn keep(&self, order: Order, rows: Arc<dyn PhysicalExpr>) {
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(order, rows);
    }

    pub(super) fn clear(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Order, Arc<dyn PhysicalExpr>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
