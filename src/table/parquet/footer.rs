//! Reading a footer: one guess at the file's end, a second request only when the footer is longer.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::DecodeResult;
use parquet::arrow::ARROW_SCHEMA_META_KEY;
use parquet::basic::Type;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions,
    ParquetMetaDataPushDecoder, RowGroupMetaData,
};
use parquet::file::statistics::Statistics;
use parquet::schema::types::SchemaDescPtr;

use super::logical::logical_schema;
use super::{damaged, store_error, subject};
use crate::error::{Error, Kind, Result};
use crate::table::Mapping;

/// The least guess at a footer's size in bytes. It holds the footers of usual files (20 columns and
/// 100 row groups need about 40 KiB) and costs no more than the request's round trip.
const LEAST_GUESS: u64 = 64 << 10;

/// The most that is read of a footer before its size is known: about what a round trip of 40 ms costs at 50 Mbit/s.
const MOST_GUESS: u64 = 256 << 10;

/// Footers grow with files: row groups of 120,000 rows and 16 columns need one byte of 2,150.
const FILE_BYTES_A_FOOTER_BYTE: u64 = 2048;

/// What is read of the end of a file of `size_bytes` first: all of a small file.
pub(crate) fn footer_guess(size_bytes: u64) -> u64 {
    let grown = (size_bytes / FILE_BYTES_A_FOOTER_BYTE).clamp(LEAST_GUESS, MOST_GUESS);
    grown.min(size_bytes)
}

/// The bytes that end every Parquet file: the footer's length and a magic number.
const TAIL: u64 = 8;

/// Reads the footer of the file of `size_bytes` at `path`, without page indexes. Bounds that
/// must not be trusted are left out. With a mapping, columns have the names of its table.
///
/// # Errors
/// `Damaged`, `Unsupported` for an encrypted footer, or what the store says.
pub(crate) async fn read_footer(
    store: &dyn ObjectStore,
    path: &Path,
    size_bytes: u64,
    mapping: Option<&Mapping>,
) -> Result<Arc<ParquetMetaData>> {
    let guess = size_bytes - footer_guess(size_bytes)..size_bytes;
    if size_bytes < TAIL + 4 {
        return Err(damaged(path, format_args!("it has only {size_bytes} bytes")));
    }
    let tail = store
        .get_range(path, guess.clone())
        .await
        .map_err(|error| store_error(path, error))?;
    refuse_other_tails(path, size_bytes, &tail)?;
    let mut read = vec![(guess, tail)];
    loop {
        match decode(size_bytes, &read, None).map_err(|error| damaged(path, error))? {
            DecodeResult::Data(metadata) => {
                let metadata = match mapping {
                    None => metadata,
                    Some(mapping) => renamed(path, size_bytes, &read, &metadata, mapping)?,
                };
                return checked(path, size_bytes, metadata).map(Arc::new);
            }
            DecodeResult::NeedsData(ranges) => {
                within(path, size_bytes, &ranges)?;
                let buffers = store
                    .get_ranges(path, &ranges)
                    .await
                    .map_err(|error| store_error(path, error))?;
                read.extend(ranges.into_iter().zip(buffers));
            }
            DecodeResult::Finished => return Err(damaged(path, "its footer ends early")),
        }
    }
}

/// The bytes of the footer of the file of `size_bytes` at `path`, which was read before.
///
/// # Errors
/// `Damaged`, or what the store says.
pub(crate) async fn footer_bytes(store: &dyn ObjectStore, path: &Path, size_bytes: u64) -> Result<u64> {
    // The range that was read before is at hand.
    let guess = size_bytes - footer_guess(size_bytes)..size_bytes;
    let tail = store
        .get_range(path, guess)
        .await
        .map_err(|error| store_error(path, error))?;
    match tail.last_chunk::<8>() {
        Some([a, b, c, d, ..]) => Ok(u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
        None => Err(damaged(path, "its end is missing")),
    }
}

/// Decodes a footer as far as what was `read` of the file goes, by another schema than its own when one is given.
fn decode(
    size_bytes: u64,
    read: &[(Range<u64>, Bytes)],
    schema: Option<SchemaDescPtr>,
) -> parquet::errors::Result<DecodeResult<ParquetMetaData>> {
    let options = schema.map(|schema| Arc::new(ParquetMetaDataOptions::new().with_schema(schema)));
    let mut decoder = ParquetMetaDataPushDecoder::try_new(size_bytes)?
        .with_page_index_policy(PageIndexPolicy::Skip)
        .with_metadata_options(options);
    let (ranges, buffers) = read.iter().cloned().unzip();
    decoder.push_ranges(ranges, buffers)?;
    decoder.try_decode()
}

/// The same footer in the names of a table. It is decoded once more, by the table's names: nothing else of it changes.
fn renamed(
    path: &Path,
    size_bytes: u64,
    read: &[(Range<u64>, Bytes)],
    metadata: &ParquetMetaData,
    mapping: &Mapping,
) -> Result<ParquetMetaData> {
    let schema = logical_schema(path, metadata.file_metadata().schema_descr(), mapping)?;
    match decode(size_bytes, read, Some(schema)).map_err(|error| damaged(path, error))? {
        DecodeResult::Data(metadata) => Ok(without_arrow_schema(metadata)),
        _ => Err(damaged(path, "its footer ends early")),
    }
}

/// The writer's Arrow schema has the writer's names. What it knows beyond Parquet's types (layouts, time zones other
/// than UTC) does not matter to a table that has types of its own.
fn without_arrow_schema(metadata: ParquetMetaData) -> ParquetMetaData {
    let file = metadata.file_metadata();
    let others = file.key_value_metadata().map(|entries| {
        let others = entries.iter().filter(|entry| entry.key != ARROW_SCHEMA_META_KEY);
        others.cloned().collect()
    });
    let file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        others,
        file.schema_descr_ptr(),
        file.column_orders().cloned(),
    );
    let row_groups = metadata.into_builder().take_row_groups();
    ParquetMetaData::new(file, row_groups)
}

/// The last eight bytes are the footer's length and `PAR1`, or `PARE` for an encrypted footer
/// (Parquet format, "File format").
fn refuse_other_tails(path: &Path, size_bytes: u64, tail: &[u8]) -> Result<()> {
    let Some([a, b, c, d, magic @ ..]) = tail.last_chunk::<8>() else {
        return Err(damaged(path, "its end is missing"));
    };
    match magic {
        b"PAR1" if u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + TAIL > size_bytes => {
            Err(damaged(path, "its footer would be longer than the file"))
        }
        b"PAR1" => Ok(()),
        b"PARE" => {
            let detail = "its footer is encrypted; encrypted Parquet files are not read";
            Err(Error::new(Kind::Unsupported, subject(path), detail))
        }
        _ => Err(damaged(path, "it does not end with PAR1")),
    }
}

fn within(path: &Path, size_bytes: u64, ranges: &[Range<u64>]) -> Result<()> {
    if ranges
        .iter()
        .any(|range| range.start >= range.end || range.end > size_bytes)
    {
        return Err(damaged(path, "its footer points outside the file"));
    }
    Ok(())
}

fn checked(path: &Path, size_bytes: u64, metadata: ParquetMetaData) -> Result<ParquetMetaData> {
    for row_group in metadata.row_groups() {
        if row_group.num_rows() < 0 || row_group.columns().iter().any(|chunk| !lies_within(chunk, size_bytes)) {
            return Err(damaged(path, "its footer describes column chunks outside the file"));
        }
    }
    let mut builder = metadata.into_builder();
    let row_groups = builder
        .take_row_groups()
        .into_iter()
        .zip(0..)
        .map(trusted)
        .collect::<parquet::errors::Result<_>>();
    Ok(builder
        .set_row_groups(row_groups.map_err(|error| damaged(path, error))?)
        .build())
}

/// Asked before `byte_range`, which panics on negative offsets.
fn lies_within(chunk: &ColumnChunkMetaData, size_bytes: u64) -> bool {
    let start = chunk
        .dictionary_page_offset()
        .unwrap_or_else(|| chunk.data_page_offset());
    let end = start.checked_add(chunk.compressed_size());
    let end = end.and_then(|end| u64::try_from(end).ok());
    start >= 0 && chunk.compressed_size() >= 0 && end.is_some_and(|end| end <= size_bytes)
}

/// Takes away bounds that do not bound.
fn trusted((row_group, place): (RowGroupMetaData, i16)) -> parquet::errors::Result<RowGroupMetaData> {
    if row_group.columns().iter().all(bounds_hold) && row_group.ordinal() == Some(place) {
        return Ok(row_group);
    }
    // Row numbers are counted by ordinals, and some writers number row groups wrongly.
    let mut builder = row_group.into_builder().set_ordinal(place);
    let columns = builder.take_columns().into_iter().map(|chunk| {
        if bounds_hold(&chunk) {
            Ok(chunk)
        } else {
            chunk.into_builder().clear_statistics().build()
        }
    });
    let columns = columns.collect::<parquet::errors::Result<Vec<_>>>()?;
    builder.set_column_metadata(columns).build()
}

/// Bounds are not to be trusted when a NaN stands among them, when the order of the type is
/// undefined (INT96), or when they are of the deprecated kind whose order depends on the
/// writer (parquet.thrift, `Statistics`).
fn bounds_hold(chunk: &ColumnChunkMetaData) -> bool {
    let Some(statistics) = chunk.statistics() else {
        return true;
    };
    let deprecated = statistics.is_min_max_deprecated() && !statistics.is_min_max_backwards_compatible();
    let nan = match statistics {
        Statistics::Float(bounds) => [bounds.min_opt(), bounds.max_opt()]
            .into_iter()
            .flatten()
            .any(|b| b.is_nan()),
        Statistics::Double(bounds) => [bounds.min_opt(), bounds.max_opt()]
            .into_iter()
            .flatten()
            .any(|b| b.is_nan()),
        _ => false,
    };
    !deprecated && !nan && chunk.column_type() != Type::INT96
}

#[cfg(test)]
#[path = "footer_tests.rs"]
mod tests;
