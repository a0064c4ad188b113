//! [`ResultTable`]: the rows of a result, in the order in which they are shown, as a table for statements.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt;

use super::rows::{ResultRows, pieces};
use crate::query::rules::Pacer;

/// Its columns are `c0`, `c1` and so on, by their place: their own names may be the same, or anything.
#[derive(Debug)]
pub struct ResultTable {
    rows: Arc<ResultRows>,
    schema: SchemaRef,
}

impl ResultTable {
    /// A table of these rows.
    #[must_use]
    pub fn new(rows: ResultRows) -> Self {
        let renamed = |(place, field): (usize, &Arc<Field>)| {
            let field = field.as_ref().clone().with_nullable(true);
            field.with_name(format!("c{place}"))
        };
        let fields: Vec<_> = rows.schema.fields().iter().enumerate().map(renamed).collect();
        Self {
            rows: Arc::new(rows),
            schema: Arc::new(Schema::new(fields)),
        }
    }
}

#[async_trait]
impl TableProvider for ResultTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| self.rows.places());
        let part = Part {
            schema: Arc::new(self.schema.project(&columns)?),
            rows: Arc::clone(&self.rows),
            columns,
        };
        let schema = Arc::clone(&part.schema);
        let scan = StreamingTableExec::try_new(schema, vec![Arc::new(part)], None, [], false, limit)?;
        Ok(Arc::new(scan))
    }
}

/// All rows of some columns.
struct Part {
    rows: Arc<ResultRows>,
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows.len())
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (columns, schema) = (self.columns.clone(), Arc::clone(&self.schema));
        let rows = match self.rows.at_hand(&columns) {
            Ok(rows) => Arc::new(rows),
            Err(error) => {
                let failed = futures::stream::iter([Err(external(error))]);
                return Box::pin(RecordBatchStreamAdapter::new(schema, failed));
            }
        };
        let pacer = Pacer::default();
        let batches = futures::stream::iter(pieces(0..rows.len())).then(move |range| {
            let (rows, columns, schema, pacer) =
                (Arc::clone(&rows), columns.clone(), Arc::clone(&schema), pacer.clone());
            async move {
                pacer.pause_if_due().await;
                let parts: Vec<_> = rows
                    .stretches(range, &columns)
                    .map(|batch| renamed(&batch.map_err(external)?, &schema))
                    .collect();
                futures::stream::iter(parts)
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches.flatten(),
        ))
    }
}

fn renamed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        batch.columns().to_vec(),
        &options,
    )?)
}

fn external(error: crate::error::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
