//! Variants have no order, and one value has many encodings: what compares their bytes would tell equal ones apart.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{
    AggregateFunctionParams, GroupingSet, InList, InSubquery, SetComparison, WindowFunctionParams,
};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Case, Distinct, Expr, ExprSchemable, LogicalPlan};

use crate::table::variant::holds_variants;

/// Functions that pick, count, build and take apart, and compare nothing: whatever else may compare is refused.
const HARMLESS: [&str; 26] = [
    "array_agg",
    "array_append",
    "array_concat",
    "array_element",
    "array_length",
    "array_prepend",
    "array_slice",
    "arrow_typeof",
    "cardinality",
    "coalesce",
    "count",
    "empty",
    "first_value",
    "get_field",
    "is_variant_null",
    "lag",
    "last_value",
    "lead",
    "make_array",
    "named_struct",
    "nth_value",
    "nvl",
    "struct",
    "try_variant_get",
    "variant_get",
    "variant_to_json",
];

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
        if is_distinct(node) {
            let mut fields = node.schema().fields().iter();
            if let Some(field) = fields.find(|field| holds_variants(field.data_type())) {
                return refuse(field.name());
            }
        }
        node.apply_expressions(|expr| expr.apply(|part| check_parts(part, &schema)))
    })?;
    Ok(())
}

/// Does it hold whole rows against each other?
fn is_distinct(node: &LogicalPlan) -> bool {
    match node {
        LogicalPlan::Distinct(Distinct::All(_)) => true,
        LogicalPlan::RecursiveQuery(query) => query.is_distinct,
        _ => false,
    }
}

/// The expressions of a node by which rows are held against each other.
fn keys(node: &LogicalPlan) -> Vec<&Expr> {
    match node {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.iter().flat_map(grouped).collect(),
        LogicalPlan::Sort(sort) => sort.expr.iter().map(|key| &key.expr).collect(),
        LogicalPlan::Join(join) => join.on.iter().flat_map(|(left, right)| [left, right]).collect(),
        LogicalPlan::Distinct(Distinct::On(distinct)) => {
            let order = distinct.sort_expr.iter().flatten().map(|key| &key.expr);
            distinct.on_expr.iter().chain(order).collect()
        }
        _ => vec![],
    }
}

fn grouped(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::GroupingSet(GroupingSet::Rollup(keys) | GroupingSet::Cube(keys)) => keys.iter().collect(),
        Expr::GroupingSet(GroupingSet::GroupingSets(sets)) => sets.iter().flatten().collect(),
        other => vec![other],
    }
}

/// What an expression may hold against each other.
fn check_parts(expr: &Expr, schema: &DFSchema) -> Result<TreeNodeRecursion> {
    let compared: Vec<&Expr> = match expr {
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => vec![left, right],
        Expr::InList(InList { expr, .. })
        | Expr::InSubquery(InSubquery { expr, .. })
        | Expr::SetComparison(SetComparison { expr, .. })
        | Expr::Case(Case { expr: Some(expr), .. }) => vec![expr],
        Expr::Between(between) => vec![&between.expr],
        Expr::ScalarFunction(call) if !HARMLESS.contains(&call.func.name()) => call.args.iter().collect(),
        Expr::AggregateFunction(call) => {
            let AggregateFunctionParams {
                args,
                distinct,
                order_by,
                ..
            } = &call.params;
            let compares = *distinct || !HARMLESS.contains(&call.func.name());
            let order = order_by.iter().map(|key| &key.expr);
            args.iter().filter(|_| compares).chain(order).collect()
        }
        Expr::WindowFunction(call) => {
            let WindowFunctionParams {
                args,
                partition_by,
                order_by,
                distinct,
                ..
            } = &call.params;
            let compares = *distinct || !HARMLESS.contains(&call.fun.name());
            let keys = partition_by.iter().chain(order_by.iter().map(|key| &key.expr));
            args.iter().filter(|_| compares).chain(keys).collect()
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
