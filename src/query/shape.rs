//! Columns as the protocol describes them: SQL type words, and the shape of their values in typed JSON.

use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};

use crate::protocol::{Column, Shape};
use crate::table::COMMENT_KEY;
use crate::table::variant::is_variant;

/// The columns of `schema` in order; those named in `partition_columns` are marked.
#[must_use]
pub fn columns(schema: &Schema, partition_columns: &[String]) -> Vec<Column> {
    schema
        .fields()
        .iter()
        .map(|field| column(field, partition_columns))
        .collect()
}

fn column(field: &Field, partition_columns: &[String]) -> Column {
    Column {
        name: field.name().clone(),
        type_name: type_name(field.data_type()),
        shape: shape(field.data_type()),
        nullable: field.is_nullable(),
        comment: field
            .metadata()
            .get(COMMENT_KEY)
            .filter(|comment| !comment.is_empty())
            .cloned(),
        partition: partition_columns.contains(field.name()),
    }
}

/// A type in SQL words. Where DataFusion's SQL has a word, it is that word (save `string`), so that
/// it can be typed in a cast; encodings (dictionary, view, run-end) do not show.
#[must_use]
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::FixedSizeBinary(size) => format!("binary({size})"),
        DataType::Timestamp(unit, zone) => timestamp_name(*unit, zone.as_deref()),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("list<{}>", type_name(item.data_type())),
        variant if is_variant(variant) => "variant".to_owned(),
        DataType::Struct(fields) => format!("struct<{}>", members(fields.iter().map(AsRef::as_ref))),
        DataType::Union(fields, _) => format!("union<{}>", members(fields.iter().map(|(_, field)| field.as_ref()))),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => format!("map<{}>", types(fields)),
            other => format!("map<{}>", type_name(other)),
        },
        DataType::Dictionary(_, values) => type_name(values),
        DataType::RunEndEncoded(_, values) => type_name(values.data_type()),
        other => word(other).to_owned(),
    }
}

fn word(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Null => "null",
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::UInt8 => "tinyint unsigned",
        DataType::UInt16 => "smallint unsigned",
        DataType::UInt32 => "int unsigned",
        DataType::UInt64 => "bigint unsigned",
        DataType::Float16 => "half",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Duration(_) => "duration",
        DataType::Interval(_) => "interval",
        _ => "binary",
    }
}

/// An instant is `timestamp`, a local time `timestamp_ntz`. Microseconds, the lake's own unit, and
/// UTC go without saying; a digit tells how many places of a second another unit holds.
fn timestamp_name(unit: TimeUnit, zone: Option<&str>) -> String {
    let places = match unit {
        TimeUnit::Second => "(0)",
        TimeUnit::Millisecond => "(3)",
        TimeUnit::Microsecond => "",
        TimeUnit::Nanosecond => "(9)",
    };
    match zone {
        None => format!("timestamp_ntz{places}"),
        Some("UTC" | "+00:00" | "Z") => format!("timestamp{places}"),
        Some(zone) => format!("timestamp{places} in {zone}"),
    }
}

fn members<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    let member = |field: &Field| format!("{}: {}", identifier(field.name()), type_name(field.data_type()));
    fields.map(member).collect::<Vec<_>>().join(", ")
}

fn types(fields: &Fields) -> String {
    fields
        .iter()
        .map(|field| type_name(field.data_type()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A name that could be misread among type words is quoted as SQL quotes it.
fn identifier(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// How values of a type are laid out in typed JSON.
#[must_use]
pub fn shape(data_type: &DataType) -> Shape {
    match data_type {
        DataType::Null => Shape::Null,
        DataType::Boolean => Shape::Boolean,
        DataType::Int64 | DataType::UInt64 => Shape::Long,
        other if other.is_integer() => Shape::Integer,
        other if other.is_decimal() => Shape::Decimal,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Shape::Float,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => Shape::Binary,
        DataType::Date32 | DataType::Date64 => Shape::Date,
        DataType::Timestamp(_, zone) => Shape::Timestamp { utc: zone.is_some() },
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) | DataType::Interval(_) => Shape::Time,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Shape::List {
            item: Box::new(shape(item.data_type())),
        },
        variant if is_variant(variant) => Shape::Text,
        DataType::Struct(fields) => Shape::Struct {
            fields: fields.iter().map(|field| named(field)).collect(),
        },
        DataType::Map(entries, _) => map_shape(entries),
        DataType::Dictionary(_, values) => shape(values),
        DataType::RunEndEncoded(_, values) => shape(values.data_type()),
        _ => Shape::Text,
    }
}

fn named(field: &Field) -> (String, Shape) {
    (field.name().clone(), shape(field.data_type()))
}

fn map_shape(entries: &Field) -> Shape {
    let DataType::Struct(fields) = entries.data_type() else {
        return Shape::Text;
    };
    let [key, value] = fields.as_ref() else {
        return Shape::Text;
    };
    Shape::Map {
        key: Box::new(shape(key.data_type())),
        value: Box::new(shape(value.data_type())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn list(item: DataType) -> DataType {
        DataType::List(Arc::new(Field::new_list_field(item, true)))
    }

    fn map(key: DataType, value: DataType) -> DataType {
        let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
    }

    #[test]
    fn types_are_named_in_sql_words() {
        let nested = DataType::Struct(Fields::from(vec![
            Field::new("a", DataType::Int32, true),
            Field::new("b c", list(DataType::Utf8View), true),
        ]));
        let dictionary = DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8));
        for (data_type, name) in [
            (DataType::Int64, "bigint"),
            (DataType::UInt32, "int unsigned"),
            (DataType::Decimal128(10, 2), "decimal(10,2)"),
            (
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                "timestamp",
            ),
            (DataType::Timestamp(TimeUnit::Microsecond, None), "timestamp_ntz"),
            (DataType::Timestamp(TimeUnit::Nanosecond, None), "timestamp_ntz(9)"),
            (
                DataType::Timestamp(TimeUnit::Second, Some("Europe/Berlin".into())),
                "timestamp(0) in Europe/Berlin",
            ),
            (DataType::FixedSizeBinary(16), "binary(16)"),
            (nested, r#"struct<a: int, "b c": list<string>>"#),
            (map(DataType::Utf8, list(DataType::Date32)), "map<string, list<date>>"),
            (dictionary, "string"),
        ] {
            assert_eq!(type_name(&data_type), name);
        }
    }

    #[test]
    fn shapes_follow_nesting_and_see_through_encodings() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64));
        let inner = Shape::List {
            item: Box::new(Shape::Long),
        };
        assert_eq!(shape(&list(dictionary)), inner);
        let expected = Shape::Map {
            key: Box::new(Shape::Text),
            value: Box::new(inner),
        };
        assert_eq!(shape(&map(DataType::LargeUtf8, list(DataType::UInt64))), expected);
    }

    #[test]
    fn columns_carry_comments_and_partition_marks() {
        let comment = [(COMMENT_KEY.to_owned(), "where it was".to_owned())];
        let schema = Schema::new(vec![
            Field::new("line", DataType::Utf8, false).with_metadata(comment.into()),
            Field::new("part", DataType::Int32, true),
        ]);
        let columns = columns(&schema, &["line".to_owned()]);
        let told: Vec<_> = columns
            .iter()
            .map(|c| (c.comment.as_deref(), c.partition, c.nullable))
            .collect();
        assert_eq!(told, [(Some("where it was"), true, false), (None, false, true)]);
    }
}
