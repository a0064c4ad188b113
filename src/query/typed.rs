//! Values as typed JSON, laid out by their [`Shape`](crate::protocol::Shape): exact, and cheap to read in JavaScript.

use serde_json::{Number, Value as Json};

use super::scalar::{Class, Scalar};
use super::values::Value;

/// The typed JSON of a value. Numbers of 64 bits, decimals and times are strings; a struct is the
/// array of its fields' values, a map an array of pairs, a union's member its text.
#[must_use]
pub fn typed(value: Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => Json::Bool(value),
        Value::Scalar(scalar, row) => typed_scalar(scalar, row),
        Value::Text(text) => Json::String(text.to_owned()),
        Value::Bytes(_) | Value::Member(..) | Value::Variant(..) => text(value),
        Value::List(items, start, end) => (start..end).map(|row| typed(items.get(row))).collect(),
        Value::Map(keys, values, start, end) => {
            let pair = |row| Json::Array(vec![typed(keys.get(row)), typed(values.get(row))]);
            (start..end).map(pair).collect()
        }
        Value::Struct(fields, row) => fields.iter().map(|(_, values)| typed(values.get(row))).collect(),
    }
}

fn typed_scalar(scalar: &Scalar<'_>, row: usize) -> Json {
    let Json::String(text) = text(Value::Scalar(scalar, row)) else {
        return Json::Null;
    };
    let number = match scalar.class() {
        Class::Integer => text.parse::<i64>().ok().map(Number::from),
        Class::Float => text.parse().ok().and_then(Number::from_f64),
        Class::Long | Class::Decimal | Class::Time => None,
    };
    number.map_or(Json::String(text), Json::Number)
}

fn text(value: Value<'_>) -> Json {
    value.text().map_or(Json::Null, Json::String)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
        Int32Array, Int64Array, NullArray, StringArray, StructArray, TimestampMicrosecondArray, UInt64Array,
    };
    use arrow::datatypes::{DataType, Field, Fields};
    use serde_json::json;

    use super::super::shape::shape;
    use super::super::values::Values;
    use super::*;
    use crate::protocol::Shape;

    fn typed_all(array: &dyn Array) -> Json {
        let values = Values::new(array).unwrap();
        (0..array.len()).map(|row| typed(values.get(row))).collect()
    }

    #[test]
    fn every_shape_is_laid_out_as_the_protocol_says() {
        let cases: Vec<(ArrayRef, Shape, Json)> = vec![
            (Arc::new(NullArray::new(1)), Shape::Null, json!([null])),
            (
                Arc::new(BooleanArray::from(vec![Some(true), None])),
                Shape::Boolean,
                json!([true, null]),
            ),
            (Arc::new(Int32Array::from(vec![-7])), Shape::Integer, json!([-7])),
            (
                Arc::new(Int64Array::from(vec![i64::MIN])),
                Shape::Long,
                json!(["-9223372036854775808"]),
            ),
            (
                Arc::new(UInt64Array::from(vec![u64::MAX])),
                Shape::Long,
                json!(["18446744073709551615"]),
            ),
            (
                Arc::new(Float64Array::from(vec![0.1, f64::NAN])),
                Shape::Float,
                json!([0.1, "NaN"]),
            ),
            (
                Arc::new(Float32Array::from(vec![0.1, f32::INFINITY])),
                Shape::Float,
                json!([0.1, "Infinity"]),
            ),
            (
                Arc::new(
                    Decimal128Array::from(vec![150])
                        .with_precision_and_scale(10, 2)
                        .unwrap(),
                ),
                Shape::Decimal,
                json!(["1.50"]),
            ),
            (
                Arc::new(StringArray::from(vec!["", "x"])),
                Shape::Text,
                json!(["", "x"]),
            ),
            (
                Arc::new(BinaryArray::from(vec![b"\x00\xff".as_slice()])),
                Shape::Binary,
                json!(["00ff"]),
            ),
            (Arc::new(Date32Array::from(vec![0])), Shape::Date, json!(["1970-01-01"])),
            (
                Arc::new(TimestampMicrosecondArray::from(vec![1]).with_timezone("UTC")),
                Shape::Timestamp { utc: true },
                json!(["1970-01-01T00:00:00.000001Z"]),
            ),
        ];
        for (array, expected_shape, expected) in cases {
            assert_eq!(shape(array.data_type()), expected_shape);
            assert_eq!(typed_all(&array), expected, "{expected_shape:?}");
        }
    }

    #[test]
    fn structs_are_arrays_of_their_fields() {
        let fields = Fields::from(vec![
            Field::new("a", DataType::Int64, true),
            Field::new("a", DataType::Utf8, true),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![1, 2])),
            Arc::new(StringArray::from(vec![None, Some("x")])),
        ];
        let array = StructArray::new(fields, columns, Some(vec![true, false].into()));
        assert_eq!(typed_all(&array), json!([["1", null], null]));
    }
}
