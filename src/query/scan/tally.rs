//! What one scan did, counted while it runs.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parquet::file::metadata::ParquetMetaData;

use super::open::RowGroup;
use super::wanted::total;
use crate::protocol::Scanned;

/// The counts of one scan.
#[derive(Debug, Default)]
pub(super) struct Tally {
    files_opened: AtomicU64,
    files_passed: AtomicU64,
    files_read: AtomicU64,
    row_groups_total: AtomicU64,
    row_groups_read: AtomicU64,
    row_groups_shared: AtomicU64,
    pages_total: AtomicU64,
    pages_read: AtomicU64,
    rows_total: AtomicU64,
    rows_in_row_groups: AtomicU64,
    rows_selected: AtomicU64,
    bytes: AtomicU64,
    decoding_nanos: AtomicU64,
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

impl Tally {
    /// Files that a filter which knew more than when the scan was planned ruled out before they were opened.
    pub(super) fn pass(&self, files: usize) {
        add(&self.files_passed, files as u64);
    }

    /// A file of which the footer is known.
    pub(super) fn open(&self, metadata: &ParquetMetaData) {
        add(&self.files_opened, 1);
        add(&self.row_groups_total, metadata.num_row_groups() as u64);
        add(&self.rows_total, counted(metadata.file_metadata().num_rows()));
    }

    /// Data at `ranges` of a row group, the first of its file if `is_first`.
    pub(super) fn read(&self, metadata: &ParquetMetaData, row_group: &RowGroup, ranges: &[Range<u64>], is_first: bool) {
        let rows = counted(metadata.row_group(row_group.index).num_rows());
        let selected = row_group.selection.as_ref().map(|rows| rows.row_count() as u64);
        let (pages, wanted) = if row_group.is_paged {
            pages(metadata, row_group.index, ranges)
        } else {
            (0, 0)
        };
        add(&self.files_read, u64::from(is_first));
        add(&self.row_groups_read, 1);
        add(&self.rows_in_row_groups, rows);
        add(&self.rows_selected, selected.unwrap_or(rows));
        add(&self.pages_total, pages);
        add(&self.pages_read, wanted);
        add(&self.bytes, total(ranges));
    }

    /// A row group that another worker decodes.
    pub(super) fn share(&self) {
        add(&self.row_groups_shared, 1);
    }

    /// Milliseconds that were spent in the decoder.
    pub(super) fn decode(&self, millis: f64) {
        let time = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default();
        add(&self.decoding_nanos, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The time of all decoding so far.
    pub(super) fn decoding(&self) -> Duration {
        Duration::from_nanos(self.decoding_nanos.load(Ordering::Relaxed))
    }

    /// What was counted so far.
    pub(super) fn told(&self, table: &str) -> Scanned {
        let value = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Scanned {
            table: table.to_owned(),
            files_opened: value(&self.files_opened),
            files_passed: value(&self.files_passed),
            files_read: value(&self.files_read),
            row_groups_total: value(&self.row_groups_total),
            row_groups_read: value(&self.row_groups_read),
            row_groups_shared: value(&self.row_groups_shared),
            pages_total: value(&self.pages_total),
            pages_read: value(&self.pages_read),
            rows_total: value(&self.rows_total),
            rows_in_row_groups: value(&self.rows_in_row_groups),
            rows_selected: value(&self.rows_selected),
            bytes: value(&self.bytes),
        }
    }
}

/// A count that a footer gives with a sign.
fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The pages of the column chunks that `ranges` touch, and how many of them those hold.
fn pages(metadata: &ParquetMetaData, row_group: usize, ranges: &[Range<u64>]) -> (u64, u64) {
    let indexes = metadata.offset_index().and_then(|groups| groups.get(row_group));
    let (mut all, mut wanted) = (0, 0);
    let mut ranges = ranges.to_vec();
    ranges.sort_unstable_by_key(|range| range.start);
    let held = |at: i64| {
        let at = counted(at);
        let next = ranges.partition_point(|range| range.start <= at);
        let range = next.checked_sub(1).and_then(|last| ranges.get(last));
        range.is_some_and(|range| at < range.end)
    };
    for index in indexes.into_iter().flatten() {
        let places = index.page_locations();
        let read = places.iter().filter(|page| held(page.offset)).count() as u64;
        if read > 0 {
            all += places.len() as u64;
            wanted += read;
        }
    }
    (all, wanted)
}
