//! [`Walk`]: a scan under way, file by file, row group by row group.

use std::collections::{HashSet, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use datafusion::common::internal_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::expressions::DynamicFilterTracking;
use datafusion::physical_expr::utils::reassign_expr_columns;
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use futures::stream::try_unfold;
use futures::{Stream, StreamExt};
use parquet::errors::ParquetError;

use super::decode::Decoder;
use super::filter::is_final;
use super::next::Next;
use super::open::{Opened, RowGroup, open};
use super::reader::RowGroupReads;
use super::source::LakeSource;
use super::top::bounded;
use super::{here, outward};
use crate::query::crew::Crew;
use crate::runtime::{now_millis, spawn};
use crate::table::parquet::damaged;
use crate::table::prune::prune;

/// Files whose footers, and what the allowance has room for of their data, are on their way while one is read: what a
/// host answers at once over HTTP/1.1.
const FILES_AHEAD: usize = 6;

/// The same while a filter may still grow narrower. One hides the round trip between files; more would read footers that
/// it makes needless.
const FILES_AHEAD_IN_DOUBT: usize = 1;

/// Times in a row that a narrower predicate rules out no file, after which it is not expected to: files that all hold
/// values of the whole range are held against it in vain, and many of them take long.
const SETTLED_AFTER: usize = 3;

/// Reads what a scan reads, in order.
pub(super) struct Walk {
    source: LakeSource,
    /// Rows that are still wanted of files that are not open yet.
    wanted: Option<usize>,
    decoder: Decoder,
    /// Files that are not open yet.
    files: VecDeque<usize>,
    /// Whether the predicate has grown narrower since those were held against it.
    tracking: DynamicFilterTracking,
    /// How often in a row that ruled out none.
    fruitless: usize,
    opening: VecDeque<Next>,
    /// Hands, once what is read is worth them.
    crew: Option<Crew>,
    /// What is read after the files that are read first, once that is known.
    rest: Option<(LakeSource, VecDeque<usize>)>,
    is_divided: bool,
    file: Option<Opened>,
    rows: Option<SendableRecordBatchStream>,
}

impl Walk {
    pub(super) fn new(source: &LakeSource, limit: Option<usize>) -> Self {
        let kept = &source.scan.pruned.kept;
        let files = match &source.order {
            Some(order) => order.files(&source.scan, kept),
            None => kept.clone(),
        };
        let (opening, file, rows) = (VecDeque::new(), None, None);
        let tracking = match &source.predicate {
            Some(predicate) => DynamicFilterTracking::classify(predicate),
            None => DynamicFilterTracking::Static,
        };
        let (source, decoder, files) = (source.clone(), source.decoder(limit), files.into());
        Self {
            tracking,
            fruitless: 0,
            source,
            wanted: limit,
            decoder,
            files,
            opening,
            crew: None,
            rest: None,
            is_divided: false,
            file,
            rows,
        }
    }

    /// The rows. Dropping the stream aborts everything that is on its way.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<RecordBatch>> + Send {
        try_unfold(self, |mut walk| async move {
            Ok(walk.next().await?.map(|batch| (batch, walk)))
        })
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            self.source.scan.pace().await;
            if let Some(rows) = &mut self.rows {
                let tally = &self.source.scan.tally;
                let decoded = poll_fn(|context| {
                    let began = now_millis();
                    let polled = rows.poll_next_unpin(context);
                    tally.decode(now_millis() - began);
                    polled
                });
                match decoded.await {
                    Some(batch) => return batch.map(Some).map_err(|error| self.named(error)),
                    None => self.rows = None,
                }
            } else if !self.next_row_group()? && !self.next_file().await? {
                return Ok(None);
            }
        }
    }

    /// An error of the decoder, with the file in which it found it.
    fn named(&self, error: DataFusionError) -> DataFusionError {
        let decoding = match error.find_root() {
            DataFusionError::ArrowError(arrow, _) => matches!(arrow.as_ref(), ArrowError::ParquetError(_)),
            DataFusionError::ParquetError(parquet) => !matches!(parquet.as_ref(), ParquetError::External(_)),
            _ => false,
        };
        match &self.file {
            Some(file) if decoding => outward(damaged(&file.file.object_meta.location, &error)),
            _ => error,
        }
    }

    /// Sends what is read next to hands, as far as they have places.
    fn share(&mut self) {
        let Some(crew) = self.crew.as_ref().filter(|_| self.wanted.is_none()) else {
            return;
        };
        let opened = self.opening.iter_mut().filter_map(Next::opened);
        for file in self.file.iter_mut().chain(opened) {
            if !file.share(crew, &self.source) {
                return;
            }
        }
    }

    fn next_row_group(&mut self) -> Result<bool> {
        self.share();
        let Some(file) = &mut self.file else {
            return Ok(false);
        };
        let Some(row_group) = file.next()? else {
            self.file = None;
            return Ok(false);
        };
        let shared = file.shared_rows(&self.source.scan, &row_group);
        self.rows = Some(match shared {
            Some(rows) => rows,
            None => self.rows_here(row_group)?,
        });
        Ok(true)
    }

    /// The rows of a row group of the present file that are decoded here, and what is made of them.
    fn rows_here(&self, row_group: RowGroup) -> Result<SendableRecordBatchStream> {
        let Some(file) = &self.file else {
            return internal_err!("a row group is of no file");
        };
        let upcoming = if self.wanted.is_none() {
            file.upcoming().collect()
        } else {
            vec![]
        };
        let readers = RowGroupReads {
            reads: Arc::clone(&file.reads),
            row_group,
            upcoming,
        };
        let rows = if let Some(rows) = file.rows_here(&readers, &self.source) {
            rows?
        } else {
            let (count, due) = (file.metadata.num_row_groups(), readers.row_group.rows(&file.metadata));
            let (path, row_group) = (readers.reads.path.clone(), readers.row_group.clone());
            let rows = self
                .decoder
                .decode(file.file.clone(), count, &row_group, Arc::new(readers))?;
            match self.wanted {
                None => here::whole(rows, due, path),
                Some(_) => rows,
            }
        };
        match &self.source.fragment {
            Some(fragment) => fragment.run(rows, self.source.scan.context()),
            None => Ok(rows),
        }
    }

    /// Opens the next file, and starts opening the ones after it.
    async fn next_file(&mut self) -> Result<bool> {
        if self.wanted == Some(0) {
            return Ok(false);
        }
        let is_other = self.divide().await?;
        self.skip_files(is_other)?;
        self.open_ahead(1 + self.files_ahead());
        let Some(next) = self.opening.pop_front() else {
            return Ok(false);
        };
        let opened = next.open().await?;
        if !opened.is_known {
            self.source.scan.tally.open(&opened.metadata);
        }
        if let Some(wanted) = &mut self.wanted {
            *wanted = wanted.saturating_sub(opened.rows());
        } else {
            self.find_hands(&opened);
            self.open_ahead(self.files_ahead());
        }
        self.file = Some(opened);
        Ok(true)
    }

    /// Puts what bounds tell to be enough before the rest, and goes on to that when it was read: are the files others now?
    async fn divide(&mut self) -> Result<bool> {
        if !std::mem::replace(&mut self.is_divided, true)
            && let Some(first) = bounded(&self.source, self.files.make_contiguous()).await?
        {
            let rest = self.source.without(&first.source);
            let files = std::mem::replace(&mut self.files, first.files.into());
            self.source = first.source;
            self.rest = Some((rest, files));
        }
        if !self.files.is_empty() || !self.opening.is_empty() {
            return Ok(false);
        }
        let Some(rest) = self.rest.take() else { return Ok(false) };
        (self.source, self.files) = rest;
        Ok(true)
    }

    /// How many files may be opened before it is their turn.
    fn files_ahead(&self) -> usize {
        if self.wanted.is_some() {
            return 0;
        }
        match (&self.tracking, &self.source.predicate) {
            (DynamicFilterTracking::Watching(_), Some(predicate))
                if !self.source.is_first() && !is_final(predicate) =>
            {
                FILES_AHEAD_IN_DOUBT
            }
            _ => FILES_AHEAD,
        }
    }

    /// Passes over files that a predicate which grew narrower rules out by the table's own metadata; `is_due` when they
    /// were not held against it yet.
    fn skip_files(&mut self, is_due: bool) -> Result<()> {
        let (Some(predicate), DynamicFilterTracking::Watching(tracker)) = (&self.source.predicate, &mut self.tracking)
        else {
            return Ok(());
        };
        if self.files.is_empty() || self.fruitless == SETTLED_AFTER || !tracker.changed() && !is_due {
            return Ok(());
        }
        let table = &self.source.scan.table;
        let now = snapshot_physical_expr(Arc::clone(predicate))?;
        let pruned = prune(table, &reassign_expr_columns(now, &table.schema)?).map_err(outward)?;
        let kept: HashSet<usize> = pruned.kept.into_iter().collect();
        let before = self.files.len();
        self.files.retain(|file| kept.contains(file));
        self.source.scan.tally.pass(before - self.files.len());
        self.fruitless = if self.files.len() < before {
            0
        } else {
            self.fruitless + 1
        };
        Ok(())
    }

    /// Looks for hands once what is left of the scan is worth them, if all files are as this one.
    fn find_hands(&mut self, opened: &Opened) {
        if self.crew.is_some() {
            return;
        }
        let files = self.files.len() + self.opening.len() + 1;
        let bytes = opened.shared_bytes().saturating_mul(files as u64);
        self.crew = self.source.scan.crew().filter(|crew| crew.is_worth(bytes)).cloned();
    }

    fn open_ahead(&mut self, count: usize) {
        while self.opening.len() < count {
            let Some(file) = self.files.pop_front() else {
                return;
            };
            let (source, wanted) = (self.source.clone(), self.wanted);
            self.opening.push_back(Next::Opening(spawn(async move {
                let opened = open(&source, file, wanted).await?;
                if !opened.is_known {
                    source.scan.scope.counts.add_opened(opened.metadata.num_row_groups());
                }
                if wanted.is_none() {
                    opened.reads.fetch_ahead(opened.upcoming());
                }
                Ok(opened)
            })));
        }
    }
}
