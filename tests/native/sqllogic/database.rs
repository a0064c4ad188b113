//! Limn's session in the seat of a database under test.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_sqllogictest::{DFColumnType, DFOutput, convert_batches, convert_schema_to_types};
use futures::TryStreamExt;
use limn::query::ResultSet;
use sqllogictest::{AsyncDB, DBOutput};

use super::outside::Outside;

/// Bytes that one result may hold.
const RESULT_BYTES: u64 = 1 << 30;

/// What a statement gave, cell by cell as the grid gets it; `None` when it failed.
pub type Outcome = Option<Vec<Vec<Option<String>>>>;

/// One file's database: a session of its own.
#[derive(Clone)]
pub struct Database {
    context: SessionContext,
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

impl From<datafusion::error::DataFusionError> for Failure {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Self(format!("DataFusion error: {}", error.strip_backtrace()))
    }
}

impl Database {
    /// An empty database.
    pub async fn new(path: &str, outside: Outside) -> Self {
        let config = SessionConfig::new()
            .with_target_partitions(1)
            .with_information_schema(true);
        let context = SessionContext::new_with_config(config);
        outside.register_fixtures(path, &context).await;
        Self {
            context,
            outside: Arc::new(outside),
            outcome: Arc::default(),
        }
    }

    /// What the last statement gave.
    pub fn take_outcome(&self) -> Outcome {
        self.outcome.lock().unwrap().take()
    }

    async fn query(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
        let frame = self.context.sql(sql).await?;
        let stream = frame.execute_stream().await?;
        let schema = stream.schema();
        Ok((schema, stream.try_collect().await?))
    }
}

#[async_trait]
impl AsyncDB for Database {
    type Error = Failure;
    type ColumnType = DFColumnType;

    async fn run(&mut self, sql: &str) -> Result<DFOutput, Failure> {
        *self.outcome.lock().unwrap() = None;
        if self.outside.load(sql, &self.context).await {
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
