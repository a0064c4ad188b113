//! What a predicate says at the moment: filters that grow narrower as they are, and subqueries as what they found.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;

/// `predicate` as it is now. A subquery that was not run yet stays what it is.
pub(super) fn now(predicate: &Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
    let now = snapshot_physical_expr(Arc::clone(predicate))?;
    now.transform_up(|node| {
        Ok(match found(&node) {
            Some(value) => Transformed::yes(value),
            None => Transformed::no(node),
        })
    })
    .data()
}

/// What the subquery that `node` is found.
fn found(node: &Arc<dyn PhysicalExpr>) -> Option<Arc<dyn PhysicalExpr>> {
    node.downcast_ref::<ScalarSubqueryExpr>()?;
    match node.evaluate(&RecordBatch::new_empty(Arc::new(Schema::empty()))) {
        Ok(ColumnarValue::Scalar(value)) => Some(Arc::new(Literal::new(value))),
        _ => None,
    }
}
