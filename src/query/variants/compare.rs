//! Variants have no order, and one value has many encodings: what compares their bytes would tell equal ones apart.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{AggregateFunctionParams, InList, InSubquery, WindowFunctionParams};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan};

use crate::table::variant::holds_variants;

/// Aggregates that pick or count rows and compare none.
const PICKING: [&str; 5] = ["count", "array_agg", "first_value", "last_value", "nth_value"];

/// Refuses a plan that compares, sorts, groups or joins by variants.
///
/// # Errors
/// `Plan`, with what to do instead.
pub fn refuse_comparisons(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        let schema = merge_schema(&node.inputs());
        for key in keys(node) {
            check(key, &schema)?;
        }
        if let LogicalPlan::Distinct(Distinct::All(input)) = node {
            let mut fields = input.schema().fields().iter();
            if let Some(field) = fields.find(|field| holds_variants(field.data_type())) {
                return refuse(field.name());
            }
        }
        node.apply_expressions(|expr| expr.apply(|part| check_parts(part, &schema)))
    })?;
    Ok(())
}

/// The expressions of a node by which rows are held against each other.
fn keys(node: &LogicalPlan) -> Vec<&Expr> {
    match node {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.iter().collect(),
        LogicalPlan::Sort(sort) => sort.expr.iter().map(|key| &key.expr).collect(),
        LogicalPlan::Join(join) => join.on.iter().flat_map(|(left, right)| [left, right]).collect(),
        LogicalPlan::Distinct(Distinct::On(distinct)) => distinct.on_expr.iter().collect(),
        _ => vec![],
    }
}

/// What an expression holds against each other.
fn check_parts(expr: &Expr, schema: &DFSchema) -> Result<TreeNodeRecursion> {
    let compared: Vec<&Expr> = match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op.supports_propagation() => vec![left, right],
        Expr::InList(InList { expr, .. }) | Expr::InSubquery(InSubquery { expr, .. }) => vec![expr],
        Expr::Between(between) => vec![&between.expr],
        Expr::AggregateFunction(call) => {
            let AggregateFunctionParams {
                args,
                distinct,
                order_by,
                ..
            } = &call.params;
            let picks = PICKING.contains(&call.func.name()) && !distinct;
            let order = order_by.iter().map(|key| &key.expr);
            args.iter().filter(|_| !picks).chain(order).collect()
        }
        Expr::WindowFunction(call) => {
            let WindowFunctionParams {
                partition_by, order_by, ..
            } = &call.params;
            partition_by
                .iter()
                .chain(order_by.iter().map(|key| &key.expr))
                .collect()
        }
        _ => vec![],
    };
    compared.into_iter().try_for_each(|part| check(part, schema))?;
    Ok(TreeNodeRecursion::Continue)
}

fn check(key: &Expr, schema: &DFSchema) -> Result<()> {
    match key.get_type(schema) {
        Ok(data_type) if holds_variants(&data_type) => refuse(&key.human_display().to_string()).map(|_| ()),
        _ => Ok(()),
    }
}

fn refuse(what: &str) -> Result<TreeNodeRecursion> {
    plan_err!(
        "{what} holds variants, which cannot be compared, sorted, grouped or made distinct. Take a part of them with \
         variant_get(v, '$.path', 'type'), or their text with variant_to_json(v)."
    )
}
