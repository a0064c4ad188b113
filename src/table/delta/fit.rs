//! Whether a file's columns can be read as the table's: in the same types, or in ones that were widened since.
//!
//! A file is held against the table before a row of it is read: a cast that the protocol does
//! not know would give other values, and bounds that bound nothing.

use arrow::datatypes::{DataType, Fields, Schema};
use object_store::path::Path;

use crate::error::{Error, Kind, Result};
use crate::table::delta::schema::join;
use crate::table::delta::widening::{decimal, is_widening};
use crate::table::parquet::subject;
use crate::table::variant::is_variant;

/// Can the file at `path`, whose columns are `file`, be read as `table`? Columns that it lacks are NULL.
///
/// # Errors
/// `Damaged` or `Unsupported` with the first column that cannot, and both types.
pub fn check_file(path: &Path, table: &Schema, file: &Schema) -> Result<()> {
    let misfit = misfit_of_fields(file.fields(), table.fields(), "");
    match misfit {
        None => Ok(()),
        Some(Misfit::Type { column, file, table }) => {
            let detail = format!(
                "the column {column:?} is {file} in this file but {table} in the table, and no rule of type widening \
                 (typeWidening) leads from one to the other"
            );
            Err(Error::new(Kind::Damaged, subject(path), detail))
        }
        Some(Misfit::Fields { column }) => {
            let detail = format!(
                "the fields of {column:?}, inside a list, are others in this file than in the table, which is \
                 not read yet"
            );
            Err(Error::new(Kind::Unsupported, subject(path), detail))
        }
    }
}

/// Why a column cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum Misfit {
    Type {
        column: String,
        file: DataType,
        table: DataType,
    },
    Fields {
        column: String,
    },
}

fn misfit_of_fields(file: &Fields, table: &Fields, parent: &str) -> Option<Misfit> {
    table.iter().find_map(|wanted| {
        let (_, found) = file.find(wanted.name())?;
        misfit(
            found.data_type(),
            wanted.data_type(),
            &join(parent, wanted.name()),
            Fit::ByName,
        )
    })
}

/// How the fields of a struct are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// By their names; some may be absent.
    ByName,
    /// All must be there, and no others: inside other kinds of lists than the table's Arrow casts structs, and goes by
    /// places when names differ.
    Same,
}

fn misfit(file: &DataType, table: &DataType, column: &str, fit: Fit) -> Option<Misfit> {
    use DataType::{Dictionary, FixedSizeList, LargeList, List, Map, Struct};
    match (file, table) {
        (file, table) if file == table => None,
        // A file shreds them as it likes; what is no variant is found out when it is put together.
        (Struct(_), table) if is_variant(table) => None,
        (Dictionary(_, file), table) => misfit(file, table, column, fit),
        (Struct(file), Struct(table)) if fit == Fit::Same => misfit_of_same(file, table, column),
        (Struct(file), Struct(table)) => misfit_of_fields(file, table, column),
        (List(file), List(table)) => misfit(file.data_type(), table.data_type(), &join(column, "element"), fit),
        (LargeList(file) | FixedSizeList(file, _), List(table)) => {
            let column = join(column, "element");
            misfit(file.data_type(), table.data_type(), &column, Fit::Same)
        }
        (Map(file, _), Map(table, _)) => misfit_of_entries(file.data_type(), table.data_type(), column),
        (file, table) if is_spelled_alike(file, table) || is_widening(file, table) => None,
        (file, table) => Some(Misfit::Type {
            column: column.to_owned(),
            file: file.clone(),
            table: table.clone(),
        }),
    }
}

fn misfit_of_same(file: &Fields, table: &Fields, column: &str) -> Option<Misfit> {
    if file.len() != table.len() {
        let column = column.to_owned();
        return Some(Misfit::Fields { column });
    }
    table.iter().find_map(|wanted| match file.find(wanted.name()) {
        Some((_, found)) => {
            let column = join(column, wanted.name());
            misfit(found.data_type(), wanted.data_type(), &column, Fit::Same)
        }
        None => Some(Misfit::Fields {
            column: column.to_owned(),
        }),
    })
}

/// Keys and values of a map, whatever a file calls them.
fn misfit_of_entries(file: &DataType, table: &DataType, column: &str) -> Option<Misfit> {
    let (DataType::Struct(file), DataType::Struct(table)) = (file, table) else {
        return None;
    };
    let mut pairs = file.iter().zip(table).zip(["key", "value"]);
    pairs.find_map(|((found, wanted), name)| {
        misfit(found.data_type(), wanted.data_type(), &join(column, name), Fit::ByName)
    })
}

/// Types that hold the same values: writers choose how texts, times and decimals are laid out, and the sizes of whole
/// numbers of up to 32 bits, which are one physical type. (A value that does not fit is an error of the cast.)
fn is_spelled_alike(file: &DataType, table: &DataType) -> bool {
    use DataType::{Binary, FixedSizeBinary, Int8, Int16, Int32, Null, Timestamp};
    let is_text =
        |data_type: &DataType| data_type.is_string() || matches!(data_type, Binary) || is_other_binary(data_type);
    match (file, table) {
        (Null, _)
        | (Timestamp(_, _), Timestamp(_, _))
        | (FixedSizeBinary(_), Binary)
        | (Int32, Int8 | Int16)
        | (Int16, Int8) => true,
        (file, table) if is_text(file) && is_text(table) => true,
        (file, table) => decimal(file).is_some() && decimal(file) == decimal(table),
    }
}

fn is_other_binary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::LargeBinary | DataType::BinaryView)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{Field, TimeUnit};

    use super::*;

    const LOCAL: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

    fn list(element: DataType) -> DataType {
        DataType::List(Arc::new(Field::new("element", element, true)))
    }

    fn large_list(element: DataType) -> DataType {
        DataType::LargeList(Arc::new(Field::new("element", element, true)))
    }

    fn group(fields: &[(&str, DataType)]) -> DataType {
        let fields = fields
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
        DataType::Struct(fields.collect())
    }

    fn map(key: DataType, value: DataType) -> DataType {
        let entries = [Field::new("key", key, false), Field::new("value", value, true)];
        let entries = Field::new("key_value", DataType::Struct(Fields::from_iter(entries)), false);
        DataType::Map(Arc::new(entries), false)
    }

    fn verdict(file: DataType, table: DataType) -> std::result::Result<(), String> {
        let schema = |data_type| Schema::new(vec![Field::new("c", data_type, true)]);
        check_file(&Path::from("f"), &schema(table), &schema(file)).map_err(|error| error.detail)
    }

    #[test]
    fn what_lies_inside_is_widened_too() {
        use DataType::{Float32, Float64, Int8, Int32, Int64, Utf8};
        for (file, table) in [
            (list(Int32), list(Int64)),
            (
                group(&[("x", Int32), ("gone", Utf8)]),
                group(&[("new", Utf8), ("x", Int64)]),
            ),
            (map(Int32, Float32), map(Int64, Float64)),
            (
                map(Utf8, list(group(&[("x", Int8)]))),
                map(Utf8, list(group(&[("x", Int64)]))),
            ),
            (
                list(map(Int8, group(&[("x", Int8), ("y", Utf8)]))),
                list(map(Int8, group(&[("y", Utf8), ("x", Int32)]))),
            ),
            (
                map(Utf8, group(&[("x", Int8), ("gone", Utf8)])),
                map(Utf8, group(&[("new", Utf8), ("x", Int64)])),
            ),
            (DataType::LargeUtf8, Utf8),
            (DataType::Binary, Utf8),
            (DataType::Int32, Int8),
            (DataType::Decimal64(10, 2), DataType::Decimal128(12, 3)),
            (DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into())), LOCAL),
        ] {
            assert_eq!(verdict(file, table), Ok(()));
        }
        for (file, table, words) in [
            (Int64, Int32, r#"the column "c" is Int64 in this file but Int32"#),
            (Utf8, Int32, r#"the column "c" is Utf8"#),
            (list(Int64), list(Int32), r#""c.element" is Int64"#),
            (group(&[("x", Utf8)]), group(&[("x", Int32)]), r#""c.x" is Utf8"#),
            (map(Utf8, Int64), map(Utf8, Float64), r#""c.value" is Int64"#),
            (map(Int64, Utf8), map(Int32, Utf8), r#""c.key" is Int64"#),
            (
                large_list(group(&[("x", Utf8)])),
                list(group(&[("y", Utf8)])),
                "inside a list",
            ),
            (
                map(Utf8, group(&[("x", Utf8)])),
                map(Utf8, list(Utf8)),
                r#""c.value" is Struct"#,
            ),
            (
                large_list(group(&[("x", Utf8)])),
                list(group(&[("x", Utf8), ("y", Utf8)])),
                "inside a list",
            ),
        ] {
            let detail = verdict(file, table).unwrap_err();
            assert!(detail.contains(words), "{detail}");
        }
    }
}
