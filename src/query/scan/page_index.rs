//! Page indexes, loaded for some row groups only and held against the format's rules.
//!
//! Parquet format, "Page index": a column index bounds the pages of a column chunk, an offset
//! index says where they lie.

use std::ops::Range;
use std::sync::Arc;

use datafusion::error::Result;
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::DecodeResult;
use parquet::basic::Type;
use parquet::file::metadata::{
    ColumnChunkMetaData, OffsetIndexBuilder, PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder,
    RowGroupMetaData,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;

use super::outward;
use crate::table::parquet::store_error;

/// Metadata with the page indexes of some row groups.
pub(in crate::query) struct PageIndex {
    pub(in crate::query) metadata: Arc<ParquetMetaData>,
    pub(in crate::query) row_groups: Vec<usize>,
}

/// One index of one row group, on its way.
struct Part {
    row_group: usize,
    range: Range<u64>,
    decoder: ParquetMetaDataPushDecoder,
}

/// Loads the offset indexes of `row_groups` and the column indexes of `leaves` in them. `None`
/// when there are none; those that break the format's rules count as absent.
pub(in crate::query) async fn load(
    store: &dyn ObjectStore,
    (path, size): (&Path, u64),
    metadata: &Arc<ParquetMetaData>,
    row_groups: &[usize],
    leaves: &[usize],
) -> Result<Option<PageIndex>> {
    let mut parts: Vec<Part> = vec![];
    for row_group in row_groups {
        let offsets = part(metadata, *row_group, size, PageIndexPolicy::Skip, |_| true);
        let columns = part(metadata, *row_group, size, PageIndexPolicy::Optional, |leaf| {
            leaves.contains(&leaf)
        });
        if let Some(offsets) = offsets {
            parts.push(offsets);
            parts.extend(columns);
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let ranges: Vec<Range<u64>> = parts.iter().map(|part| part.range.clone()).collect();
    let buffers = store
        .get_ranges(path, &ranges)
        .await
        .map_err(|error| outward(store_error(path, error)))?;
    let mut indexes = Indexes::of(metadata);
    for (mut part, buffer) in parts.into_iter().zip(buffers) {
        let pushed = part.decoder.push_range(part.range, buffer);
        if let (Ok(()), Ok(DecodeResult::Data(decoded))) = (pushed, part.decoder.try_decode()) {
            indexes.add(metadata, part.row_group, decoded);
        }
    }
    Ok(indexes.finish(metadata))
}

/// A decoder for one kind of index of one row group: of the columns whose offset indexes or,
/// under a policy that wants them, column indexes are `wanted`.
fn part(
    metadata: &ParquetMetaData,
    row_group: usize,
    size: u64,
    columns: PageIndexPolicy,
    wanted: impl Fn(usize) -> bool,
) -> Option<Part> {
    let offsets = if columns == PageIndexPolicy::Skip {
        PageIndexPolicy::Optional
    } else {
        PageIndexPolicy::Skip
    };
    let alone = alone(metadata, row_group, wanted).ok()?;
    let decoder = ParquetMetaDataPushDecoder::try_new_with_metadata(size, alone).ok()?;
    let mut decoder = decoder
        .with_column_index_policy(columns)
        .with_offset_index_policy(offsets);
    match decoder.try_decode() {
        Ok(DecodeResult::NeedsData(ranges)) => match ranges.as_slice() {
            [range] if range.start < range.end && range.end <= size => Some(Part {
                row_group,
                range: range.clone(),
                decoder,
            }),
            _ => None,
        },
        _ => None,
    }
}

/// The metadata of one row group, where only `wanted` columns have column indexes.
fn alone(
    metadata: &ParquetMetaData,
    row_group: usize,
    wanted: impl Fn(usize) -> bool,
) -> parquet::errors::Result<ParquetMetaData> {
    let mut builder = metadata.row_group(row_group).clone().into_builder();
    let columns = builder.take_columns().into_iter().enumerate().map(|(leaf, chunk)| {
        if wanted(leaf) {
            return Ok(chunk);
        }
        chunk
            .into_builder()
            .set_column_index_offset(None)
            .set_column_index_length(None)
            .build()
    });
    let columns = columns.collect::<parquet::errors::Result<Vec<_>>>()?;
    let group = builder.set_column_metadata(columns).build()?;
    Ok(ParquetMetaData::new(metadata.file_metadata().clone(), vec![group]))
}

/// Indexes as they come in, one slot for each column chunk of the file.
struct Indexes {
    columns: Vec<Vec<ColumnIndexMetaData>>,
    offsets: Vec<Vec<OffsetIndexMetaData>>,
    row_groups: Vec<usize>,
}

impl Indexes {
    fn of(metadata: &ParquetMetaData) -> Self {
        let groups = metadata.row_groups();
        let none = |group: &RowGroupMetaData| vec![ColumnIndexMetaData::NONE; group.num_columns()];
        let empty = |group: &RowGroupMetaData| vec![OffsetIndexBuilder::new().build(); group.num_columns()];
        Self {
            columns: groups.iter().map(none).collect(),
            offsets: groups.iter().map(empty).collect(),
            row_groups: vec![],
        }
    }

    /// Adds what was decoded for `row_group` alone. Offset indexes come before column indexes.
    fn add(&mut self, metadata: &ParquetMetaData, row_group: usize, decoded: ParquetMetaData) {
        let group = metadata.row_group(row_group);
        let mut decoded = decoded.into_builder();
        let columns = decoded.take_column_index().and_then(|mut groups| groups.pop());
        let offsets = decoded.take_offset_index().and_then(|mut groups| groups.pop());
        if let (Some(offsets), Some(slot)) = (offsets, self.offsets.get_mut(row_group))
            && offsets.len() == group.num_columns()
            && group
                .columns()
                .iter()
                .zip(&offsets)
                .all(|(chunk, pages)| pages_hold(group, chunk, pages))
        {
            *slot = offsets;
            self.row_groups.push(row_group);
        }
        if let (Some(columns), Some(slot)) = (columns, self.columns.get_mut(row_group)) {
            let offsets = self.offsets.get(row_group).map_or(&[][..], Vec::as_slice);
            for (leaf, (index, slot)) in columns.into_iter().zip(slot).enumerate() {
                let pages = offsets.get(leaf).map_or(0, |offsets| offsets.page_locations().len());
                if bounds_hold(group.column(leaf), &index, pages) {
                    *slot = index;
                }
            }
        }
    }

    fn finish(self, metadata: &ParquetMetaData) -> Option<PageIndex> {
        if self.row_groups.is_empty() {
            return None;
        }
        let builder = metadata.clone().into_builder();
        let metadata = builder
            .set_column_index(Some(self.columns))
            .set_offset_index(Some(self.offsets))
            .build();
        Some(PageIndex {
            metadata: Arc::new(metadata),
            row_groups: self.row_groups,
        })
    }
}

/// Pages must follow each other inside their chunk and cover its rows: a selection by a wrong
/// index would give wrong rows.
fn pages_hold(group: &RowGroupMetaData, chunk: &ColumnChunkMetaData, pages: &OffsetIndexMetaData) -> bool {
    let (start, length) = chunk.byte_range();
    let mut offset = i64::try_from(start).unwrap_or(i64::MAX);
    let end = i64::try_from(start + length).unwrap_or(i64::MAX);
    let mut row = -1;
    for page in pages.page_locations() {
        let size = i64::from(page.compressed_page_size);
        if page.first_row_index <= row || page.first_row_index >= group.num_rows() || size <= 0 || page.offset < offset
        {
            return false;
        }
        row = page.first_row_index;
        let Some(next) = page.offset.checked_add(size) else {
            return false;
        };
        offset = next;
    }
    pages
        .page_locations()
        .first()
        .is_some_and(|page| page.first_row_index == 0)
        && offset <= end
}

/// Bounds of pages are trusted like those of row groups: one for each page, no NaN, no INT96.
fn bounds_hold(chunk: &ColumnChunkMetaData, index: &ColumnIndexMetaData, pages: usize) -> bool {
    let nan = match index {
        ColumnIndexMetaData::FLOAT(index) => index
            .min_values()
            .iter()
            .chain(index.max_values())
            .any(|bound| bound.is_nan()),
        ColumnIndexMetaData::DOUBLE(index) => index
            .min_values()
            .iter()
            .chain(index.max_values())
            .any(|bound| bound.is_nan()),
        _ => false,
    };
    let counted = matches!(index, ColumnIndexMetaData::NONE) || index.num_pages() == pages as u64;
    !nan && counted && chunk.column_type() != Type::INT96
}
