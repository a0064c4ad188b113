//! The names of fields that have columns of their own, in the dictionary of every variant that may have such a field.
//!
//! Parquet format, "Variant Binary Encoding", "Metadata encoding". A variant is put together with its names in its
//! dictionary; a writer may have left out those that it has nothing of, or forgotten them.

use std::collections::BTreeSet;

use arrow::array::{Array, BinaryArray, BinaryBuilder};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use parquet::variant::VariantMetadata;

/// The names of fields that have columns somewhere inside `typed_value`.
pub(super) fn of_columns(typed_value: &DataType) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    collect(typed_value, &mut names);
    names
}

fn collect<'a>(typed_value: &'a DataType, names: &mut BTreeSet<&'a str>) {
    let mut inside = |part: &'a DataType| {
        if let DataType::Struct(parts) = part
            && let Some((_, typed)) = parts.find("typed_value")
        {
            collect(typed.data_type(), names);
        }
    };
    match typed_value {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => inside(item.data_type()),
        DataType::Struct(fields) => {
            fields.iter().for_each(|field| inside(field.data_type()));
            names.extend(fields.iter().map(|field| field.name().as_str()));
        }
        _ => {}
    }
}

/// Dictionaries that have `names`, in which all that they had keeps its number; those of `absent` variants are none.
pub(super) fn added(
    dictionaries: &BinaryArray,
    names: &BTreeSet<&str>,
    absent: impl Fn(usize) -> bool,
) -> Result<BinaryArray, ArrowError> {
    let mut all = BinaryBuilder::with_capacity(dictionaries.len(), dictionaries.values().len());
    for (row, dictionary) in dictionaries.iter().enumerate() {
        let Some(dictionary) = dictionary.filter(|_| !absent(row)) else {
            all.append_null();
            continue;
        };
        let known = VariantMetadata::try_new(dictionary)?;
        let known: Vec<&str> = known.iter().collect();
        let has: BTreeSet<&str> = known.iter().copied().collect();
        let missing: Vec<&str> = names.difference(&has).copied().collect();
        if missing.is_empty() {
            all.append_value(dictionary);
        } else {
            all.append_value(encoded(known.iter().chain(&missing))?);
        }
    }
    Ok(all.finish())
}

/// An unsorted dictionary of `names`, with offsets of four bytes.
fn encoded<'a>(names: impl Iterator<Item = &'a &'a str>) -> Result<Vec<u8>, ArrowError> {
    const VERSION_1_OFFSETS_OF_4: u8 = 0b1100_0001;
    let (mut offsets, mut text, mut count) = (vec![], vec![], 0_u32);
    let number = |length: usize| {
        u32::try_from(length).map_err(|_| ArrowError::InvalidArgumentError("a variant has too many names".to_owned()))
    };
    for name in names {
        offsets.extend(number(text.len())?.to_le_bytes());
        text.extend(name.as_bytes());
        count += 1;
    }
    offsets.extend(number(text.len())?.to_le_bytes());
    Ok([&[VERSION_1_OFFSETS_OF_4], &count.to_le_bytes()[..], &offsets, &text].concat())
}
