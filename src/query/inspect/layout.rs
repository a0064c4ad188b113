//! One file byte by byte: its footer, and the indexes of one row group when they are asked for.

use arrow::array::Array;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::PageLocation;

use super::bounds::{End, outermost};
use super::chunks::{codec, dictionary, encodings, type_name};
use super::footers::Source;
use super::regions;
use crate::error::{Error, Kind, Result};
use crate::protocol::inspect::{Bound, ChunkFact, Layout, PageFact, RowGroupFact};
use crate::query::scan::load_page_index;
use crate::query::sql_error;
use crate::table::parquet::footer_bytes;

/// Parts of a file that are told: what can be drawn. A larger file has more than anybody reads.
const MOST_REGIONS: usize = 20_000;

/// The layout of the file at `path`.
pub(super) async fn of(source: &Source, path: &str, row_group: Option<u32>) -> Result<Layout> {
    let files = &source.table.files;
    let paths = files.paths();
    let missing = || Error::new(Kind::NotFound, path, "this version of the table has no such file");
    let file = (0..paths.len())
        .find(|file| paths.value(*file) == path)
        .ok_or_else(missing)?;
    let (place, size) = source.place(file)?;
    let store = source.store.as_ref();
    // In the file's own names: what lies there is told, not what the table makes of it.
    let metadata = source.footers.get(store, &place, size, None).await?;
    let footer = footer_bytes(store, &place, size).await?;
    let regions = regions::of(&metadata, size, footer);
    if regions.len() > MOST_REGIONS {
        let detail = format!("it has {} parts; up to {MOST_REGIONS} are shown", regions.len());
        return Err(Error::new(Kind::TooBig, path, detail));
    }
    let chunks = match row_group {
        None => vec![],
        Some(group) => chunks(source, (&place, size), &metadata, group as usize).await?,
    };
    let about = metadata.file_metadata();
    Ok(Layout {
        path: path.to_owned(),
        size_bytes: size,
        created_by: about.created_by().map(str::to_owned),
        format_version: about.version(),
        rows: count(about.num_rows()),
        deleted_rows: files.deleted_count(file),
        notes: notes(&metadata),
        row_groups: metadata.row_groups().iter().map(row_group_fact).collect(),
        regions,
        chunks,
    })
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn notes(metadata: &ParquetMetaData) -> Vec<(String, u64)> {
    let notes = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    notes
        .map(|note| (note.key.clone(), note.value.as_ref().map_or(0, String::len) as u64))
        .collect()
}

fn row_group_fact(group: &RowGroupMetaData) -> RowGroupFact {
    let ranges = || group.columns().iter().map(ColumnChunkMetaData::byte_range);
    let sorted = group.sorting_columns().into_iter().flatten();
    let column = |place: i32| {
        let chunk = usize::try_from(place).ok().and_then(|place| group.columns().get(place));
        chunk.map(|chunk| chunk.column_path().string())
    };
    RowGroupFact {
        rows: count(group.num_rows()),
        size_bytes: ranges().map(|(_, length)| length).sum(),
        raw_bytes: count(group.total_byte_size()),
        span: (
            ranges().map(|(start, _)| start).min().unwrap_or(0),
            ranges().map(|(start, length)| start + length).max().unwrap_or(0),
        ),
        sorted_by: sorted
            .filter_map(|sorting| Some((column(sorting.column_idx)?, sorting.descending)))
            .collect(),
    }
}

async fn chunks(
    source: &Source,
    (place, size): (&object_store::path::Path, u64),
    metadata: &std::sync::Arc<ParquetMetaData>,
    group: usize,
) -> Result<Vec<ChunkFact>> {
    let missing = || {
        Error::new(
            Kind::NotFound,
            place.to_string(),
            format!("it has no row group {group}"),
        )
    };
    let row_group = metadata.row_groups().get(group).ok_or_else(missing)?;
    let leaves: Vec<usize> = (0..row_group.num_columns()).collect();
    let indexed = load_page_index(source.store.as_ref(), (place, size), metadata, &[group], &leaves).await;
    let indexed = indexed.map_err(|error| sql_error(error, ""))?;
    let bounds = Bounds::of(metadata);
    let chunk = |(leaf, chunk)| {
        Ok(ChunkFact {
            pages: indexed
                .as_ref()
                .map_or_else(Vec::new, |indexed| pages(&indexed.metadata, group, leaf, row_group)),
            ..chunk_fact(chunk, bounds.as_ref(), row_group)?
        })
    };
    row_group.columns().iter().enumerate().map(chunk).collect()
}

fn chunk_fact(chunk: &ColumnChunkMetaData, bounds: Option<&Bounds<'_>>, group: &RowGroupMetaData) -> Result<ChunkFact> {
    let statistics = chunk.statistics();
    let bound = |end| match bounds {
        Some(bounds) => bounds.find(chunk, group, end),
        None => Ok(None),
    };
    Ok(ChunkFact {
        column: chunk.column_path().string(),
        type_name: type_name(chunk),
        codec: codec(chunk),
        encodings: encodings(chunk),
        values: count(chunk.num_values()),
        nulls: statistics.and_then(Statistics::null_count_opt),
        min: bound(End::Min)?,
        max: bound(End::Max)?,
        size_bytes: count(chunk.compressed_size()),
        raw_bytes: count(chunk.uncompressed_size()),
        dictionary_bytes: dictionary(chunk).map(|(start, end)| end - start),
        bloom_bytes: chunk
            .bloom_filter_offset()
            .map(|_| chunk.bloom_filter_length().map_or(0, |length| count(length.into()))),
        has_column_index: chunk.column_index_offset().is_some(),
        pages: vec![],
    })
}

/// Turns the bounds of flat columns into values of their types.
struct Bounds<'a> {
    metadata: &'a ParquetMetaData,
    schema: arrow::datatypes::Schema,
}

impl<'a> Bounds<'a> {
    /// `None` when the file's types are none of ours: then its bounds are not shown.
    fn of(metadata: &'a ParquetMetaData) -> Option<Self> {
        let about = metadata.file_metadata();
        let schema = parquet_to_arrow_schema(about.schema_descr(), None).ok()?;
        Some(Self { metadata, schema })
    }

    fn find(&self, chunk: &ColumnChunkMetaData, group: &RowGroupMetaData, end: End) -> Result<Option<Bound>> {
        let parquet = self.metadata.file_metadata().schema_descr();
        let [name] = chunk.column_path().parts() else {
            return Ok(None);
        };
        let Ok(converter) = StatisticsConverter::try_new(name, &self.schema, parquet) else {
            return Ok(None);
        };
        let values = match end {
            End::Min => converter.row_group_mins([group]),
            End::Max => converter.row_group_maxes([group]),
        };
        let is_exact = chunk.statistics().is_some_and(|statistics| match end {
            End::Min => statistics.min_is_exact(),
            End::Max => statistics.max_is_exact(),
        });
        match values {
            Ok(values) if values.null_count() == 0 => outermost(&values, end, is_exact),
            _ => Ok(None),
        }
    }
}

/// The pages of a column chunk, as its offset index places them.
fn pages(indexed: &ParquetMetaData, group: usize, leaf: usize, row_group: &RowGroupMetaData) -> Vec<PageFact> {
    let index = indexed
        .column_index()
        .and_then(|groups| groups.get(group)?.get(leaf))
        .filter(|index| !matches!(index, ColumnIndexMetaData::NONE));
    let nulls = index.and_then(|index| index.null_counts());
    let offsets = indexed.offset_index().and_then(|groups| groups.get(group)?.get(leaf));
    let places = offsets.map_or(&[][..], |offsets| offsets.page_locations().as_slice());
    let ends = places
        .iter()
        .skip(1)
        .map(|place| place.first_row_index)
        .chain([row_group.num_rows()]);
    let page = |(number, (place, end)): (usize, (&PageLocation, i64))| PageFact {
        start: count(place.offset),
        size_bytes: count(place.compressed_page_size.into()),
        first_row: count(place.first_row_index),
        rows: count(end - place.first_row_index),
        nulls: nulls.and_then(|nulls| nulls.get(number)).copied().map(count),
    };
    places.iter().zip(ends).enumerate().map(page).collect()
}
