//! Partition values: from the log's strings to typed columns (PROTOCOL.md, "Partition Value Serialization").

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, PrimitiveArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
};

use crate::table::delta::number;

/// One column of partition values in its type. NULL and the empty string are NULL, whatever the type.
///
/// # Errors
/// The first value that is none of the type, or an empty message when no partition column can have the type.
pub fn parse(strings: &StringArray, data_type: &DataType) -> Result<ArrayRef, String> {
    Ok(match data_type {
        DataType::Utf8 => Arc::new(values(strings).collect::<StringArray>()),
        DataType::Binary => Arc::new(values(strings).map(|value| value.map(binary)).collect::<BinaryArray>()),
        DataType::Boolean => Arc::new(each(strings, boolean)?.into_iter().collect::<BooleanArray>()),
        DataType::Int8 => primitives::<Int8Type>(strings)?,
        DataType::Int16 => primitives::<Int16Type>(strings)?,
        DataType::Int32 => primitives::<Int32Type>(strings)?,
        DataType::Int64 => primitives::<Int64Type>(strings)?,
        DataType::Float32 => primitives::<Float32Type>(strings)?,
        DataType::Float64 => primitives::<Float64Type>(strings)?,
        DataType::Date32 => Arc::new(Date32Array::from(each(strings, number::date)?)),
        DataType::Decimal128(precision, scale) => {
            let decimals = Decimal128Array::from(each(strings, |text| number::decimal(text, *precision, *scale))?);
            Arc::new(decimals.with_data_type(data_type.clone()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let parse = if zone.is_some() { instant } else { number::local_micros };
            let times = TimestampMicrosecondArray::from(each(strings, parse)?);
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        _ => return Err(String::new()),
    })
}

/// "Without a timezone, where the timestamp should be interpreted using the time zone of the system which wrote to
/// the table": nothing tells that zone, so it is taken for UTC, as other readers take it.
fn instant(text: &str) -> Option<i64> {
    number::instant_micros(text).or_else(|| number::local_micros(text))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn primitives<T: ArrowPrimitiveType<Native: FromStr>>(strings: &StringArray) -> Result<ArrayRef, String> {
    let values = each(strings, |text| text.parse::<T::Native>().ok())?;
    Ok(Arc::new(PrimitiveArray::<T>::from_iter(values)))
}

/// Each value parsed; the same one, which many files share, once.
fn each<T: Copy>(strings: &StringArray, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, String> {
    let mut known = HashMap::<&str, T>::new();
    let mut parsed = |text| {
        if let Some(value) = known.get(text) {
            return Ok(*value);
        }
        let value = parse(text).ok_or_else(|| str::to_owned(text))?;
        known.insert(text, value);
        Ok(value)
    };
    values(strings)
        .map(|value| value.map(&mut parsed).transpose())
        .collect()
}

fn values(strings: &StringArray) -> impl Iterator<Item = Option<&str>> {
    strings.iter().map(|value| value.filter(|text| !text.is_empty()))
}

/// "Encoded as a string of escaped binary values": spelled out as `\u0001\u0002` by some writers, and by
/// others as the text that the bytes are in UTF-8.
fn binary(text: &str) -> Vec<u8> {
    spelled_out(text).unwrap_or_else(|| text.as_bytes().to_vec())
}

fn spelled_out(text: &str) -> Option<Vec<u8>> {
    let groups = text.strip_prefix("\\u")?.split("\\u");
    let byte = |group: &str| (group.len() == 4).then(|| u16::from_str_radix(group, 16).ok())?;
    groups.map(|group| u8::try_from(byte(group)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use arrow::util::display::array_value_to_string;

    use super::*;

    fn shown(data_type: &DataType, text: &str) -> Result<String, String> {
        let array = parse(&StringArray::from(vec![text]), data_type)?;
        assert_eq!(array.data_type(), data_type);
        Ok(array_value_to_string(&array, 0).unwrap())
    }

    #[test]
    fn every_primitive_type_is_parsed() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let local = DataType::Timestamp(TimeUnit::Microsecond, None);
        for (data_type, text, expected) in [
            (DataType::Utf8, "a b%20", "a b%20"),
            (DataType::Binary, "\u{1}\u{2}é", "0102c3a9"),
            (DataType::Binary, "\\u0001\\u00FF", "01ff"),
            (DataType::Binary, "\\u0001\\u0100", "5c75303030315c7530313030"),
            (DataType::Boolean, "true", "true"),
            (DataType::Boolean, "False", "false"),
            (DataType::Int8, "-128", "-128"),
            (DataType::Int16, "32767", "32767"),
            (DataType::Int32, "-7", "-7"),
            (DataType::Int64, "9223372036854775807", "9223372036854775807"),
            (DataType::Float32, "0.1", "0.1"),
            (DataType::Float64, "-1.0E-5", "-0.00001"),
            (DataType::Float64, "NaN", "NaN"),
            (DataType::Float64, "-Infinity", "-inf"),
            (DataType::Date32, "2020-02-29", "2020-02-29"),
            (
                DataType::Decimal128(38, 2),
                "123456789012345678901234567890.5",
                "123456789012345678901234567890.50",
            ),
            (utc.clone(), "1970-01-01 00:00:00", "1970-01-01T00:00:00Z"),
            (utc.clone(), "1970-01-01 00:00:00.123456", "1970-01-01T00:00:00.123456Z"),
            (
                utc.clone(),
                "1970-01-01T00:00:00.123456Z",
                "1970-01-01T00:00:00.123456Z",
            ),
            (utc, "1970-01-01T00:00:00.000+02:00", "1969-12-31T22:00:00Z"),
            (local, "2021-11-18 02:30:00.5", "2021-11-18T02:30:00.500"),
        ] {
            assert_eq!(shown(&data_type, text).as_deref(), Ok(expected), "{data_type} {text}");
        }
    }

    #[test]
    fn null_and_the_empty_string_are_null() {
        for data_type in [DataType::Utf8, DataType::Int32, DataType::Date32, DataType::Binary] {
            let array = parse(&StringArray::from(vec![None, Some(""), Some("")]), &data_type).unwrap();
            assert_eq!(array.null_count(), 3, "{data_type}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_named() {
        let local = DataType::Timestamp(TimeUnit::Microsecond, None);
        for (data_type, text) in [
            (DataType::Int8, "128"),
            (DataType::Int32, "1.5"),
            (DataType::Boolean, "1"),
            (DataType::Date32, "yesterday"),
            (DataType::Decimal128(4, 2), "123.45"),
            (local, "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(shown(&data_type, text), Err(text.to_owned()), "{data_type}");
        }
    }
}
