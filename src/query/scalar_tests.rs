use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array,
    DurationMicrosecondArray, DurationSecondArray, Float16Array, Float32Array, Float64Array, Int8Array,
    IntervalDayTimeArray, IntervalMonthDayNanoArray, IntervalYearMonthArray, Time32MillisecondArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano, i256};

use super::*;

fn texts(array: impl Array) -> Vec<String> {
    let scalar = Scalar::new(&array).unwrap();
    let text = |row| {
        let mut text = String::new();
        scalar.write(row, &mut text).unwrap();
        text
    };
    (0..array.len()).map(text).collect()
}

#[test]
fn integers_reach_their_ends() {
    assert_eq!(texts(Int8Array::from(vec![i8::MIN, 0])), ["-128", "0"]);
    assert_eq!(texts(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
}

#[test]
fn floats_are_the_shortest_text_that_reads_back() {
    let doubles = vec![0.1, 1.0, -0.0, 1e300, 5e-324, f64::MAX, 0.1 + 0.2];
    let expected = [
        "0.1",
        "1.0",
        "-0.0",
        "1e300",
        "5e-324",
        "1.7976931348623157e308",
        "0.30000000000000004",
    ];
    assert_eq!(texts(Float64Array::from(doubles.clone())), expected);
    for (text, double) in expected.iter().zip(doubles) {
        assert_eq!(text.parse::<f64>().unwrap().to_bits(), double.to_bits());
    }
    assert_eq!(
        texts(Float32Array::from(vec![0.1, 16_777_216.0])),
        ["0.1", "16777216.0"]
    );
    let half = Float16Array::from(vec![half(0x3c00), half(0x7c00), half(0xfc00), half(0x7e00)]);
    assert_eq!(texts(half), ["1", "Infinity", "-Infinity", "NaN"]);
    let rest = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    assert_eq!(texts(Float64Array::from(rest)), ["NaN", "Infinity", "-Infinity"]);
}

fn half(bits: u16) -> <Float16Type as arrow::datatypes::ArrowPrimitiveType>::Native {
    <Float16Type as arrow::datatypes::ArrowPrimitiveType>::Native::from_bits(bits)
}

#[test]
fn decimals_are_exact_at_every_width_and_scale() {
    let decimal = |value: i128, precision, scale| {
        Decimal128Array::from(vec![value])
            .with_precision_and_scale(precision, scale)
            .unwrap()
    };
    assert_eq!(texts(decimal(12_300, 10, 2)), ["123.00"]);
    assert_eq!(texts(decimal(-5, 10, 2)), ["-0.05"]);
    assert_eq!(texts(decimal(5, 38, 38)), ["0.00000000000000000000000000000000000005"]);
    assert_eq!(texts(decimal(12, 10, -3)), ["12000"]);
    assert_eq!(texts(decimal(0, 10, 0)), ["0"]);
    let max = "9".repeat(76);
    let wide = Decimal256Array::from(vec![i256::from_string(&max).unwrap()]);
    assert_eq!(texts(wide.with_precision_and_scale(76, 0).unwrap()), [max]);
    let narrow = Decimal32Array::from(vec![-1]).with_precision_and_scale(9, 4).unwrap();
    assert_eq!(texts(narrow), ["-0.0001"]);
    let middle = Decimal64Array::from(vec![1_234_567_890_123])
        .with_precision_and_scale(18, 3)
        .unwrap();
    assert_eq!(texts(middle), ["1234567890.123"]);
}

#[test]
fn days_are_days() {
    assert_eq!(
        texts(Date32Array::from(vec![0, -1, 20_779])),
        ["1970-01-01", "1969-12-31", "2026-11-22"]
    );
    assert_eq!(texts(Date32Array::from(vec![2_932_897])), ["+10000-01-01"]);
    assert_eq!(texts(Date32Array::from(vec![i32::MAX])), ["2147483647 days since 1970"]);
    assert_eq!(
        texts(Date64Array::from(vec![86_400_000, 1])),
        ["1970-01-02", "1970-01-01T00:00:00.001"]
    );
}

#[test]
fn timestamps_are_as_precise_as_they_are() {
    assert_eq!(texts(TimestampSecondArray::from(vec![-1])), ["1969-12-31T23:59:59"]);
    let millis = vec![1_500, 1_000];
    assert_eq!(
        texts(TimestampMillisecondArray::from(millis)),
        ["1970-01-01T00:00:01.500", "1970-01-01T00:00:01"]
    );
    assert_eq!(
        texts(TimestampNanosecondArray::from(vec![1])),
        ["1970-01-01T00:00:00.000000001"]
    );
    let lost = texts(TimestampMicrosecondArray::from(vec![i64::MAX]));
    assert_eq!(
        lost,
        ["+294247-01-10T04:00:54.775807"].map(|_| "9223372036854775807 us since 1970")
    );
}

#[test]
fn instants_carry_their_offset() {
    let at = |zone: &str| texts(TimestampMicrosecondArray::from(vec![1_700_000_000_000_000]).with_timezone(zone));
    assert_eq!(at("UTC"), ["2023-11-14T22:13:20Z"]);
    assert_eq!(at("+00:00"), ["2023-11-14T22:13:20Z"]);
    assert_eq!(at("+05:30"), ["2023-11-15T03:43:20+05:30"]);
    assert_eq!(at("Europe/Berlin"), ["2023-11-14T23:13:20+01:00"]);
    assert_eq!(at("Nowhere/At all"), ["2023-11-14T22:13:20Z"]);
}

#[test]
fn times_of_day_and_spans_read_well() {
    assert_eq!(texts(Time32MillisecondArray::from(vec![1])), ["00:00:00.001"]);
    assert_eq!(
        texts(Time64NanosecondArray::from(vec![86_399_999_999_999])),
        ["23:59:59.999999999"]
    );
    assert_eq!(texts(Time64NanosecondArray::from(vec![-1])), ["-1 ns"]);
    assert_eq!(
        texts(DurationMicrosecondArray::from(vec![90_000_001])),
        ["0 days 0 hours 1 mins 30.000001 secs"]
    );
    assert_eq!(
        texts(DurationSecondArray::from(vec![i64::MAX])),
        ["9223372036854775807 s"]
    );
    assert_eq!(
        texts(IntervalYearMonthArray::from(vec![-1, 14])),
        ["-1 mons", "14 mons"]
    );
    assert_eq!(
        texts(IntervalDayTimeArray::from(vec![IntervalDayTime::new(2, 1_500)])),
        ["2 days 1.500 secs"]
    );
    let span = IntervalMonthDayNano::new(1, -2, 3_000_000_000);
    assert_eq!(
        texts(IntervalMonthDayNanoArray::from(vec![span])),
        ["1 mons -2 days 3.000000000 secs"]
    );
}

#[test]
fn only_finite_numbers_are_json_numbers() {
    let floats = Float64Array::from(vec![1.0, f64::NAN]);
    let scalar = Scalar::new(&floats).unwrap();
    assert!(scalar.is_number(0) && !scalar.is_number(1));
    let days: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    assert!(!Scalar::new(&days).unwrap().is_number(0));
}
