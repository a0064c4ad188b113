use super::*;

const OPERATORS: [Operator; 3] = [Operator::Plus, Operator::Minus, Operator::Multiply];

/// Values around the powers of two up to `bits`, of both signs, and NULLs.
fn values(bits: u32, step: usize) -> Vec<Option<i128>> {
    let powers = (0..=bits).flat_map(|bits| {
        let power = 1_i128 << bits;
        [power - 1, power, -power, 1 - power]
    });
    let mut values: Vec<_> = powers
        .filter(|value| value.unsigned_abs() < 1 << bits)
        .map(Some)
        .collect();
    values.push(None);
    let length = values.len();
    (0..length).map(|place| values[place * step % length]).collect()
}

fn decimals(values: Vec<Option<i128>>, scale: i8) -> ColumnarValue {
    let array = Decimal128Array::from(values)
        .with_precision_and_scale(38, scale)
        .unwrap();
    ColumnarValue::Array(Arc::new(array))
}

fn scalar(value: Option<i128>, scale: i8) -> ColumnarValue {
    ColumnarValue::Scalar(ScalarValue::Decimal128(value, 38, scale))
}

fn wide(left: &ColumnarValue, operator: Operator, right: &ColumnarValue) -> ArrayRef {
    apply(left, right, kernel(operator)).unwrap().into_array(1).unwrap()
}

#[test]
fn small_values_come_to_what_they_come_to_in_128_bits() {
    for bits in [1, 5, 17, 30] {
        for (left_scale, right_scale) in [(0, 0), (2, 2), (0, 2), (4, 1)] {
            let left = decimals(values(bits, 1), left_scale);
            let right = decimals(values(bits, 3), right_scale);
            let one = scalar(Some(-((1 << bits) - 1)), right_scale);
            for operator in OPERATORS {
                for (left, right) in [(&left, &right), (&left, &one), (&one, &left)] {
                    let narrow = narrow(left, operator, right).unwrap().expect("they are small");
                    assert_eq!(&narrow, &wide(left, operator, right), "{operator} {bits}");
                }
            }
        }
    }
}

#[test]
fn what_might_be_too_large_is_left_to_128_bits() {
    let (small, large) = (decimals(values(10, 1), 0), decimals(vec![Some(1 << 61); 42], 0));
    let rows = |value: &ColumnarValue| decimals(vec![Some(1 << 61); value.clone().into_array(1).unwrap().len()], 0);
    let large_rows = rows(&small);
    for operator in OPERATORS {
        assert!(narrow(&large, operator, &large).unwrap().is_none());
        assert!(narrow(&small, operator, &large_rows).unwrap().is_none());
        assert!(narrow(&small, operator, &scalar(None, 0)).unwrap().is_none());
    }
    // Of few bits, but brought to many places.
    assert!(narrow(&small, Operator::Plus, &scalar(Some(1), 17)).unwrap().is_none());
    assert!(narrow(&small, Operator::Plus, &scalar(Some(1), 38)).unwrap().is_none());
}

#[test]
fn a_product_of_too_many_places_is_refused_as_in_128_bits() {
    let (left, right) = (decimals(vec![Some(1)], 20), decimals(vec![Some(1)], 20));
    let refused = narrow(&left, Operator::Multiply, &right).unwrap_err();
    let wide = apply(&left, &right, mul_wrapping).unwrap_err();
    assert_eq!(refused.find_root().to_string(), wide.find_root().to_string());
}
