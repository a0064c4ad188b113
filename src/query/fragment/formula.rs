//! Expressions as formulas, and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{Operator, ScalarUDF, Volatility};
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, CastExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, NegativeExpr,
    NotExpr, in_list,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use crate::protocol::{Formula, Named, travels};
use crate::query::setting::config;

/// Operators that travel: those of which nothing but their name need be known.
const OPERATORS: [Operator; 16] = [
    Operator::Eq,
    Operator::NotEq,
    Operator::Lt,
    Operator::LtEq,
    Operator::Gt,
    Operator::GtEq,
    Operator::Plus,
    Operator::Minus,
    Operator::Multiply,
    Operator::Divide,
    Operator::Modulo,
    Operator::And,
    Operator::Or,
    Operator::IsDistinctFrom,
    Operator::IsNotDistinctFrom,
    Operator::StringConcat,
];

/// Writes expressions over columns of one schema.
pub(super) struct Writing<'a> {
    schema: &'a Schema,
    pub(super) literals: Vec<ArrayRef>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(schema: &'a Schema, literals: Vec<ArrayRef>) -> Self {
        Self { schema, literals }
    }

    pub(super) fn named(&mut self, expr: &Arc<dyn PhysicalExpr>, name: &str) -> Option<Named> {
        Some(Named {
            name: name.to_owned(),
            formula: self.formula(expr)?,
        })
    }

    /// `None` when what is read back from the formula would not be the same, or nothing.
    pub(super) fn formula(&mut self, expr: &Arc<dyn PhysicalExpr>) -> Option<Formula> {
        let formula = self.write(expr)?;
        let literal = |place: usize| ScalarValue::try_from_array(self.literals.get(place)?, 0).ok();
        let read = read(&formula, self.schema, &literal).ok()?;
        (read.eq(expr) && travels(&formula)).then_some(formula)
    }

    fn write(&mut self, expr: &Arc<dyn PhysicalExpr>) -> Option<Formula> {
        if let Some(column) = expr.downcast_ref::<Column>() {
            return Some(Formula::Column(column.index()));
        }
        if let Some(literal) = expr.downcast_ref::<Literal>() {
            return self.literal(literal.value()).map(Formula::Literal);
        }
        if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
            return Some(Formula::Binary {
                left: self.boxed(binary.left())?,
                operator: OPERATORS.contains(binary.op()).then(|| binary.op().to_string())?,
                right: self.boxed(binary.right())?,
            });
        }
        if let Some(cast) = expr.downcast_ref::<CastExpr>() {
            let value = self.boxed(cast.expr())?;
            let to = ScalarValue::try_from(cast.cast_type()).ok()?;
            let to = self.literal(&to)?;
            return Some(Formula::Cast { value, to });
        }
        if let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() {
            if call.fun().signature().volatility != Volatility::Immutable {
                return None;
            }
            return Some(Formula::Call {
                function: call.fun().name().to_owned(),
                arguments: self.list(call.args())?,
            });
        }
        self.condition(expr)
    }

    fn condition(&mut self, expr: &Arc<dyn PhysicalExpr>) -> Option<Formula> {
        if let Some(not) = expr.downcast_ref::<NotExpr>() {
            return self.boxed(not.arg()).map(Formula::Not);
        }
        if let Some(negative) = expr.downcast_ref::<NegativeExpr>() {
            return self.boxed(negative.arg()).map(Formula::Negative);
        }
        if let Some(null) = expr.downcast_ref::<IsNullExpr>() {
            let (value, is_negated) = (self.boxed(null.arg())?, false);
            return Some(Formula::Null { value, is_negated });
        }
        if let Some(null) = expr.downcast_ref::<IsNotNullExpr>() {
            let (value, is_negated) = (self.boxed(null.arg())?, true);
            return Some(Formula::Null { value, is_negated });
        }
        if let Some(like) = expr.downcast_ref::<LikeExpr>() {
            return Some(Formula::Like {
                value: self.boxed(like.expr())?,
                pattern: self.boxed(like.pattern())?,
                is_negated: like.negated(),
                ignores_case: like.case_insensitive(),
            });
        }
        if let Some(list) = expr.downcast_ref::<InListExpr>() {
            return Some(Formula::In {
                value: self.boxed(list.expr())?,
                list: self.list(list.list())?,
                is_negated: list.negated(),
            });
        }
        let case = expr.downcast_ref::<CaseExpr>()?;
        let branches = case.when_then_expr().iter();
        Some(Formula::Case {
            branches: branches
                .map(|(when, then)| Some((self.write(when)?, self.write(then)?)))
                .collect::<Option<_>>()?,
            value: match case.expr() {
                Some(value) => Some(self.boxed(value)?),
                None => None,
            },
            otherwise: match case.else_expr() {
                Some(otherwise) => Some(self.boxed(otherwise)?),
                None => None,
            },
        })
    }

    fn boxed(&mut self, expr: &Arc<dyn PhysicalExpr>) -> Option<Box<Formula>> {
        self.write(expr).map(Box::new)
    }

    fn list(&mut self, exprs: &[Arc<dyn PhysicalExpr>]) -> Option<Vec<Formula>> {
        exprs.iter().map(|expr| self.write(expr)).collect()
    }

    fn literal(&mut self, value: &ScalarValue) -> Option<usize> {
        self.literals.push(value.to_array().ok()?);
        Some(self.literals.len() - 1)
    }
}

/// The literals of a batch of one row.
pub(super) fn literals_of(batch: &RecordBatch) -> impl Fn(usize) -> Option<ScalarValue> {
    move |place| {
        let array = batch.columns().get(place).filter(|array| !array.is_empty())?;
        ScalarValue::try_from_array(array, 0).ok()
    }
}

/// The expression over columns of `schema` that a formula is.
pub(super) fn read(
    formula: &Formula,
    schema: &Schema,
    literal: &impl Fn(usize) -> Option<ScalarValue>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let one = |formula: &Formula| read(formula, schema, literal);
    let all = |formulas: &[Formula]| formulas.iter().map(one).collect::<Result<Vec<_>>>();
    let maybe = |formula: &Option<Box<Formula>>| formula.as_deref().map(one).transpose();
    Ok(match formula {
        Formula::Column(place) => {
            let field = schema.fields().get(*place).ok_or_else(unknown)?;
            Arc::new(Column::new(field.name(), *place))
        }
        Formula::Literal(place) => Arc::new(Literal::new(literal(*place).ok_or_else(unknown)?)),
        Formula::Binary { left, operator, right } => {
            let known = OPERATORS.into_iter().find(|known| known.to_string() == *operator);
            Arc::new(BinaryExpr::new(one(left)?, known.ok_or_else(unknown)?, one(right)?))
        }
        Formula::Cast { value, to } => {
            let to: DataType = literal(*to).ok_or_else(unknown)?.data_type();
            Arc::new(CastExpr::new(one(value)?, to, None))
        }
        Formula::Not(value) => Arc::new(NotExpr::new(one(value)?)),
        Formula::Negative(value) => Arc::new(NegativeExpr::new(one(value)?)),
        Formula::Null {
            value,
            is_negated: false,
        } => Arc::new(IsNullExpr::new(one(value)?)),
        Formula::Null { value, .. } => Arc::new(IsNotNullExpr::new(one(value)?)),
        Formula::Like {
            value,
            pattern,
            is_negated,
            ignores_case,
        } => Arc::new(LikeExpr::new(*is_negated, *ignores_case, one(value)?, one(pattern)?)),
        Formula::In {
            value,
            list,
            is_negated,
        } => in_list(one(value)?, all(list)?, is_negated, schema)?,
        Formula::Case {
            value,
            branches,
            otherwise,
        } => {
            let branches = branches.iter().map(|(when, then)| Ok((one(when)?, one(then)?)));
            let branches = branches.collect::<Result<_>>()?;
            Arc::new(CaseExpr::try_new(maybe(value)?, branches, maybe(otherwise)?)?)
        }
        Formula::Call { function, arguments } => {
            let options = Arc::clone(config().options());
            Arc::new(ScalarFunctionExpr::try_new(
                called(function)?,
                all(arguments)?,
                schema,
                options,
            )?)
        }
    })
}

fn called(name: &str) -> Result<Arc<ScalarUDF>> {
    let functions = SessionStateDefaults::default_scalar_functions();
    let found = functions.into_iter().find(|function| function.name() == name);
    found.ok_or_else(unknown)
}

pub(super) fn unknown() -> DataFusionError {
    DataFusionError::Internal("a fragment names what is not there".to_owned())
}
