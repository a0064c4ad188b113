//! How a table's rows lie in files: sizes, partitions, deleted rows, overlaps. All of it is in the list of files.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use arrow::datatypes::Field;

use super::{overlap, text};
use crate::error::{Error, Kind, Result};
use crate::protocol::inspect::{FileFacts, Overlap, PartitionFact, SizeBin};
use crate::table::{DataFiles, Table};

/// Files of which each list names the foremost.
const NAMED: usize = 20;
/// Partitions that are told one by one: what a treemap can show.
const PARTITIONS: usize = 500;
/// Bounds, one a file and column, that are sorted: some seconds of work in a tab.
const MOST_BOUNDS: usize = 2_000_000;

pub(super) fn of(table: &Table) -> Result<FileFacts> {
    let files = &table.files;
    let known: Vec<u64> = (0..files.len()).filter_map(|file| files.num_records(file)).collect();
    let deleted: Vec<u64> = (0..files.len()).map(|file| files.deleted_count(file)).collect();
    let paths = files.paths();
    let named = |file: &usize| paths.value(*file).to_owned();
    let mut by_size: Vec<usize> = (0..files.len()).collect();
    by_size.sort_by_key(|file| Reverse(files.size_bytes(*file)));
    let (partitions, partition_count) = partitions(table)?;
    let (overlaps, overlaps_left_out) = overlaps(table)?;
    Ok(FileFacts {
        files: files.len() as u64,
        size_bytes: files.total_size_bytes(),
        median_bytes: by_size.get(by_size.len() / 2).and_then(|file| files.size_bytes(*file)),
        sizes: sizes(files),
        files_with_rows: known.len() as u64,
        rows: known.iter().sum(),
        files_with_deleted: deleted.iter().filter(|rows| **rows > 0).count() as u64,
        deleted_rows: deleted.iter().sum(),
        most_deleted: most_deleted(files, &deleted)
            .iter()
            .map(|file| (named(file), files.deleted_count(*file), held(files, *file)))
            .collect(),
        largest: by_size
            .iter()
            .take(NAMED)
            .filter_map(|file| Some((named(file), files.size_bytes(*file)?, files.num_records(*file))))
            .collect(),
        partitions,
        partition_count,
        overlaps,
        overlaps_left_out,
        removed_files: table.about.removed_files,
    })
}

/// Rows that a file holds, deleted ones among them.
fn held(files: &DataFiles, file: usize) -> Option<u64> {
    files.num_records(file)?.checked_add(files.deleted_count(file))
}

fn most_deleted(files: &DataFiles, deleted: &[u64]) -> Vec<usize> {
    // A share in thousandths; of files of unknown length, all of it.
    let share = |file: &usize| {
        let held = held(files, *file).unwrap_or(0).max(1);
        files.deleted_count(*file).saturating_mul(1000) / held
    };
    let mut with: Vec<usize> = (0..deleted.len())
        .filter(|file| deleted.get(*file) > Some(&0))
        .collect();
    with.sort_by_key(|file| Reverse(share(file)));
    with.truncate(NAMED);
    with
}

/// Files by powers of two, without gaps between the smallest and the largest.
fn sizes(files: &DataFiles) -> Vec<SizeBin> {
    let mut bins = BTreeMap::<u32, (u64, u64)>::new();
    for size in (0..files.len()).filter_map(|file| files.size_bytes(file)) {
        let bin = bins.entry(size.max(1).ilog2()).or_default();
        *bin = (bin.0 + 1, bin.1 + size);
    }
    let (Some((first, _)), Some((last, _))) = (bins.first_key_value(), bins.last_key_value()) else {
        return vec![];
    };
    let bin = |power: u32| {
        let (files, bytes) = bins.get(&power).copied().unwrap_or_default();
        SizeBin {
            from_bytes: 1 << power,
            files,
            bytes,
        }
    };
    (*first..=*last).map(bin).collect()
}

/// The largest partitions, and how many there are.
fn partitions(table: &Table) -> Result<(Vec<PartitionFact>, u64)> {
    let files = &table.files;
    let columns: Vec<_> = (0..table.partition_columns.len())
        .filter_map(|column| files.partition_column(column))
        .collect();
    if columns.is_empty() {
        return Ok((vec![], 0));
    }
    let mut partitions = BTreeMap::<Vec<Option<String>>, PartitionFact>::new();
    for file in 0..files.len() {
        let values = columns
            .iter()
            .map(|column| text(column, file))
            .collect::<Result<Vec<_>>>()?;
        let partition = partitions.entry(values.clone()).or_insert_with(|| PartitionFact {
            values,
            files: 0,
            bytes: 0,
            rows: Some(0),
        });
        partition.files += 1;
        partition.bytes += files.size_bytes(file).unwrap_or(0);
        partition.rows = partition
            .rows
            .zip(files.num_records(file))
            .map(|(sum, rows)| sum + rows);
    }
    let count = partitions.len() as u64;
    let mut partitions: Vec<_> = partitions.into_values().collect();
    partitions.sort_by_key(|partition| Reverse((partition.bytes, partition.rows)));
    partitions.truncate(PARTITIONS);
    Ok((partitions, count))
}

/// Overlaps of the columns that have bounds, and of how many nothing is told because it would take long.
fn overlaps(table: &Table) -> Result<(Vec<Overlap>, u64)> {
    let can = |field: &&std::sync::Arc<Field>| {
        !field.data_type().is_nested() && !table.partition_columns.contains(field.name())
    };
    let columns: Vec<_> = table.schema.fields().iter().filter(can).collect();
    let most = (MOST_BOUNDS / table.files.len().max(1)).max(1);
    let statistics = table.files.statistics();
    let mut overlaps = vec![];
    for field in columns.iter().take(most) {
        let (Some(min), Some(max)) = (statistics.min(field.name()), statistics.max(field.name())) else {
            continue;
        };
        let overlap = overlap::of(field.name(), &min, &max);
        overlaps.extend(
            overlap.map_err(|cause| Error::new(Kind::Bug, "bounds of files", cause.to_string()).with_source(cause))?,
        );
    }
    Ok((overlaps, columns.len().saturating_sub(most) as u64))
}
