//! Pruning against the truth: no file with a matching row is ever skipped.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::{concat, filter, is_not_null, sort_to_indices, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::DFSchema;
use datafusion::prelude::SessionContext;

use super::*;
use crate::http::Location;
use crate::table::files::{FileColumns, FileStatistics, Places};
use crate::table::{DataFiles, Format};

/// Statistics computed from the rows; some are withheld.
#[derive(Debug)]
struct Truth {
    schema: SchemaRef,
    files: Vec<RecordBatch>,
    withheld: Vec<bool>,
}

impl Truth {
    fn bounds(&self, column: &str, last: bool) -> Option<ArrayRef> {
        let index = self.schema.index_of(column).ok()?;
        let bounds: Vec<ArrayRef> = self
            .files
            .iter()
            .zip(&self.withheld)
            .map(|(file, withheld)| {
                let values = filter(file.column(index), &usable(file.column(index))).unwrap();
                let sorted = take(&values, &sort_to_indices(&values, None, None).unwrap(), None).unwrap();
                if *withheld || sorted.is_empty() {
                    arrow::array::new_null_array(sorted.data_type(), 1)
                } else {
                    sorted.slice(if last { sorted.len() - 1 } else { 0 }, 1)
                }
            })
            .collect();
        concat(&bounds.iter().map(AsRef::as_ref).collect::<Vec<_>>()).ok()
    }
}

/// Neither NULL nor NaN: what writers take bounds of.
fn usable(values: &ArrayRef) -> BooleanArray {
    match values.as_primitive_opt::<arrow::datatypes::Float64Type>() {
        Some(floats) => floats
            .iter()
            .map(|value| Some(value.is_some_and(|value| !value.is_nan())))
            .collect(),
        None => is_not_null(values).unwrap(),
    }
}

impl FileStatistics for Truth {
    fn min(&self, column: &str) -> Option<ArrayRef> {
        self.bounds(column, false)
    }
    fn max(&self, column: &str) -> Option<ArrayRef> {
        self.bounds(column, true)
    }
    fn null_count(&self, column: &str) -> Option<ArrayRef> {
        let index = self.schema.index_of(column).ok()?;
        let count =
            |(file, withheld): (&RecordBatch, &bool)| (!withheld).then(|| file.column(index).null_count() as u64);
        Some(Arc::new(
            self.files
                .iter()
                .zip(&self.withheld)
                .map(count)
                .collect::<UInt64Array>(),
        ))
    }
    fn rows(&self) -> Option<ArrayRef> {
        None
    }
}

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn value(&mut self, from: i64) -> Option<i64> {
        (self.roll(6) > 0).then(|| from + i64::try_from(self.roll(6)).unwrap())
    }
}

fn half(value: i64) -> f64 {
    f64::from(i32::try_from(value).unwrap()) / 2.0
}

fn schema() -> SchemaRef {
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        field("p", DataType::Int64),
        field("q", DataType::Utf8),
        field("i", DataType::Int64),
        field("f", DataType::Float64),
        field("s", DataType::Utf8),
        field("d", DataType::Date32),
        field("n", DataType::Decimal128(10, 2)),
        field("t", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        field("b", DataType::Boolean),
    ]))
}

fn file(dice: &mut Dice) -> RecordBatch {
    let rows = usize::try_from(1 + dice.roll(4)).unwrap();
    let from = i64::try_from(dice.roll(12)).unwrap() - 6;
    let (p, q) = (dice.value(0), dice.value(0).map(|value| format!("q{value}")));
    let mut column = || -> Vec<Option<i64>> { (0..rows).map(|_| dice.value(from)).collect() };
    let float = |value: i64| match value {
        3 => f64::NAN,
        0 => -0.0,
        value => half(value),
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![p; rows])),
        Arc::new(StringArray::from(vec![q; rows])),
        Arc::new(Int64Array::from(column())),
        Arc::new(
            column()
                .into_iter()
                .map(|value| value.map(float))
                .collect::<Float64Array>(),
        ),
        Arc::new(
            column()
                .into_iter()
                .map(|value| value.map(|value| format!("s{value}")))
                .collect::<StringArray>(),
        ),
        Arc::new(
            column()
                .into_iter()
                .map(|value| value.map(|value| i32::try_from(value).unwrap()))
                .collect::<Date32Array>(),
        ),
        Arc::new(
            column()
                .into_iter()
                .map(|value| value.map(|value| i128::from(value) * 50))
                .collect::<Decimal128Array>()
                .with_data_type(DataType::Decimal128(10, 2)),
        ),
        Arc::new(
            column()
                .into_iter()
                .map(|value| value.map(|value| value * 7_200_000_000))
                .collect::<TimestampMicrosecondArray>()
                .with_timezone("UTC"),
        ),
        Arc::new(
            column()
                .into_iter()
                .map(|value| value.map(|value| value % 2 == 0))
                .collect::<BooleanArray>(),
        ),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn table(dice: &mut Dice, count: usize) -> (Table, Vec<RecordBatch>) {
    let files: Vec<RecordBatch> = (0..count).map(|_| file(dice)).collect();
    let withheld = (0..count).map(|_| dice.roll(8) == 0).collect();
    let first = |index: usize| {
        let slices: Vec<ArrayRef> = files.iter().map(|file| file.column(index).slice(0, 1)).collect();
        concat(&slices.iter().map(AsRef::as_ref).collect::<Vec<_>>()).unwrap()
    };
    let columns = FileColumns {
        size_bytes: UInt64Array::new_null(count),
        modified_millis: Int64Array::new_null(count),
        num_records: files
            .iter()
            .map(|file| (dice.roll(8) > 0).then_some(file.num_rows() as u64))
            .collect(),
        partition_values: vec![first(0), first(1)],
    };
    let location = Location::parse("http://lake.test/t").unwrap();
    let places = Places::Absolute(vec![location.clone(); count]);
    let truth = Truth {
        schema: schema(),
        files: files.clone(),
        withheld,
    };
    let table = Table {
        location,
        format: Format::Delta,
        version: None,
        comment: None,
        elsewhere: Arc::default(),
        note: None,
        schema: schema(),
        about: crate::table::About::default(),
        features: vec![],
        partition_columns: vec!["p".into(), "q".into()],
        mapping: None,
        row_tracking: None,
        files: Arc::new(DataFiles::new(places, columns, Arc::new(truth)).unwrap()),
    };
    (table, files)
}

fn predicate(text: &str) -> Arc<dyn PhysicalExpr> {
    static CONTEXT: LazyLock<SessionContext> = LazyLock::new(SessionContext::new);
    let schema = DFSchema::try_from(schema()).unwrap();
    let parsed = CONTEXT.parse_sql_expr(text, &schema).unwrap();
    CONTEXT.create_physical_expr(parsed, &schema).unwrap()
}

fn matches(predicate: &Arc<dyn PhysicalExpr>, file: &RecordBatch) -> bool {
    let answers = predicate.evaluate(file).unwrap().into_array(file.num_rows()).unwrap();
    answers.as_boolean().iter().any(|answer| answer == Some(true))
}

const COMPARISONS: [&str; 8] = [
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "is distinct from",
    "is not distinct from",
];

/// One comparison of a column with a literal around its values.
fn comparison(dice: &mut Dice) -> String {
    let value = i64::try_from(dice.roll(16)).unwrap() - 8;
    let operator = COMPARISONS[usize::try_from(dice.roll(8)).unwrap()];
    match dice.roll(18) {
        0 => format!("p {operator} {value}"),
        1 => format!("q {operator} 'q{value}'"),
        2 => format!("i {operator} {value}"),
        3 => format!("f {operator} {}", half(value)),
        4 => format!("s {operator} 's{value}'"),
        5 => format!("d {operator} date '1970-01-0{}'", 1 + dice.roll(9)),
        6 => format!("n {operator} {}", half(value)),
        7 => format!("t {operator} timestamp '1970-01-01T0{}:00:00Z'", dice.roll(9)),
        8 => format!("b {operator} {}", dice.roll(2) == 0),
        9 => format!("i in ({value}, {}, 100)", value + 2),
        10 => format!("i not in ({value}, {})", value + 1),
        11 => format!("s like 's{}%'", value.abs()),
        12 => format!("s not like 's{}%'", value.abs()),
        13 => format!(
            "{} is null",
            ["p", "i", "f", "s", "b"][usize::try_from(dice.roll(5)).unwrap()]
        ),
        14 => format!(
            "{} is not null",
            ["p", "i", "f", "s", "b"][usize::try_from(dice.roll(5)).unwrap()]
        ),
        15 => format!("cast(t as time) {operator} time '0{}:00:00'", dice.roll(9)),
        16 => format!("cast(i as boolean) {operator} {}", dice.roll(2) == 0),
        _ => format!("-i {operator} p + {value}"),
    }
}

#[test]
fn a_file_with_a_matching_row_is_never_skipped() {
    let mut dice = Dice(7);
    let (mut kept, mut skipped) = (0, 0);
    for _ in 0..40 {
        let (table, files) = table(&mut dice, 12);
        for _ in 0..25 {
            let (a, b, c) = (comparison(&mut dice), comparison(&mut dice), comparison(&mut dice));
            let text = match dice.roll(6) {
                0 => format!("({a}) or ({b})"),
                1 => format!("not (({a}) and ({b}))"),
                2 => format!("(({a}) or ({b})) and ({c})"),
                3 => format!("({a}) and ({b})"),
                _ => a,
            };
            let predicate = predicate(&text);
            let pruned = prune(&table, &table.schema, &predicate).unwrap();
            for (index, file) in files.iter().enumerate() {
                let keeps = pruned.kept.contains(&index);
                assert!(
                    keeps || !matches(&predicate, file),
                    "{text} skips file {index}:\n{file:?}"
                );
            }
            kept += pruned.kept.len();
            skipped += pruned.skipped_by_partition + pruned.skipped_by_statistics;
            assert_eq!(
                pruned.kept.len() as u64 + pruned.skipped_by_partition + pruned.skipped_by_statistics,
                12
            );
        }
    }
    assert!(
        skipped > 2000 && kept > 2000,
        "the test decides nothing: {kept} kept, {skipped} skipped"
    );
}

#[test]
fn skipped_files_are_counted_by_what_rules_them_out() {
    let (table, files) = table(&mut Dice(3), 50);
    let count = |text: &str| {
        let pruned = prune(&table, &table.schema, &predicate(text)).unwrap();
        (
            pruned.kept.len() as u64,
            pruned.skipped_by_partition,
            pruned.skipped_by_statistics,
        )
    };
    let of_p = |value: i64| {
        files
            .iter()
            .filter(|file| matches(&predicate(&format!("p = {value}")), file))
            .count() as u64
    };
    let (kept, by_partition, by_statistics) = count("p = 1");
    assert_eq!((kept, by_partition, by_statistics), (of_p(1), 50 - of_p(1), 0));
    let (kept, by_partition, by_statistics) = count("i > 1000000");
    assert_eq!((by_partition, kept + by_statistics), (0, 50));
    assert!(by_statistics > 30, "{by_statistics}");
    let (kept, by_partition, by_statistics) = count("p = 1 and i > 1000000");
    assert_eq!((by_partition, kept + by_statistics), (50 - of_p(1), of_p(1)));
    assert_eq!(count("random() < 0"), (50, 0, 0));
    assert_eq!(count("false"), (0, 50, 0));
    assert_eq!(count("p = 1 or i > 1000000").0, count("i > 1000000 or 1 = p").0);
}
