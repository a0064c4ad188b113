//! What each request does.

use std::time::Duration;

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::{Either, select};

use super::results::{SharedResult, lock};
use super::save::Order;
use super::{Core, Engine};
use crate::error::{Error, Kind, Result};
use crate::http::{Location, Meter};
use crate::protocol::{
    Answer, DERIVED_ROWS, Event, Fetched, Reply, Request, ResultId, Source, Stats, TableInfo, Ticket, Values,
};
use crate::query::arrange::Spilling;
use crate::query::{self, ResultSet, Running, ScanCounts};
use crate::runtime::{now_millis, sleep};
use crate::table::{self, RowField, Table};

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
            Request::Open { name, source } => Reply::Opened {
                table: core.open(&name, &source).await?,
            },
            Request::Close { name } => {
                core.session.deregister(&name)?;
                core.handover.closed(&name);
                Reply::Done
            }
            Request::Plan { sql, parameters } => Reply::Planned {
                plan: core.session.plan_with(&sql, &parameters, &Meter::default()).await?,
            },
            Request::Inspect { table, what } => {
                let clock = Clock::new();
                Reply::Inspected {
                    facts: core.session.inspect(&table, &what, &clock.meter).await?,
                    stats: clock.spent(),
                }
            }
            Request::Preview { sql, parameters } => Reply::Previewed {
                preview: core.session.preview(&sql, &parameters).await,
            },
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
            Request::Functions => Reply::Functions {
                functions: query::functions(core.session.context()),
            },
            of_a_result => return core.of_result(of_a_result).await,
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
            Request::Derive { result, sql } => self.derive(result, &sql).await?,
            Request::Arrange { result, sort, filters } => self.arrange(result, &sort, &filters).await?,
            Request::Totals {
                result,
                start,
                count,
                columns,
            } => {
                self.totals(result, start..start.saturating_add(count), &columns)
                    .await?
            }
            Request::Find { result, text, columns } => self.find(result, &text, &columns).await?,
            Request::Spread {
                result,
                column,
                frequent,
            } => self.spread(result, column, frequent).await?,
            Request::Bytes { result, row, column } => {
                let bytes = lock(&self.results.get(result)?).bytes_of(row, column)?;
                return Ok((
                    Reply::Exported {
                        size_bytes: bytes.len() as u64,
                    },
                    Some(bytes),
                ));
            }
            Request::Export { result, format } => {
                let set = self.results.get(result)?;
                let bytes = lock(&set).export(format)?;
                return Ok((
                    Reply::Exported {
                        size_bytes: bytes.len() as u64,
                    },
                    Some(bytes),
                ));
            }
            Request::Drop { result } => {
                self.results.remove(result);
                Reply::Done
            }
            _ => {
                let detail = "this request is answered at once, not by a task";
                return Err(Error::new(Kind::Bug, "engine", detail));
            }
        };
        Ok((reply, None))
    }

    async fn open(&self, name: &str, source: &Source) -> Result<TableInfo> {
        let clock = Clock::new();
        let urls = source
            .urls
            .iter()
            .map(|url| Location::parse(url))
            .collect::<Result<Vec<_>>>()?;
        // What is opened is read anew: the table may have new commits, the file new bytes.
        for url in &urls {
            self.store.forget(url);
        }
        let store = self.store.metered(&clock.meter);
        let elsewhere = source.elsewhere.as_slice().into();
        let table = table::open_with(&store, &urls, source.version.as_ref(), &elsewhere).await?;
        let info = describe(name, &table, clock.spent());
        self.session.register(name, table)?;
        self.handover.opened(source, &info);
        Ok(info)
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

    /// A statement over a kept result; small by its bound, so that its rows cross at once.
    async fn derive(&self, result: ResultId, sql: &str) -> Result<Reply> {
        let rows = lock(&self.results.get(result)?).share();
        let mut batches = self.session.derive(&rows, sql).await?;
        let mut derived = ResultSet::new(batches.schema(), self.options.result_bytes);
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| query::sql_error(error, sql))?;
            if !derived.push(batch) || derived.rows() > DERIVED_ROWS {
                let detail =
                    format!("it gives more than the {DERIVED_ROWS} rows that are shown at once; aggregate or limit it");
                return Err(Error::new(Kind::TooBig, "derived rows", detail));
            }
        }
        Ok(Reply::Derived {
            columns: derived.columns(),
            rows: derived.values(0, u32::MAX)?,
        })
    }
}

fn describe(name: &str, table: &Table, stats: Stats) -> TableInfo {
    TableInfo {
        name: name.to_owned(),
        format: table.format.name().to_owned(),
        version: table.version.map(|version| version.number),
        timestamp_millis: table.version.and_then(|version| version.timestamp_millis),
        comment: table.comment.clone(),
        note: table.note.clone(),
        columns: query::columns(&table.schema, &table.partition_columns),
        row_fields: table.row_fields().into_iter().map(RowField::column).collect(),
        files: table.files.len() as u64,
        rows: table.files.total_records(),
        size_bytes: table.files.total_size_bytes(),
        stats,
    }
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

    fn spent(&self) -> Stats {
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
