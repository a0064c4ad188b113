use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, Literal};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::{TryStreamExt, stream};

use super::formula::{Writing, literals_of, read};
use super::*;
use crate::protocol::{Aggregate, Formula, Named};
use crate::query::setting::config;

fn batch() -> RecordBatch {
    let prices = Decimal128Array::from(vec![Some(150), None, Some(-275), Some(0)]);
    RecordBatch::try_from_iter_with_nullable([
        (
            "n",
            Arc::new(Int64Array::from(vec![Some(1), Some(-2), None, Some(9)])) as ArrayRef,
            true,
        ),
        (
            "t",
            Arc::new(StringArray::from(vec![Some("one"), None, Some("Three"), Some("")])),
            true,
        ),
        (
            "d",
            Arc::new(Date32Array::from(vec![Some(0), Some(400), None, Some(20_000)])),
            true,
        ),
        ("p", Arc::new(prices.with_precision_and_scale(10, 2).unwrap()), true),
    ])
    .unwrap()
}

fn expression(sql: &str) -> Arc<dyn PhysicalExpr> {
    let schema = DFSchema::try_from(batch().schema().as_ref().clone()).unwrap();
    let state = SessionContext::new_with_config(config()).state();
    let expr = state.create_logical_expr(sql, &schema).unwrap();
    let expr = datafusion::optimizer::simplify_expressions::ExprSimplifier::new(
        datafusion::logical_expr::simplify::SimplifyContext::builder()
            .with_schema(Arc::new(schema.clone()))
            .build(),
    )
    .coerce(expr, &schema)
    .unwrap();
    state.create_physical_expr(expr, &schema).unwrap()
}

/// What crossed over of an expression; `None` when it has no form for that.
fn crossed(expr: &Arc<dyn PhysicalExpr>) -> Option<Arc<dyn PhysicalExpr>> {
    let batch = batch();
    let mut writing = Writing::new(batch.schema_ref(), vec![]);
    let formula = writing.formula(expr)?;
    let fragment = Fragment::new(vec![], writing.literals, vec![]);
    let json = serde_json::to_string(&formula).unwrap();
    let formula: Formula = serde_json::from_str(&json).unwrap();
    let literals = fragment.literals().unwrap();
    Some(read(&formula, batch.schema_ref(), &literals_of(&literals)).unwrap())
}

#[test]
fn expressions_cross_over_as_they_are() {
    for sql in [
        "n + 1 > 2",
        "n % 3 = 0 or not (t like 'o%')",
        "t not ilike '%E'",
        "p * (1 - p) <= 12.5",
        "-n",
        "t is null and n is not null",
        "n in (1, 2, 3)",
        "t not in ('one', 'two')",
        "case when n > 0 then t else 'none' end",
        "case n when 1 then p when 2 then 0 end",
        "cast(n as double)",
        "cast(t as bigint)",
        "d >= date '2020-01-01'",
        "n is distinct from 3",
        "t || '!'",
        "upper(t)",
        "date_trunc('month', d)",
        "date_part('year', d) = 1971",
        "round(p, 1)",
        "null",
    ] {
        let expr = expression(sql);
        let crossed = crossed(&expr).unwrap_or_else(|| panic!("{sql} does not cross over"));
        assert!(crossed.eq(&expr), "{sql}: {crossed} and {expr}");
    }
}

#[test]
fn what_is_another_thing_elsewhere_does_not_cross_over() {
    assert!(crossed(&expression("random() > 0.5")).is_none());
    assert!(crossed(&expression("now() > d")).is_none());
    // By another name than the column has.
    let column = Arc::new(Column::new("m", 0)) as Arc<dyn PhysicalExpr>;
    assert!(crossed(&column).is_none());
    let one = Arc::new(Literal::new(ScalarValue::from(1_i64)));
    let checked = BinaryExpr::new(Arc::new(Column::new("n", 0)), Operator::Plus, one).with_fail_on_overflow(true);
    assert!(crossed(&(Arc::new(checked) as Arc<dyn PhysicalExpr>)).is_none());
}

#[test]
fn what_is_nested_too_deeply_to_be_read_again_does_not_cross_over() {
    let nested = |depth: usize| expression(&format!("n{}", " + n".repeat(depth)));
    assert!(crossed(&nested(40)).is_some());
    assert!(crossed(&nested(80)).is_none());
}

fn column(place: usize) -> Formula {
    Formula::Column(place)
}

#[tokio::test]
async fn steps_are_done_one_after_the_other() {
    let condition = Formula::Null {
        value: Box::new(column(0)),
        is_negated: true,
    };
    let named = |name: &str, formula| Named {
        name: name.to_owned(),
        formula,
    };
    let aggregate = |function: &str, place| Aggregate {
        function: function.to_owned(),
        name: function.to_owned(),
        arguments: vec![column(place)],
        condition: None,
    };
    let steps = vec![
        Step::Filter {
            condition,
            columns: Some(vec![1, 0]),
        },
        Step::Project {
            columns: vec![
                named("x", column(1)),
                named(
                    "y",
                    Formula::Null {
                        value: Box::new(column(0)),
                        is_negated: false,
                    },
                ),
            ],
        },
        Step::Aggregate {
            groups: vec![named("y", column(1))],
            aggregates: vec![aggregate("sum", 0), aggregate("count", 0)],
        },
    ];
    let fragment = Fragment::new(steps, vec![], vec![]);
    let rows = stream::iter([Ok(batch())]);
    let rows = Box::pin(RecordBatchStreamAdapter::new(batch().schema(), rows));
    let made = fragment.run(rows, &Arc::new(TaskContext::default())).unwrap();
    let made: Vec<RecordBatch> = made.try_collect().await.unwrap();
    let told = arrow::util::pretty::pretty_format_batches(&made).unwrap().to_string();
    let cells: Vec<Vec<&str>> = told
        .lines()
        .skip(3)
        .filter(|line| line.starts_with("| "))
        .map(|line| line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(cells, [["false", "10", "2"], ["true", "-2", "1"]]);
    // All rows, those with a number, and of these for each of two truth values a part.
    assert_eq!(fragment.passed.told(), [4, 3, 3, 2]);
}
