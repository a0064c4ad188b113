//! Which rows the first ones of an order were, for when they are asked for again.

use std::sync::Arc;

use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;

use super::super::Scan;
use super::super::implied::bound;
use super::super::now::now;
use super::super::source::LakeSource;
use super::Top;
use crate::query::firsts::Order;

/// Remembers which rows the first ones were, of a scan that was read to its end, and of which what was read first had them
/// all: read again in that order, of rows that are alike the same ones come first.
pub(in crate::query::scan) fn remember(source: &LakeSource) {
    let (Some(top), Some(predicate)) = (&source.top, &source.predicate) else {
        return;
    };
    let found = now(predicate).ok().filter(|now| top.bounds(now));
    if let Some(asked) = top.asked(&source.scan)
        && let Some(rows) = found.and_then(|now| with_last(&now))
    {
        let table = Arc::clone(&source.scan.table);
        source.scan.scope.footers.firsts.keep(asked, table, rows);
    }
}

/// What a sort is still looking for in the end, rows before the last one that it has, and that one as well: of
/// `a > 5 or a = 5 and b < 7` the last comparison is loosened.
fn with_last(sought: &Arc<dyn PhysicalExpr>) -> Option<Arc<dyn PhysicalExpr>> {
    let binary = sought.downcast_ref::<BinaryExpr>()?;
    let (operator, right) = match binary.op() {
        Operator::Lt => (Operator::LtEq, Arc::clone(binary.right())),
        Operator::Gt => (Operator::GtEq, Arc::clone(binary.right())),
        nested @ (Operator::And | Operator::Or) => (*nested, with_last(binary.right())?),
        _ => return None,
    };
    Some(Arc::new(BinaryExpr::new(Arc::clone(binary.left()), operator, right)))
}

impl Top {
    /// Does `predicate` bound the column?
    fn bounds(&self, predicate: &Arc<dyn PhysicalExpr>) -> bool {
        bound(predicate, &self.column, self.options.descending).is_some()
    }

    /// By which it is remembered.
    pub(super) fn asked(&self, scan: &Scan) -> Option<Order> {
        Some(Order::of(&scan.table, &scan.pruned.kept, self.keys.clone()?, self.rows))
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::DFSchema;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn with_last_of(sought: &str) -> Option<String> {
        let field = |name| Field::new(name, DataType::Int64, true);
        let columns = DFSchema::try_from(Schema::new(vec![field("a"), field("b")])).unwrap();
        let context = SessionContext::new();
        let logical = context.parse_sql_expr(sought, &columns).unwrap();
        let sought = context.create_physical_expr(logical, &columns).unwrap();
        with_last(&sought).map(|rows| rows.to_string())
    }

    #[test]
    fn the_last_row_is_among_those_that_are_asked_for_again() {
        for (sought, with_last) in [
            ("a > 5", "a@0 >= 5"),
            (
                "a is null or a > 5 or a = 5 and b < 7",
                "a@0 IS NULL OR a@0 > 5 OR a@0 = 5 AND b@1 <= 7",
            ),
        ] {
            assert_eq!(with_last_of(sought).as_deref(), Some(with_last), "{sought}");
        }
        for other in ["true", "a > 5 or b is null", "a <> 5"] {
            assert_eq!(with_last_of(other), None, "{other}");
        }
    }
}
