//! Arithmetic of decimals whose values are small: in 64 bits, where a processor, and WebAssembly still more, takes many
//! times as long for the 128 bits in which they are kept, with a check of each for what is too large even for those.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Datum, Decimal128Array, PrimitiveArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::numeric::{add_wrapping, mul_wrapping, sub_wrapping};
use arrow::datatypes::{DataType, Decimal128Type, Schema};
use arrow::error::ArrowError;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::physical_expr_common::datum::apply;

/// Bits that a result may have, for it not to be too large for 64 with its sign, also as the sum of two.
const MOST_BITS: u32 = 61;

type Kernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

/// What makes a sum, difference or product in 128 bits.
fn kernel(operator: Operator) -> Kernel {
    match operator {
        Operator::Plus => add_wrapping,
        Operator::Minus => sub_wrapping,
        _ => mul_wrapping,
    }
}

/// `expr` over columns of `schema`, in which sums, differences and products of decimals are made in this way.
pub(super) fn narrowed(expr: Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>> {
    let narrow = |expr: Arc<dyn PhysicalExpr>| {
        let narrow = expr
            .downcast_ref::<BinaryExpr>()
            .and_then(|binary| Narrow::of(binary, schema));
        Ok(match narrow {
            Some(narrow) => Transformed::yes(Arc::new(narrow) as _),
            None => Transformed::no(expr),
        })
    };
    expr.transform_up(narrow).data()
}

/// A sum, difference or product of two decimals.
#[derive(Debug, Eq)]
struct Narrow {
    left: Arc<dyn PhysicalExpr>,
    operator: Operator,
    right: Arc<dyn PhysicalExpr>,
    /// Of what comes out.
    data_type: DataType,
    is_nullable: bool,
}

impl Narrow {
    fn of(binary: &BinaryExpr, schema: &Schema) -> Option<Self> {
        let is_meant = matches!(binary.op(), Operator::Plus | Operator::Minus | Operator::Multiply);
        let is_decimal = |expr: &Arc<dyn PhysicalExpr>| {
            let data_type = expr.data_type(schema);
            data_type.is_ok_and(|data_type| matches!(data_type, DataType::Decimal128(..)))
        };
        if !is_meant || !is_decimal(binary.left()) || !is_decimal(binary.right()) {
            return None;
        }
        Some(Self {
            left: Arc::clone(binary.left()),
            operator: *binary.op(),
            right: Arc::clone(binary.right()),
            data_type: binary.data_type(schema).ok()?,
            is_nullable: binary.nullable(schema).ok()?,
        })
    }
}

// By hand: what is derived would move the operands (rust-lang/rust#78808).
impl PartialEq for Narrow {
    fn eq(&self, other: &Self) -> bool {
        self.left.eq(&other.left) && self.operator == other.operator && self.right.eq(&other.right)
    }
}

impl Hash for Narrow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.left.hash(state);
        self.operator.hash(state);
        self.right.hash(state);
    }
}

impl fmt::Display for Narrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} {} {})", self.left, self.operator, self.right)
    }
}

impl PhysicalExpr for Narrow {
    fn data_type(&self, _schema: &Schema) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn nullable(&self, _schema: &Schema) -> Result<bool> {
        Ok(self.is_nullable)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let (left, right) = (self.left.evaluate(batch)?, self.right.evaluate(batch)?);
        if let Some(narrow) = narrow(&left, self.operator, &right)? {
            return Ok(ColumnarValue::Array(narrow));
        }
        apply(&left, &right, kernel(self.operator))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.left, &self.right]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let Ok([left, right]) = <[_; 2]>::try_from(children) else {
            return internal_err!("there are two operands");
        };
        Ok(Arc::new(Self {
            left,
            operator: self.operator,
            right,
            data_type: self.data_type.clone(),
            is_nullable: self.is_nullable,
        }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An operand.
struct Side<'a> {
    values: Values<'a>,
    nulls: Option<&'a NullBuffer>,
    precision: u8,
    scale: i8,
}

#[derive(Clone, Copy)]
enum Values<'a> {
    Many(&'a [i128]),
    One(i128),
}

impl<'a> Side<'a> {
    fn of(value: &'a ColumnarValue) -> Option<Self> {
        match value {
            ColumnarValue::Array(array) => {
                let array = array.as_primitive_opt::<Decimal128Type>()?;
                Some(Self {
                    values: Values::Many(array.values()),
                    nulls: array.nulls(),
                    precision: array.precision(),
                    scale: array.scale(),
                })
            }
            ColumnarValue::Scalar(ScalarValue::Decimal128(Some(value), precision, scale)) => Some(Self {
                values: Values::One(*value),
                nulls: None,
                precision: *precision,
                scale: *scale,
            }),
            ColumnarValue::Scalar(_) => None,
        }
    }

    /// The bits of the largest value, but for its sign.
    fn bits(&self) -> u32 {
        let magnitude = |value: i128| value ^ (value >> (i128::BITS - 1));
        let all = match self.values {
            Values::Many(values) => values.iter().fold(0, |all, value| all | magnitude(*value)),
            Values::One(value) => magnitude(value),
        };
        i128::BITS - all.leading_zeros()
    }

    /// An array of this type without values.
    fn none(&self) -> Result<Decimal128Array, ArrowError> {
        Decimal128Array::from(Vec::<i128>::new()).with_precision_and_scale(self.precision, self.scale)
    }
}

/// What two operands come to; `None` where a value is too large for that, or they are none of those that are meant.
fn narrow(left: &ColumnarValue, operator: Operator, right: &ColumnarValue) -> Result<Option<ArrayRef>> {
    let (Some(left), Some(right)) = (Side::of(left), Side::of(right)) else {
        return Ok(None);
    };
    // A decimal with fewer places is brought to those of the other one.
    let factor = |side: &Side<'_>, scale: i8| {
        let places = u32::try_from(i16::from(scale) - i16::from(side.scale)).ok()?;
        10_i64.checked_pow(places)
    };
    let scale = left.scale.max(right.scale);
    let (Some(left_factor), Some(right_factor)) = (factor(&left, scale), factor(&right, scale)) else {
        return Ok(None);
    };
    let scaled_bits = |side: &Side<'_>, factor: i64| side.bits() + (i64::BITS - (factor - 1).leading_zeros());
    let most_bits = match operator {
        Operator::Multiply => left.bits() + right.bits(),
        _ => scaled_bits(&left, left_factor).max(scaled_bits(&right, right_factor)),
    };
    // Of two scalars there is no telling for how many rows.
    if most_bits > MOST_BITS || matches!((left.values, right.values), (Values::One(_), Values::One(_))) {
        return Ok(None);
    }
    let values = match operator {
        Operator::Multiply => each(left.values, right.values, |left, right| left * right),
        Operator::Plus => each(left.values, right.values, |left, right| {
            left * left_factor + right * right_factor
        }),
        _ => each(left.values, right.values, |left, right| {
            left * left_factor - right * right_factor
        }),
    };
    // Its type is that of the kernel, which also refuses what has none.
    let data_type = kernel(operator)(&left.none()?, &right.none()?)?.data_type().clone();
    let nulls = NullBuffer::union(left.nulls, right.nulls);
    let array = PrimitiveArray::<Decimal128Type>::new(values.into(), nulls).with_data_type(data_type);
    Ok(Some(Arc::new(array)))
}

/// What `combine` makes of each value and its partner.
#[inline]
fn each(left: Values<'_>, right: Values<'_>, combine: impl Fn(i64, i64) -> i64) -> Vec<i128> {
    #[allow(clippy::cast_possible_truncation, reason = "they were found to have fewer bits")]
    let combine = |left: &i128, right: &i128| i128::from(combine(*left as i64, *right as i64));
    match (left, right) {
        (Values::Many(left), Values::Many(right)) => left
            .iter()
            .zip(right)
            .map(|(left, right)| combine(left, right))
            .collect(),
        (Values::Many(left), Values::One(right)) => left.iter().map(|left| combine(left, &right)).collect(),
        (Values::One(left), Values::Many(right)) => right.iter().map(|right| combine(&left, right)).collect(),
        (Values::One(left), Values::One(right)) => vec![combine(&left, &right)],
    }
}

#[cfg(test)]
#[path = "narrow_tests.rs"]
mod tests;
