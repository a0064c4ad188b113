//! Runs what most statements run before the first one comes.
//!
//! A browser compiles a function of the engine when it is called first, and the first statement calls thousands: it would
//! wait half a second for them. While nothing is asked of a new engine, it opens a small table of its own, with its log and
//! once more a file of it alone, asks questions and reads the answers; the table is a part of the program, and no request
//! is sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::Engine;
use crate::error::{Error, Kind, Result};
use crate::http::transport::ContentRange;
use crate::http::{
    ByteRange, Headers, HttpStore, Location, Meter, Transport, TransportError, TransportRequest, TransportResponse,
};
use crate::protocol::Options;
use crate::query::{ResultSet, Session};
use crate::runtime::{pause, sleep};
use crate::table;

macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../tests/data/delta/paged/", $name)))
    };
}

/// A host's files under [`ROOT`]: a Delta table of 1,000 sales, with a checkpoint, a commit after it and page indexes.
static FILES: [(&str, &[u8]); 6] = [
    file!("_delta_log/_last_checkpoint"),
    file!("_delta_log/00000000000000000001.checkpoint.parquet"),
    file!("_delta_log/00000000000000000002.json"),
    file!("part-0.parquet"),
    file!("part-1.parquet"),
    file!("part-2.parquet"),
];

/// Under this name nothing is ever found (RFC 2606).
const ROOT: &str = "https://limn.invalid/warm/";

/// Quiet that is waited for: a link's own statement comes at once.
const QUIET: Duration = Duration::from_millis(150);

/// Bytes of an answer that are kept to be read: all of each.
const MOST_BYTES: u64 = 1 << 20;

/// From what every statement does to what many do, each short, as who asks meanwhile waits for one of them.
const STATEMENTS: [&str; 7] = [
    "select count(*) as n from warm",
    "select * from file where id = 450",
    "select * from warm where id > 700 and note like '%1%' and day >= date '2026-01-05' limit 10",
    "select id, note, price from warm where weight < 2 order by price desc limit 5",
    "select kind, count(*) as n, sum(price) as s, avg(weight) as a, sum(price * (1 - weight)) as w, min(note) as t from warm \
     where day <= date '2026-03-01' group by kind order by kind",
    "select id % 7 as k, sum(price * weight) as s from file where day between date '2026-01-02' and date '2026-03-01' \
     and weight < 2.2 group by k order by s desc, k limit 3",
    "select a.kind, a.day, count(distinct b.id) as n from warm a join file b on a.id = b.id where b.id between 430 and 700 \
     group by a.kind, a.day order by n desc, a.day limit 3",
];

impl Engine {
    /// Warms up as long as nothing is asked.
    pub(super) async fn warm_up(&self) {
        sleep(QUIET).await;
        if !self.is_idle() {
            return;
        }
        // It is for speed alone: what fails here fails again, and is told, where it matters.
        let _ = self.warm_up_while_idle().await;
    }

    async fn warm_up_while_idle(&self) -> Result<()> {
        let session = Session::new(HttpStore::new(Arc::new(Embedded), 0), &Options::default())?;
        let meter = Meter::default();
        let store = session.store().metered(&meter);
        for (name, path) in [("warm", ""), ("file", "part-1.parquet")] {
            let location = Location::parse(&format!("{ROOT}{path}"))?;
            session.register(name, table::open(&store, &[location], None).await?)?;
        }
        for sql in STATEMENTS {
            pause().await;
            if !self.is_idle() {
                return Ok(());
            }
            let mut running = session.query(sql, &meter).await?;
            let mut set = ResultSet::new(running.schema.clone(), MOST_BYTES);
            let mut fits = true;
            while fits && let Some(batch) = running.batches.next().await {
                fits = set.push(batch.map_err(|error| crate::query::sql_error(error, sql))?);
            }
            read(&set)?;
        }
        Ok(())
    }

    fn is_idle(&self) -> bool {
        self.tickets().is_empty()
    }
}

/// Reads a result as the page and as programs do.
fn read(set: &ResultSet) -> Result<()> {
    let seen = (set.columns(), set.window(0, 100, 0, 0)?, set.values(0, 100)?);
    serde_json::to_string(&seen)
        .map(drop)
        .map_err(|error| Error::new(Kind::Bug, "warm", error.to_string()))
}

/// A host that has [`FILES`].
#[derive(Debug)]
struct Embedded;

impl Transport for Embedded {
    fn get(
        &self,
        request: TransportRequest,
    ) -> BoxFuture<'static, std::result::Result<TransportResponse, TransportError>> {
        let name = request.location.as_str().strip_prefix(ROOT);
        let file = name.and_then(|name| FILES.iter().find(|(path, _)| *path == name));
        std::future::ready(Ok(file.map_or_else(nothing, |(_, file)| part(file, &request.range)))).boxed()
    }
}

fn nothing() -> TransportResponse {
    TransportResponse {
        status: 404,
        headers: Headers::default(),
        body: stream::empty().boxed(),
    }
}

fn part(file: &'static [u8], asked: &ByteRange) -> TransportResponse {
    let size = file.len() as u64;
    let start = asked.start().min(size);
    let end = asked
        .length()
        .map_or(size, |length| start.saturating_add(length).min(size));
    let sent = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let bytes = sent.and_then(|(start, end)| file.get(start..end)).unwrap_or_default();
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
