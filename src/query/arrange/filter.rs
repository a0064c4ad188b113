//! One filter over one column: values are compared as values of the column's type, not as text.

use arrow::array::{Array, ArrayRef, BinaryArray, BooleanArray, Datum, Scalar, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;

use super::matching::Needle;
use super::rows::failed;
use crate::error::{Error, Kind, Result};
use crate::protocol::{Comparison, Filter, Test};
use crate::query::shape::type_name;
use crate::query::values::{Value, Values};

/// A filter whose values were read.
#[derive(Debug)]
pub enum Prepared {
    Null,
    NotNull,
    Contains(Needle),
    Compare(Comparison, ArrayRef),
    OneOf(Vec<ArrayRef>),
    /// For types that have no other equality: the shown texts.
    Texts(Vec<String>, bool),
}

impl Prepared {
    /// Reads a filter for a column of `schema`.
    ///
    /// # Errors
    /// `Sql` when a value is none of the column's type, `Unsupported` when the type has no order.
    pub fn new(schema: &Schema, filter: &Filter) -> Result<Self> {
        let missing = || Error::new(Kind::Bug, "result", format!("There is no column {}.", filter.column));
        let field = schema.fields().get(filter.column as usize).ok_or_else(missing)?;
        let data_type = plain(field.data_type());
        let literal = |value: &str| literal(value, data_type).map_err(|error| about(error, field.name()));
        Ok(match &filter.test {
            Test::Null => Self::Null,
            Test::NotNull => Self::NotNull,
            Test::Contains { text } => Self::Contains(Needle::new(text)),
            Test::OneOf { values } if has_only_text(data_type) => Self::Texts(values.clone(), true),
            Test::OneOf { values } => Self::OneOf(values.iter().map(|value| literal(value)).collect::<Result<_>>()?),
            Test::Compare { is, value } if has_only_text(data_type) => match is {
                Comparison::Equal => Self::Texts(vec![value.clone()], true),
                Comparison::NotEqual => Self::Texts(vec![value.clone()], false),
                _ => {
                    let detail = format!("Values of the type {} are not larger or smaller.", type_name(data_type));
                    return Err(Error::new(Kind::Unsupported, field.name(), detail));
                }
            },
            Test::Compare { is, value } => Self::Compare(*is, literal(value)?),
        })
    }

    /// Which rows pass.
    ///
    /// # Errors
    /// `Unsupported` when the type cannot be read.
    pub fn mask(&self, array: &ArrayRef) -> Result<BooleanBuffer> {
        match self {
            Self::Null => Ok(nulls(array)?),
            Self::NotNull => Ok(!&nulls(array)?),
            Self::Contains(needle) => {
                let mut buffer = String::new();
                each(array, |value| needle.is_in(value, &mut buffer))
            }
            Self::Compare(is, value) => compare(*is, array, value),
            Self::OneOf(values) => {
                let mut any = BooleanBuffer::new_unset(array.len());
                for value in values {
                    any = &any | &compare(Comparison::Equal, array, value)?;
                }
                Ok(any)
            }
            Self::Texts(texts, wanted) => each(array, |value| {
                value.text().is_some_and(|text| texts.contains(&text) == *wanted)
            }),
        }
    }
}

fn each(array: &ArrayRef, mut test: impl FnMut(Value<'_>) -> bool) -> Result<BooleanBuffer> {
    let values = Values::new(array)?;
    Ok(BooleanBuffer::collect_bool(array.len(), |row| test(values.get(row))))
}

fn nulls(array: &ArrayRef) -> Result<BooleanBuffer> {
    match array.logical_nulls() {
        // A dictionary's or run's NULL may lie in its values.
        Some(nulls) => Ok(!nulls.inner()),
        None => each(array, |value| matches!(value, Value::Null)),
    }
}

fn compare(is: Comparison, array: &ArrayRef, value: &ArrayRef) -> Result<BooleanBuffer> {
    let compare: fn(&dyn Datum, &dyn Datum) -> std::result::Result<BooleanArray, ArrowError> = match is {
        Comparison::Equal => cmp::eq,
        Comparison::NotEqual => cmp::neq,
        Comparison::Less => cmp::lt,
        Comparison::LessOrEqual => cmp::lt_eq,
        Comparison::Greater => cmp::gt,
        Comparison::GreaterOrEqual => cmp::gt_eq,
    };
    let array = match array.data_type() {
        DataType::RunEndEncoded(..) => &cast(array, value.data_type()).map_err(failed)?,
        _ => array,
    };
    let passed = compare(array, &Scalar::new(value)).map_err(failed)?;
    Ok(match passed.nulls() {
        Some(nulls) => passed.values() & nulls.inner(),
        None => passed.values().clone(),
    })
}

/// The type of the values themselves.
fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        other => other,
    }
}

fn has_only_text(data_type: &DataType) -> bool {
    data_type.is_nested()
        || matches!(
            data_type,
            DataType::Interval(_) | DataType::Duration(_) | DataType::Null
        )
}

/// One value of a type from its text; no digit of it may be lost.
fn literal(text: &str, data_type: &DataType) -> Result<ArrayRef> {
    let wrong = || {
        let detail = format!("“{text}” is no value of the type {}.", type_name(data_type));
        Error::new(Kind::Sql, "filter", detail)
    };
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    if matches!(
        data_type,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
    ) {
        let bytes = bytes(text.trim()).ok_or_else(wrong)?;
        return cast_with_options(&BinaryArray::from_vec(vec![&bytes]), data_type, &options).map_err(|_| wrong());
    }
    let read = if data_type.is_string() { text } else { text.trim() };
    if let DataType::Decimal32(_, scale)
    | DataType::Decimal64(_, scale)
    | DataType::Decimal128(_, scale)
    | DataType::Decimal256(_, scale) = data_type
    {
        let digits = read
            .split_once('.')
            .map_or("", |(_, digits)| digits.trim_end_matches('0'));
        if digits.len() > usize::try_from(*scale).unwrap_or_default() || read.contains(['e', 'E']) {
            return Err(wrong());
        }
    }
    let value = cast_with_options(&StringArray::from(vec![read]), data_type, &options).map_err(|_| wrong())?;
    if value.is_null(0) { Err(wrong()) } else { Ok(value) }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

fn about(error: Error, column: &str) -> Error {
    Error {
        subject: column.to_owned(),
        ..error
    }
}
