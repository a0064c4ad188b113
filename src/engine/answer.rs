//! What each request does.

use std::ops::ControlFlow;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::{Either, select};

use super::results::{SharedResult, lock};
use super::save::Order;
use super::{Core, Engine};
use crate::error::Result;
use crate::http::{Location, Meter};
use crate::protocol::{Answer, Event, Fetched, Reply, Request, ResultId, Stats, Ticket, Values};
use crate::query::arrange::Spilling;
use crate::query::{self, ResultSet, Running, ScanCounts};
use crate::runtime::{now_millis, sleep};

/// How often a running query tells how far it is: often enough to look alive, rarely enough to cost nothing.
pub(super) const PROGRESS: Duration = Duration::from_millis(100);

/// A reply and the buffer beside it.
type Answered = Result<(Reply, Option<Vec<u8>>)>;

impl Engine {
    /// Does what a request asks; `beside` are the bytes that came with it.
    pub(super) async fn answer(&self, ticket: Ticket, request: Request, beside: Bytes) -> Answered {
        let core = self.core()?;
        let _growing = core.handover.growing(&request);
        let reply = match request {
            Request::Query { sql, parameters } => Reply::Ready {
                answer: self.query(core, ticket, &sql, &parameters).await?,
            },
            Request::Save { rows, format, split } => {
                let order = Order {
                    ticket,
                    rows,
                    format,
                    split,
                };
                Reply::Saved {
                    saved: self.save(core, order).await?,
                }
            }
            Request::Stored => core.stored().await,
            Request::ClearStored => {
                core.store.clear_stored().await;
                core.stored().await
            }
            Request::Weigh => Reply::Weighed {
                spare_bytes: core.spare_bytes(),
            },
            Request::HandOver { first } => return core.hand_over(first).await,
            Request::TakeOver { handed, last } => core.take_over(handed, last, beside, self.spilling()).await?,
            other => match core.of_tables(other).await? {
                ControlFlow::Break(reply) => reply,
                ControlFlow::Continue(of_a_result) => return core.of_result(of_a_result).await,
            },
        };
        Ok((reply, None))
    }

    async fn query(&self, core: &Core, ticket: Ticket, sql: &str, values: &Values) -> Result<Answer> {
        let clock = Clock::new();
        let mut running = core.session.query_with(sql, values, &clock.meter).await?;
        let (result, set) = core.results.insert(self.result_of(core, running.schema.clone()));
        let kept = Kept {
            core,
            result,
            finished: false,
        };
        let columns = lock(&set).columns();
        self.tell(
            ticket,
            Event::Columns {
                result,
                columns: columns.clone(),
            },
        );
        let complete = self.drain(ticket, sql, &mut running, &set, &clock).await?;
        let rows = lock(&set).rows();
        kept.finish();
        Ok(Answer {
            result,
            columns,
            rows,
            complete,
            stats: clock.stats(&running.counts),
            versions: running.versions.clone(),
            operators: running.operators(),
            fetched: core.fetched(&clock.meter),
        })
    }

    /// An empty result.
    fn result_of(&self, core: &Core, schema: SchemaRef) -> ResultSet {
        ResultSet::spilling(schema, core.options.result_bytes, self.spilling())
    }

    /// Where the rows of large results go.
    fn spilling(&self) -> Option<Spilling> {
        self.0.surroundings.spill.clone().map(Spilling::to)
    }

    /// Takes batches until the end (true) or until the result's budget is spent (false).
    async fn drain(
        &self,
        ticket: Ticket,
        sql: &str,
        running: &mut Running,
        set: &SharedResult,
        clock: &Clock,
    ) -> Result<bool> {
        let mut tick = Box::pin(sleep(PROGRESS));
        loop {
            let next = match select(running.batches.next(), tick).await {
                Either::Left((next, waiting)) => {
                    tick = waiting;
                    next
                }
                Either::Right(((), _)) => {
                    tick = Box::pin(sleep(PROGRESS));
                    let rows = lock(set).rows();
                    self.tell(
                        ticket,
                        Event::Progress {
                            stats: clock.stats(&running.counts),
                            rows,
                        },
                    );
                    continue;
                }
            };
            let Some(batch) = next else {
                lock(set).complete();
                return Ok(true);
            };
            if !lock(set).push(batch.map_err(|error| query::sql_error(error, sql))?) {
                return Ok(false);
            }
        }
    }
}

impl Core {
    async fn stored(&self) -> Reply {
        Reply::Stored {
            size_bytes: self.store.stored_bytes().await,
        }
    }

    /// Does what is asked of a kept result.
    async fn of_result(&self, request: Request) -> Answered {
        let reply = match request {
            Request::Rows {
                result,
                start,
                count,
                first_column,
                column_count,
                columns,
            } => {
                let set = self.results.get(result)?;
                let rows = match columns.as_slice() {
                    [] => lock(&set).window(start, count, first_column, column_count)?,
                    columns => lock(&set).window_of(start, count, columns)?,
                };
                Reply::Rows { start, rows }
            }
            Request::Cell { result, row, column } => {
                let set = self.results.get(result)?;
                Reply::Cell {
                    text: lock(&set).cell(row, column)?,
                }
            }
            Request::Values { result, start, count } => {
                let set = self.results.get(result)?;
                Reply::Values {
                    start,
                    rows: lock(&set).values(start, count)?,
                }
            }
            Request::Bytes { result, row, column } => {
                let bytes = lock(&self.results.get(result)?).bytes_of(row, column)?;
                return Ok(exported(bytes));
            }
            Request::Export { result, format } => {
                let set = self.results.get(result)?;
                let bytes = lock(&set).export(format)?;
                return Ok(exported(bytes));
            }
            Request::Drop { result } => {
                self.results.remove(result);
                Reply::Done
            }
            other => self.of_all_rows(other).await?,
        };
        Ok((reply, None))
    }
}

impl Core {
    /// What was fetched, file by file.
    fn fetched(&self, meter: &Meter) -> Vec<Fetched> {
        let fetched = |(url, ranges): (String, Vec<std::ops::Range<u64>>)| {
            let place = Location::parse(&url).ok()?;
            Some(Fetched {
                url: place.without_query().to_owned(),
                size_bytes: self.store.known_size(&place),
                ranges: ranges.iter().map(|range| (range.start, range.end)).collect(),
            })
        };
        meter.asked().into_iter().filter_map(fetched).collect()
    }
}

fn exported(bytes: Vec<u8>) -> (Reply, Option<Vec<u8>>) {
    let size_bytes = bytes.len() as u64;
    (Reply::Exported { size_bytes }, Some(bytes))
}

/// Forgets a result that was never finished, because its query failed or was cancelled.
struct Kept<'a> {
    core: &'a Core,
    result: ResultId,
    finished: bool,
}

impl Kept<'_> {
    fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.core.results.remove(self.result);
        }
    }
}

/// Requests, bytes and time since a ticket began.
pub(super) struct Clock {
    pub(super) meter: Meter,
    started_millis: f64,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            meter: Meter::default(),
            started_millis: now_millis(),
        }
    }

    pub(super) fn spent(&self) -> Stats {
        let costs = self.meter.costs();
        let millis = now_millis() - self.started_millis;
        Stats {
            requests: costs.requests,
            bytes: costs.bytes,
            millis,
            network_millis: self.meter.busy_millis(),
            ..Stats::default()
        }
    }

    pub(super) fn stats(&self, counts: &ScanCounts) -> Stats {
        let mut stats = self.spent();
        counts.fill(&mut stats);
        stats
    }
}
