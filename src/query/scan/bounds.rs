//! Which predicates may be held against bounds: those whose casts keep the order of values, and
//! that cannot be true for a NaN, which bounds leave out.
//!
//! Parquet's and Delta's statistics of float columns know nothing of NaN, which DataFusion
//! orders above all numbers: `x > 5` holds for a NaN in a file whose maximum is 3. And they
//! may take -0 and +0 for equal, which DataFusion does not.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, CastExpr, Column, InListExpr, Literal};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, conjunction_opt, split_conjunction};

use crate::table::prune::{has_subquery, keeps_order};
use crate::table::row_fields::is_row_index;

/// The part of `predicate` (over `schema`) that bounds can refute: a row group, page or file
/// whose bounds contradict it holds no row for which `predicate` is true.
pub(super) fn boundable(predicate: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let conjuncts: Vec<_> = split_conjunction(predicate)
        .into_iter()
        .filter(|conjunct| keeps_order(schema, conjunct) && !counts_rows(schema, conjunct) && !has_subquery(conjunct))
        .collect();
    let refusing: HashSet<String> = conjuncts.iter().filter_map(|conjunct| refuses_nan(conjunct)).collect();
    let mut safe = vec![];
    for conjunct in conjuncts {
        let floats: Vec<String> = collect_columns(conjunct)
            .into_iter()
            .filter(|column| {
                schema
                    .fields()
                    .get(column.index())
                    .is_none_or(|field| has_float(field.data_type()))
            })
            .map(|column| column.name().to_owned())
            .collect();
        if floats.is_empty() || floats.iter().all(|column| refusing.contains(column)) && !mentions_zero(conjunct)? {
            safe.push(Arc::clone(conjunct));
        }
    }
    Ok(conjunction_opt(safe))
}

/// Is it about the places of rows, of which footers say nothing?
fn counts_rows(schema: &Schema, conjunct: &Arc<dyn PhysicalExpr>) -> bool {
    let field = |column: &Column| schema.fields().get(column.index());
    collect_columns(conjunct)
        .iter()
        .any(|column| field(column).is_some_and(|field| is_row_index(field)))
}

fn has_float(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => has_float(value),
        nested if nested.is_nested() => true,
        plain => plain.is_floating(),
    }
}

/// The column for whose NaN `conjunct` is never true: `x < 5`, `x <= 5`, `x = 5`, `x IN (5, 6)`.
fn refuses_nan(conjunct: &Arc<dyn PhysicalExpr>) -> Option<String> {
    if let Some(list) = conjunct.downcast_ref::<InListExpr>() {
        return if !list.negated() && list.list().iter().all(is_number) {
            column(list.expr())
        } else {
            None
        };
    }
    let binary = conjunct.downcast_ref::<BinaryExpr>()?;
    match binary.op() {
        Operator::Lt | Operator::LtEq | Operator::Eq if is_number(binary.right()) => column(binary.left()),
        Operator::Gt | Operator::GtEq | Operator::Eq if is_number(binary.left()) => column(binary.right()),
        _ => None,
    }
}

/// The column itself, or cast to a float type, which keeps NaN.
fn column(expr: &Arc<dyn PhysicalExpr>) -> Option<String> {
    match expr.downcast_ref::<CastExpr>() {
        Some(cast) if cast.cast_type().is_floating() => column(cast.expr()),
        _ => expr.downcast_ref::<Column>().map(|column| column.name().to_owned()),
    }
}

fn is_number(expr: &Arc<dyn PhysicalExpr>) -> bool {
    match expr.downcast_ref::<Literal>().map(Literal::value) {
        Some(ScalarValue::Float16(Some(value))) => !value.is_nan(),
        Some(ScalarValue::Float32(Some(value))) => !value.is_nan(),
        Some(ScalarValue::Float64(Some(value))) => !value.is_nan(),
        Some(value) => !value.is_null() && !value.data_type().is_floating(),
        None => false,
    }
}

fn mentions_zero(expr: &Arc<dyn PhysicalExpr>) -> Result<bool> {
    let mut found = false;
    expr.apply(|node| {
        found |= match node.downcast_ref::<Literal>().map(Literal::value) {
            Some(ScalarValue::Float16(Some(value))) => value.to_f32() == 0.0,
            Some(ScalarValue::Float32(Some(value))) => *value == 0.0,
            Some(ScalarValue::Float64(Some(value))) => *value == 0.0,
            _ => false,
        };
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use datafusion::common::DFSchema;
    use datafusion::prelude::SessionContext;

    use super::*;
    use arrow::datatypes::Field;

    /// What is left of a predicate over `x` and `y` (floats) and `i` (an integer).
    fn left(predicate: &str) -> String {
        let field = |name, data_type| Field::new(name, data_type, true);
        let schema = Schema::new(vec![
            field("x", DataType::Float64),
            field("y", DataType::Float32),
            field("i", DataType::Int64),
        ]);
        let context = SessionContext::new();
        let columns = DFSchema::try_from(schema.clone()).unwrap();
        let logical = context.parse_sql_expr(predicate, &columns).unwrap();
        let physical = context.create_physical_expr(logical, &columns).unwrap();
        boundable(&physical, &schema)
            .unwrap()
            .map(|safe| safe.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn what_may_hold_for_nan_is_not_held_against_bounds() {
        for predicate in [
            "x > 5.5",
            "x >= 5.5",
            "x <> 5.5",
            "5.5 < x",
            "not (x < 5.5)",
            "x > 5.5 or i = 1",
            "x = y",
        ] {
            assert_eq!(left(predicate), "", "{predicate}");
        }
    }

    #[test]
    fn what_nan_never_fulfils_is() {
        for predicate in [
            "x < 5.5",
            "x <= 5.5",
            "x = 5.5",
            "5.5 > x",
            "i > 5",
            "i <> 5",
            "i is null",
        ] {
            assert!(!left(predicate).is_empty(), "{predicate}");
        }
        assert!(
            left("x >= 1.5 and x <= 5.5").contains("1.5"),
            "a bound above keeps NaN out of both"
        );
        assert!(
            !left("x >= 1.5 and y <= 5.5").contains("1.5"),
            "but only of its own column"
        );
        assert_eq!(left("x > 5.5 and i > 5"), "i@2 > 5");
    }

    #[test]
    fn bounds_do_not_tell_the_zeros_apart() {
        assert_eq!(left("x < 0.0"), "");
        assert_eq!(left("x = -0.0"), "");
        assert_eq!(left("i < 0"), "i@2 < 0");
    }
}
