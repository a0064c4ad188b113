//! What a statement names in FROM beyond the open tables: other versions, and tables about a table.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use limn::error::{Error, Result};
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::inspect::{Facts, Inspection};
use limn::protocol::{AsOf, Options, Parameter, Values};
use limn::query::crew::local::crew;
use limn::query::{Session, sql_error};
use limn::table;

use crate::lake::lines;

mod between;
mod extremes;
mod fewer_files;
mod log_tables;
mod row_fields;
mod versions;

/// The fixtures behind a host, and a session over some of them.
pub struct Lake {
    pub host: LocalTransport,
    store: Arc<HttpStore>,
    session: Session,
}

impl Lake {
    fn new() -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta");
        Self::over(&data)
    }

    pub fn over(folder: &Path) -> Self {
        let host = LocalTransport::new("http://lake.test/", folder);
        let store = HttpStore::new(Arc::new(host.clone()), 16 << 20);
        let session = Session::new(Arc::clone(&store), &Options::default())
            .unwrap()
            .with_crew(crew(2));
        Self { host, store, session }
    }

    /// A lake in which the fixture `path` is open as `t`.
    pub async fn with(path: &str) -> Self {
        let lake = Self::new();
        lake.open("t", path, None).await;
        lake
    }

    pub async fn open(&self, name: &str, path: &str, as_of: Option<AsOf>) {
        self.open_as_of(name, path, as_of).await.unwrap();
    }

    pub async fn try_open(&self, name: &str, path: &str) -> Result<()> {
        self.open_as_of(name, path, None).await
    }

    async fn open_as_of(&self, name: &str, path: &str, as_of: Option<AsOf>) -> Result<()> {
        let location = Location::parse(&format!("http://lake.test/{path}"))?;
        let store = self.store.metered(&Meter::default());
        let table = table::open(&store, &[location], as_of.as_ref()).await?;
        self.session.register(name, table)
    }

    pub async fn ask(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        self.ask_with(sql, &Values::new()).await
    }

    /// The rows of a statement whose parameters have values.
    pub async fn ask_with(&self, sql: &str, values: &Values) -> Result<Vec<RecordBatch>> {
        let running = self.session.query_with(sql, values, &Meter::default()).await?;
        running
            .batches
            .try_collect()
            .await
            .map_err(|error| sql_error(error, sql))
    }

    /// The rows, cells separated by `|`.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        match self.ask(sql).await {
            Ok(batches) => lines(&batches),
            Err(error) => panic!("{sql}: {error:?}"),
        }
    }

    pub async fn error(&self, sql: &str) -> Error {
        match self.ask(sql).await {
            Ok(batches) => panic!("{sql} gave {:?}", lines(&batches)),
            Err(error) => error,
        }
    }

    /// The parameters of a statement.
    pub async fn parameters(&self, sql: &str) -> Vec<Parameter> {
        self.session.preview(sql, &Values::new()).await.parameters
    }

    /// What metadata tells of the table called `t`.
    pub async fn inspect(&self, what: Inspection) -> Result<Facts> {
        self.session.inspect("t", &what, &Meter::default()).await
    }

    /// Files of data that were asked for since the last `clear`.
    pub fn data_files(&self) -> Vec<String> {
        let asked = self.host.requests().into_iter().map(|(url, _)| url);
        asked.filter(|url| !url.contains("_delta_log")).collect()
    }
}
