//! What a table tells of itself, as a table: read when the statement runs, and only the columns that it needs.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::exec_datafusion_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{StreamExt, TryStreamExt, stream};

use crate::query::scope::Scope;
use crate::table::Table;
use crate::table::log::{self, LogQuery};

/// The rows of one [`LogQuery`] about one table.
#[derive(Debug, Clone)]
pub(super) struct LogRows {
    table: Arc<Table>,
    query: LogQuery,
    /// All columns that there are.
    all: SchemaRef,
    /// Those that are wanted.
    schema: SchemaRef,
}

impl LogRows {
    pub(super) fn new(table: Arc<Table>, query: LogQuery) -> Self {
        let all = log::schema(&table, query.table);
        Self {
            table,
            query,
            schema: Arc::clone(&all),
            all,
        }
    }

    async fn load(self, context: Arc<TaskContext>) -> Result<RecordBatch> {
        let scope = context.session_config().get_extension::<Scope>();
        let scope = scope.ok_or_else(|| exec_datafusion_err!("the log is read outside of a statement"))?;
        log::rows(&self.table, &scope.store, &self.query, &self.schema)
            .await
            .map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

#[async_trait]
impl TableProvider for LogRows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.all)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.all.project(columns)?),
            None => Arc::clone(&self.all),
        };
        let rows = Self {
            schema: Arc::clone(&schema),
            ..self.clone()
        };
        let table = StreamingTable::try_new(schema, vec![Arc::new(rows)])?;
        table.scan(state, None, filters, limit).await
    }
}

impl PartitionStream for LogRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batch_rows = context.session_config().batch_size().max(1);
        let batches = stream::once(self.clone().load(context)).map_ok(move |rows| {
            let starts = (0..rows.num_rows()).step_by(batch_rows);
            let slices = starts.map(move |start| Ok(rows.slice(start, batch_rows.min(rows.num_rows() - start))));
            stream::iter(slices)
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches.try_flatten().boxed(),
        ))
    }
}
