//! A sieve as the condition that it is, where rows are held against it.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Schema;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, in_list,
};
use datafusion::physical_expr::utils::conjunction;

use super::super::marks::{Marked, Marks};
use crate::protocol::{Comparison, Sieve, Term};

/// The condition as an expression over columns of `schema`.
pub(in crate::query::scan) fn condition(
    sieve: &Sieve,
    literals: &RecordBatch,
    schema: &Schema,
) -> Result<Arc<dyn PhysicalExpr>> {
    let column = |place: usize| -> Result<Arc<dyn PhysicalExpr>> {
        let field = schema.fields().get(place).ok_or_else(unknown)?;
        Ok(Arc::new(Column::new(field.name(), place)))
    };
    let literal = |place: usize| -> Result<Arc<dyn PhysicalExpr>> {
        let array = literals
            .columns()
            .get(place)
            .filter(|array| !array.is_empty())
            .ok_or_else(unknown)?;
        Ok(Arc::new(Literal::new(ScalarValue::try_from_array(array, 0)?)))
    };
    let all = |sieves: &[Sieve]| {
        sieves
            .iter()
            .map(|one| condition(one, literals, schema))
            .collect::<Result<Vec<_>>>()
    };
    Ok(match sieve {
        Sieve::All(sieves) => conjunction(all(sieves)?),
        Sieve::Any(sieves) => {
            let any = |one, other| Arc::new(BinaryExpr::new(one, Operator::Or, other)) as Arc<dyn PhysicalExpr>;
            all(sieves)?.into_iter().reduce(any).ok_or_else(unknown)?
        }
        Sieve::Compare {
            left,
            comparison,
            right,
        } => {
            let term = |term: &Term| match term {
                Term::Column(place) => column(*place),
                Term::Literal(place) => literal(*place),
            };
            Arc::new(BinaryExpr::new(term(left)?, operator(*comparison), term(right)?))
        }
        Sieve::In {
            column: place,
            literals: places,
            is_negated,
        } => {
            let list = places.iter().map(|place| literal(*place)).collect::<Result<Vec<_>>>()?;
            in_list(column(*place)?, list, is_negated, schema)?
        }
        Sieve::Like {
            column: place,
            pattern,
            is_negated,
            ignores_case,
        } => Arc::new(LikeExpr::new(
            *is_negated,
            *ignores_case,
            column(*place)?,
            literal(*pattern)?,
        )),
        Sieve::Marked {
            column: place,
            from,
            bits,
            passes_null,
        } => {
            let literal = literals
                .columns()
                .get(*bits)
                .and_then(|bits| bits.as_binary_opt::<i32>());
            let bits = literal.filter(|bits| !bits.is_empty()).ok_or_else(unknown)?;
            let marks = Marks {
                from: *from,
                bits: bits.value(0).to_vec(),
                passes_null: *passes_null,
            };
            let column = column(*place)?;
            Arc::new(Marked { column, marks })
        }
        Sieve::Null {
            column: place,
            is_negated: false,
        } => Arc::new(IsNullExpr::new(column(*place)?)),
        Sieve::Null { column: place, .. } => Arc::new(IsNotNullExpr::new(column(*place)?)),
    })
}

fn operator(comparison: Comparison) -> Operator {
    match comparison {
        Comparison::Equal => Operator::Eq,
        Comparison::NotEqual => Operator::NotEq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::GtEq,
    }
}

fn unknown() -> DataFusionError {
    DataFusionError::Internal("a sieve names what is not there".to_owned())
}
