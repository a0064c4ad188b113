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
    Reading { literals, schema }.condition(sieve)
}

/// What a sieve's places are places in.
struct Reading<'a> {
    literals: &'a RecordBatch,
    schema: &'a Schema,
}

impl Reading<'_> {
    fn condition(&self, sieve: &Sieve) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(match sieve {
            Sieve::All(sieves) => conjunction(self.each(sieves)?),
            Sieve::Any(sieves) => {
                let any = |one, other| Arc::new(BinaryExpr::new(one, Operator::Or, other)) as Arc<dyn PhysicalExpr>;
                self.each(sieves)?.into_iter().reduce(any).ok_or_else(unknown)?
            }
            Sieve::Compare {
                left,
                comparison,
                right,
            } => Arc::new(BinaryExpr::new(
                self.term(left)?,
                operator(*comparison),
                self.term(right)?,
            )),
            Sieve::In {
                column,
                literals,
                is_negated,
            } => {
                let list = literals.iter().map(|place| self.literal(*place));
                let list = list.collect::<Result<Vec<_>>>()?;
                in_list(self.column(*column)?, list, is_negated, self.schema)?
            }
            Sieve::Like {
                column,
                pattern,
                is_negated,
                ignores_case,
            } => {
                let (column, pattern) = (self.column(*column)?, self.literal(*pattern)?);
                Arc::new(LikeExpr::new(*is_negated, *ignores_case, column, pattern))
            }
            Sieve::Marked {
                column,
                from,
                bits,
                passes_null,
            } => {
                let marks = Marks {
                    from: *from,
                    bits: self.bits(*bits)?,
                    passes_null: *passes_null,
                };
                let column = self.column(*column)?;
                Arc::new(Marked { column, marks })
            }
            Sieve::Null { column, is_negated } => {
                let column = self.column(*column)?;
                if *is_negated {
                    Arc::new(IsNotNullExpr::new(column))
                } else {
                    Arc::new(IsNullExpr::new(column))
                }
            }
        })
    }

    fn each(&self, sieves: &[Sieve]) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
        sieves.iter().map(|one| self.condition(one)).collect()
    }

    fn term(&self, term: &Term) -> Result<Arc<dyn PhysicalExpr>> {
        match term {
            Term::Column(place) => self.column(*place),
            Term::Literal(place) => self.literal(*place),
        }
    }

    fn column(&self, place: usize) -> Result<Arc<dyn PhysicalExpr>> {
        let field = self.schema.fields().get(place).ok_or_else(unknown)?;
        Ok(Arc::new(Column::new(field.name(), place)))
    }

    fn literal(&self, place: usize) -> Result<Arc<dyn PhysicalExpr>> {
        let array = self.literals.columns().get(place).filter(|array| !array.is_empty());
        let value = ScalarValue::try_from_array(array.ok_or_else(unknown)?, 0)?;
        Ok(Arc::new(Literal::new(value)))
    }

    fn bits(&self, place: usize) -> Result<Vec<u8>> {
        let literal = self
            .literals
            .columns()
            .get(place)
            .and_then(|bits| bits.as_binary_opt::<i32>());
        let bits = literal.filter(|bits| !bits.is_empty()).ok_or_else(unknown)?;
        Ok(bits.value(0).to_vec())
    }
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
