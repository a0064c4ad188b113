//! Values as typed JSON, written straight from their arrays: exact, and cheap to read in JavaScript. Each is laid out by its
//! [`Shape`](crate::protocol::Shape).

use arrow::array::RecordBatch;
use serde::{Serialize, Serializer};

use super::scalar::Scalar;
use super::values::{Value, Values};
use crate::error::Result;

/// A value that serializes as typed JSON. Numbers of 64 bits, decimals and times are strings; a struct is the array of its
/// fields' values, a map an array of pairs, a union's member its text.
#[derive(Debug)]
pub struct Typed<'a>(pub Value<'a>);

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => out.serialize_unit(),
            Value::Boolean(value) => out.serialize_bool(value),
            Value::Scalar(scalar, row) => write_scalar(scalar, row, out),
            Value::Text(text) => out.serialize_str(text),
            Value::Bytes(_) | Value::Member(..) | Value::Variant(..) => self.0.text().serialize(out),
            Value::List(items, start, end) => out.collect_seq((start..end).map(|row| Typed(items.get(row)))),
            Value::Map(keys, values, start, end) => {
                out.collect_seq((start..end).map(|row| [Typed(keys.get(row)), Typed(values.get(row))]))
            }
            Value::Struct(fields, row) => out.collect_seq(fields.iter().map(|(_, values)| Typed(values.get(row)))),
        }
    }
}

fn write_scalar<S: Serializer>(scalar: &Scalar<'_>, row: usize, out: S) -> std::result::Result<S::Ok, S::Error> {
    if let Some(value) = scalar.integer(row) {
        return out.serialize_i64(value);
    }
    match scalar.float(row) {
        Some(value) if value.is_finite() => out.serialize_f64(value),
        _ => Value::Scalar(scalar, row).text().serialize(out),
    }
}

/// The rows of batches, which serialize as arrays of typed values.
#[derive(Debug)]
pub struct TypedRows<'a>(Vec<(usize, Vec<Values<'a>>)>);

impl<'a> TypedRows<'a> {
    /// # Errors
    /// `Unsupported` when a column's type cannot be shown.
    pub fn of(batches: &'a [RecordBatch]) -> Result<Self> {
        let read = batches
            .iter()
            .map(|batch| Ok((batch.num_rows(), Values::of_columns(batch)?)));
        read.collect::<Result<_>>().map(Self)
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let rows = self.0.iter();
        rows.flat_map(|(rows, columns)| (0..*rows).map(|row| Row { columns, row }))
    }
}

impl Serialize for TypedRows<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        out.collect_seq(self.rows())
    }
}

struct Row<'a> {
    columns: &'a [Values<'a>],
    row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        out.collect_seq(self.columns.iter().map(|column| Typed(column.get(self.row))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
        Int32Array, Int64Array, NullArray, StringArray, StructArray, TimestampMicrosecondArray, UInt64Array,
    };
    use arrow::datatypes::{DataType, Field, Fields};
    use serde_json::{Value as Json, json};

    use super::super::shape::shape;
    use super::*;
    use crate::protocol::Shape;

    fn typed_all(array: &dyn Array) -> Json {
        let batch = RecordBatch::try_from_iter([("a", array.slice(0, array.len()))]).unwrap();
        let rows = serde_json::to_string(&TypedRows::of(&[batch]).unwrap()).unwrap();
        let rows: Vec<[Json; 1]> = serde_json::from_str(&rows).unwrap();
        rows.into_iter().flatten().collect()
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
