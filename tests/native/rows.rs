//! Rows as multisets: what representation alone tells apart is made one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use arrow::row::{RowConverter, SortField};

/// Rows of one table in the form in which they are compared, with their schema as text.
pub type Rows = (String, Vec<Vec<u8>>);

/// What representation alone tells apart: how strings and lists are laid out, which unit and zone name a time has.
pub fn plain_type(data_type: &DataType) -> DataType {
    let plain = |field: &FieldRef| -> FieldRef { Arc::new(plain_field(field)) };
    match data_type {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into())),
        DataType::List(element) | DataType::LargeList(element) => {
            DataType::List(Arc::new(plain(element).as_ref().clone().with_name("element")))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain).collect()),
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else {
                panic!("a map without entries")
            };
            let names = pair.iter().zip([("key", false), ("value", true)]);
            let pair: Fields = names
                .map(|(field, (name, nullable))| plain_field(field).with_name(name).with_nullable(nullable))
                .collect();
            // Rows of maps cannot be sorted; as lists of pairs they can.
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false)
        }
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> Field {
    Field::new(field.name(), plain_type(field.data_type()), true)
}

/// A column of plain layout in which rows can be compared: maps as lists of pairs.
fn comparable(array: &ArrayRef) -> ArrayRef {
    let plain = cast(array, &plain_type(array.data_type())).unwrap();
    without_maps(&plain)
}

fn without_maps(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Map(_, _) => {
            let map = array.as_map();
            let pairs = without_maps(&(Arc::new(map.entries().clone()) as ArrayRef));
            let field = Arc::new(Field::new("element", pairs.data_type().clone(), true));
            Arc::new(ListArray::new(
                field,
                map.offsets().clone(),
                pairs,
                map.nulls().cloned(),
            ))
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let values = without_maps(list.values());
            let field = Arc::new(Field::new("element", values.data_type().clone(), true));
            Arc::new(ListArray::new(
                field,
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            ))
        }
        DataType::Struct(_) => {
            let columns: Vec<ArrayRef> = array.as_struct().columns().iter().map(without_maps).collect();
            let names = array.as_struct().fields().iter().zip(&columns);
            let fields: Fields = names
                .map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true))
                .collect();
            if columns.is_empty() {
                return Arc::clone(array);
            }
            Arc::new(StructArray::new(fields, columns, array.nulls().cloned()))
        }
        _ => Arc::clone(array),
    }
}

/// The rows as a sorted list of comparable bytes, columns in the order of `order`.
pub fn multiset(schema: &Schema, batches: &[RecordBatch], order: &[String]) -> Rows {
    let fields = order.iter().map(|name| {
        let field = schema
            .field_with_name(name)
            .unwrap_or_else(|_| panic!("no column {name:?} in {schema:?}"));
        Field::new(
            name,
            without_maps(&comparable(&arrow::array::new_empty_array(field.data_type())))
                .data_type()
                .clone(),
            true,
        )
    });
    let fields: Vec<Field> = fields.collect();
    let sort = fields
        .iter()
        .map(|field| SortField::new(field.data_type().clone()))
        .collect();
    let converter = RowConverter::new(sort).unwrap();
    let mut rows: Vec<Vec<u8>> = vec![];
    for batch in batches {
        let columns: Vec<ArrayRef> = order
            .iter()
            .map(|name| comparable(batch.column(schema.index_of(name).unwrap())))
            .collect();
        let comparable_rows = converter.convert_columns(&columns).unwrap();
        rows.extend(comparable_rows.iter().map(|row| row.as_ref().to_vec()));
    }
    rows.sort_unstable();
    let shown: Vec<String> = fields
        .iter()
        .map(|field| format!("{}: {}", field.name(), field.data_type()))
        .collect();
    (shown.join("\n"), rows)
}
