//! Streams all rows of a statement, or of a kept result, into files: chunk by chunk, as fast as the page takes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::future::{Either, select};
use futures::stream::{BoxStream, StreamExt, iter};

use super::answer::{Clock, PROGRESS};
use super::flow::Flow;
use super::results::lock;
use super::{Core, Engine};
use crate::error::{Error, Kind, Result};
use crate::protocol::{Body, Event, ExportFormat, SaveRows, Saved, SavedFile, Split, Ticket};
use crate::query::arrange::ResultRows;
use crate::query::export::{Encode, encoder, notes};
use crate::query::split::Splitter;
use crate::query::{self, ResultSet, ScanCounts};
use crate::runtime::{now_millis, pause, sleep};

/// Bytes on the way to the page at which a stream waits: enough to keep a disk busy, little beside the engine.
const WINDOW_BYTES: u64 = 8 << 20;

/// Bytes that make a chunk worth sending.
const CHUNK_BYTES: usize = 1 << 20;

/// What is to be saved.
pub(super) struct Order {
    pub(super) ticket: Ticket,
    pub(super) rows: SaveRows,
    pub(super) format: ExportFormat,
    pub(super) split: Option<Split>,
}

/// Rows on their way into files.
struct Source {
    schema: SchemaRef,
    batches: BoxStream<'static, Result<RecordBatch>>,
    counts: ScanCounts,
    versions: BTreeMap<String, u64>,
}

impl Engine {
    /// Sends the files in chunks and tells what they are in the end.
    pub(super) async fn save(&self, core: &Core, order: Order) -> Result<Saved> {
        let clock = Clock::new();
        let mut source = core.rows_of(&order.rows, &clock).await?;
        let notes = notes(&source.schema, order.format);
        let splitter = order.split.as_ref().map(|split| Splitter::new(&source.schema, split));
        let mut splitter = splitter.transpose()?;
        if let Some(splitter) = splitter.as_mut().filter(|splitter| splitter.wants_survey()) {
            while let Some(batch) = source.batches.next().await {
                splitter.survey(&batch?)?;
                pause().await;
            }
            splitter.settle();
            let again = order.rows.at(&source.versions);
            source = core.rows_of(&again, &clock).await?;
        }
        let count = order.split.as_ref().map_or(1, |split| split.shares.len());
        let file = || {
            Ok(File {
                encoder: encoder(&source.schema, order.format)?,
                saved: SavedFile::default(),
            })
        };
        let saving = Saving {
            engine: self,
            ticket: order.ticket,
            flow: core.flows.begin(order.ticket, WINDOW_BYTES),
            files: (0..count).map(|_| file()).collect::<Result<_>>()?,
            splitter,
            clock,
            told_millis: now_millis(),
        };
        let mut saved = saving.run(source).await?;
        saved.notes = notes;
        Ok(saved)
    }
}

impl Core {
    async fn rows_of(&self, rows: &SaveRows, clock: &Clock) -> Result<Source> {
        match rows {
            SaveRows::Result(result) => {
                let set = self.results.get(*result)?;
                let rows = whole(&lock(&set))?;
                Ok(Source {
                    schema: Arc::clone(&rows.schema),
                    batches: iter(rows.into_batches()).boxed(),
                    counts: ScanCounts::default(),
                    versions: BTreeMap::new(),
                })
            }
            SaveRows::Statement {
                sql,
                parameters,
                versions,
            } => {
                let meter = &clock.meter;
                let running = self.session.query_at(sql, parameters, versions, meter).await?;
                let sql = sql.clone();
                let failed = move |error| query::sql_error(error, &sql);
                Ok(Source {
                    schema: running.schema,
                    batches: running.batches.map(move |batch| batch.map_err(&failed)).boxed(),
                    counts: running.counts,
                    versions: running.versions,
                })
            }
        }
    }
}

fn whole(set: &ResultSet) -> Result<ResultRows> {
    if set.is_complete() {
        return Ok(set.share());
    }
    let detail = "Only the beginning of this result is kept. Save the statement, which is then run again.";
    Err(Error::new(Kind::TooBig, "result", detail))
}

/// A file under way.
struct File {
    encoder: Box<dyn Encode>,
    saved: SavedFile,
}

struct Saving<'a> {
    engine: &'a Engine,
    ticket: Ticket,
    flow: Flow<'a>,
    files: Vec<File>,
    splitter: Option<Splitter>,
    clock: Clock,
    told_millis: f64,
}

impl Saving<'_> {
    async fn run(mut self, mut source: Source) -> Result<Saved> {
        let mut tick = Box::pin(sleep(PROGRESS));
        loop {
            let next = match select(source.batches.next(), tick).await {
                Either::Left((next, waiting)) => {
                    tick = waiting;
                    next
                }
                Either::Right(((), _)) => {
                    tick = Box::pin(sleep(PROGRESS));
                    self.tell(&source.counts);
                    continue;
                }
            };
            let Some(batch) = next else { break };
            self.write(&batch?)?;
            self.send(CHUNK_BYTES).await;
            self.tell_now_and_then(&source.counts);
            // Encoding is work that a statement's own pace does not see.
            pause().await;
        }
        for file in &mut self.files {
            file.encoder.end()?;
        }
        self.send(1).await;
        Ok(Saved {
            files: self.files.iter().map(|file| file.saved).collect(),
            stats: self.clock.stats(&source.counts),
            versions: source.versions,
            notes: vec![],
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let parts = match &self.splitter {
            Some(splitter) => splitter.split(batch)?,
            None => vec![batch.clone()],
        };
        for (file, part) in self.files.iter_mut().zip(&parts) {
            file.saved.rows += part.num_rows() as u64;
            file.encoder.write(part)?;
        }
        Ok(())
    }

    /// Sends what the files have at least `least` bytes of, each when the page has taken enough of what came before.
    async fn send(&mut self, least: usize) {
        for (number, file) in (0..).zip(&mut self.files) {
            if file.encoder.pending() < least {
                continue;
            }
            self.flow.room().await;
            let chunk = file.encoder.take();
            let bytes = chunk.len() as u64;
            file.saved.bytes += bytes;
            self.flow.sent(bytes);
            let event = Event::Chunk { file: number, bytes };
            self.engine.post(self.ticket, Body::Event(event), Some(chunk));
        }
    }

    fn tell_now_and_then(&mut self, counts: &ScanCounts) {
        let silent = Duration::from_secs_f64((now_millis() - self.told_millis).max(0.0) / 1000.0);
        if silent >= PROGRESS {
            self.tell(counts);
        }
    }

    fn tell(&mut self, counts: &ScanCounts) {
        self.told_millis = now_millis();
        let event = Event::Written {
            stats: self.clock.stats(counts),
            rows: self.files.iter().map(|file| file.saved.rows).sum(),
            bytes: self.files.iter().map(|file| file.saved.bytes).sum(),
        };
        self.engine.tell(self.ticket, event);
    }
}
