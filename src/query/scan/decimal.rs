//! Decimals that lie in a file as bytes of one length, the greatest first: as pyarrow and Hive write them.
//!
//! The reader makes them numbers byte by byte, which takes longer than all else that is done to such a column. Told that
//! they are bytes and nothing more, it hands those over, and they are made numbers here, a word at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal64Array, Decimal128Array};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use parquet::basic::Type as PhysicalType;
use parquet::schema::types::{Type, TypePtr};

/// Bytes of the longest one: those of a number of 38 digits.
const MOST_BYTES: i32 = 16;

/// Is `column` one of these, to be read as `data_type`?
pub(super) fn is_spelled_out(column: &Type, data_type: &DataType) -> bool {
    let most = match data_type {
        DataType::Decimal64(..) => MOST_BYTES / 2,
        DataType::Decimal128(..) => MOST_BYTES,
        _ => return false,
    };
    length(column).is_some_and(|length| (1..=most).contains(&length))
}

/// Bytes of each value, when all have the same.
pub(super) fn length(column: &Type) -> Option<i32> {
    match column {
        Type::PrimitiveType {
            physical_type: PhysicalType::FIXED_LEN_BYTE_ARRAY,
            type_length,
            ..
        } => Some(*type_length),
        _ => None,
    }
}

/// The same column without a word of decimals.
pub(super) fn as_bytes(column: &Type) -> parquet::errors::Result<TypePtr> {
    let info = column.get_basic_info();
    let builder = Type::primitive_type_builder(column.name(), PhysicalType::FIXED_LEN_BYTE_ARRAY)
        .with_repetition(info.repetition())
        .with_length(length(column).unwrap_or_default())
        .with_id(info.has_id().then(|| info.id()));
    builder.build().map(Arc::new)
}

/// Columns of bytes as the decimals that `data_type` says they are.
pub(super) fn from_bytes(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let bytes = column
        .as_fixed_size_binary_opt()
        .ok_or_else(|| unlike(column, data_type))?;
    let (values, nulls) = (bytes.value_data(), bytes.nulls().cloned());
    match (data_type, bytes.value_length()) {
        (DataType::Decimal64(precision, scale), length @ 1..=8) => {
            let numbers = Decimal64Array::try_new(words(values, length).into(), nulls)?;
            Ok(Arc::new(numbers.with_precision_and_scale(*precision, *scale)?))
        }
        (DataType::Decimal128(precision, scale), length @ 1..=16) => {
            let numbers = Decimal128Array::try_new(double_words(values, length).into(), nulls)?;
            Ok(Arc::new(numbers.with_precision_and_scale(*precision, *scale)?))
        }
        _ => Err(unlike(column, data_type)),
    }
}

fn unlike(column: &ArrayRef, data_type: &DataType) -> ArrowError {
    ArrowError::SchemaError(format!("a column of {} is no {data_type}", column.data_type()))
}

fn words(values: &[u8], length: i32) -> Vec<i64> {
    match length {
        1 => words_of::<1>(values),
        2 => words_of::<2>(values),
        3 => words_of::<3>(values),
        4 => words_of::<4>(values),
        5 => words_of::<5>(values),
        6 => words_of::<6>(values),
        7 => words_of::<7>(values),
        _ => words_of::<8>(values),
    }
}

/// Each is read with the bytes that follow it, which the shift then drops; the last one has none.
fn words_of<const N: usize>(values: &[u8]) -> Vec<i64> {
    let word = |bytes: [u8; 8]| i64::from_be_bytes(bytes) >> (64 - 8 * N);
    let overlapping = values.windows(8).step_by(N);
    let mut words: Vec<i64> = Vec::with_capacity(values.len() / N);
    words.extend(overlapping.map(|window| word(window.first_chunk().copied().unwrap_or_default())));
    for value in values.chunks_exact(N).skip(words.len()) {
        let mut bytes = [0; 8];
        bytes[..N].copy_from_slice(value);
        words.push(word(bytes));
    }
    words
}

fn double_words(values: &[u8], length: i32) -> Vec<i128> {
    match length {
        1..=8 => words(values, length).into_iter().map(i128::from).collect(),
        9 => double_words_of::<9>(values),
        10 => double_words_of::<10>(values),
        11 => double_words_of::<11>(values),
        12 => double_words_of::<12>(values),
        13 => double_words_of::<13>(values),
        14 => double_words_of::<14>(values),
        15 => double_words_of::<15>(values),
        _ => double_words_of::<16>(values),
    }
}

fn double_words_of<const N: usize>(values: &[u8]) -> Vec<i128> {
    let (values, _) = values.as_chunks::<N>();
    let number = |value: &[u8; N]| {
        let mut word = [0; 16];
        word[..N].copy_from_slice(value);
        i128::from_be_bytes(word) >> (128 - 8 * N)
    };
    values.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::FixedSizeBinaryArray;

    use super::*;

    const NUMBERS: [i128; 8] = [0, 1, -1, 127, -128, 100, -100, 5];

    fn bytes(numbers: &[i128], length: usize) -> ArrayRef {
        let spelled = numbers
            .iter()
            .map(|number| number.to_be_bytes()[16 - length..].to_vec());
        Arc::new(FixedSizeBinaryArray::try_from_iter(spelled).unwrap())
    }

    #[test]
    fn bytes_of_every_length_are_numbers() {
        for length in 1..=16 {
            let largest = if length == 16 {
                10_i128.pow(38) - 1
            } else {
                (1 << (8 * length - 1)) - 1
            };
            let numbers = [NUMBERS.as_slice(), &[largest, -largest]].concat();
            let wide = from_bytes(&bytes(&numbers, length), &DataType::Decimal128(38, 2)).unwrap();
            let expected = Decimal128Array::from(numbers.clone()).with_precision_and_scale(38, 2);
            assert_eq!(*wide, expected.unwrap(), "{length}");
            let narrow = from_bytes(&bytes(&numbers, length), &DataType::Decimal64(18, 2));
            if length > 8 {
                assert!(narrow.is_err(), "{length}");
                continue;
            }
            let numbers: Vec<i64> = numbers.iter().map(|number| i64::try_from(*number).unwrap()).collect();
            let expected = Decimal64Array::from(numbers).with_precision_and_scale(18, 2);
            assert_eq!(*narrow.unwrap(), expected.unwrap(), "{length}");
        }
    }

    #[test]
    fn a_missing_value_stays_missing() {
        let spelled = [Some(vec![0, 7]), None, Some(vec![255, 255])];
        let bytes = FixedSizeBinaryArray::try_from_sparse_iter_with_size(spelled.into_iter(), 2).unwrap();
        let numbers = from_bytes(&(Arc::new(bytes) as ArrayRef), &DataType::Decimal64(4, 0)).unwrap();
        let expected = Decimal64Array::from(vec![Some(7), None, Some(-1)]).with_precision_and_scale(4, 0);
        assert_eq!(*numbers, expected.unwrap());
    }

    #[test]
    fn other_columns_are_refused() {
        let numbers: ArrayRef = Arc::new(Decimal64Array::from(vec![1]));
        assert!(from_bytes(&numbers, &DataType::Decimal64(4, 0)).is_err());
        assert!(from_bytes(&bytes(&[1], 4), &DataType::Int64).is_err());
    }
}
