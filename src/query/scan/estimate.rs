//! What a scan would read, found by the functions that read it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::datasource::listing::PartitionedFile;
use futures::{StreamExt, stream};

use super::ahead::{Parcel, apart};
use super::filter::{LookAhead, SETTLED_AFTER};
use super::open::{Opened, open};
use super::source::LakeSource;
use super::walk::FILES_AHEAD;
use super::wanted::total;
use super::{ask, top};
use crate::error::Result;
use crate::http::still::unless_still;
use crate::query::failure::sql_error;
use unopened::Unopened;

mod unopened;

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
    let mut estimating = Estimating::new(source, limit);
    if limit.is_none() && !source.scan.scope.is_still {
        estimating.open_together(kept).await;
    }
    for (looked, file) in kept.iter().enumerate() {
        if estimating.wanted == Some(0) {
            break;
        }
        estimating.take(looked, *file).await?;
    }
    Ok(estimating.finish())
}

/// An estimate that is being made.
struct Estimating<'a> {
    source: &'a LakeSource,
    limit: Option<usize>,
    /// Rows that a limit still wants.
    wanted: Option<usize>,
    found: Estimate,
    afresh: Afresh,
    /// Files that were opened before it was their turn.
    together: HashMap<usize, datafusion::error::Result<Opened>>,
    opened_files: usize,
    opened_bytes: u64,
    /// Unknown footers that were read.
    footers: usize,
    left: Unopened,
}

impl<'a> Estimating<'a> {
    fn new(source: &'a LakeSource, limit: Option<usize>) -> Self {
        Self {
            source,
            limit,
            wanted: limit,
            found: Estimate::default(),
            afresh: Afresh::default(),
            together: HashMap::new(),
            opened_files: 0,
            opened_bytes: 0,
            footers: 0,
            left: Unopened::default(),
        }
    }

    /// Opens the first files, of which each is needed, as many at once as a scan does: one after the other they would be a
    /// round trip each.
    async fn open_together(&mut self, kept: &[usize]) {
        let first = kept.iter().copied().take(FOOTERS_READ);
        let opening: Vec<_> = first.map(|file| open_first(self.source.clone(), file)).collect();
        let mut opened = stream::iter(opening).buffer_unordered(FILES_AHEAD);
        while let Some((file, is_known, opened)) = opened.next().await {
            self.footers += usize::from(!is_known);
            self.together.insert(file, opened);
        }
    }

    /// Adds a file, before which `looked` were looked at.
    async fn take(&mut self, looked: usize, file: usize) -> Result<()> {
        let scan = &self.source.scan;
        if let Some(opened) = self.together.remove(&file) {
            return self.add(file, opened).await;
        }
        // What is not opened need not be described, which takes long for many files; unless more footers are known.
        if self.footers == FOOTERS_READ
            && (scan.scope.footers.count() <= self.opened_files || scan.scope.is_still && looked >= LOOKED_FOR)
            && let Some(size) = scan.table.files.size_bytes(file)
        {
            self.leave(file, size);
            return Ok(());
        }
        let Some(described) = unless_still(scan.describe(file).await)? else {
            self.left.files += 1;
            self.found.partial = true;
            return Ok(());
        };
        if !knows(self.source, &described) {
            if self.footers == FOOTERS_READ {
                self.leave(file, described.object_meta.size);
                return Ok(());
            }
            self.footers += 1;
        }
        let opened = open(self.source, file, self.wanted).await;
        self.add(file, opened).await
    }

    /// Adds a file that was opened, or that could not be without a request.
    async fn add(&mut self, file: usize, opened: datafusion::error::Result<Opened>) -> Result<()> {
        let opened = opened.map_err(|error| sql_error(error, ""));
        let Some(opened) = unless_still(opened)? else {
            let described = self.source.scan.describe(file).await?;
            self.leave(file, described.object_meta.size);
            return Ok(());
        };
        self.wanted = self.wanted.map(|wanted| wanted.saturating_sub(opened.rows()));
        self.opened_files += 1;
        self.opened_bytes += opened.file.object_meta.size;
        add(&mut self.found, &mut self.afresh, self.source, opened, self.limit).await
    }

    /// Adds a file that is not opened.
    fn leave(&mut self, file: usize, size_bytes: u64) {
        self.left.add(&self.source.scan, file, size_bytes, &mut self.wanted);
        self.found.partial = true;
    }

    fn finish(self) -> Estimate {
        let (mut found, opened) = (self.found, (self.opened_files as u64, self.opened_bytes));
        if found.partial && self.opened_files == 0 {
            guess(&mut found, self.source, &self.left);
        } else if found.partial {
            conclude(&mut found, &self.afresh, opened, &self.left);
        }
        let columns = self.source.scan.seen_columns().unwrap_or_default();
        found.columns = columns.iter().cloned().collect();
        found.columns.sort();
        found
    }
}

/// A file, whether its footer was known before, and what was opened. Which of the first files tells the scan's columns is
/// that whose footer comes first, as when it runs.
async fn open_first(source: LakeSource, file: usize) -> (usize, bool, datafusion::error::Result<Opened>) {
    let described = source.scan.describe(file).await;
    let is_known = described.is_ok_and(|described| knows(&source, &described));
    (file, is_known, open(&source, file, None).await)
}

/// Is a file's footer known without a request?
fn knows(source: &LakeSource, file: &PartitionedFile) -> bool {
    let (scan, meta) = (&source.scan, &file.object_meta);
    scan.scope
        .footers
        .knows(&meta.location, meta.size, scan.table.mapping.as_ref())
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
    let look_ahead = opened.look_ahead();
    let (mut parcel, mut number, mut together) = (Parcel::of(look_ahead), 0, vec![]);
    for row_group in opened.remaining() {
        found.row_groups_kept += 1;
        // The first ones are asked for one after the other while a filter may still rule out the next.
        let is_in_doubt = matches!(look_ahead, LookAhead::Next | LookAhead::Nothing);
        let is_first = is_in_doubt && found.row_groups_kept <= SETTLED_AFTER as u64;
        if is_first {
            parcel = Parcel::of(look_ahead);
        }
        let ranges = opened.reads.wanted(row_group.index, &columns);
        let before = std::mem::replace(&mut number, parcel.number(&ranges));
        if number != before || limit.is_some() || is_first {
            count(found, afresh, &opened, std::mem::take(&mut together))?;
        }
        together.push(ranges);
    }
    count(found, afresh, &opened, together)
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

/// Adds the ranges of a parcel's row groups.
fn count(found: &mut Estimate, afresh: &mut Afresh, opened: &Opened, parcel: Vec<Vec<Range<u64>>>) -> Result<()> {
    for ranges in apart(parcel, Vec::as_slice) {
        let ranges = ranges.concat();
        let requests = opened.reads.requests(&ranges)?;
        found.bytes += total(&requests);
        found.requests += requests.len() as u64;
        afresh.bytes += total(&ranges).max(total(&requests));
        afresh.requests += requests.len().max(usize::from(!ranges.is_empty())) as u64;
    }
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
