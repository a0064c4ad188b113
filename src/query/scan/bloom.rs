//! Bloom filters: read for the row groups that are left, when they are smaller than what they may save.

use std::io::Read;
use std::ops::Range;

use arrow::datatypes::Schema;
use bytes::{Buf, Bytes};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::BloomFilterStatistics;
use datafusion::error::Result;
use datafusion::physical_optimizer::pruning::PruningPredicate;
use futures::future::try_join_all;
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::arrow::parquet_column;
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::open::RowGroup;
use super::outward;
use crate::table::parquet::store_error;

/// Filters this near to each other are read by one request: about what a round trip costs in time.
const NEIGHBOR_BYTES: u64 = 64 << 10;

/// Where the filter of one column chunk lies.
struct Filter {
    row_group: usize,
    column: String,
    leaf: usize,
    range: Range<u64>,
}

/// Leaves out the row groups whose filters rule out what `predicate` asks for.
pub(super) async fn prune(
    store: &dyn ObjectStore,
    file: &PartitionedFile,
    metadata: &ParquetMetaData,
    schema: &Schema,
    predicate: &PruningPredicate,
    row_groups: &mut Vec<RowGroup>,
) -> Result<()> {
    let filters = filters(file.object_meta.size, metadata, schema, predicate, row_groups);
    if filters.is_empty() {
        return Ok(());
    }
    let path = &file.object_meta.location;
    let buffers = read(store, path, &filters)
        .await
        .map_err(|error| outward(store_error(path, error)))?;
    let mut known: Vec<(usize, BloomFilterStatistics)> = vec![];
    for (filter, bytes) in filters.into_iter().zip(buffers) {
        let chunk = metadata.row_group(filter.row_group).column(filter.leaf);
        // A filter that cannot be read rules nothing out.
        let Ok(Some(found)) = Sbbf::read_from_column_chunk(
            chunk,
            &At {
                start: filter.range.start,
                bytes,
            },
        ) else {
            continue;
        };
        if found.num_blocks() == 0 {
            continue;
        }
        if known.last().is_none_or(|(row_group, _)| *row_group != filter.row_group) {
            known.push((filter.row_group, BloomFilterStatistics::new()));
        }
        let descriptor = metadata.file_metadata().schema_descr().column(filter.leaf);
        if let Some((_, statistics)) = known.last_mut() {
            statistics.insert(
                &filter.column,
                found,
                descriptor.physical_type(),
                descriptor.type_length(),
            );
        }
    }
    row_groups.retain(|row_group| {
        let statistics = known.iter().find(|(known, _)| *known == row_group.index);
        let answer = statistics.and_then(|(_, statistics)| predicate.prune(statistics).ok());
        answer.is_none_or(|might_match| might_match.first() != Some(&false))
    });
    Ok(())
}

/// Filters lie apart, each behind its row group: neighbors are read together, but the store
/// would also read the row groups between them.
async fn read(store: &dyn ObjectStore, path: &Path, filters: &[Filter]) -> object_store::Result<Vec<Bytes>> {
    let groups = filters
        .chunk_by(|one, next| one.range.end <= next.range.start && next.range.start - one.range.end <= NEIGHBOR_BYTES);
    let reads = groups.map(|group| async move {
        let ranges: Vec<Range<u64>> = group.iter().map(|filter| filter.range.clone()).collect();
        store.get_ranges(path, &ranges).await
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

fn filters(
    size: u64,
    metadata: &ParquetMetaData,
    schema: &Schema,
    predicate: &PruningPredicate,
    row_groups: &[RowGroup],
) -> Vec<Filter> {
    let parquet = metadata.file_metadata().schema_descr();
    let columns = predicate.literal_columns();
    let leaves: Vec<(String, usize)> = columns
        .into_iter()
        .filter_map(|column| parquet_column(parquet, schema, &column).map(|(leaf, _)| (column.clone(), leaf)))
        .collect();
    let mut found = vec![];
    for row_group in row_groups {
        for (column, leaf) in &leaves {
            let chunk = metadata.row_group(row_group.index).column(*leaf);
            let Some(range) = range(size, metadata, chunk) else {
                continue;
            };
            if range.end - range.start <= u64::try_from(chunk.compressed_size()).unwrap_or_default() {
                found.push(Filter {
                    row_group: row_group.index,
                    column: column.clone(),
                    leaf: *leaf,
                    range,
                });
            }
        }
    }
    found
}

/// Older writers give a filter's offset only; it then ends at the latest where the next thing begins.
fn range(size: u64, metadata: &ParquetMetaData, chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let start = u64::try_from(chunk.bloom_filter_offset()?).ok()?;
    let end = match chunk.bloom_filter_length() {
        Some(length) => start.checked_add(u64::try_from(length).ok()?)?,
        None => next_thing(size, metadata, start),
    };
    (start < end && end <= size).then_some(start..end)
}

fn next_thing(size: u64, metadata: &ParquetMetaData, after: u64) -> u64 {
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let things = chunks.flat_map(|chunk| {
        let first = i64::try_from(chunk.byte_range().0).ok();
        [
            first,
            chunk.bloom_filter_offset(),
            chunk.column_index_offset(),
            chunk.offset_index_offset(),
        ]
    });
    let things = things.flatten().filter_map(|offset| u64::try_from(offset).ok());
    things.filter(|offset| *offset > after).min().unwrap_or(size)
}

/// Bytes of a file from `start` on.
struct At {
    start: u64,
    bytes: Bytes,
}

impl At {
    fn from(&self, offset: u64) -> parquet::errors::Result<Bytes> {
        let skip = offset
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok());
        let skip = skip.filter(|skip| *skip <= self.bytes.len());
        let skip = skip.ok_or_else(|| ParquetError::EOF("a bloom filter points outside its range".to_owned()))?;
        Ok(self.bytes.slice(skip..))
    }
}

impl Length for At {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for At {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(Box::new(self.from(start)?.reader()))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.from(start)?;
        // A header is asked for with a generous length, which a small filter does not have.
        Ok(bytes.slice(..length.min(bytes.len())))
    }
}
