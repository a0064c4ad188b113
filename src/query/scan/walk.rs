//! [`Walk`]: a scan under way, file by file, row group by row group.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use datafusion::common::internal_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::expressions::DynamicFilterTracking;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream::{self, try_unfold};
use futures::{Stream, StreamExt};
use parquet::errors::ParquetError;

use super::decode::Decoder;
use super::next::Next;
use super::open::{Opened, RowGroup};
use super::reader::RowGroupReads;
use super::source::LakeSource;
use super::top::remember;
use super::{here, outward};
use crate::query::crew::Crew;
use crate::query::fragment::Fragment;
use crate::runtime::now_millis;
use crate::table::parquet::damaged;

mod files;

pub(super) use files::FILES_AHEAD;

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
    /// Were the files held against what subqueries and other sides of joins found before?
    is_begun: bool,
    opening: VecDeque<Next>,
    /// Hands, once what is read is worth them.
    crew: Option<Crew>,
    /// What is read after the files that are read first, once that is known.
    rest: Option<(LakeSource, VecDeque<usize>)>,
    is_divided: bool,
    /// Was any of that read?
    has_read_rest: bool,
    file: Option<Opened>,
    rows: Option<SendableRecordBatchStream>,
    /// Rows of the present row group, of which some may be left out.
    row_group_rows: usize,
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
            is_begun: false,
            source,
            wanted: limit,
            decoder,
            files,
            opening,
            crew: None,
            rest: None,
            is_divided: false,
            has_read_rest: false,
            file,
            rows,
            row_group_rows: 0,
        }
    }

    /// The rows. Dropping the stream aborts everything that is on its way.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<RecordBatch>> + Send {
        try_unfold(self, |mut walk| async move {
            Ok(walk.next().await?.map(|batch| (batch, walk)))
        })
    }

    /// Begins a row group; of how many rows it is, or `None` when none is read.
    pub(super) async fn begin(&mut self) -> Result<Option<usize>> {
        while self.rows.is_none() {
            self.source.scan.pace().await;
            if !self.next_row_group()? && !self.next_file().await? {
                return Ok(None);
            }
        }
        Ok(Some(self.row_group_rows))
    }

    /// Rows of all files, if the others are as the present one.
    pub(super) fn rows_expected(&self) -> u64 {
        let rows = self.file.as_ref().map(|file| file.metadata.file_metadata().num_rows());
        let rows = rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or_default();
        rows.saturating_mul(self.source.scan.pruned.kept.len() as u64)
    }

    /// From the present row group on, gives what `fragment` makes of the rows; `first` are those of it that were given.
    pub(super) fn make(&mut self, first: Vec<RecordBatch>, fragment: &Arc<Fragment>) -> Result<()> {
        self.source.fragment = Some(Arc::clone(fragment));
        if let Some((rest, _)) = &mut self.rest {
            rest.fragment = Some(Arc::clone(fragment));
        }
        if let Some(rows) = self.rows.take() {
            let schema = rows.schema();
            let all = stream::iter(first.into_iter().map(Ok)).chain(rows);
            let rows = Box::pin(RecordBatchStreamAdapter::new(schema, all));
            self.rows = Some(fragment.run(rows, self.source.scan.context())?);
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.begin().await?.is_some() {
            if let Some(batch) = self.next_of_row_group().await? {
                return Ok(Some(batch));
            }
            self.rows = None;
        }
        if !self.has_read_rest {
            remember(&self.source);
        }
        Ok(None)
    }

    /// The next rows of the row group that was begun.
    pub(super) async fn next_of_row_group(&mut self) -> Result<Option<RecordBatch>> {
        self.source.scan.pace().await;
        let Some(rows) = &mut self.rows else {
            return Ok(None);
        };
        let tally = &self.source.scan.tally;
        let decoded = poll_fn(|context| {
            let began = now_millis();
            let polled = rows.poll_next_unpin(context);
            tally.decode(now_millis() - began);
            polled
        });
        let decoded = decoded.await;
        decoded.transpose().map_err(|error| self.named(error))
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
        self.row_group_rows = row_group.rows(&file.metadata);
        self.has_read_rest |= self.source.is_rest();
        let (rows, is_made) = match file.shared_rows(&self.source.scan, &row_group) {
            Some(shared) => shared,
            None => (self.rows_here(row_group)?, false),
        };
        self.rows = Some(match &self.source.fragment {
            Some(fragment) if !is_made => fragment.run(rows, self.source.scan.context())?,
            _ => rows,
        });
        Ok(true)
    }

    /// The rows of a row group of the present file that are decoded here.
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
        if let Some(rows) = file.rows_here(&readers, &self.source) {
            return rows;
        }
        let (count, due) = (file.metadata.num_row_groups(), readers.row_group.rows(&file.metadata));
        let (path, row_group) = (readers.reads.path.clone(), readers.row_group.clone());
        let rows = self
            .decoder
            .decode(file.file.clone(), count, &row_group, Arc::new(readers))?;
        Ok(match self.wanted {
            None => here::whole(rows, due, path),
            Some(_) => rows,
        })
    }
}
