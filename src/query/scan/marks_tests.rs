use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Date32Array, Int32Array};
use datafusion::common::DFSchema;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::physical_expr::expressions::Column;
use datafusion::prelude::SessionContext;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::*;

fn condition(sql: &str, field: &Field) -> Arc<dyn PhysicalExpr> {
    let schema = DFSchema::try_from(Schema::new(vec![field.clone()])).unwrap();
    let context = SessionContext::new();
    let expr = context.state().create_logical_expr(sql, &schema).unwrap();
    context.state().create_physical_expr(expr, &schema).unwrap()
}

/// A footer of one column of these numbers.
fn footer(numbers: ArrayRef) -> ParquetMetaData {
    let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
    let mut file = vec![];
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    ParquetMetaDataReader::new()
        .parse_and_finish(&bytes::Bytes::from(file))
        .unwrap()
}

/// Room for many questions.
fn known() -> Known {
    let known = Known::default();
    let footer = footer(Arc::new(Int64Array::from_iter_values(0..300_000)));
    known.read(footer.row_group(0), 1);
    known
}

fn passed(marks: Marks, values: ArrayRef) -> Vec<bool> {
    let batch = RecordBatch::try_from_iter_with_nullable([("n", values, true)]).unwrap();
    let column = Arc::new(Column::new("n", 0));
    let told = Marked { column, marks }.evaluate(&batch).unwrap();
    let told = told.into_array(batch.num_rows()).unwrap();
    told.as_boolean().iter().map(Option::unwrap).collect()
}

#[test]
fn marks_tell_what_the_condition_tells() {
    let field = Field::new("n", DataType::Int64, true);
    let condition = condition("n % 7 = 3", &field);
    let range = -70_000..=140_000;
    let marks = known().marks(0, &condition, &field, &range).unwrap();
    let values: Int64Array = range.clone().collect();
    let expected: Vec<bool> = range.map(|value| value % 7 == 3).collect();
    assert_eq!(passed(marks.clone(), Arc::new(values)), expected);
    // What lies beyond is let through, and NULL is not.
    let others = Int64Array::from(vec![Some(i64::MIN), Some(i64::MAX), None, Some(4)]);
    assert_eq!(passed(marks, Arc::new(others)), [true, true, false, false]);
}

#[test]
fn null_passes_where_the_condition_is_true_for_it() {
    let field = Field::new("n", DataType::Int32, true);
    let condition = condition("n is null or n % 5 = 0", &field);
    let marks = known().marks(0, &condition, &field, &(0..=9)).unwrap();
    let values = Int32Array::from(vec![Some(5), None, Some(6)]);
    assert_eq!(passed(marks, Arc::new(values)), [true, true, false]);
}

#[test]
fn dates_are_marked_by_their_days() {
    let field = Field::new("n", DataType::Date32, true);
    let condition = condition("date_part('month', n) = 2", &field);
    let marks = known().marks(0, &condition, &field, &(0..=400)).unwrap();
    let values = Date32Array::from(vec![30, 31, 58, 59]);
    assert_eq!(passed(marks, Arc::new(values)), [false, true, true, false]);
}

#[test]
fn a_condition_that_fails_or_is_no_condition_is_not_marked() {
    let field = Field::new("n", DataType::Int64, true);
    for sql in ["10 / n = 2", "n + 1"] {
        assert_eq!(
            known().marks(0, &condition(sql, &field), &field, &(-5..=5)),
            None,
            "{sql}"
        );
    }
}

#[test]
fn too_many_values_are_not_asked_for() {
    let field = Field::new("n", DataType::Int64, true);
    let condition = condition("n % 2 = 0", &field);
    assert_eq!(known().marks(0, &condition, &field, &(0..=MOST_VALUES)), None);
    assert_eq!(known().marks(0, &condition, &field, &(i64::MIN..=i64::MAX)), None);
    // Nothing was read for which the answers would be worth it.
    assert_eq!(Known::default().marks(0, &condition, &field, &(0..=1)), None);
}

#[test]
fn values_are_asked_for_once_as_long_as_conditions_stay() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let even = create_udf(
        "even",
        vec![DataType::Int64],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(move |values: &[ColumnarValue]| {
            let ColumnarValue::Array(values) = &values[0] else {
                return internal_err!("an array was given");
            };
            count.fetch_add(usize::from(values.len() > 1), Ordering::Relaxed);
            let even = values
                .as_primitive::<Int64Type>()
                .unary::<_, Int64Type>(|value| value % 2);
            let even: BooleanArray = even.iter().map(|rest| rest.map(|rest| rest == 0)).collect();
            Ok(ColumnarValue::Array(Arc::new(even)))
        }),
    );
    let field = Field::new("n", DataType::Int64, true);
    let schema = DFSchema::try_from(Schema::new(vec![field.clone()])).unwrap();
    let context = SessionContext::new();
    context.register_udf(even);
    let expr = context.state().create_logical_expr("even(n)", &schema).unwrap();
    let condition = context.state().create_physical_expr(expr, &schema).unwrap();
    let footer = footer(Arc::new(Int64Array::from_iter_values(0..300_000)));
    let known = known();
    for _ in 0..3 {
        assert!(known.marks(0, &condition, &field, &(0..=100_000)).is_some());
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    known.read(footer.row_group(0), 2);
    assert!(known.marks(0, &condition, &field, &(0..=100_000)).is_some());
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[test]
fn the_range_is_that_of_the_statistics() {
    let numbers = footer(Arc::new(Int32Array::from(vec![Some(4), None, Some(-2)])));
    assert_eq!(range(numbers.row_group(0), 0), Some(-2..=4));
    let nothing = footer(Arc::new(Int32Array::from(vec![None::<i32>])));
    assert_eq!(range(nothing.row_group(0), 0), None);
    let texts = footer(Arc::new(arrow::array::StringArray::from(vec!["a"])));
    assert_eq!(range(texts.row_group(0), 0), None);
}
