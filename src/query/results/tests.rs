use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, ListArray, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};

use super::*;

const PLENTY: u64 = 1 << 40;

fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
    let names: StringArray = rows.clone().map(|n| (n % 3 != 0).then(|| format!("n{n}"))).collect();
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("n", Arc::new(rows.collect::<Int64Array>()), true),
        ("name", Arc::new(names), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Rows 0..10 in batches of 3, 0, 1 and 6.
fn ten() -> ResultSet {
    let mut results = ResultSet::new(batch(0..0).schema(), PLENTY);
    for rows in [0..3, 3..3, 3..4, 4..10] {
        assert!(results.push(batch(rows)));
    }
    results
}

fn numbers(window: Vec<Vec<Cell>>) -> Vec<i64> {
    window
        .into_iter()
        .map(|row| row[0].text.as_ref().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn any_window_has_its_own_rows() {
    let results = ten();
    assert_eq!(results.rows(), 10);
    for start in 0..12_u32 {
        for count in 0..12_u32 {
            let expected: Vec<i64> = (start.min(10)..(start + count).min(10)).map(i64::from).collect();
            assert_eq!(
                numbers(results.window(start.into(), count, 0, 0).unwrap()),
                expected,
                "{start}+{count}"
            );
        }
    }
    assert!(results.window(u64::MAX, u32::MAX, 0, 0).unwrap().is_empty());
}

#[test]
fn columns_are_cut_out_of_the_window() {
    let results = ten();
    let row = |first, count| results.window(4, 1, first, count).unwrap().remove(0);
    let text = |text: &str| Cell {
        text: Some(text.to_owned()),
        cut: false,
    };
    assert_eq!(row(0, 0), [text("4"), text("n4")]);
    assert_eq!(row(0, 1), [text("4")]);
    assert_eq!(row(1, 9), [text("n4")]);
    assert_eq!(row(1, u32::MAX), [text("n4")]);
    assert_eq!(row(2, 1), []);
    assert_eq!(results.window(3, 1, 1, 1).unwrap(), [[Cell { text: None, cut: false }]]);
}

#[test]
fn long_cells_are_cut_in_the_window_and_whole_on_demand() {
    let long = "ü".repeat(CELL_CHARS + 1);
    let one = RecordBatch::try_from_iter([("t", Arc::new(StringArray::from(vec![long.clone()])) as ArrayRef)]);
    let mut results = ResultSet::new(one.as_ref().unwrap().schema(), PLENTY);
    assert!(results.push(one.unwrap()));
    let cell = results.window(0, 1, 0, 0).unwrap().remove(0).remove(0);
    assert_eq!((cell.text.unwrap().chars().count(), cell.cut), (CELL_CHARS, true));
    assert_eq!(results.cell(0, 0).unwrap(), Some(long));
}

#[test]
fn a_cell_is_found_across_batches() {
    let results = ten();
    assert_eq!(results.cell(9, 0).unwrap().as_deref(), Some("9"));
    assert_eq!(results.cell(9, 1).unwrap(), None);
    assert_eq!(results.cell(10, 0).unwrap_err().kind, Kind::Bug);
    assert_eq!(results.cell(0, 2).unwrap_err().kind, Kind::Bug);
}

#[test]
fn nested_cells_are_indented() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None])]);
    let one = RecordBatch::try_from_iter([("l", Arc::new(list) as ArrayRef)]).unwrap();
    let mut results = ResultSet::new(one.schema(), PLENTY);
    assert!(results.push(one));
    assert_eq!(results.cell(0, 0).unwrap().as_deref(), Some("[\n  1,\n  null\n]"));
}

#[test]
fn values_are_typed() {
    let expected = r#"[["2","n2"],["3",null]]"#;
    assert_eq!(ten().values(2, 2).unwrap().text(), expected);
    assert_eq!(ten().values(9, 5).unwrap().text(), r#"[["9",null]]"#);
    assert_eq!(ten().values(10, 5).unwrap().text(), "[]");
}

#[test]
fn beyond_the_budget_nothing_more_is_kept() {
    let mut results = ResultSet::new(batch(0..0).schema(), 50_000);
    assert!(results.push(batch(0..1000)));
    assert!(!results.push(batch(1000..4000)));
    assert_eq!(results.rows(), 1000);
    assert!(results.bytes() <= 50_000);
}

#[test]
fn rows_without_columns_are_counted() {
    let options = RecordBatchOptions::new().with_row_count(Some(5));
    let schema = Arc::new(Schema::empty());
    let mut results = ResultSet::new(schema.clone(), PLENTY);
    assert!(results.push(RecordBatch::try_new_with_options(schema, vec![], &options).unwrap()));
    assert_eq!(results.rows(), 5);
    assert_eq!(results.window(1, 9, 0, 0).unwrap(), vec![Vec::<Cell>::new(); 4]);
}

#[test]
fn columns_follow_the_schema() {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Decimal128(10, 2), false)]));
    let columns = ResultSet::new(schema, PLENTY).columns();
    assert_eq!(
        (columns[0].name.as_str(), columns[0].type_name.as_str()),
        ("a", "decimal(10,2)")
    );
}
