//! What a scan would read, found by the functions that read it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::ahead::Parcel;
use super::open::{Opened, open};
use super::source::LakeSource;
use super::wanted::total;
use super::{Scan, ask, top};
use crate::error::Result;
use crate::http::still::unless_still;
use crate::query::failure::sql_error;
use crate::table::parquet::footer_guess;

/// Footers that a plan reads beyond those that are known. One for each of so many files takes
/// a few seconds at worst; the rest is estimated by them.
const FOOTERS_READ: usize = 32;

/// Files of which is asked whether their footers are known, when none may be read.
const LOOKED_FOR: usize = 1000;

/// What a scan would read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::query) struct Estimate {
    pub(in crate::query) row_groups_total: u64,
    pub(in crate::query) row_groups_kept: u64,
    pub(in crate::query) bytes: u64,
    pub(in crate::query) requests: u64,
    /// Columns that are read from files, as Parquet paths.
    pub(in crate::query) columns: Vec<String>,
    /// Is a part of it concluded from other files?
    pub(in crate::query) partial: bool,
}

/// Opens files until [`FOOTERS_READ`] unknown footers were read, and concludes the rest from them.
pub(super) async fn estimate(source: &LakeSource, limit: Option<usize>) -> Result<Estimate> {
    let bounded = top::bounded(source, &source.scan.pruned.kept).await;
    let bounded = unless_still(bounded.map_err(|error| sql_error(error, "")))?.flatten();
    let (source, kept) = match &bounded {
        Some(first) => (&first.source, &first.files),
        None => (source, &source.scan.pruned.kept),
    };
    let scan = &source.scan;
    let mut wanted = limit;
    let (mut found, mut afresh) = (Estimate::default(), Afresh::default());
    let (mut opened_files, mut opened_bytes, mut footers, mut left) = (0_usize, 0_u64, 0, Unopened::default());
    for (looked, file) in kept.iter().enumerate() {
        if wanted == Some(0) {
            break;
        }
        // What is not opened need not be described, which takes long for many files; unless more footers are known.
        if footers == FOOTERS_READ
            && (scan.scope.footers.count() <= opened_files || scan.scope.is_still && looked >= LOOKED_FOR)
            && let Some(size) = scan.table.files.size_bytes(*file)
        {
            left.add(scan, *file, size, &mut wanted);
            found.partial = true;
            continue;
        }
        let Some(described) = unless_still(scan.describe(*file).await)? else {
            left.files += 1;
            found.partial = true;
            continue;
        };
        let (path, size) = (&described.object_meta.location, described.object_meta.size);
        if !scan.scope.footers.knows(path, size, scan.table.mapping.as_ref()) {
            if footers == FOOTERS_READ {
                left.add(scan, *file, size, &mut wanted);
                found.partial = true;
                continue;
            }
            footers += 1;
        }
        let opened = open(source, *file, wanted).await.map_err(|error| sql_error(error, ""));
        let Some(opened) = unless_still(opened)? else {
            left.add(scan, *file, size, &mut wanted);
            found.partial = true;
            continue;
        };
        wanted = wanted.map(|wanted| wanted.saturating_sub(opened.rows()));
        opened_files += 1;
        opened_bytes += size;
        add(&mut found, &mut afresh, source, opened, limit).await?;
    }
    if found.partial && opened_files == 0 {
        guess(&mut found, source, &left);
    } else if found.partial {
        conclude(&mut found, &afresh, (opened_files as u64, opened_bytes), &left);
    }
    let columns = scan.seen_columns().unwrap_or_default();
    found.columns = columns.iter().cloned().collect();
    found.columns.sort();
    Ok(found)
}

/// Files that are not opened.
#[derive(Debug, Default)]
struct Unopened {
    files: u64,
    /// Bytes of those that come whole with their footers.
    small_bytes: u64,
    /// The others.
    large_files: u64,
    large_bytes: u64,
    /// What is read of their ends.
    footer_bytes: u64,
}

impl Unopened {
    /// Adds a file; where no footer may be read, as far as a limit wants its rows.
    fn add(&mut self, scan: &Scan, file: usize, size_bytes: u64, wanted: &mut Option<usize>) {
        let rows = scan
            .table
            .files
            .num_records(file)
            .filter(|rows| *rows > 0 && scan.scope.is_still);
        let bytes = match (wanted, rows) {
            (Some(wanted), Some(rows)) => {
                let taken = rows.min(*wanted as u64);
                *wanted = wanted.saturating_sub(usize::try_from(rows).unwrap_or(usize::MAX));
                let share = u128::from(size_bytes) * u128::from(taken) / u128::from(rows);
                u64::try_from(share).unwrap_or(size_bytes)
            }
            _ => size_bytes,
        };
        self.files += 1;
        let footer = footer_guess(size_bytes);
        if footer == size_bytes {
            self.small_bytes += size_bytes;
        } else {
            self.large_files += 1;
            self.large_bytes += bytes;
            self.footer_bytes += footer;
        }
    }

    /// Bytes that their footers bring.
    fn footers(&self) -> u64 {
        self.small_bytes.saturating_add(self.footer_bytes)
    }
}

/// No file was opened: columns are taken to be of one width, and each file to need its footer and one read.
fn guess(found: &mut Estimate, source: &LakeSource, left: &Unopened) {
    let all = source.scan.table_schema.file_schema().fields().len().max(1);
    let read = source.columns_read().min(all);
    let bytes = u128::from(left.large_bytes) * read as u128 / all as u128;
    found.bytes = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(left.footers());
    found.requests = left.files + if read > 0 { left.large_files } else { 0 };
}

/// What the opened files would cost if nothing of them were kept already: of the others nothing is.
#[derive(Debug, Default)]
struct Afresh {
    bytes: u64,
    requests: u64,
}

async fn add(
    found: &mut Estimate,
    afresh: &mut Afresh,
    source: &LakeSource,
    opened: Opened,
    limit: Option<usize>,
) -> Result<()> {
    found.row_groups_total += opened.metadata.num_row_groups() as u64;
    let columns = columns(source, &opened, limit).await?;
    let (mut parcel, mut number, mut together) = (Parcel::default(), 0, vec![]);
    for row_group in opened.remaining() {
        found.row_groups_kept += 1;
        let ranges = opened.reads.wanted(row_group.index, &columns);
        let before = std::mem::replace(&mut number, parcel.number(&ranges));
        if number != before || limit.is_some() {
            count(found, afresh, &opened, &std::mem::take(&mut together))?;
        }
        together.extend(ranges);
    }
    count(found, afresh, &opened, &together)
}

/// The columns that are read, or why none can be.
async fn columns(source: &LakeSource, opened: &Opened, limit: Option<usize>) -> Result<Arc<HashSet<String>>> {
    let scan = &source.scan;
    if let Some(first) = opened.remaining().next().filter(|_| scan.seen_columns().is_none()) {
        let decoder = source.decoder(limit);
        let asked = ask::columns_read(&decoder, &opened.file, &opened.metadata, first.index).await;
        scan.see_columns(asked.map_err(|error| sql_error(error, ""))?);
    }
    Ok(scan.seen_columns().unwrap_or_default())
}

/// Adds ranges that are asked for at once.
fn count(found: &mut Estimate, afresh: &mut Afresh, opened: &Opened, ranges: &[Range<u64>]) -> Result<()> {
    let requests = opened.reads.requests(ranges)?;
    found.bytes += total(&requests);
    found.requests += requests.len() as u64;
    afresh.bytes += total(ranges).max(total(&requests));
    afresh.requests += requests.len().max(usize::from(!ranges.is_empty())) as u64;
    Ok(())
}

/// Files that were not opened are taken to be like those that were, in proportion to their sizes.
fn conclude(found: &mut Estimate, afresh: &Afresh, (opened, opened_bytes): (u64, u64), left: &Unopened) {
    let scale = |known: u64, part: u64, whole: u64| {
        let scaled = u128::from(known) * u128::from(part) / u128::from(whole.max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    };
    let data = scale(afresh.bytes, left.large_bytes, opened_bytes);
    found.bytes = found.bytes.saturating_add(data).saturating_add(left.footers());
    found.requests += scale(afresh.requests, left.large_files, opened) + left.files;
    found.row_groups_total += scale(found.row_groups_total, left.files, opened);
    found.row_groups_kept += scale(found.row_groups_kept, left.files, opened);
}
