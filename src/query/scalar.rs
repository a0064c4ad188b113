//! The text of numbers, times and intervals.
//!
//! Arrow's own formatting, save where it would mislead: infinities are spelled `Infinity`, a day
//! has no midnight behind it, months are counted and not divided, and a moment that no calendar
//! reaches is its raw count instead of an error.

use std::fmt::{self, Write};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, IntervalUnit,
    IntervalYearMonthType, TimeUnit, UInt8Type, UInt16Type, UInt32Type,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};

use super::values::unsupported;

const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_duration_format(DurationFormat::Pretty);

/// What a scalar is in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A whole number that fits 2^53.
    Integer,
    /// A whole number that may not.
    Long,
    /// A binary fraction.
    Float,
    /// A decimal fraction.
    Decimal,
    /// Anything that JSON has no number for.
    Time,
}

/// Writes the values of one array of scalars.
pub struct Scalar<'a> {
    array: &'a dyn Array,
    /// Absent when Arrow does not know the zone of a timestamp.
    format: Option<ArrayFormatter<'a>>,
    class: Class,
}

impl fmt::Debug for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar")
            .field("array", &self.array)
            .finish_non_exhaustive()
    }
}

impl<'a> Scalar<'a> {
    /// A writer for `array`.
    ///
    /// # Errors
    /// `Unsupported` for a type that Arrow cannot format.
    pub(super) fn new(array: &'a dyn Array) -> crate::error::Result<Self> {
        let format = match ArrayFormatter::try_new(array, &OPTIONS) {
            Ok(format) => Some(format),
            Err(_) if matches!(array.data_type(), DataType::Timestamp(_, Some(_))) => None,
            Err(cause) => return Err(unsupported(array.data_type()).with_source(cause)),
        };
        Ok(Self {
            array,
            format,
            class: Class::of(array.data_type()),
        })
    }

    /// What its values are in JSON.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Is the text at `row` a number in JSON's grammar?
    #[must_use]
    pub fn is_number(&self, row: usize) -> bool {
        self.class != Class::Time && self.not_finite(row).is_none()
    }

    /// The value at `row`, which must not be NULL, of a whole number that fits 2^53.
    #[must_use]
    pub fn integer(&self, row: usize) -> Option<i64> {
        Some(match self.array.data_type() {
            DataType::Int8 => self.array.as_primitive::<Int8Type>().value(row).into(),
            DataType::Int16 => self.array.as_primitive::<Int16Type>().value(row).into(),
            DataType::Int32 => self.array.as_primitive::<Int32Type>().value(row).into(),
            DataType::UInt8 => self.array.as_primitive::<UInt8Type>().value(row).into(),
            DataType::UInt16 => self.array.as_primitive::<UInt16Type>().value(row).into(),
            DataType::UInt32 => self.array.as_primitive::<UInt32Type>().value(row).into(),
            _ => return None,
        })
    }

    /// The same of a binary fraction: for narrower ones the number with 64 bits that has the same text.
    #[must_use]
    pub fn float(&self, row: usize) -> Option<f64> {
        match self.array.data_type() {
            DataType::Float64 => Some(self.array.as_primitive::<Float64Type>().value(row)),
            DataType::Float32 | DataType::Float16 => {
                let mut text = String::new();
                self.write(row, &mut text).ok()?;
                text.parse().ok()
            }
            _ => None,
        }
    }

    /// Writes the value at `row`, which must not be NULL.
    ///
    /// # Errors
    /// Only when `out` refuses.
    pub fn write(&self, row: usize, out: &mut dyn Write) -> fmt::Result {
        if let Some(word) = self.not_finite(row) {
            return out.write_str(word);
        }
        match (self.array.data_type(), &self.format) {
            (DataType::Interval(IntervalUnit::YearMonth), _) => {
                write!(
                    out,
                    "{} mons",
                    self.array.as_primitive::<IntervalYearMonthType>().value(row)
                )
            }
            (DataType::Interval(_), Some(format)) => write!(out, "{}", format.value(row)),
            (DataType::Date64, _) => out.write_str(without_midnight(&self.time(row))),
            (_, Some(format)) if self.class != Class::Time => write!(out, "{}", format.value(row)),
            _ => out.write_str(&self.time(row)),
        }
    }

    fn time(&self, row: usize) -> String {
        let text = match &self.format {
            Some(format) => format.value(row).try_to_string(),
            None => self.in_utc(row),
        };
        text.ok()
            .filter(|text| text != "<invalid>")
            .unwrap_or_else(|| self.raw(row))
    }

    /// The same instant, when its zone is unknown.
    fn in_utc(&self, row: usize) -> Result<String, ArrowError> {
        let utc = match self.array.data_type() {
            DataType::Timestamp(unit, _) => DataType::Timestamp(*unit, Some("UTC".into())),
            other => other.clone(),
        };
        text_of(&cast(&self.array.slice(row, 1), &utc)?)
    }

    /// The count behind a moment that chrono's calendar (some 262,000 years either way) does not reach.
    fn raw(&self, row: usize) -> String {
        let whole = match self.array.data_type() {
            DataType::Date32 | DataType::Time32(_) => DataType::Int32,
            _ => DataType::Int64,
        };
        let count = cast(&self.array.slice(row, 1), &whole).and_then(|array| text_of(&array));
        format!("{} {}", count.unwrap_or_default(), unit(self.array.data_type()))
    }

    fn not_finite(&self, row: usize) -> Option<&'static str> {
        let value = match self.array.data_type() {
            DataType::Float64 => self.array.as_primitive::<Float64Type>().value(row),
            DataType::Float32 => self.array.as_primitive::<Float32Type>().value(row).into(),
            DataType::Float16 => self.array.as_primitive::<Float16Type>().value(row).to_f64(),
            _ => return None,
        };
        match value {
            _ if value.is_finite() => None,
            _ if value.is_nan() => Some("NaN"),
            _ if value > 0.0 => Some("Infinity"),
            _ => Some("-Infinity"),
        }
    }
}

impl Class {
    /// The class of a type.
    #[must_use]
    pub fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int64 | DataType::UInt64 => Self::Long,
            other if other.is_integer() => Self::Integer,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float,
            other if other.is_decimal() => Self::Decimal,
            _ => Self::Time,
        }
    }
}

fn without_midnight(time: &str) -> &str {
    time.strip_suffix("T00:00:00").unwrap_or(time)
}

fn text_of(array: &dyn Array) -> Result<String, ArrowError> {
    ArrayFormatter::try_new(array, &OPTIONS)?.value(0).try_to_string()
}

fn unit(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Date32 => "days since 1970",
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => "ms since 1970",
        DataType::Timestamp(TimeUnit::Second, _) => "s since 1970",
        DataType::Timestamp(TimeUnit::Microsecond, _) => "us since 1970",
        DataType::Timestamp(TimeUnit::Nanosecond, _) => "ns since 1970",
        DataType::Time32(TimeUnit::Second) | DataType::Duration(TimeUnit::Second) => "s",
        DataType::Time32(_) | DataType::Duration(TimeUnit::Millisecond) => "ms",
        DataType::Time64(TimeUnit::Microsecond) | DataType::Duration(TimeUnit::Microsecond) => "us",
        _ => "ns",
    }
}

#[cfg(test)]
#[path = "scalar_tests.rs"]
mod tests;
