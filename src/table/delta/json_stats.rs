//! Statistics as JSON in a string: one column's bounds, exact or unknown.
//!
//! PROTOCOL.md, "Per-file Statistics". Of 300,000 files with 100 columns each, only the
//! column that is asked for is parsed; numbers are parsed from their digits.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, PrimitiveArray, StringArray, TimestampMicrosecondArray,
    UInt64Array, new_null_array,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::table::delta::bounds;
use crate::table::delta::number;
use crate::table::delta::stats::ColumnStatistics;

/// The count of rows of one file.
pub fn num_records(json: &str) -> Option<u64> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Rows {
        num_records: Option<u64>,
    }
    if !json.starts_with('{') {
        return None;
    }
    // Writers put the count first: then the rest, which may be long, need not be looked at.
    let first = json
        .strip_prefix(r#"{"numRecords":"#)
        .and_then(|rest| rest.split_once([',', '}']));
    if let Some((digits, _)) = first
        && let Ok(count) = digits.parse()
    {
        return Some(count);
    }
    serde_json::from_str::<Rows>(json).ok()?.num_records
}

/// One column's statistics, one entry a file.
pub fn column(stats: &StringArray, column: &str, data_type: &DataType) -> ColumnStatistics {
    let picked: Vec<Picked<'_>> = stats
        .iter()
        .map(|json| json.and_then(|json| pick(json, column)).unwrap_or_default())
        .collect();
    ColumnStatistics {
        min: bounds::lower(&bound_array(picked.iter().map(|picked| picked.min), data_type)),
        max: bounds::upper(&bound_array(picked.iter().map(|picked| picked.max), data_type)),
        null_count: picked.iter().map(Picked::null_count).collect::<UInt64Array>(),
        tight: picked.iter().map(|picked| Some(!picked.loose)).collect(),
    }
}

/// What one file's statistics say about one column.
#[derive(Debug, Default)]
struct Picked<'a> {
    min: Option<&'a RawValue>,
    max: Option<&'a RawValue>,
    nulls: Option<&'a RawValue>,
    rows: Option<u64>,
    loose: bool,
}

impl Picked<'_> {
    /// "tightBounds": when bounds are wide, only "all" and "none" mean something.
    fn null_count(&self) -> Option<u64> {
        let nulls = self.nulls?.get().parse().ok()?;
        let known = !self.loose || nulls == 0 || Some(nulls) == self.rows;
        known.then_some(nulls)
    }
}

fn pick<'a>(json: &'a str, column: &str) -> Option<Picked<'a>> {
    let mut parser = serde_json::Deserializer::from_str(json);
    let picked = (&mut parser).deserialize_map(StatsVisitor { column }).ok()?;
    parser.end().ok()?;
    Some(picked)
}

/// What statistics are grouped by.
const GROUPS: [&str; 5] = ["minValues", "maxValues", "nullCount", "numRecords", "tightBounds"];

/// Which of some names a key is. Keys are many, and none is kept.
struct OneOf<'c>(&'c [&'c str]);

impl<'de> DeserializeSeed<'de> for OneOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for OneOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

struct StatsVisitor<'c> {
    column: &'c str,
}

impl<'de> Visitor<'de> for StatsVisitor<'_> {
    type Value = Picked<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file's statistics")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut picked = Picked::default();
        let member = || Member { name: self.column };
        while let Some(key) = map.next_key_seed(OneOf(&GROUPS))? {
            match key {
                Some(0) => picked.min = map.next_value_seed(member())?,
                Some(1) => picked.max = map.next_value_seed(member())?,
                Some(2) => picked.nulls = map.next_value_seed(member())?,
                Some(3) => picked.rows = map.next_value()?,
                Some(4) => picked.loose = map.next_value::<Option<bool>>()? == Some(false),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(picked)
    }
}

/// The text of one member of an object, without parsing the others.
struct Member<'c> {
    name: &'c str,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of columns")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key_seed(OneOf(&[self.name]))? {
            if key.is_some() {
                found = Some(map.next_value::<&RawValue>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Bounds in the column's type, as exact as they are spelled; NULL where they cannot be.
fn bound_array<'a>(values: impl Iterator<Item = Option<&'a RawValue>>, data_type: &DataType) -> ArrayRef {
    let texts: Vec<Option<String>> = values.map(|value| value.and_then(|value| text(value.get()))).collect();
    let files = texts.len();
    let texts = || texts.iter().map(Option::as_deref);
    match data_type {
        DataType::Utf8 => Arc::new(texts().collect::<StringArray>()),
        DataType::Boolean => Arc::new(texts().map(|text| text?.parse().ok()).collect::<BooleanArray>()),
        DataType::Int8 => primitives::<Int8Type>(texts()),
        DataType::Int16 => primitives::<Int16Type>(texts()),
        DataType::Int32 => primitives::<Int32Type>(texts()),
        DataType::Int64 => primitives::<Int64Type>(texts()),
        DataType::Float32 => primitives::<Float32Type>(texts()),
        DataType::Float64 => primitives::<Float64Type>(texts()),
        DataType::Date32 => Arc::new(texts().map(|text| number::date(text?)).collect::<Date32Array>()),
        DataType::Decimal128(precision, scale) => {
            let decimals: Decimal128Array = texts().map(|text| number::decimal(text?, *precision, *scale)).collect();
            Arc::new(decimals.with_data_type(data_type.clone()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let parse = if zone.is_some() {
                number::instant_micros
            } else {
                local_micros
            };
            let times: TimestampMicrosecondArray = texts().map(|text| parse(text?)).collect();
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        _ => new_null_array(data_type, files),
    }
}

/// Some writers close a local time with a `Z`, though it has no zone.
fn local_micros(text: &str) -> Option<i64> {
    number::local_micros(text.strip_suffix('Z').unwrap_or(text))
}

/// A JSON string without its quotes and escapes; any other scalar as it is spelled.
fn text(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.to_owned()),
    }
}

fn primitives<'a, T: ArrowPrimitiveType<Native: std::str::FromStr>>(
    texts: impl Iterator<Item = Option<&'a str>>,
) -> ArrayRef {
    Arc::new(
        texts
            .map(|text| text?.parse::<T::Native>().ok())
            .collect::<PrimitiveArray<T>>(),
    )
}

#[cfg(test)]
mod tests {
    use arrow::util::display::array_value_to_string;

    use super::*;

    fn of(json: &str, data_type: &DataType) -> [Option<String>; 3] {
        let statistics = column(&StringArray::from(vec![json]), "c", data_type);
        let nulls: ArrayRef = Arc::new(statistics.null_count);
        [statistics.min, statistics.max, nulls]
            .map(|array| array.is_valid(0).then(|| array_value_to_string(&array, 0).unwrap()))
    }

    fn bounds_of(min: &str, max: &str, data_type: &DataType) -> [Option<String>; 2] {
        let json = format!(r#"{{"numRecords":1,"minValues":{{"b":1,"c":{min}}},"maxValues":{{"c":{max}}}}}"#);
        let [min, max, _] = of(&json, data_type);
        [min, max]
    }

    fn some(texts: [&str; 2]) -> [Option<String>; 2] {
        texts.map(|text| Some(text.to_owned()))
    }

    #[test]
    fn rows_are_counted_with_and_without_haste() {
        assert_eq!(num_records(r#"{"numRecords":12,"minValues":{}}"#), Some(12));
        assert_eq!(num_records(r#"{"numRecords":12}"#), Some(12));
        assert_eq!(num_records(r#"{"minValues":{}, "numRecords": 3 }"#), Some(3));
        for unknown in [
            "{}",
            "",
            r#"{"numRecords":null}"#,
            r#"{"numRecords":-1}"#,
            r#"{"numRecords":1.5}"#,
            "[1]",
        ] {
            assert_eq!(num_records(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn bounds_are_as_exact_as_they_are_spelled() {
        let decimal = DataType::Decimal128(15, 2);
        let digits = ["-1234567890123.12", "9999999999999.99"];
        assert_eq!(bounds_of(digits[0], digits[1], &decimal), some(digits));
        assert_eq!(
            bounds_of("9007199254740993", "9223372036854775807", &DataType::Int64),
            some(["9007199254740993", "9223372036854775807"])
        );
        assert_eq!(bounds_of("0.1", "0.3", &DataType::Float32), some(["0.1", "0.3"]));
        assert_eq!(
            bounds_of(r#""2020-01-01""#, r#""2020-02-29""#, &DataType::Date32),
            some(["2020-01-01", "2020-02-29"])
        );
    }

    #[test]
    fn what_is_cut_off_is_widened() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(
            bounds_of(
                r#""1970-01-01T00:00:01.000Z""#,
                r#""1970-01-01T01:00:02.000+01:00""#,
                &utc
            ),
            some(["1970-01-01T00:00:01Z", "1970-01-01T00:00:02.001Z"])
        );
        assert_eq!(
            bounds_of(r#""a""#, r#""b""#, &DataType::Utf8),
            some(["a", "b\u{10FFFF}"])
        );
        // A writer that passes decimals through a float gives a lower bound above its value.
        let decimal = DataType::Decimal128(38, 10);
        let [lower, upper] =
            bounds_of("-1.2345678901234566e+27", "1.2345678901234566e+27", &decimal).map(Option::unwrap);
        assert!(lower.as_str() > "-1234567890123456789012345678.0123456789", "{lower}");
        assert!(upper.as_str() > "1234567890123456789012345678.0123456789", "{upper}");
    }

    #[test]
    fn what_cannot_be_exact_is_unknown() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for (value, data_type) in [
            ("1.5", DataType::Int32),
            ("300", DataType::Int8),
            ("1.234", DataType::Decimal128(5, 2)),
            (r#""1970-01-01 00:00:00""#, utc),
            (r#"{"x":1}"#, DataType::Utf8),
            ("null", DataType::Utf8),
            (r#""NaN""#, DataType::Float64),
        ] {
            assert_eq!(bounds_of(value, value, &data_type), [None, None], "{value}");
        }
        assert_eq!(
            of(r#"{"minValues":{"c":1},"#, &DataType::Int32),
            [None, None, None],
            "truncated"
        );
        assert_eq!(
            of(r#"{"minValues":null,"nullCount":{"c":null}}"#, &DataType::Int32),
            [None, None, None]
        );
    }

    #[test]
    fn loose_counts_of_nulls_mean_all_or_none() {
        let nulls = |count: u64, tight: bool| {
            let json = format!(r#"{{"numRecords":9,"nullCount":{{"c":{count}}},"tightBounds":{tight}}}"#);
            of(&json, &DataType::Int32)[2].clone()
        };
        assert_eq!(nulls(4, true).as_deref(), Some("4"));
        assert_eq!(nulls(4, false), None);
        assert_eq!(nulls(0, false).as_deref(), Some("0"));
        assert_eq!(nulls(9, false).as_deref(), Some("9"));
    }
}
