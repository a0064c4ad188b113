//! [`MeasureExec`]: `EXPLAIN ANALYZE` in the place where it stands, without a task for each input.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::common::format::ExplainFormat;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::analyze::AnalyzeExec;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use futures::stream::{once, select_all};

use crate::runtime::now_millis;

/// Runs its input, throws the rows away and gives the plan with what was measured.
#[derive(Debug, Clone)]
pub(super) struct MeasureExec {
    input: Arc<dyn ExecutionPlan>,
    verbose: bool,
    statistics: bool,
    format: ExplainFormat,
    properties: Arc<PlanProperties>,
}

impl MeasureExec {
    pub(super) fn new(analyze: &AnalyzeExec) -> Self {
        Self {
            input: Arc::clone(analyze.input()),
            verbose: analyze.verbose(),
            statistics: analyze.show_statistics(),
            format: analyze.format().clone(),
            properties: Arc::clone(analyze.properties()),
        }
    }

    async fn measure(self, context: Arc<TaskContext>) -> Result<RecordBatch> {
        let start = now_millis();
        let inputs = 0..self.input.output_partitioning().partition_count();
        let streams = inputs.map(|input| self.input.execute(input, Arc::clone(&context)));
        let mut stream = select_all(streams.collect::<Result<Vec<_>>>()?);
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            rows += batch?.num_rows();
        }
        drop(stream);
        self.report(rows, now_millis() - start)
    }

    fn report(&self, rows: usize, millis: f64) -> Result<RecordBatch> {
        let plan = |full| {
            let plan = if full {
                DisplayableExecutionPlan::with_full_metrics(self.input.as_ref())
            } else {
                DisplayableExecutionPlan::with_metrics(self.input.as_ref())
            };
            let plan = plan.set_show_statistics(self.statistics);
            match self.format {
                ExplainFormat::Tree => plan.tree_render().to_string(),
                ExplainFormat::Graphviz => plan.graphviz().to_string(),
                _ => plan.indent(self.verbose).to_string(),
            }
        };
        let mut lines = vec![("Plan with Metrics", plan(false))];
        if self.verbose {
            lines.push(("Plan with Full Metrics", plan(true)));
            lines.push(("Output Rows", rows.to_string()));
            lines.push(("Duration", format!("{millis:.3}ms")));
        }
        let (kinds, texts): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        let columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from(kinds)), Arc::new(StringArray::from(texts))];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}

impl DisplayAs for MeasureExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => Ok(()),
            _ => write!(f, "MeasureExec: verbose={}", self.verbose),
        }
    }
}

impl ExecutionPlan for MeasureExec {
    fn name(&self) -> &'static str {
        "MeasureExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(input), None) = (children.pop(), children.pop()) else {
            return internal_err!("MeasureExec has one input");
        };
        Ok(Arc::new(Self {
            input,
            ..self.as_ref().clone()
        }))
    }

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let report = once(self.clone().measure(context));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), report)))
    }
}
