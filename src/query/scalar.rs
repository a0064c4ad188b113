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
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Date32Array, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array,
        DurationMicrosecondArray, DurationSecondArray, Float16Array, Float32Array, Float64Array, Int8Array,
        IntervalDayTimeArray, IntervalMonthDayNanoArray, IntervalYearMonthArray, Time32MillisecondArray,
        Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
        TimestampSecondArray, UInt64Array,
    };
    use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano, i256};

    use super::*;

    fn texts(array: impl Array) -> Vec<String> {
        let scalar = Scalar::new(&array).unwrap();
        let text = |row| {
            let mut text = String::new();
            scalar.write(row, &mut text).unwrap();
            text
        };
        (0..array.len()).map(text).collect()
    }

    #[test]
    fn integers_reach_their_ends() {
        assert_eq!(texts(Int8Array::from(vec![i8::MIN, 0])), ["-128", "0"]);
        assert_eq!(texts(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
    }

    #[test]
    fn floats_are_the_shortest_text_that_reads_back() {
        let doubles = vec![0.1, 1.0, -0.0, 1e300, 5e-324, f64::MAX, 0.1 + 0.2];
        let expected = [
            "0.1",
            "1.0",
            "-0.0",
            "1e300",
            "5e-324",
            "1.7976931348623157e308",
            "0.30000000000000004",
        ];
        assert_eq!(texts(Float64Array::from(doubles.clone())), expected);
        for (text, double) in expected.iter().zip(doubles) {
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), double.to_bits());
        }
        assert_eq!(
            texts(Float32Array::from(vec![0.1, 16_777_216.0])),
            ["0.1", "16777216.0"]
        );
        let half = Float16Array::from(vec![half(0x3c00), half(0x7c00), half(0xfc00), half(0x7e00)]);
        assert_eq!(texts(half), ["1", "Infinity", "-Infinity", "NaN"]);
        let rest = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(texts(Float64Array::from(rest)), ["NaN", "Infinity", "-Infinity"]);
    }

    fn half(bits: u16) -> <Float16Type as arrow::datatypes::ArrowPrimitiveType>::Native {
        <Float16Type as arrow::datatypes::ArrowPrimitiveType>::Native::from_bits(bits)
    }

    #[test]
    fn decimals_are_exact_at_every_width_and_scale() {
        let decimal = |value: i128, precision, scale| {
            Decimal128Array::from(vec![value])
                .with_precision_and_scale(precision, scale)
                .unwrap()
        };
        assert_eq!(texts(decimal(12_300, 10, 2)), ["123.00"]);
        assert_eq!(texts(decimal(-5, 10, 2)), ["-0.05"]);
        assert_eq!(texts(decimal(5, 38, 38)), ["0.00000000000000000000000000000000000005"]);
        assert_eq!(texts(decimal(12, 10, -3)), ["12000"]);
        assert_eq!(texts(decimal(0, 10, 0)), ["0"]);
        let max = "9".repeat(76);
        let wide = Decimal256Array::from(vec![i256::from_string(&max).unwrap()]);
        assert_eq!(texts(wide.with_precision_and_scale(76, 0).unwrap()), [max]);
        let narrow = Decimal32Array::from(vec![-1]).with_precision_and_scale(9, 4).unwrap();
        assert_eq!(texts(narrow), ["-0.0001"]);
        let middle = Decimal64Array::from(vec![1_234_567_890_123])
            .with_precision_and_scale(18, 3)
            .unwrap();
        assert_eq!(texts(middle), ["1234567890.123"]);
    }

    #[test]
    fn days_are_days() {
        assert_eq!(
            texts(Date32Array::from(vec![0, -1, 20_779])),
            ["1970-01-01", "1969-12-31", "2026-11-22"]
        );
        assert_eq!(texts(Date32Array::from(vec![2_932_897])), ["+10000-01-01"]);
        assert_eq!(texts(Date32Array::from(vec![i32::MAX])), ["2147483647 days since 1970"]);
        assert_eq!(
            texts(Date64Array::from(vec![86_400_000, 1])),
            ["1970-01-02", "1970-01-01T00:00:00.001"]
        );
    }

    #[test]
    fn timestamps_are_as_precise_as_they_are() {
        assert_eq!(texts(TimestampSecondArray::from(vec![-1])), ["1969-12-31T23:59:59"]);
        let millis = vec![1_500, 1_000];
        assert_eq!(
            texts(TimestampMillisecondArray::from(millis)),
            ["1970-01-01T00:00:01.500", "1970-01-01T00:00:01"]
        );
        assert_eq!(
            texts(TimestampNanosecondArray::from(vec![1])),
            ["1970-01-01T00:00:00.000000001"]
        );
        let lost = texts(TimestampMicrosecondArray::from(vec![i64::MAX]));
        assert_eq!(
            lost,
            ["+294247-01-10T04:00:54.775807"].map(|_| "9223372036854775807 us since 1970")
        );
    }

    #[test]
    fn instants_carry_their_offset() {
        let at = |zone: &str| texts(TimestampMicrosecondArray::from(vec![1_700_000_000_000_000]).with_timezone(zone));
        assert_eq!(at("UTC"), ["2023-11-14T22:13:20Z"]);
        assert_eq!(at("+00:00"), ["2023-11-14T22:13:20Z"]);
        assert_eq!(at("+05:30"), ["2023-11-15T03:43:20+05:30"]);
        assert_eq!(at("Europe/Berlin"), ["2023-11-14T23:13:20+01:00"]);
        assert_eq!(at("Nowhere/At all"), ["2023-11-14T22:13:20Z"]);
    }

    #[test]
    fn times_of_day_and_spans_read_well() {
        assert_eq!(texts(Time32MillisecondArray::from(vec![1])), ["00:00:00.001"]);
        assert_eq!(
            texts(Time64NanosecondArray::from(vec![86_399_999_999_999])),
            ["23:59:59.999999999"]
        );
        assert_eq!(texts(Time64NanosecondArray::from(vec![-1])), ["-1 ns"]);
        assert_eq!(
            texts(DurationMicrosecondArray::from(vec![90_000_001])),
            ["0 days 0 hours 1 mins 30.000001 secs"]
        );
        assert_eq!(
            texts(DurationSecondArray::from(vec![i64::MAX])),
            ["9223372036854775807 s"]
        );
        assert_eq!(
            texts(IntervalYearMonthArray::from(vec![-1, 14])),
            ["-1 mons", "14 mons"]
        );
        assert_eq!(
            texts(IntervalDayTimeArray::from(vec![IntervalDayTime::new(2, 1_500)])),
            ["2 days 1.500 secs"]
        );
        let span = IntervalMonthDayNano::new(1, -2, 3_000_000_000);
        assert_eq!(
            texts(IntervalMonthDayNanoArray::from(vec![span])),
            ["1 mons -2 days 3.000000000 secs"]
        );
    }

    #[test]
    fn only_finite_numbers_are_json_numbers() {
        let floats = Float64Array::from(vec![1.0, f64::NAN]);
        let scalar = Scalar::new(&floats).unwrap();
        assert!(scalar.is_number(0) && !scalar.is_number(1));
        let days: ArrayRef = Arc::new(Date32Array::from(vec![1]));
        assert!(!Scalar::new(&days).unwrap().is_number(0));
    }
}
