//! What a footer says of a column chunk, in words.

use parquet::basic::{Encoding, LogicalType, PageType, Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

/// How its values are encoded. Levels and dictionaries are left out where the pages themselves are told apart.
pub(super) fn encodings(chunk: &ColumnChunkMetaData) -> Vec<String> {
    let of_pages: Vec<Encoding> = chunk
        .page_encoding_stats()
        .into_iter()
        .flatten()
        .filter(|pages| pages.page_type != PageType::DICTIONARY_PAGE)
        .map(|pages| pages.encoding)
        .collect();
    let mut encodings: Vec<Encoding> = if of_pages.is_empty() {
        chunk.encodings().collect()
    } else {
        of_pages
    };
    encodings.sort_unstable();
    encodings.dedup();
    encodings.iter().map(ToString::to_string).collect()
}

/// How it is compressed, without the level.
pub(super) fn codec(chunk: &ColumnChunkMetaData) -> String {
    let codec = chunk.compression().to_string();
    codec.split('(').next().unwrap_or_default().to_owned()
}

/// The physical type, and what it means.
pub(super) fn type_name(chunk: &ColumnChunkMetaData) -> String {
    let physical = chunk.column_type();
    let column = chunk.column_descr();
    let physical = match physical {
        Type::FIXED_LEN_BYTE_ARRAY => format!("{physical}({})", column.type_length()),
        other => other.to_string(),
    };
    match column.logical_type_ref() {
        Some(LogicalType::Decimal { .. }) => {
            format!(
                "{physical} (decimal({},{}))",
                column.type_precision(),
                column.type_scale()
            )
        }
        Some(logical) => format!("{physical} ({})", logical_name(logical)),
        None => physical,
    }
}

/// The name of a logical type, without its parameters.
fn logical_name(logical: &LogicalType) -> String {
    let debug = format!("{logical:?}");
    let name = debug.split([' ', '(', '{']).next().unwrap_or_default();
    name.to_lowercase()
}

/// Where the dictionary lies: from its own place to the first page of values.
pub(super) fn dictionary(chunk: &ColumnChunkMetaData) -> Option<(u64, u64)> {
    let start = u64::try_from(chunk.dictionary_page_offset()?).ok()?;
    let end = u64::try_from(chunk.data_page_offset()).ok()?;
    (start < end).then_some((start, end))
}

/// About how many different values it has: what its writer counted, else what fits its dictionary.
pub(super) fn distinct_estimate(chunk: &ColumnChunkMetaData) -> Option<u64> {
    if let Some(counted) = chunk.statistics().and_then(Statistics::distinct_count_opt) {
        return Some(counted);
    }
    let (start, end) = dictionary(chunk)?;
    // The dictionary compresses about as well as the chunk that it is a part of.
    let raw = ratio(end - start, chunk.uncompressed_size(), chunk.compressed_size())?;
    let width = match chunk.column_type() {
        Type::INT32 | Type::FLOAT => 4,
        Type::INT64 | Type::DOUBLE => 8,
        Type::INT96 => 12,
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(chunk.column_descr().type_length()).ok()?,
        Type::BYTE_ARRAY => 4 + text_width(chunk)?,
        Type::BOOLEAN => return None,
    };
    let values = u64::try_from(chunk.num_values()).ok()?;
    Some((raw / width.max(1)).clamp(1, values.max(1)))
}

/// Bytes of a usual text in it, by the sizes that some writers note.
fn text_width(chunk: &ColumnChunkMetaData) -> Option<u64> {
    let bytes = u64::try_from(chunk.unencoded_byte_array_data_bytes()?).ok()?;
    let nulls = chunk.statistics().and_then(Statistics::null_count_opt).unwrap_or(0);
    let texts = u64::try_from(chunk.num_values()).ok()?.checked_sub(nulls)?;
    bytes.checked_div(texts)
}

/// `bytes` times `of` through `to`.
fn ratio(bytes: u64, of: i64, to: i64) -> Option<u64> {
    let (of, to) = (u128::try_from(of).ok()?, u128::try_from(to).ok()?);
    u64::try_from((u128::from(bytes) * of).checked_div(to)?).ok()
}
