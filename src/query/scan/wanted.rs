//! Which bytes of a row group are wanted: whole column chunks, or the pages that a selection touches.

use std::collections::HashSet;
use std::ops::Range;

use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

/// Bytes at `ranges`.
pub(super) fn total(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum()
}

/// The column chunks of `columns`, in the order in which a decoder asks for them.
pub(super) fn chunks(group: &RowGroupMetaData, columns: &HashSet<String>) -> Vec<Range<u64>> {
    let wanted = group
        .columns()
        .iter()
        .filter(|chunk| columns.contains(&chunk.column_path().string()));
    wanted.map(span).collect()
}

/// The pages of `columns` that hold rows of `selection`, with what lies before a chunk's first page, its dictionary;
/// whole chunks without an index. In the order in which a decoder asks for them.
pub(super) fn pages(
    metadata: &ParquetMetaData,
    row_group: usize,
    selection: &RowSelection,
    columns: &HashSet<String>,
) -> Vec<Range<u64>> {
    let group = metadata.row_group(row_group);
    let Some(indexes) = metadata.offset_index().and_then(|groups| groups.get(row_group)) else {
        return chunks(group, columns);
    };
    let mut wanted = vec![];
    for (chunk, index) in group.columns().iter().zip(indexes) {
        if !columns.contains(&chunk.column_path().string()) {
            continue;
        }
        let (pages, start) = (index.page_locations(), span(chunk).start);
        let first = pages.first().and_then(|page| u64::try_from(page.offset).ok());
        wanted.extend(first.filter(|first| start < *first).map(|first| start..first));
        wanted.extend(selection.scan_ranges(pages));
    }
    wanted
}

fn span(chunk: &ColumnChunkMetaData) -> Range<u64> {
    let (start, length) = chunk.byte_range();
    start..start + length
}

/// The columns whose chunks hold `ranges`.
pub(super) fn columns(group: &RowGroupMetaData, ranges: &[Range<u64>]) -> HashSet<String> {
    let asked = group.columns().iter().filter(|chunk| {
        let span = span(chunk);
        ranges
            .iter()
            .any(|range| span.start <= range.start && range.end <= span.end)
    });
    asked.map(|chunk| chunk.column_path().string()).collect()
}
