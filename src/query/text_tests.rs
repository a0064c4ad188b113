//! Values as text: nested, cut, and too long.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, Float64Array, Int32Array, LargeListArray, ListArray, MapArray, StringArray,
    StringViewArray, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type};

use super::super::cut::Cut;
use super::super::values::Values;
use super::*;
use crate::protocol::Cell;

fn cell(array: &dyn Array, chars: usize) -> Cell {
    Cut::after(chars).cell(Values::new(array).unwrap().get(0))
}

fn words(words: &[Option<&str>]) -> ListArray {
    let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let items = Arc::new(StringArray::from(words.to_vec()));
    ListArray::new(field, OffsetBuffer::from_lengths([words.len()]), items, None)
}

fn full(array: &dyn Array) -> String {
    Values::new(array).unwrap().get(0).full_text(1 << 20).unwrap().unwrap()
}

#[test]
fn null_is_not_empty() {
    let array = StringArray::from(vec![None, Some("")]);
    let values = Values::new(&array).unwrap();
    assert_eq!(
        (values.get(0).text(), values.get(1).text()),
        (None, Some(String::new()))
    );
    assert_eq!(Cut::after(8).cell(values.get(0)), Cell { text: None, cut: false });
    assert_eq!(
        Cut::after(8).cell(values.get(1)),
        Cell {
            text: Some(String::new()),
            cut: false
        }
    );
}

#[test]
fn a_cut_falls_between_characters() {
    let array = StringViewArray::from(vec!["aé漢😀z"]);
    let expect = |chars, text: &str, cut| {
        assert_eq!(
            cell(&array, chars),
            Cell {
                text: Some(text.to_owned()),
                cut
            }
        );
    };
    expect(5, "aé漢😀z", false);
    expect(4, "aé漢😀", true);
    expect(2, "aé", true);
    expect(0, "", true);
}

#[test]
fn a_cut_ends_the_writing_of_nested_values_and_bytes() {
    let items: Int32Array = (0..1_000_000).collect();
    let field = Arc::new(Field::new_list_field(DataType::Int32, true));
    let list = LargeListArray::new(field, OffsetBuffer::from_lengths([items.len()]), Arc::new(items), None);
    assert_eq!(cell(&list, 10).text.unwrap(), "[0, 1, 2, ");
    let bytes = BinaryArray::from(vec![[0xab_u8; 1000].as_slice()]);
    assert_eq!(
        cell(&bytes, 3),
        Cell {
            text: Some("aba".to_owned()),
            cut: true
        }
    );
}

#[test]
fn nested_text_is_unambiguous() {
    assert_eq!(words(&[Some("a, b")]).value_type(), DataType::Utf8);
    assert_eq!(
        cell(&words(&[Some("a, b"), None, Some("")]), 99).text.unwrap(),
        r#"["a, b", null, ""]"#
    );
    assert_eq!(
        cell(&words(&[Some("say \"\\\n\u{1}\"")]), 99).text.unwrap(),
        r#"["say \"\\\n\u0001\""]"#
    );
    assert_eq!(cell(&words(&[]), 99).text.unwrap(), "[]");
}

#[test]
fn nested_floats_stay_valid_json() {
    let items = Float64Array::from(vec![Some(1.0), Some(f64::NAN), Some(f64::NEG_INFINITY), None]);
    let field = Arc::new(Field::new_list_field(DataType::Float64, true));
    let list = ListArray::new(field, OffsetBuffer::from_lengths([4]), Arc::new(items), None);
    let text = cell(&list, 99).text.unwrap();
    assert_eq!(text, r#"[1.0, "NaN", "-Infinity", null]"#);
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
}

fn person() -> StructArray {
    let fields = Fields::from(vec![
        Field::new("a \"b\"", DataType::Int32, true),
        Field::new(
            "list",
            DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            true,
        ),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(vec![None])),
        Arc::new(words(&[Some("x"), None])),
    ];
    StructArray::new(fields, columns, None)
}

#[test]
fn structs_are_objects_on_one_line_or_indented() {
    assert_eq!(
        cell(&person(), 99).text.unwrap(),
        r#"{"a \"b\"": null, "list": ["x", null]}"#
    );
    assert_eq!(
        full(&person()),
        "{\n  \"a \\\"b\\\"\": null,\n  \"list\": [\n    \"x\",\n    null\n  ]\n}"
    );
    assert_eq!(full(&words(&[])), "[]");
    assert_eq!(full(&StringArray::from(vec!["a\nb"])), "a\nb");
}

#[test]
fn maps_are_objects_with_their_keys_as_text() {
    let entries = StructArray::new(
        Fields::from(vec![
            Field::new("k", DataType::Int32, false),
            Field::new("v", DataType::Utf8, true),
        ]),
        vec![
            Arc::new(Int32Array::from(vec![1, 2])),
            Arc::new(StringArray::from(vec![Some("x"), None])),
        ],
        None,
    );
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let map = MapArray::new(field, OffsetBuffer::from_lengths([2]), entries, None, false);
    assert_eq!(cell(&map, 99).text.unwrap(), r#"{"1": "x", "2": null}"#);
}

#[test]
fn a_value_beyond_the_limit_is_refused() {
    let array = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1); 100])]);
    let error = Values::new(&array).unwrap().get(0).full_text(64).unwrap_err();
    assert_eq!(error.kind, Kind::TooBig);
}
