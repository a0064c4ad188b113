use arrow::array::{BooleanArray, Decimal64Array, Int64Array, StringArray};
use arrow::datatypes::Field;
use datafusion::common::DFSchema;
use datafusion::physical_expr::simplifier::PhysicalExprSimplifier;
use datafusion::prelude::SessionContext;

use super::*;

/// What a hand reads: a decimal is narrow there.
fn batch() -> RecordBatch {
    let prices = Decimal64Array::from(vec![Some(100), Some(250), None, Some(999)]);
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4])) as ArrayRef, true),
        (
            "other",
            Arc::new(Int64Array::from(vec![Some(2), Some(2), None, Some(0)])),
            true,
        ),
        (
            "text",
            Arc::new(StringArray::from(vec![
                Some("apple"),
                None,
                Some("Pear"),
                Some("grape"),
            ])),
            true,
        ),
        ("price", Arc::new(prices.with_precision_and_scale(10, 2).unwrap()), true),
    ])
    .unwrap()
}

/// The predicate as it is over the table, where decimals are wide and texts views.
fn predicate(sql: &str) -> Arc<dyn PhysicalExpr> {
    let fields = batch()
        .schema()
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Decimal64(precision, scale) => {
                Field::new(field.name(), DataType::Decimal128(*precision, *scale), true)
            }
            DataType::Utf8 => Field::new(field.name(), DataType::Utf8View, true),
            _ => field.as_ref().clone(),
        })
        .collect::<Vec<_>>();
    let schema = DFSchema::try_from(Schema::new(fields)).unwrap();
    let context = SessionContext::new();
    let expr = context.state().create_logical_expr(sql, &schema).unwrap();
    let physical = context.state().create_physical_expr(expr, &schema).unwrap();
    // As planning does: texts are literals of the column's type.
    PhysicalExprSimplifier::new(schema.as_arrow())
        .simplify(physical)
        .unwrap()
}

/// The ids of the rows that a hand lets through; `None` when it can test nothing.
fn passed(sql: &str) -> Option<Vec<i64>> {
    passed_by(&predicate(sql))
}

fn passed_by(predicate: &Arc<dyn PhysicalExpr>) -> Option<Vec<i64>> {
    let batch = batch();
    let sieved = sieve(predicate, batch.schema_ref(), None)?;
    let json = serde_json::to_string(&sieved.sieve).unwrap();
    let condition = condition(
        &serde_json::from_str(&json).unwrap(),
        &sieved.literals,
        batch.schema_ref(),
    )
    .unwrap();
    let passed = condition
        .evaluate(&batch)
        .unwrap()
        .into_array(batch.num_rows())
        .unwrap();
    let passed: &BooleanArray = passed.as_any().downcast_ref().unwrap();
    Some(
        (1..)
            .zip(passed)
            .filter(|(_, passed)| *passed == Some(true))
            .map(|(id, _)| id)
            .collect(),
    )
}

#[test]
fn conditions_are_tested_as_they_are_written() {
    for (sql, expected) in [
        ("id > 2", vec![3, 4]),
        ("2 >= id", vec![1, 2]),
        ("id <> 2 and other is not null", vec![1, 4]),
        ("id = other", vec![2]),
        ("other < id", vec![4]),
        ("id = 1 or text = 'Pear'", vec![1, 3]),
        ("id in (1, 4, 9)", vec![1, 4]),
        ("id not in (1, 4)", vec![2, 3]),
        ("text like '%ap%'", vec![1, 4]),
        ("text not like '%ap%'", vec![3]),
        ("text ilike 'p%'", vec![3]),
        ("text is null", vec![2]),
    ] {
        assert_eq!(passed(sql), Some(expected), "{sql}");
    }
}

#[test]
fn what_cannot_be_tested_lets_everything_through() {
    assert_eq!(passed("id % 2 = 0"), None);
    assert_eq!(passed("length(text) > 3 or id = 1"), None);
    assert_eq!(passed("length(text) > 3 and id < 3"), Some(vec![1, 2]));
    assert_eq!(passed("id = 1 or (length(text) > 3 and id = 4)"), Some(vec![1, 4]));
    assert_eq!(passed("not (id = 1 and length(text) > 3)"), None);
}

#[test]
fn a_column_that_is_not_read_is_no_part_of_it() {
    let schema = batch().schema().project(&[0]).unwrap();
    assert!(sieve(&predicate("text = 'apple'"), &schema, None).is_none());
    let sieved = sieve(&predicate("text = 'apple' and id = 3"), &schema, None).unwrap();
    assert_eq!(sieved.literals.num_columns(), 1);
}

#[test]
fn decimals_are_compared_as_narrow_as_they_are_read() {
    let compared = |operator, value, scale| -> Arc<dyn PhysicalExpr> {
        let literal = Literal::new(ScalarValue::Decimal128(Some(value), 10, scale));
        Arc::new(BinaryExpr::new(
            Arc::new(Column::new("price", 3)),
            operator,
            Arc::new(literal),
        ))
    };
    assert_eq!(passed_by(&compared(Operator::GtEq, 250, 2)), Some(vec![2, 4]));
    assert_eq!(passed_by(&compared(Operator::Lt, 250, 2)), Some(vec![1]));
    // Another scale, and more digits than 64 bits have.
    assert_eq!(passed_by(&compared(Operator::Lt, 250, 3)), None);
    assert_eq!(passed_by(&compared(Operator::Lt, i128::from(i64::MAX) + 1, 2)), None);
}
