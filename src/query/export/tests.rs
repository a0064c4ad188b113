//! What the formats hold, and what reads back.

use std::sync::Arc;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::{
    ArrayRef, AsArray, Decimal128Array, DictionaryArray, DurationSecondArray, Float64Array, Int32Array, Int64Array,
    IntervalMonthDayNanoArray, ListArray, NullArray, RecordBatchOptions, StringArray, StringViewArray,
    TimestampSecondArray,
};
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type, IntervalMonthDayNano, Schema, TimeUnit};
use arrow::ipc::reader::StreamReader;
use bytes::Bytes;

use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn texts(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn exported(batch: &RecordBatch, format: ExportFormat) -> String {
    String::from_utf8(export(&batch.schema(), [Ok(batch.clone())], format).unwrap()).unwrap()
}

#[test]
fn csv_quotes_what_rfc_4180_wants_quoted() {
    let batch = batch(vec![
        (
            "a,b",
            texts(&[Some("x"), Some("say \"hi\""), Some("two\nlines"), Some(" , ")]),
        ),
        ("n", Arc::new(Int32Array::from(vec![1, -2, 3, 4]))),
    ]);
    let expected = "\"a,b\",n\r\nx,1\r\n\"say \"\"hi\"\"\",-2\r\n\"two\nlines\",3\r\n\" , \",4\r\n";
    assert_eq!(exported(&batch, ExportFormat::Csv), expected);
}

#[test]
fn null_and_empty_differ_and_no_line_is_empty() {
    let two = batch(vec![("a", texts(&[None, Some("")])), ("b", texts(&[None, None]))]);
    assert_eq!(exported(&two, ExportFormat::Csv), "a,b\r\n,\r\n\"\",\r\n");
    let one = batch(vec![("a", texts(&[None, Some("x")]))]);
    assert_eq!(exported(&one, ExportFormat::Csv), "a\r\n\"\"\r\nx\r\n");
}

#[test]
fn only_tsv_guards_against_formulas_and_only_in_texts() {
    let cells = [
        Some("=HYPERLINK(\"http://x\")"),
        Some("-5"),
        Some("+1 2"),
        Some("\t@a"),
        Some("plain"),
    ];
    let one = batch(vec![
        ("=h", texts(&cells)),
        ("n", Arc::new(Int32Array::from(vec![-1, 2, 3, 4, 5]))),
    ]);
    let expected =
        "'=h\tn\r\n\"'=HYPERLINK(\"\"http://x\"\")\"\t-1\r\n-5\t2\r\n'+1 2\t3\r\n\"'\t@a\"\t4\r\nplain\t5\r\n";
    assert_eq!(exported(&one, ExportFormat::Tsv), expected);
    assert!(exported(&one, ExportFormat::Csv).contains("\r\n+1 2,3\r\n"));
}

#[test]
fn arrow_reads_back_what_was_kept() {
    let dictionary = |texts: Vec<&str>| texts.into_iter().collect::<DictionaryArray<Int8Type>>();
    let one = |texts: Vec<&'static str>| {
        let views: ArrayRef = Arc::new(StringViewArray::from(texts.clone()));
        batch(vec![("d", Arc::new(dictionary(texts)) as ArrayRef), ("v", views)])
    };
    let batches = [
        one(vec!["a", "b", "a"]),
        one(vec!["c", "a long text that is no inline view"]).slice(1, 1),
    ];
    let bytes = export(
        &batches[0].schema(),
        batches.iter().cloned().map(Ok),
        ExportFormat::Arrow,
    )
    .unwrap();
    let read: Vec<_> = StreamReader::try_new(bytes.as_slice(), None)
        .unwrap()
        .map(|batch| batch.unwrap())
        .collect();
    assert_eq!(read, batches);
}

#[test]
fn rows_without_columns_survive() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    let bytes = export(&batch.schema(), [Ok(batch.clone())], ExportFormat::Arrow).unwrap();
    let read = StreamReader::try_new(bytes.as_slice(), None)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!((read.num_rows(), read.num_columns()), (3, 0));
}

#[test]
fn an_export_beyond_its_bound_is_refused() {
    let big = batch(vec![("a", Arc::new((0..1000).collect::<Int32Array>()) as ArrayRef)]);
    for format in [
        ExportFormat::Arrow,
        ExportFormat::Csv,
        ExportFormat::Ndjson,
        ExportFormat::Parquet,
    ] {
        let refused = within(100, &big.schema(), [Ok(big.clone())], format).unwrap_err();
        assert_eq!(refused.kind, Kind::TooBig, "{format:?}");
    }
}

#[test]
fn lines_are_objects_with_every_digit() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
    let decimals = Decimal128Array::from(vec![Some(123_456_789_012_345_678_901_i128), None]);
    let batch = batch(vec![
        ("a\"b", texts(&[Some("two\nlines \"q\""), None])),
        ("n", Arc::new(Int64Array::from(vec![i64::MAX, -1]))),
        ("d", Arc::new(decimals.with_precision_and_scale(30, 2).unwrap())),
        ("f", Arc::new(Float64Array::from(vec![f64::NAN, 0.5]))),
        ("l", Arc::new(list)),
    ]);
    let expected = [
        r#"{"a\"b": "two\nlines \"q\"", "n": 9223372036854775807, "d": 1234567890123456789.01, "f": "NaN", "l": [1, null]}"#,
        r#"{"a\"b": null, "n": -1, "d": null, "f": 0.5, "l": null}"#,
    ];
    assert_eq!(
        exported(&batch, ExportFormat::Ndjson).lines().collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn columns_of_one_name_are_refused_where_readers_would_lose_one() {
    let schema = Arc::new(Schema::new(vec![
        arrow::datatypes::Field::new("id", DataType::Int32, true),
        arrow::datatypes::Field::new("id", DataType::Int32, true),
    ]));
    for format in [ExportFormat::Ndjson, ExportFormat::Parquet] {
        let refused = export(&schema, [], format).unwrap_err();
        assert!(refused.detail.contains("Two columns are called “id”"), "{refused}");
    }
    assert_eq!(export(&schema, [], ExportFormat::Csv).unwrap(), b"id,id\r\n");
}

fn read_parquet(bytes: Vec<u8>) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap();
    reader.build().unwrap().map(|batch| batch.unwrap()).collect()
}

#[test]
fn parquet_reads_back_what_was_kept() {
    let one = batch(vec![
        ("t", texts(&[Some("x"), None, Some("")])),
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MIN)]))),
    ]);
    let bytes = export(
        &one.schema(),
        [one.clone(), one.slice(1, 1)].map(Ok),
        ExportFormat::Parquet,
    )
    .unwrap();
    assert_eq!(
        read_parquet(bytes),
        [arrow::compute::concat_batches(&one.schema(), [&one, &one.slice(1, 1)]).unwrap()]
    );
    let nothing = export(&one.schema(), [], ExportFormat::Parquet).unwrap();
    assert!(read_parquet(nothing).is_empty());
}

#[test]
fn what_parquet_has_no_type_for_is_text_and_told() {
    let interval = IntervalMonthDayNano::new(1, 2, 0);
    let dictionary = ["b", "a"].into_iter().collect::<DictionaryArray<Int8Type>>();
    let one = batch(vec![
        (
            "i",
            Arc::new(IntervalMonthDayNanoArray::from(vec![Some(interval), None])) as ArrayRef,
        ),
        ("u", Arc::new(DurationSecondArray::from(vec![61, 0]))),
        ("n", Arc::new(NullArray::new(2))),
        ("s", Arc::new(TimestampSecondArray::from(vec![1, 2]))),
        ("d", Arc::new(dictionary)),
    ]);
    let written = read_parquet(export(&one.schema(), [Ok(one.clone())], ExportFormat::Parquet).unwrap());
    let columns = written[0].columns();
    assert_eq!(
        columns[0].as_string::<i32>().iter().collect::<Vec<_>>(),
        [Some("1 mons 2 days"), None]
    );
    assert_eq!(columns[1].as_string::<i32>().value(0), "0 days 0 hours 1 mins 1 secs");
    assert_eq!((columns[2].data_type(), columns[2].null_count()), (&DataType::Utf8, 2));
    assert_eq!(
        columns[3].data_type(),
        &DataType::Timestamp(TimeUnit::Millisecond, None)
    );
    assert_eq!(columns[4].as_string::<i32>().value(0), "b");
    assert_eq!(
        notes(&one.schema(), ExportFormat::Parquet),
        [
            "i is written as text: Parquet has no type for interval.",
            "u is written as text: Parquet has no type for duration.",
            "n holds only NULL and is written as text.",
        ]
    );
    assert_eq!(notes(&one.schema(), ExportFormat::Csv), Vec::<String>::new());
}

#[test]
fn parquet_is_taken_row_group_by_row_group() {
    let rows = |from: i64| {
        batch(vec![(
            "n",
            Arc::new((from..from + (1 << 19)).collect::<Int64Array>()) as ArrayRef,
        )])
    };
    let first = rows(0);
    let mut encoder = encoder(&first.schema(), ExportFormat::Parquet).unwrap();
    let mut bytes = Vec::new();
    let mut pending = vec![];
    for part in 0..3 {
        encoder.write(&rows(part << 19)).unwrap();
        pending.push(encoder.pending());
        bytes.extend(encoder.take());
    }
    encoder.end().unwrap();
    bytes.extend(encoder.take());
    // The second batch completes a row group, and only then there is more than the magic number.
    assert!(pending[0] <= 4 && pending[1] > 10_000 && pending[2] == 0, "{pending:?}");
    let read = read_parquet(bytes);
    let sum: i64 = read
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec())
        .sum();
    assert_eq!(sum, (0..3_i64 << 19).sum::<i64>());
}
