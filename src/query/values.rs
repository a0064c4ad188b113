//! Reads single values out of any Arrow array, without touching its other rows.
//!
//! [`Values`] is built once for an array and costs as much as its type is deep; [`Values::get`]
//! then gives one row as a [`Value`], with dictionaries and run-ends resolved. Text and typed JSON
//! are both written from it, so that they cannot disagree.

use std::ops::Range;

use arrow::array::{
    Array, AsArray, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray,
    LargeStringArray, RecordBatch, StringArray, StringViewArray, UnionArray, downcast_integer_array,
    downcast_run_array,
};
use arrow::datatypes::{ArrowNativeType, DataType, Fields};

use super::scalar::Scalar;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::table::variant::is_variant;

/// One value, borrowed from its array.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, a time or an interval.
    Scalar(&'a Scalar<'a>, usize),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// The items of a list: some rows of the item's values.
    List(&'a Values<'a>, usize, usize),
    /// The entries of a map: the same rows of its keys and its values.
    Map(&'a Values<'a>, &'a Values<'a>, usize, usize),
    /// A value of any shape: where its strings are, and itself.
    Variant(&'a [u8], &'a [u8]),
    /// The fields of a struct at a row.
    Struct(&'a [(&'a str, Values<'a>)], usize),
    /// The member of a union that is set, with its row.
    Member(&'a str, &'a Values<'a>, usize),
}

/// Reads the values of one array.
#[derive(Debug)]
pub struct Values<'a> {
    array: &'a dyn Array,
    kind: Kind<'a>,
}

#[derive(Debug)]
enum Kind<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Scalar(Scalar<'a>),
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    BinaryView(&'a BinaryViewArray),
    FixedSizeBinary(&'a FixedSizeBinaryArray),
    List(Ranges<'a>, Box<Values<'a>>),
    Map(Ranges<'a>, Box<Values<'a>>, Box<Values<'a>>),
    Variant(&'a BinaryArray, &'a BinaryArray),
    Struct(Vec<(&'a str, Values<'a>)>),
    Dictionary(&'a dyn Array, Box<Values<'a>>),
    Run(&'a dyn Array, Box<Values<'a>>),
    Union(&'a UnionArray, Vec<(i8, &'a str, Values<'a>)>),
}

/// Which rows of the child array make up a list.
#[derive(Debug)]
enum Ranges<'a> {
    Offsets(&'a [i32]),
    LargeOffsets(&'a [i64]),
    Views(&'a [i32], &'a [i32]),
    LargeViews(&'a [i64], &'a [i64]),
    Fixed(usize),
}

impl<'a> Values<'a> {
    /// A reader of `array`.
    ///
    /// # Errors
    /// `Unsupported`, with the type's name, when the type cannot be shown.
    pub fn new(array: &'a dyn Array) -> Result<Self> {
        Ok(Self {
            array,
            kind: Kind::new(array)?,
        })
    }

    /// Readers of all columns of `batch`.
    ///
    /// # Errors
    /// Like [`Values::new`].
    pub fn of_columns(batch: &'a RecordBatch) -> Result<Vec<Self>> {
        batch.columns().iter().map(|array| Self::new(array)).collect()
    }

    /// The value at `row`, which must lie within the array.
    #[must_use]
    pub fn get(&self, row: usize) -> Value<'_> {
        if self.array.is_null(row) {
            return Value::Null;
        }
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Boolean(array) => Value::Boolean(array.value(row)),
            Kind::Scalar(scalar) => Value::Scalar(scalar, row),
            Kind::Utf8(array) => Value::Text(array.value(row)),
            Kind::LargeUtf8(array) => Value::Text(array.value(row)),
            Kind::Utf8View(array) => Value::Text(array.value(row)),
            Kind::Binary(array) => Value::Bytes(array.value(row)),
            Kind::LargeBinary(array) => Value::Bytes(array.value(row)),
            Kind::BinaryView(array) => Value::Bytes(array.value(row)),
            Kind::FixedSizeBinary(array) => Value::Bytes(array.value(row)),
            Kind::List(ranges, items) => {
                let Range { start, end } = ranges.get(row);
                Value::List(items, start, end)
            }
            Kind::Map(ranges, keys, values) => {
                let Range { start, end } = ranges.get(row);
                Value::Map(keys, values, start, end)
            }
            Kind::Variant(metadata, values) => Value::Variant(metadata.value(row), values.value(row)),
            Kind::Struct(fields) => Value::Struct(fields, row),
            Kind::Dictionary(keys, values) => values.get(dictionary_index(*keys, row)),
            Kind::Run(runs, values) => values.get(run_index(*runs, row)),
            Kind::Union(union, members) => member(union, members, row),
        }
    }
}

impl<'a> Kind<'a> {
    fn new(array: &'a dyn Array) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean()),
            DataType::Utf8 => Self::Utf8(array.as_string()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view()),
            DataType::Binary => Self::Binary(array.as_binary()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view()),
            DataType::FixedSizeBinary(_) => Self::FixedSizeBinary(array.as_fixed_size_binary()),
            variant if is_variant(variant) => {
                let parts = array.as_struct();
                Self::Variant(parts.column(0).as_binary(), parts.column(1).as_binary())
            }
            DataType::Struct(fields) => Self::Struct(struct_fields(array, fields)?),
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                Self::Dictionary(dictionary.keys(), boxed(dictionary.values())?)
            }
            DataType::RunEndEncoded(_, _) => Self::Run(array, boxed(run_values(array)?)?),
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let member = |(id, field): (i8, &'a arrow::datatypes::FieldRef)| {
                    Ok((id, field.name().as_str(), Values::new(union.child(id))?))
                };
                Self::Union(union, fields.iter().map(member).collect::<Result<_>>()?)
            }
            other if other.is_nested() => Self::list(array)?,
            _ => Self::Scalar(Scalar::new(array)?),
        })
    }

    fn list(array: &'a dyn Array) -> Result<Self> {
        let (ranges, items) = match array.data_type() {
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                (Ranges::Offsets(list.value_offsets()), list.values())
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                (Ranges::LargeOffsets(list.value_offsets()), list.values())
            }
            DataType::ListView(_) => {
                let list = array.as_list_view::<i32>();
                (Ranges::Views(list.value_offsets(), list.value_sizes()), list.values())
            }
            DataType::LargeListView(_) => {
                let list = array.as_list_view::<i64>();
                (
                    Ranges::LargeViews(list.value_offsets(), list.value_sizes()),
                    list.values(),
                )
            }
            DataType::FixedSizeList(_, size) => (
                Ranges::Fixed(usize::try_from(*size).unwrap_or_default()),
                array.as_fixed_size_list().values(),
            ),
            DataType::Map(_, _) => {
                let map = array.as_map();
                return Ok(Self::Map(
                    Ranges::Offsets(map.value_offsets()),
                    boxed(map.keys())?,
                    boxed(map.values())?,
                ));
            }
            other => return Err(unsupported(other)),
        };
        Ok(Self::List(ranges, boxed(items)?))
    }
}

impl Ranges<'_> {
    /// The child's rows of the list at `row`; none when the offsets do not say.
    fn get(&self, row: usize) -> Range<usize> {
        fn between<T: ArrowNativeType>(offsets: &[T], row: usize) -> Option<Range<usize>> {
            Some(offsets.get(row)?.as_usize()..offsets.get(row + 1)?.as_usize())
        }
        fn sized<T: ArrowNativeType>(offsets: &[T], sizes: &[T], row: usize) -> Option<Range<usize>> {
            let start = offsets.get(row)?.as_usize();
            Some(start..start + sizes.get(row)?.as_usize())
        }
        let range = match self {
            Self::Offsets(offsets) => between(offsets, row),
            Self::LargeOffsets(offsets) => between(offsets, row),
            Self::Views(offsets, sizes) => sized(offsets, sizes, row),
            Self::LargeViews(offsets, sizes) => sized(offsets, sizes, row),
            Self::Fixed(size) => Some(row * size..(row + 1) * size),
        };
        range.unwrap_or_default()
    }
}

fn boxed(array: &dyn Array) -> Result<Box<Values<'_>>> {
    Ok(Box::new(Values::new(array)?))
}

fn struct_fields<'a>(array: &'a dyn Array, fields: &'a Fields) -> Result<Vec<(&'a str, Values<'a>)>> {
    let columns = array.as_struct().columns();
    fields
        .iter()
        .zip(columns)
        .map(|(field, column)| Ok((field.name().as_str(), Values::new(column)?)))
        .collect()
}

fn member<'v>(union: &UnionArray, members: &'v [(i8, &'v str, Values<'v>)], row: usize) -> Value<'v> {
    let set = union.type_id(row);
    let found = members.iter().find(|(id, _, _)| *id == set);
    found.map_or(Value::Null, |(_, name, values)| {
        Value::Member(name, values, union.value_offset(row))
    })
}

fn dictionary_index(keys: &dyn Array, row: usize) -> usize {
    downcast_integer_array!(
        keys => keys.value(row).as_usize(),
        _ => 0
    )
}

fn run_index(runs: &dyn Array, row: usize) -> usize {
    downcast_run_array!(
        runs => runs.get_physical_index(row),
        _ => 0
    )
}

fn run_values(runs: &dyn Array) -> Result<&dyn Array> {
    let data_type = runs.data_type();
    downcast_run_array!(
        runs => Ok(runs.values().as_ref()),
        _ => Err(unsupported(data_type))
    )
}

pub(super) fn unsupported(data_type: &DataType) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "result",
        format!("Values of type {data_type} cannot be shown."),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray, Int32Array, ListViewArray, RunArray};
    use arrow::buffer::ScalarBuffer;
    use arrow::datatypes::{Field, Int8Type, Int32Type, UnionFields};

    use super::*;

    fn texts(array: &dyn Array) -> Vec<Option<String>> {
        let values = Values::new(array).unwrap();
        (0..array.len()).map(|row| values.get(row).text()).collect()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn dictionaries_resolve_null_keys_and_null_values() {
        let keys = arrow::array::Int8Array::from(vec![Some(1), None, Some(0)]);
        let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some("x")]));
        let array = DictionaryArray::<Int8Type>::new(keys, values);
        assert_eq!(texts(&array), [Some("x".to_owned()), None, None]);
    }

    #[test]
    fn runs_resolve_also_when_sliced() {
        let ends = Int32Array::from(vec![2, 3, 6]);
        let array =
            RunArray::<Int32Type>::try_new(&ends, &StringArray::from(vec![Some("a"), None, Some("c")])).unwrap();
        assert_eq!(
            texts(&array.slice(1, 3)),
            [Some("a".to_owned()), None, Some("c".to_owned())]
        );
    }

    #[test]
    fn list_views_may_overlap_and_go_backwards() {
        let field = Arc::new(Field::new_list_field(DataType::Int32, true));
        let values = Arc::new(Int32Array::from(vec![1, 2, 3]));
        let array = ListViewArray::new(
            field,
            ScalarBuffer::from(vec![1, 0, 3]),
            ScalarBuffer::from(vec![2, 2, 0]),
            values,
            None,
        );
        assert_eq!(texts(&array), some(&["[2, 3]", "[1, 2]", "[]"]));
    }

    #[test]
    fn unions_name_the_member_that_is_set() {
        let fields = UnionFields::try_new(
            vec![3, 1],
            vec![
                Field::new("int", DataType::Int32, true),
                Field::new("string", DataType::Utf8, true),
            ],
        )
        .unwrap();
        let children: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![7, 8])),
            Arc::new(StringArray::from(vec![None, Some("s")])),
        ];
        let sparse = UnionArray::try_new(fields.clone(), vec![3, 1].into(), None, children.clone()).unwrap();
        assert_eq!(texts(&sparse), some(&[r#"{"int": 7}"#, r#"{"string": "s"}"#]));
        let dense = UnionArray::try_new(fields, vec![1, 3].into(), Some(vec![0, 1].into()), children).unwrap();
        assert_eq!(texts(&dense), some(&[r#"{"string": null}"#, r#"{"int": 8}"#]));
    }

    #[test]
    fn sliced_fixed_lists_keep_their_rows() {
        let field = Arc::new(Field::new_list_field(DataType::Int32, true));
        let items = Arc::new(Int32Array::from(vec![
            Some(1),
            Some(2),
            None,
            Some(4),
            Some(5),
            Some(6),
        ]));
        let array = arrow::array::FixedSizeListArray::new(field, 2, items, None);
        assert_eq!(texts(&array.slice(1, 2)), some(&["[null, 4]", "[5, 6]"]));
    }
}
