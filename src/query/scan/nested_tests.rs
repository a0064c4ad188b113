//! Nested columns whose fields differ between file and table.

use std::io::Cursor;

use arrow::array::Int64Array;
use arrow::datatypes::Field;
use arrow::json::ReaderBuilder;
use arrow::util::display::array_value_to_string;
use datafusion::physical_expr::expressions::col;

use super::*;

fn longs(names: &[&str]) -> DataType {
    let fields = names.iter().map(|name| Field::new(*name, DataType::Int64, true));
    DataType::Struct(fields.collect())
}

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, true)))
}

fn map(value: DataType) -> DataType {
    let pair = [
        Field::new("key", DataType::Utf8, false),
        Field::new("value", value, true),
    ];
    let pair = DataType::Struct(Fields::from_iter(pair));
    DataType::Map(Arc::new(Field::new("key_value", pair, false)), false)
}

/// What a column of a file gives in a table.
fn adapted(json: &str, file: DataType, table: DataType) -> Result<Vec<String>> {
    let schema = |data_type| Arc::new(Schema::new(vec![Field::new("c", data_type, true)]));
    let (file, table) = (schema(file), schema(table));
    let mut rows = ReaderBuilder::new(Arc::clone(&file)).build(Cursor::new(json.as_bytes()))?;
    let batch = rows.next().unwrap()?;
    let expr = ByName.create(Arc::clone(&table), file)?.rewrite(col("c", &table)?)?;
    let array = expr.evaluate(&batch)?.into_array(batch.num_rows())?;
    assert_eq!(array.data_type(), table.field(0).data_type());
    assert_eq!(expr.return_field(&batch.schema())?.data_type(), array.data_type());
    Ok((0..array.len())
        .map(|row| array_value_to_string(&array, row).unwrap())
        .collect())
}

#[test]
fn a_field_that_came_for_one_that_went_is_null() {
    let (then, now) = (longs(&["gone", "kept"]), longs(&["kept", "new"]));
    let rows = r#"{"c":{"gone":1,"kept":2}}{"c":null}"#;
    assert_eq!(
        adapted(rows, then.clone(), now.clone()).unwrap(),
        ["{kept: 2, new: }", ""]
    );
    let rows = r#"{"c":[{"gone":1,"kept":2},null]}"#;
    assert_eq!(
        adapted(rows, list(then.clone()), list(now.clone())).unwrap(),
        ["[{kept: 2, new: }, ]"]
    );
    let rows = r#"{"c":{"k":{"gone":1,"kept":2}}}{"c":null}"#;
    assert_eq!(
        adapted(rows, map(then.clone()), map(now.clone())).unwrap(),
        ["{k: {kept: 2, new: }}", ""]
    );
    let rows = r#"{"c":[{"k":{"gone":1,"kept":2}}]}"#;
    assert_eq!(
        adapted(rows, list(map(then)), list(map(now))).unwrap(),
        ["[{k: {kept: 2, new: }}]"]
    );
}

#[test]
fn a_struct_of_which_nothing_is_left_is_still_there() {
    let rows = r#"{"c":{"gone":1}}{"c":null}"#;
    assert_eq!(
        adapted(rows, longs(&["gone"]), longs(&["new"])).unwrap(),
        ["{new: }", ""]
    );
}

#[test]
fn what_needs_no_help_gets_none() {
    let both = longs(&["a", "b"]);
    assert!(!must_reshape(&both, &longs(&["b"])));
    assert!(!must_reshape(&both, &longs(&["a", "c"])));
    assert!(!must_reshape(&map(both.clone()), &map(longs(&["b", "a"]))));
    assert!(must_reshape(&map(both.clone()), &map(longs(&["a", "c"]))));
    assert!(!must_reshape(&map(both.clone()), &both));
}

#[test]
fn types_grow_in_place() {
    let narrow = DataType::Struct(Fields::from_iter([Field::new("x", DataType::Int32, true)]));
    let rows = r#"{"c":{"k":{"x":7}}}"#;
    assert_eq!(
        adapted(rows, map(narrow), map(longs(&["x", "y"]))).unwrap(),
        ["{k: {x: 7, y: }}"]
    );
}

#[test]
fn a_field_that_must_be_there_is_not_made_up() {
    let must = DataType::Struct(Fields::from_iter([Field::new("new", DataType::Int64, false)]));
    assert!(adapted(r#"{"c":{"gone":1}}"#, longs(&["gone"]), must).is_err());
    let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    assert!(reshape(&array, &longs(&["x"])).is_err());
}
