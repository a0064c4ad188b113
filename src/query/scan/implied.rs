//! What a predicate over several columns implies of one: a sort by `a desc, b` asks for `a > 5 or a = 5 and b < 7`, which
//! bounds of pages cannot be held against, and which no row with `a < 5` fulfils.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, IsNullExpr, Literal};

/// `expr` and what it implies of `column`, whose values are to be great when `descending` and small otherwise.
pub(super) fn with_implied(expr: Arc<dyn PhysicalExpr>, column: &str, descending: bool) -> Arc<dyn PhysicalExpr> {
    let side = Side { column, descending };
    let Some((
        column,
        Implied {
            value: Some(value),
            or_null,
        },
    )) = side.implied(&expr)
    else {
        return expr;
    };
    let bound = Arc::new(Literal::new(value));
    let mut implied: Arc<dyn PhysicalExpr> = Arc::new(BinaryExpr::new(Arc::clone(&column), side.operator(), bound));
    if or_null {
        implied = Arc::new(BinaryExpr::new(
            implied,
            Operator::Or,
            Arc::new(IsNullExpr::new(column)),
        ));
    }
    Arc::new(BinaryExpr::new(expr, Operator::And, implied))
}

/// The value that the column of no row for which `expr` is true is behind, if it is not NULL.
pub(super) fn bound(expr: &Arc<dyn PhysicalExpr>, column: &str, descending: bool) -> Option<ScalarValue> {
    let (_, implied) = Side { column, descending }.implied(expr)?;
    implied.value
}

/// What holds of the column where an expression is true: it is at least, or at most, a value, or perhaps NULL.
struct Implied {
    value: Option<ScalarValue>,
    or_null: bool,
}

/// The column, and that.
type Found = (Arc<dyn PhysicalExpr>, Implied);

struct Side<'a> {
    column: &'a str,
    descending: bool,
}

impl Side<'_> {
    fn operator(&self) -> Operator {
        if self.descending {
            Operator::GtEq
        } else {
            Operator::LtEq
        }
    }

    fn implied(&self, expr: &Arc<dyn PhysicalExpr>) -> Option<Found> {
        if let Some(null) = expr.downcast_ref::<IsNullExpr>() {
            return self.found(null.arg(), None);
        }
        let binary = expr.downcast_ref::<BinaryExpr>()?;
        let (left, right) = (binary.left(), binary.right());
        match binary.op() {
            Operator::Or => self.either(self.implied(left)?, self.implied(right)?),
            Operator::And => match (self.implied(left), self.implied(right)) {
                (Some(one), Some(other)) => self.both(one, other),
                (one, other) => one.or(other),
            },
            operator => self
                .bound(left, *operator, right)
                .or_else(|| self.bound(right, operator.swap()?, left)),
        }
    }

    fn bound(&self, left: &Arc<dyn PhysicalExpr>, operator: Operator, right: &Arc<dyn PhysicalExpr>) -> Option<Found> {
        let bounds = match operator {
            Operator::Eq => true,
            Operator::Gt | Operator::GtEq => self.descending,
            Operator::Lt | Operator::LtEq => !self.descending,
            _ => false,
        };
        let value = right.downcast_ref::<Literal>()?.value();
        self.found(left, Some(value.clone()))
            .filter(|_| bounds && !value.is_null())
    }

    fn found(&self, expr: &Arc<dyn PhysicalExpr>, value: Option<ScalarValue>) -> Option<Found> {
        let column = expr.downcast_ref::<Column>()?;
        let or_null = value.is_none();
        (column.name() == self.column).then(|| (Arc::clone(expr), Implied { value, or_null }))
    }

    /// What holds where both of two do: the stricter bound.
    fn both(&self, (column, one): Found, (_, other): Found) -> Option<Found> {
        let value = match (one.value, other.value) {
            (Some(this), Some(that)) => {
                let is_less = this.partial_cmp(&that)? == Ordering::Less;
                Some(if is_less == self.descending { that } else { this })
            }
            // NULL alone is left where one of them bounds nothing else.
            (this, that) => this.and(that),
        };
        let or_null = one.or_null && other.or_null;
        Some((column, Implied { value, or_null }))
    }

    /// What both of two allow: the looser bound.
    fn either(&self, (column, one): Found, (_, other): Found) -> Option<Found> {
        let value = match (one.value, other.value) {
            (Some(this), Some(that)) => {
                let is_less = this.partial_cmp(&that)? == Ordering::Less;
                Some(if is_less == self.descending { this } else { that })
            }
            (this, that) => this.or(that),
        };
        let or_null = one.or_null || other.or_null;
        Some((column, Implied { value, or_null }))
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::DFSchema;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn implied(predicate: &str, descending: bool) -> Option<String> {
        let field = |name| Field::new(name, DataType::Int64, true);
        let schema = Schema::new(vec![field("a"), field("b")]);
        let context = SessionContext::new();
        let columns = DFSchema::try_from(schema).unwrap();
        let logical = context.parse_sql_expr(predicate, &columns).unwrap();
        let physical = context.create_physical_expr(logical, &columns).unwrap();
        let with = with_implied(Arc::clone(&physical), "a", descending).to_string();
        let (_, implied) = with.rsplit_once(" AND ").filter(|_| with != physical.to_string())?;
        Some(implied.to_owned())
    }

    #[test]
    fn a_sort_by_several_columns_bounds_the_first() {
        let bound = |value| Some(format!("a@0 >= {value}"));
        assert_eq!(implied("a > 5 or a = 5 and b < 7", true), bound(5));
        assert_eq!(
            implied("a is null or a > 5 or a = 5 and (b is null or b < 7)", true),
            Some("(a@0 >= 5 OR a@0 IS NULL)".to_owned())
        );
        assert_eq!(implied("a > 5 or a > 3 and b < 7", true), bound(3));
        assert_eq!(implied("5 <= a", true), bound(5));
        assert_eq!(implied("a < 5 or a = 5 and b < 7", false), Some("a@0 <= 5".to_owned()));
        assert_eq!(implied("a > 3 and (a > 5 or a = 5 and b < 7)", true), bound(5));
        assert_eq!(implied("a > 7 and (a is null or a > 5)", true), bound(7));
    }

    #[test]
    fn what_does_not_bound_it_implies_nothing() {
        for predicate in [
            "a < 5",
            "b > 5",
            "a > 5 or b > 5",
            "a > b",
            "a <> 5",
            "a is null",
            "not (a > 5)",
            "a + 1 > 5",
            "true",
        ] {
            assert_eq!(implied(predicate, true), None, "{predicate}");
        }
    }
}
