//! Opening a file: its footer, and which of its row groups and pages might hold matching rows.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::apply_file_schema_type_coercions;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::ParquetMetaData;

use super::ahead::ROW_GROUPS_TOLD;
use super::filter::{FileFilter, LookAhead};
use super::fit::Fit;
use super::reader::RowGroupReads;
use super::reads::Reads;
use super::shared::Shared;
use super::source::LakeSource;
use super::{Scan, ask, here, mask, outward, pages};
use crate::query::crew::Crew;
use crate::query::fragment::Fragment;
use crate::table::parquet::arrow_schema;

/// A file of which something might match.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: PartitionedFile,
    pub(super) metadata: Arc<ParquetMetaData>,
    pub(super) reads: Arc<Reads>,
    /// How what [`Decoding`](super::decoding::Decoding) gives becomes the scan's rows; `None` where DataFusion decodes.
    fit: Option<Arc<Fit>>,
    /// What hands make of its rows, once it is known; `None` in it where they cannot be told.
    fragment: OnceLock<Option<Arc<Fragment>>>,
    shared: Shared,
    filter: Option<FileFilter>,
    remaining: VecDeque<RowGroup>,
    /// Was a part of it read before?
    pub(super) is_known: bool,
}

/// A row group to read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RowGroup {
    /// Its place in the file.
    pub(super) index: usize,
    /// The rows that are not deleted and whose pages might match; all without one.
    pub(super) selection: Option<RowSelection>,
    /// Was it narrowed to pages? Then only those are fetched, by its indexes.
    pub(super) is_paged: bool,
}

impl RowGroup {
    /// All rows of the row group at `index`.
    pub(super) fn whole(index: usize) -> Self {
        Self {
            index,
            selection: None,
            is_paged: false,
        }
    }

    /// How many rows of it are read.
    pub(super) fn rows(&self, metadata: &ParquetMetaData) -> usize {
        match &self.selection {
            Some(selection) => selection.row_count(),
            None => usize::try_from(metadata.row_group(self.index).num_rows()).unwrap_or_default(),
        }
    }
}

/// Reads the footer of `file` and as much of its indexes as pruning pays for.
pub(super) async fn open(source: &LakeSource, place: usize, limit: Option<usize>) -> Result<Opened> {
    let scan = &source.scan;
    let (deleted, rows) = (scan.deleted(place), scan.rows_of(place));
    let file = scan.describe(place).await.map_err(outward)?;
    let (path, size) = (&file.object_meta.location, file.object_meta.size);
    let store = scan.scope.store.as_ref();
    let footer = scan.scope.footers.get(store, path, size, scan.table.mapping.as_ref());
    let (metadata, deleted) = futures::future::try_join(footer, deleted).await.map_err(outward)?;
    let schema = arrow_schema(path, &metadata).map_err(outward)?;
    let schema = apply_file_schema_type_coercions(scan.table_schema.file_schema(), &schema).map_or(schema, Arc::new);
    let wanted = scan.table_schema.file_schema();
    scan.table.check_file(path, wanted, &schema).map_err(outward)?;
    let filter = source
        .predicate
        .as_ref()
        .map(|predicate| FileFilter::new(source, predicate, &file, &schema, &metadata));
    let all = (0..metadata.num_row_groups())
        .filter(|index| metadata.row_group(*index).num_rows() > 0)
        .collect();
    let mut kept = match &filter {
        None if deleted.is_some() => whole(all),
        None => pages::first_rows(store, &file, &metadata, all, limit).await?,
        Some(filter) => filter.prune_file(store, &file, all).await?,
    };
    if let Some(deleted) = &deleted {
        mask::check(path, deleted, rows, &metadata).map_err(outward)?;
        kept.row_groups = mask::without(kept.row_groups, deleted, &metadata);
    }
    let is_known = source.leave_out(place, &mut kept.row_groups, &metadata);
    if let Some(order) = &source.order {
        order.sort(&mut kept.row_groups, &metadata, &schema);
    }
    let reads = Reads::new(scan, path.clone(), Arc::clone(&metadata), &kept);
    if let Some(first) = kept.row_groups.first() {
        see_columns(source, &file, &metadata, first.index, limit).await;
    }
    let fit = match limit {
        None => source.fit(&file, &metadata, &schema)?,
        Some(_) => None,
    };
    // What a hand would read more, or less, than the decoder is none of its.
    let seen = scan.seen_columns();
    let fit = fit.filter(|fit| seen.as_deref() == Some(&fit.leaves));
    Ok(Opened {
        fragment: OnceLock::new(),
        is_known,
        file,
        metadata,
        reads: Arc::new(reads),
        fit: fit.map(Arc::new),
        shared: Shared::default(),
        filter,
        remaining: kept.row_groups.into(),
    })
}

/// Notes which columns the decoder reads, as of `row_group`, unless that is known. What the decoder cannot do it says when it
/// is to decode.
async fn see_columns(
    source: &LakeSource,
    file: &PartitionedFile,
    metadata: &Arc<ParquetMetaData>,
    row_group: usize,
    limit: Option<usize>,
) {
    if source.scan.seen_columns().is_some() {
        return;
    }
    let decoder = source.decoder(limit);
    if let Ok(columns) = ask::columns_read(&decoder, file, metadata, row_group).await {
        source.scan.see_columns(columns);
    }
}

/// The row groups to read, and the metadata with the page indexes by which selections were made.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) row_groups: Vec<RowGroup>,
    pub(super) indexed: Option<Arc<ParquetMetaData>>,
}

impl Opened {
    /// The next row group that might still match: filters may have become narrower meanwhile.
    pub(super) fn next(&mut self) -> Result<Option<RowGroup>> {
        if let Some(filter) = &mut self.filter {
            let before = self.remaining.len();
            if filter.has_changed() {
                let left: Vec<usize> = self.remaining.iter().map(|row_group| row_group.index).collect();
                let left = filter.might_match(left)?;
                self.remaining.retain(|row_group| left.contains(&row_group.index));
                self.reads.keep_only(&left);
                self.shared.keep_only(&left);
            }
            filter.note(before - self.remaining.len(), !self.remaining.is_empty());
        }
        Ok(self.remaining.pop_front())
    }

    /// The row groups after the one that [`next`](Self::next) gave last, as far as they may be
    /// fetched ahead: as many as the filter lets expect to be wanted.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = usize> {
        let next = self.remaining.iter().map(|row_group| row_group.index);
        let next = next.filter(|index| !self.shared.has(*index));
        let count = match self.look_ahead() {
            LookAhead::All => ROW_GROUPS_TOLD,
            LookAhead::Likely => self.reads.likely(next.clone()),
            LookAhead::Next => self.reads.together_in_doubt(next.clone()),
            LookAhead::Nothing => 0,
        };
        next.take(count)
    }

    /// The row groups that are left, as far as a hand may decode them before it is their turn.
    fn expected(&self) -> impl Iterator<Item = &RowGroup> {
        let count = match self.look_ahead() {
            LookAhead::All | LookAhead::Likely => usize::MAX,
            LookAhead::Next => 1,
            LookAhead::Nothing => 0,
        };
        self.remaining.iter().take(count)
    }

    pub(super) fn look_ahead(&self) -> LookAhead {
        self.filter.as_ref().map_or(LookAhead::All, FileFilter::look_ahead)
    }

    /// Bytes that are read of the row groups that are left, as far as hands may decode them.
    pub(super) fn shared_bytes(&self) -> u64 {
        let Some(fit) = &self.fit else {
            return 0;
        };
        let bytes = self.remaining.iter().filter(|row_group| !row_group.is_paged);
        bytes
            .map(|row_group| self.reads.bytes(row_group.index, &fit.leaves))
            .sum()
    }

    /// Sends row groups to hands as long as there are places. Are all there that are left of it?
    pub(super) fn share(&mut self, crew: &Crew, source: &LakeSource) -> bool {
        let Some(fit) = &self.fit else {
            return false;
        };
        let fragment = match &source.fragment {
            None => None,
            Some(fragment) => {
                let made = || fragment.after(&fit.projection, &fit.read).map(Arc::new);
                let Some(made) = self.fragment.get_or_init(made) else {
                    return false;
                };
                Some(Arc::clone(made))
            }
        };
        // Those that were narrowed to pages are decoded here: a hand gets whole chunks.
        let whole = self.expected().take_while(|row_group| !row_group.is_paged);
        let next: Vec<RowGroup> = whole.take(crew.places()).cloned().collect();
        for row_group in &next {
            if self.shared.has(row_group.index) {
                continue;
            }
            if !crew.is_worth_sending(self.reads.bytes(row_group.index, &fit.leaves)) {
                return false;
            }
            let Some(place) = crew.place() else {
                return false;
            };
            // What is fetched together with it is begun first.
            self.reads.fetch_ahead(self.upcoming());
            let fragment = fragment.as_ref();
            self.shared.send(&self.reads, fit, row_group, source, fragment, place);
        }
        next.len() == self.remaining.len()
    }

    /// The rows of the row group that [`next`](Self::next) gave last, if a hand decodes it; and are they what the scan's
    /// fragment makes of them?
    pub(super) fn shared_rows(
        &mut self,
        scan: &Arc<Scan>,
        row_group: &RowGroup,
    ) -> Option<(SendableRecordBatchStream, bool)> {
        let fit = self.fit.as_ref()?;
        self.shared.take(scan, &self.reads, fit, row_group.index)
    }

    /// The rows of the row group of `readers`, decoded here but not by DataFusion, where that can be.
    pub(super) fn rows_here(
        &self,
        readers: &RowGroupReads,
        source: &LakeSource,
    ) -> Option<Result<SendableRecordBatchStream>> {
        let fit = self.fit.as_ref().filter(|_| !readers.row_group.is_paged)?;
        Some(here::rows(readers, fit, source))
    }

    /// Rows of the row groups that are left, selections counted as they select.
    pub(super) fn rows(&self) -> usize {
        let rows = self.remaining.iter().map(|row_group| row_group.rows(&self.metadata));
        rows.sum()
    }

    /// The row groups that are left.
    pub(super) fn remaining(&self) -> impl Iterator<Item = &RowGroup> {
        self.remaining.iter()
    }
}

/// Row groups without selections.
pub(super) fn whole(row_groups: Vec<usize>) -> Kept {
    let row_groups = row_groups.into_iter().map(RowGroup::whole).collect();
    Kept {
        row_groups,
        indexed: None,
    }
}
