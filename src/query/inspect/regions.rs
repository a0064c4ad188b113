//! Every byte of a Parquet file accounted for (Parquet format, "File format").

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::chunks::dictionary;
use crate::protocol::inspect::{Region, RegionKind};

/// The length of the mark at both ends.
const MAGIC: u64 = 4;
/// The footer's length and the mark behind it.
const TAIL: u64 = 8;

/// The parts of the file of `size` bytes, from its first byte to its last. Bytes that two parts claim are the first's.
pub(super) fn of(metadata: &ParquetMetaData, size: u64, footer_bytes: u64) -> Vec<Region> {
    let mut claimed = vec![region(0, MAGIC, RegionKind::Magic, None)];
    for (row_group, group) in (0..).zip(metadata.row_groups()) {
        for chunk in group.columns() {
            claimed.extend(of_chunk(chunk, row_group));
        }
    }
    let footer = size.saturating_sub(TAIL + footer_bytes);
    claimed.push(region(footer, size.saturating_sub(TAIL), RegionKind::Footer, None));
    claimed.push(region(size.saturating_sub(TAIL), size, RegionKind::Tail, None));
    claimed.sort_by_key(|region| (region.start, region.end));
    without_gaps(claimed, size)
}

fn region(start: u64, end: u64, kind: RegionKind, of: Option<(u32, &ColumnChunkMetaData)>) -> Region {
    Region {
        start,
        end,
        kind,
        row_group: of.map(|(row_group, _)| row_group),
        column: of.map(|(_, chunk)| chunk.column_path().string()),
    }
}

fn of_chunk(chunk: &ColumnChunkMetaData, row_group: u32) -> Vec<Region> {
    let of = Some((row_group, chunk));
    let (start, length) = chunk.byte_range();
    let dictionary = dictionary(chunk);
    let data = dictionary.map_or(start, |(_, end)| end);
    let mut regions = vec![region(data, start + length, RegionKind::Data, of)];
    regions.extend(dictionary.map(|(start, end)| region(start, end, RegionKind::Dictionary, of)));
    let index = |offset: Option<i64>, length: Option<i32>, kind| {
        let start = u64::try_from(offset?).ok()?;
        let length = u64::try_from(length?).ok()?;
        Some(region(start, start.checked_add(length)?, kind, of))
    };
    regions.extend(index(
        chunk.bloom_filter_offset(),
        chunk.bloom_filter_length(),
        RegionKind::BloomFilter,
    ));
    regions.extend(index(
        chunk.column_index_offset(),
        chunk.column_index_length(),
        RegionKind::ColumnIndex,
    ));
    regions.extend(index(
        chunk.offset_index_offset(),
        chunk.offset_index_length(),
        RegionKind::OffsetIndex,
    ));
    regions
}

/// Fills what nothing claims, and cuts what is claimed twice or lies outside.
fn without_gaps(claimed: Vec<Region>, size: u64) -> Vec<Region> {
    let mut regions = vec![];
    let mut at = 0;
    for mut next in claimed {
        next.start = next.start.max(at);
        next.end = next.end.min(size);
        if next.start >= next.end {
            continue;
        }
        if next.start > at {
            regions.push(region(at, next.start, RegionKind::Unused, None));
        }
        at = next.end;
        regions.push(next);
    }
    if at < size {
        regions.push(region(at, size, RegionKind::Unused, None));
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(start: u64, end: u64) -> Region {
        region(start, end, RegionKind::Data, None)
    }

    #[test]
    fn every_byte_is_in_exactly_one_region() {
        let told = without_gaps(
            vec![part(0, 4), part(10, 20), part(15, 30), part(16, 18), part(90, 120)],
            100,
        );
        let spans: Vec<_> = told.iter().map(|one| (one.start, one.end, one.kind)).collect();
        assert_eq!(
            spans,
            [
                (0, 4, RegionKind::Data),
                (4, 10, RegionKind::Unused),
                (10, 20, RegionKind::Data),
                (20, 30, RegionKind::Data),
                (30, 90, RegionKind::Unused),
                (90, 100, RegionKind::Data),
            ]
        );
        assert_eq!(without_gaps(vec![], 7), [region(0, 7, RegionKind::Unused, None)]);
        assert_eq!(without_gaps(vec![], 0), []);
    }
}
