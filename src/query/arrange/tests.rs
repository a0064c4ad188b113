//! Orders of small results, of every type, over batches that are not alike.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array, ListArray,
    RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int8Type, Int32Type};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool, UnboundedMemoryPool};

use super::kept::Column;
use super::*;
use crate::error::{Kind, Result};
use crate::protocol::{Comparison, Filter, SortKey, Test};
use crate::query::spill::local::Heap;

fn rows_of(columns: Vec<ArrayRef>) -> ResultRows {
    let columns = columns
        .into_iter()
        .enumerate()
        .map(|(place, array)| (format!("x{place}"), array, true));
    let whole = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut rows = ResultRows::new(whole.schema());
    let mut start = 0;
    // Every second batch is spilled.
    for (place, count) in [1, 3, 2].into_iter().cycle().enumerate() {
        let count = count.min(whole.num_rows() - start);
        if count == 0 {
            return rows;
        }
        let batch = whole.slice(start, count);
        rows.push(if place % 2 == 0 {
            Kept::here(&batch)
        } else {
            spilled(&batch)
        });
        start += count;
    }
    rows
}

fn spilled(batch: &RecordBatch) -> Kept {
    let column = |place| Column::spilled(&batch.project(&[place]).unwrap(), &Heap).unwrap().0;
    Kept::of((0..batch.num_columns()).map(column).collect(), batch.num_rows())
}

fn pool() -> Arc<dyn MemoryPool> {
    Arc::new(UnboundedMemoryPool::default())
}

fn by(column: u32, descending: bool, nulls_first: bool) -> SortKey {
    SortKey {
        column,
        descending,
        nulls_first,
    }
}

async fn sorted_by(rows: &ResultRows, keys: &[SortKey]) -> Vec<u32> {
    arrange(rows, keys, &[], &pool()).await.unwrap().rows(0..100)
}

async fn passing(rows: &ResultRows, column: u32, test: Test) -> Result<Vec<u32>> {
    Ok(arrange(rows, &[], &[Filter { column, test }], &pool())
        .await?
        .rows(0..100))
}

fn is(is: Comparison, value: &str) -> Test {
    Test::Compare {
        is,
        value: value.into(),
    }
}

fn contains(text: &str) -> Test {
    Test::Contains { text: text.into() }
}

#[tokio::test]
async fn numbers_sort_as_numbers_and_null_stands_where_it_is_told() {
    let rows = rows_of(vec![
        Arc::new(Int64Array::from(vec![
            Some(10),
            Some(9),
            None,
            Some(i64::MIN),
            Some(9),
            Some(i64::MAX),
        ])),
        Arc::new(Float64Array::from(vec![
            Some(f64::NAN),
            Some(-0.5),
            Some(f64::INFINITY),
            None,
            Some(-1e300),
            Some(2.0),
        ])),
        Arc::new(
            Decimal128Array::from(vec![Some(10), Some(9), None, Some(-5), Some(100), Some(9)])
                .with_precision_and_scale(12, 1)
                .unwrap(),
        ),
        Arc::new(
            Decimal128Array::from(vec![Some(10), Some(9), None, Some(-5), Some(100), Some(9)])
                .with_precision_and_scale(38, 1)
                .unwrap(),
        ),
    ]);
    assert_eq!(sorted_by(&rows, &[by(0, false, false)]).await, [3, 1, 4, 0, 5, 2]);
    assert_eq!(sorted_by(&rows, &[by(0, true, false)]).await, [5, 0, 1, 4, 3, 2]);
    assert_eq!(sorted_by(&rows, &[by(0, true, true)]).await, [2, 5, 0, 1, 4, 3]);
    assert_eq!(sorted_by(&rows, &[by(1, false, false)]).await, [4, 1, 5, 2, 0, 3]);
    for decimals in [2, 3] {
        assert_eq!(sorted_by(&rows, &[by(decimals, false, true)]).await, [2, 3, 1, 5, 0, 4]);
    }
    assert_eq!(
        sorted_by(&rows, &[by(0, false, false), by(2, true, false)]).await,
        [3, 4, 1, 0, 5, 2]
    );
}

#[tokio::test]
async fn texts_sort_by_their_characters_however_they_are_kept() {
    let texts = [
        Some("a long text, and more"),
        Some(""),
        None,
        Some("b"),
        Some("a long text, and less"),
        Some("B"),
    ];
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(2)]),
        Some(vec![]),
        None,
        Some(vec![Some(10)]),
        Some(vec![Some(2), Some(1)]),
        Some(vec![Some(9)]),
    ]);
    let rows = rows_of(vec![
        Arc::new(StringArray::from(texts.to_vec())),
        Arc::new(StringViewArray::from(texts.to_vec())),
        Arc::new(texts.into_iter().collect::<DictionaryArray<Int8Type>>()),
        Arc::new(lists),
        Arc::new(BooleanArray::from(vec![
            Some(true),
            Some(false),
            None,
            Some(true),
            Some(false),
            Some(true),
        ])),
    ]);
    for column in 0..3 {
        assert_eq!(
            sorted_by(&rows, &[by(column, false, false)]).await,
            [1, 5, 4, 0, 3, 2],
            "{column}"
        );
        assert_eq!(
            sorted_by(&rows, &[by(column, true, false)]).await,
            [3, 0, 4, 5, 1, 2],
            "{column}"
        );
    }
    assert_eq!(sorted_by(&rows, &[by(3, false, false)]).await, [1, 0, 4, 5, 3, 2]);
    assert_eq!(
        sorted_by(&rows, &[by(4, false, true), by(0, true, false)]).await,
        [2, 4, 1, 3, 0, 5]
    );
}

#[tokio::test]
async fn filters_compare_values_and_not_texts() {
    let rows = rows_of(vec![
        Arc::new(Int64Array::from(vec![Some(10), Some(9), None, Some(-100)])),
        Arc::new(StringArray::from(vec![Some("Über"), Some(""), None, Some("über all")])),
        Arc::new(
            Decimal128Array::from(vec![Some(150), Some(15), None, Some(-5)])
                .with_precision_and_scale(10, 2)
                .unwrap(),
        ),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(0), Some(1), None, Some(-1)]).with_timezone("UTC")),
        Arc::new(BinaryArray::from(vec![
            Some(b"\x00\xff".as_slice()),
            Some(b""),
            None,
            Some(b"a"),
        ])),
        Arc::new(
            [Some("x"), Some("y"), None, Some("x")]
                .into_iter()
                .collect::<DictionaryArray<Int8Type>>(),
        ),
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)])),
    ]);
    for (column, test, expected) in [
        (0, is(Comparison::Greater, "9"), vec![0]),
        (0, is(Comparison::LessOrEqual, "9"), vec![1, 3]),
        (0, is(Comparison::NotEqual, "9"), vec![0, 3]),
        (0, Test::Null, vec![2]),
        (0, Test::NotNull, vec![0, 1, 3]),
        (0, contains("0"), vec![0, 3]),
        (1, contains("ÜBER"), vec![0, 3]),
        (1, is(Comparison::Equal, ""), vec![1]),
        (2, is(Comparison::Equal, "1.5"), vec![0]),
        (2, is(Comparison::Less, "0.150"), vec![3]),
        (3, is(Comparison::GreaterOrEqual, "1970-01-01T00:00:00Z"), vec![0, 1]),
        (4, is(Comparison::Equal, "00ff"), vec![0]),
        (
            5,
            Test::OneOf {
                values: vec!["x".into()],
            },
            vec![0, 3],
        ),
        (5, is(Comparison::Greater, "x"), vec![1]),
        (5, Test::Null, vec![2]),
        (6, is(Comparison::Equal, "true"), vec![0, 3]),
        (0, Test::OneOf { values: vec![] }, vec![]),
    ] {
        assert_eq!(
            passing(&rows, column, test.clone()).await.unwrap(),
            expected,
            "{column} {test:?}"
        );
    }
    for (column, wrong) in [
        (0, "ten"),
        (0, "1.5"),
        (2, "1.234"),
        (3, "yesterday"),
        (4, "0"),
        (6, "perhaps"),
    ] {
        let error = passing(&rows, column, is(Comparison::Equal, wrong)).await.unwrap_err();
        assert_eq!(
            (error.kind, error.subject),
            (Kind::Sql, format!("x{column}")),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_is_filtered_is_sorted_and_read_in_its_order() {
    let numbers: Vec<Option<i64>> = (0..1000).map(|n| (n % 7 != 0).then_some(n * 37 % 101)).collect();
    let rows = rows_of(vec![Arc::new(Int64Array::from(numbers.clone()))]);
    let filter = Filter {
        column: 0,
        test: is(Comparison::Less, "50"),
    };
    let order = arrange(&rows, &[by(0, true, false)], &[filter], &pool()).await.unwrap();
    let mut expected: Vec<u32> = (0..1000)
        .filter(|n| numbers[*n as usize].is_some_and(|n| n < 50))
        .collect();
    expected.sort_by_key(|n| std::cmp::Reverse(numbers[*n as usize]));
    assert_eq!(order.rows(0..1000), expected);
    let shown = rows.ordered(order);
    let places = shown.places();
    let read: Vec<RecordBatch> = shown.stretches(3..9, &places).map(Result::unwrap).collect();
    let read: Vec<Option<i64>> = read[0]
        .column(0)
        .as_any()
        .downcast_ref::<Int64Array>()
        .unwrap()
        .iter()
        .collect();
    assert_eq!(
        read,
        expected[3..9].iter().map(|n| numbers[*n as usize]).collect::<Vec<_>>()
    );
    assert_eq!(shown.cut(3..9).len(), 6);
    assert_eq!(rows.cut(3..9).len(), 6);
}

#[tokio::test]
async fn memory_that_is_not_there_is_told_and_given_back() {
    let rows = rows_of(vec![Arc::new((0..1000).collect::<Int64Array>())]);
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(10_000));
    let refused = arrange(&rows, &[by(0, false, false)], &[], &pool).await.unwrap_err();
    assert_eq!(refused.kind, Kind::TooBig);
    assert_eq!(pool.reserved(), 0);
    let order = arrange(&rows, &[], &[], &pool).await.unwrap();
    assert_eq!(pool.reserved(), 4000);
    drop(order);
    assert_eq!(pool.reserved(), 0);
}
