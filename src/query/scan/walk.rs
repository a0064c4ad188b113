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
use futures::stream::try_unfold;
use futures::{Stream, StreamExt};
use parquet::errors::ParquetError;

use super::decode::Decoder;
use super::next::Next;
use super::open::{Opened, RowGroup};
use super::reader::RowGroupReads;
use super::source::LakeSource;
use super::{here, outward};
use crate::query::crew::Crew;
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
    /// Were the files held against what subqueries found?
    is_begun: bool,
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
            is_begun: false,
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
}
