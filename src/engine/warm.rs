//! Runs what most statements run before the first one comes.
//!
//! A browser compiles a function of the engine when it is called first, and the first statement calls thousands: it would
//! wait half a second for them. While nothing is asked of a new engine, it opens a small table of its own and asks it
//! questions; the table is a part of the program, and no request is sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::Engine;
use crate::error::Result;
use crate::http::transport::ContentRange;
use crate::http::{
    ByteRange, Headers, HttpStore, Location, Meter, Transport, TransportError, TransportRequest, TransportResponse,
};
use crate::protocol::Options;
use crate::query::Session;
use crate::runtime::{pause, sleep};
use crate::table;

/// A Parquet file of 500 rows with an integer `id` and a text `text`.
static FILE: &[u8] = include_bytes!("../../tests/data/parquet/codec-snappy.parquet");

/// Under this name nothing is ever found (RFC 2606).
const URL: &str = "https://limn.invalid/warm.parquet";

/// Quiet that is waited for: a link's own statement comes at once.
const QUIET: Duration = Duration::from_millis(150);

/// From what every statement does to what many do, each short, as who asks meanwhile waits for one of them.
const STATEMENTS: [&str; 4] = [
    "select count(*) as n from warm",
    "select * from warm where id > 100 and text like '%1%' limit 10",
    "select id % 7 as k, count(*) as n, sum(id) as s, avg(id * 0.5) as a, min(text) as t from warm where id < 400 group by k \
     order by n desc, k limit 5",
    "select a.text, count(distinct b.id) as n from warm a join warm b on a.id = b.id where b.id between 3 and 300 \
     group by a.text order by a.text limit 3",
];

impl Engine {
    /// Warms up as long as nothing is asked.
    pub(super) async fn warm_up(&self) {
        sleep(QUIET).await;
        // It is for speed alone: what fails here fails again, and is told, where it matters.
        let _ = self.warm_up_while_idle().await;
    }

    async fn warm_up_while_idle(&self) -> Result<()> {
        let session = Session::new(HttpStore::new(Arc::new(Embedded), 0), &Options::default())?;
        let meter = Meter::default();
        let store = session.store().metered(&meter);
        session.register("warm", table::open(&store, &[Location::parse(URL)?], None).await?)?;
        for sql in STATEMENTS {
            pause().await;
            if !self.tickets().is_empty() {
                return Ok(());
            }
            let running = session.query(sql, &meter).await?;
            let batches = running.batches.try_collect::<Vec<_>>().await;
            batches.map_err(|error| crate::query::sql_error(error, sql))?;
        }
        Ok(())
    }
}

/// A host that has one file.
#[derive(Debug)]
struct Embedded;

impl Transport for Embedded {
    fn get(
        &self,
        request: TransportRequest,
    ) -> BoxFuture<'static, std::result::Result<TransportResponse, TransportError>> {
        std::future::ready(Ok(answer(&request.range))).boxed()
    }
}

fn answer(asked: &ByteRange) -> TransportResponse {
    let size = FILE.len() as u64;
    let start = asked.start().min(size);
    let end = asked
        .length()
        .map_or(size, |length| start.saturating_add(length).min(size));
    let sent = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let bytes = sent.and_then(|(start, end)| FILE.get(start..end)).unwrap_or_default();
    let range = ContentRange {
        range: Some(start..end),
        total: Some(size),
    };
    TransportResponse {
        status: 206,
        headers: Headers {
            content_length: Some(bytes.len() as u64),
            content_range: Some(range),
            ..Headers::default()
        },
        body: stream::iter([Ok(Bytes::from_static(bytes))]).boxed(),
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn an_idle_engine_runs_every_statement_and_asks_no_host() {
        let engine = crate::engine::tests::Client::started().engine();
        engine.warm_up_while_idle().await.unwrap();
    }
}
