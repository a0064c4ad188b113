//! Type widening: which changes of a column's type are followed (PROTOCOL.md, "Type Widening").

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde::Deserialize;
use serde_json::Value;

/// The key of a column's changes of type, in the metadata of its field here as in the log ("Type Change Metadata").
pub const CHANGES_KEY: &str = "delta.typeChanges";

/// One change of a type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeChange {
    /// Before.
    pub from_type: String,
    /// After.
    pub to_type: String,
    /// Which element, key or value inside the column, unless the column itself.
    #[serde(default)]
    pub field_path: Option<String>,
}

/// The changes that a field's metadata tells, or `None` when they are no such list.
pub fn changes(metadata: &Value) -> Option<Vec<TypeChange>> {
    Vec::deserialize(metadata).ok()
}

/// Were some values of `field` 32-bit floats once? Their statistics may still be spelled as such.
pub fn was_float(field: &Field) -> bool {
    let changes = field
        .metadata()
        .get(CHANGES_KEY)
        .and_then(|text| serde_json::from_str::<Vec<TypeChange>>(text).ok());
    let mut changes = changes.into_iter().flatten();
    changes.any(|change| change.from_type == "float" && change.field_path.is_none())
}

/// May a column of type `from` become one of type `to`?
///
/// The preview of the feature counted the digits of a byte as 3 and of a short as 5, where the protocol counts 10;
/// both keep every value.
pub fn is_widening(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Timestamp};
    match (from, to) {
        (Int8, Int16 | Int32 | Int64 | Float64)
        | (Int16, Int32 | Int64 | Float64)
        | (Int32, Int64 | Float64)
        | (Float32, Float64)
        | (Date32, Timestamp(TimeUnit::Microsecond, None)) => true,
        (from, Decimal128(precision, scale)) => match (integer_digits(from), decimal(from)) {
            (Some(digits), _) => i16::from(*precision) - i16::from(*scale) >= digits && *scale >= 0,
            (_, Some((from_precision, from_scale))) => {
                let more_digits = i16::from(*precision) - i16::from(from_precision);
                let more_scale = i16::from(*scale) - i16::from(from_scale);
                more_digits >= more_scale && more_scale >= 0
            }
            _ => false,
        },
        _ => false,
    }
}

/// Decimal digits of a whole number, as "Type Widening" counts them.
fn integer_digits(data_type: &DataType) -> Option<i16> {
    match data_type {
        DataType::Int8 => Some(3),
        DataType::Int16 => Some(5),
        DataType::Int32 => Some(10),
        DataType::Int64 => Some(20),
        _ => None,
    }
}

/// Precision and scale, whatever the width.
pub fn decimal(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((*precision, *scale)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

    #[test]
    fn the_protocol_s_changes_are_widening_and_no_others() {
        use DataType::{Boolean, Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Utf8};
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for (from, to) in [
            (Int8, Int16),
            (Int8, Int64),
            (Int16, Int32),
            (Int32, Int64),
            (Int8, Float64),
            (Int32, Float64),
            (Float32, Float64),
            (Date32, LOCAL),
            (Int8, Decimal128(4, 1)),
            (Int16, Decimal128(10, 0)),
            (Int32, Decimal128(12, 2)),
            (Int64, Decimal128(20, 0)),
            (Int64, Decimal128(38, 18)),
            (Decimal128(10, 2), Decimal128(20, 2)),
            (Decimal128(10, 2), Decimal128(13, 5)),
            (Decimal128(10, 2), Decimal128(38, 5)),
        ] {
            assert!(is_widening(&from, &to), "{from} to {to}");
            assert!(!is_widening(&to, &from), "{to} to {from}");
        }
        for (from, to) in [
            (Int64, Float64),
            (Int64, Float32),
            (Int32, Float32),
            (Date32, utc.clone()),
            (LOCAL, utc),
            (Int32, Decimal128(11, 2)),
            (Int64, Decimal128(19, 0)),
            (Decimal128(10, 2), Decimal128(12, 5)),
            (Decimal128(10, 2), Decimal128(20, 1)),
            (Float32, Decimal128(38, 10)),
            (Boolean, Int32),
            (Int32, Utf8),
            (Utf8, Int32),
        ] {
            assert!(!is_widening(&from, &to), "{from} to {to}");
        }
    }

    #[test]
    fn only_a_column_that_was_a_float_itself_was_one() {
        let field = |changes: &str| {
            let metadata = [(CHANGES_KEY.to_owned(), changes.to_owned())];
            Field::new("c", DataType::Float64, true).with_metadata(metadata.into())
        };
        assert!(was_float(&field(r#"[{"fromType":"float","toType":"double"}]"#)));
        assert!(!was_float(&field(r#"[{"fromType":"integer","toType":"double"}]"#)));
        assert!(!was_float(&field(
            r#"[{"fromType":"float","toType":"double","fieldPath":"element"}]"#
        )));
        assert!(!was_float(&field("7")));
    }
}
