//! A directory of tables behind a local host, and a session over it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt;
use limn::error::Result;
use limn::http::{Costs, HttpStore, LocalTransport, Location, Meter};
use limn::protocol::{Operator, Options, Plan, Stats};
use limn::query::{Session, sql_error};
use limn::table;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

/// Bytes that the store's cache keeps in tests.
const CACHE_BYTES: u64 = 64 << 20;

/// A host with files, and a session that reads them.
pub struct Lake {
    pub directory: tempfile::TempDir,
    pub host: LocalTransport,
    pub store: Arc<HttpStore>,
    pub session: Session,
}

/// What a statement gave and cost.
pub struct Answered {
    pub batches: Vec<RecordBatch>,
    pub costs: Costs,
    pub stats: Stats,
    /// What each operator did.
    pub operators: Vec<Operator>,
    /// Ranges asked of the host, in order.
    pub requests: Vec<Option<Range<u64>>>,
}

impl Answered {
    /// The rows as a table of text.
    pub fn text(&self) -> String {
        pretty_format_batches(&self.batches).unwrap().to_string()
    }

    /// The cells, row by row, separated by `|`.
    pub fn rows(&self) -> Vec<String> {
        lines(&self.batches)
    }
}

/// The cells of `batches`, row by row, separated by `|`.
pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(batches).unwrap().to_string();
    let lines = text.lines().filter(|line| line.starts_with('|')).skip(1);
    lines
        .map(|line| {
            let inside = line.strip_prefix('|').and_then(|line| line.strip_suffix('|'));
            let cells: Vec<&str> = inside.unwrap_or_default().split('|').map(str::trim).collect();
            cells.join("|")
        })
        .collect()
}

impl Lake {
    pub fn new() -> Self {
        Self::with_options(&Options::default())
    }

    pub fn with_options(options: &Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let host = LocalTransport::new("http://lake.test/", directory.path());
        let store = HttpStore::new(Arc::new(host.clone()), CACHE_BYTES);
        let session = Session::new(Arc::clone(&store), options).unwrap();
        Self {
            directory,
            host,
            store,
            session,
        }
    }

    /// Writes `batch` as a Parquet file.
    pub fn write(&self, name: &str, batches: &[RecordBatch], properties: WriterProperties) {
        write(&self.directory.path().join(name), batches, properties);
    }

    /// Opens the files as one table, and gives it a name.
    pub async fn open(&self, name: &str, files: &[&str]) -> Result<Costs> {
        let meter = Meter::default();
        let locations: Vec<Location> = files
            .iter()
            .map(|file| Location::parse(&format!("http://lake.test/{file}")).unwrap())
            .collect();
        let table = table::open(&self.store.metered(&meter), &locations, None).await?;
        self.session.register(name, table)?;
        Ok(meter.costs())
    }

    pub async fn query(&self, sql: &str) -> Result<Answered> {
        self.host.clear();
        let meter = Meter::default();
        let mut running = self.session.query(sql, &meter).await?;
        let batches = (&mut running.batches)
            .try_collect()
            .await
            .map_err(|error| sql_error(error, sql))?;
        let mut stats = Stats::default();
        running.counts.fill(&mut stats);
        let requests = self.host.requests().into_iter().map(|(_, range)| range).collect();
        Ok(Answered {
            batches,
            costs: meter.costs(),
            stats,
            operators: running.operators(),
            requests,
        })
    }

    pub async fn plan(&self, sql: &str) -> Result<(Plan, Costs)> {
        let meter = Meter::default();
        let plan = self.session.plan(sql, &meter).await?;
        Ok((plan, meter.costs()))
    }
}

/// Writes `batches` as a Parquet file.
pub fn write(path: &Path, batches: &[RecordBatch], properties: WriterProperties) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
}
