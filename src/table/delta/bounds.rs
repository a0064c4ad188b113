//! Makes bounds safe: no value lies outside, whatever writers cut off (PROTOCOL.md, "Per-file Statistics").

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType};

/// Above every character: what a cut-off string may go on with.
const LAST_CHARACTER: char = '\u{10FFFF}';

/// "Timestamp columns are truncated down to milliseconds."
const MILLISECOND_MICROS: i64 = 1000;

/// Digits that survive a 64-bit float. Some writers pass decimals through one, and the text does not tell.
const FLOAT_DIGITS: u8 = 15;

/// Lower bounds that hold. A prefix is below its string and a cut-off time below the time; of the two zeros the
/// negative one is lower, and writers do not tell them apart; NaN bounds nothing.
pub fn lower(bounds: &ArrayRef) -> ArrayRef {
    match bounds.data_type() {
        DataType::Float32 => {
            let floats = bounds.as_primitive::<Float32Type>();
            Arc::new(floats.unary_opt::<_, Float32Type>(|bound| {
                (!bound.is_nan()).then_some(if bound == 0.0 { -0.0 } else { bound })
            }))
        }
        DataType::Float64 => {
            let floats = bounds.as_primitive::<Float64Type>();
            Arc::new(floats.unary_opt::<_, Float64Type>(|bound| {
                (!bound.is_nan()).then_some(if bound == 0.0 { -0.0 } else { bound })
            }))
        }
        DataType::Decimal128(precision, _) if *precision > FLOAT_DIGITS => widened(bounds, i128::checked_sub),
        _ => Arc::clone(bounds),
    }
}

/// Upper bounds that hold.
pub fn upper(bounds: &ArrayRef) -> ArrayRef {
    match bounds.data_type() {
        DataType::Utf8 => {
            let prefixes = bounds.as_string::<i32>();
            let above = prefixes
                .iter()
                .map(|prefix| Some(format!("{}{LAST_CHARACTER}", prefix?)));
            Arc::new(above.collect::<StringArray>())
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let times = bounds.as_primitive::<TimestampMicrosecondType>();
            let later = times.unary_opt::<_, TimestampMicrosecondType>(|time| time.checked_add(MILLISECOND_MICROS));
            Arc::new(later.with_timezone_opt(zone.clone()))
        }
        DataType::Float32 => {
            let floats = bounds.as_primitive::<Float32Type>();
            Arc::new(floats.unary_opt::<_, Float32Type>(|bound| (!bound.is_nan()).then_some(bound + 0.0)))
        }
        DataType::Float64 => {
            let floats = bounds.as_primitive::<Float64Type>();
            Arc::new(floats.unary_opt::<_, Float64Type>(|bound| (!bound.is_nan()).then_some(bound + 0.0)))
        }
        DataType::Decimal128(precision, _) if *precision > FLOAT_DIGITS => widened(bounds, i128::checked_add),
        _ => Arc::clone(bounds),
    }
}

/// Lower bounds that hold too for files whose values were 32-bit floats when their bounds were spelled: 0.7 stands for
/// 0.699999988. Other bounds move by at most a float's last digit.
pub fn lower_of_floats(bounds: &ArrayRef) -> ArrayRef {
    of_floats(bounds, f64::min)
}

/// Upper bounds that hold too for files whose values were 32-bit floats when their bounds were spelled.
pub fn upper_of_floats(bounds: &ArrayRef) -> ArrayRef {
    of_floats(bounds, f64::max)
}

fn of_floats(bounds: &ArrayRef, outer: impl Fn(f64, f64) -> f64) -> ArrayRef {
    let Some(doubles) = bounds.as_primitive_opt::<Float64Type>() else {
        return Arc::clone(bounds);
    };
    Arc::new(doubles.unary::<_, Float64Type>(|bound| match as_float(bound) {
        Some(float) => outer(bound, float),
        None => bound,
    }))
}

/// The 32-bit float that is spelled like `bound`; `None` beyond their range, where there was none.
#[allow(clippy::cast_possible_truncation, reason = "the nearest float is what is asked for")]
fn as_float(bound: f64) -> Option<f64> {
    let float = f64::from(bound as f32);
    (float.is_finite() || bound.is_infinite()).then_some(float)
}

/// Moves decimals outward by more than a float rounds (2^-53 of the value), as far as their type goes; what overflows
/// bounds nothing.
fn widened(bounds: &ArrayRef, outward: impl Fn(i128, i128) -> Option<i128>) -> ArrayRef {
    let decimals = bounds.as_primitive::<Decimal128Type>();
    let most = 10_i128
        .checked_pow(decimals.precision().into())
        .map_or(i128::MAX, |over| over - 1);
    let moved = decimals.unary_opt::<_, Decimal128Type>(|bound| {
        outward(bound, (bound.checked_abs()? >> 50) + 1).map(|moved| moved.clamp(-most, most))
    });
    Arc::new(moved.with_data_type(bounds.data_type().clone()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, Float64Array};

    use super::*;

    #[test]
    fn a_decimal_is_not_widened_beyond_its_type() {
        let most = 99_999_999_999_999_999_999_i128;
        let decimals = Decimal128Array::from(vec![most, -most, 5])
            .with_precision_and_scale(20, 10)
            .unwrap();
        let bounds: ArrayRef = Arc::new(decimals);
        assert_eq!(upper(&bounds).as_primitive::<Decimal128Type>().value(0), most);
        assert_eq!(lower(&bounds).as_primitive::<Decimal128Type>().value(1), -most);
        assert_eq!(upper(&bounds).as_primitive::<Decimal128Type>().value(2), 6);
    }

    #[test]
    fn zeros_are_widened_and_nan_bounds_nothing() {
        let bounds: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, 1.5]));
        let (lower, upper) = (lower(&bounds), upper(&bounds));
        let (lower, upper) = (lower.as_primitive::<Float64Type>(), upper.as_primitive::<Float64Type>());
        for zero in [0, 1] {
            assert!(lower.value(zero).is_sign_negative());
            assert!(upper.value(zero).is_sign_positive());
        }
        assert!(lower.is_null(2) && upper.is_null(2));
        assert_eq!((lower.value(3), upper.value(3)), (1.5, 1.5));
    }

    #[test]
    fn bounds_that_were_floats_hold_for_the_floats() {
        let spelled = [0.7, 3.4, 0.5, -1e300, f64::INFINITY];
        let bounds: ArrayRef = Arc::new(Float64Array::from(spelled.to_vec()));
        let (lower, upper) = (lower_of_floats(&bounds), upper_of_floats(&bounds));
        let (lower, upper) = (lower.as_primitive::<Float64Type>(), upper.as_primitive::<Float64Type>());
        let expected = |values: [f64; 5]| Float64Array::from(values.to_vec());
        assert_eq!(lower, &expected([f64::from(0.7_f32), 3.4, 0.5, -1e300, f64::INFINITY]));
        assert_eq!(upper, &expected([0.7, f64::from(3.4_f32), 0.5, -1e300, f64::INFINITY]));
        assert!(f64::from(0.7_f32) < 0.7 && f64::from(3.4_f32) > 3.4);
    }
}
