//! Limn's session in the seat of a database under test.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateDefaults;
use datafusion::prelude::SessionContext;
use datafusion_sqllogictest::{DFColumnType, DFOutput, convert_batches, convert_schema_to_types};
use futures::TryStreamExt;
use limn::http::{HttpStore, LocalTransport, Meter};
use limn::protocol::Options;
use limn::query::{ResultSet, Session, sql_error};
use sqllogictest::{AsyncDB, DBOutput};

use super::outside::Outside;

/// Bytes that one result may hold.
const RESULT_BYTES: u64 = 1 << 30;

/// What a statement gave, cell by cell as the grid gets it; `None` when it failed.
pub type Outcome = Option<Vec<Vec<Option<String>>>>;

/// One file's database: a session of its own.
#[derive(Clone)]
pub struct Database {
    session: Arc<Session>,
    outside: Arc<Outside>,
    outcome: Arc<Mutex<Outcome>>,
}

/// A statement's failure, worded as the tests expect it.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<limn::error::Error> for Failure {
    fn from(error: limn::error::Error) -> Self {
        let cause = error
            .source
            .as_ref()
            .and_then(|cause| cause.downcast_ref::<DataFusionError>());
        Self(cause.map_or_else(
            || error.to_string(),
            |cause| format!("DataFusion error: {}", cause.strip_backtrace()),
        ))
    }
}

/// Some tests write files and make tables of them, which a session of the page has no code for.
fn register_formats(context: &SessionContext) {
    let state = context.state_ref();
    let mut state = state.write();
    for format in SessionStateDefaults::default_file_formats() {
        state.register_file_format(format, true).unwrap();
    }
    state
        .table_factories_mut()
        .extend(SessionStateDefaults::default_table_factories());
}

impl Database {
    /// An empty database.
    pub async fn new(path: &str, outside: Outside) -> Self {
        let store = HttpStore::new(Arc::new(LocalTransport::new("http://lake.test/", "/nonexistent")), 0);
        let session = Session::new(
            store,
            &Options {
                scratch: true,
                ..Options::default()
            },
        )
        .unwrap();
        // A tab has no files either.
        session
            .context()
            .runtime_env()
            .deregister_object_store(&url::Url::parse("file://").unwrap())
            .unwrap();
        register_formats(session.context());
        outside.register_fixtures(path, session.context()).await;
        Self {
            session: Arc::new(session),
            outside: Arc::new(outside),
            outcome: Arc::default(),
        }
    }

    /// What the last statement gave.
    pub fn take_outcome(&self) -> Outcome {
        self.outcome.lock().unwrap().take()
    }

    /// Can the statements alone bring another database to the same state?
    pub fn is_self_contained(&self) -> bool {
        !self.outside.is_used()
    }

    async fn query(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
        let running = self.session.query(sql, &Meter::default()).await?;
        let batches = running
            .batches
            .try_collect()
            .await
            .map_err(|error| sql_error(error, sql))?;
        Ok((running.schema, batches))
    }
}

#[async_trait]
impl AsyncDB for Database {
    type Error = Failure;
    type ColumnType = DFColumnType;

    async fn run(&mut self, sql: &str) -> Result<DFOutput, Failure> {
        *self.outcome.lock().unwrap() = None;
        if self.outside.load(sql, self.session.context()).await {
            return Ok(DBOutput::StatementComplete(0));
        }
        let (schema, batches) = self.query(sql).await?;
        *self.outcome.lock().unwrap() = Some(cells(&schema, &batches));
        let types = convert_schema_to_types(schema.fields());
        let rows = convert_batches(&schema, batches, false).map_err(|error| Failure(error.to_string()))?;
        if rows.is_empty() && types.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows { types, rows })
    }

    fn engine_name(&self) -> &'static str {
        "DataFusion"
    }

    async fn sleep(duration: Duration) {
        limn::runtime::sleep(duration).await;
    }

    async fn shutdown(&mut self) {}
}

/// The rows through the same code that answers the grid.
fn cells(schema: &SchemaRef, batches: &[RecordBatch]) -> Vec<Vec<Option<String>>> {
    let mut results = ResultSet::new(schema.clone(), RESULT_BYTES);
    for batch in batches {
        assert!(
            results.push(batch.clone()),
            "a test's result outgrew {RESULT_BYTES} bytes"
        );
    }
    let window = results.window(0, u32::MAX, 0, 0).unwrap();
    window
        .into_iter()
        .map(|row| row.into_iter().map(|cell| cell.text).collect())
        .collect()
}
