//! A [`Table`] as DataFusion sees it: what a scan of it reads is decided here, before any fetch.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, Statistics, exec_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;

use super::known;
use super::scan::{Scan, data_source};
use super::scope::Scope;
use super::texts;
use crate::table::Table;
use crate::table::prune::{Pruned, prune};

/// A table under its SQL name.
#[derive(Debug)]
pub(super) struct LakeTable {
    name: String,
    table: Arc<Table>,
    /// Is it the version that is open under this name, and not one that a statement asks for?
    is_open: bool,
}

impl LakeTable {
    pub(super) fn new(name: &str, table: Table) -> Self {
        Self::latest(name, Arc::new(table))
    }

    /// The table that is open as `name`, with more columns.
    pub(super) fn latest(name: &str, table: Arc<Table>) -> Self {
        Self {
            name: name.to_owned(),
            table,
            is_open: true,
        }
    }

    /// A version of the table called `name` that a statement asks for.
    pub(super) fn at_version(name: &str, table: Arc<Table>) -> Self {
        Self {
            name: name.to_owned(),
            table,
            is_open: false,
        }
    }

    /// What it reads.
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The same answer for every row of a file, known beforehand: only partition columns, nothing random, no subquery.
    fn is_exact(&self, filter: &Expr) -> bool {
        let columns = filter.column_refs();
        !columns.is_empty()
            && !filter.is_volatile()
            && !has_subquery(filter)
            && columns
                .iter()
                .all(|column| self.table.partition_columns.contains(&column.name))
    }

    fn physical(&self, state: &dyn Session, filters: Vec<Expr>) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(predicate) = conjunction(filters) else {
            return Ok(None);
        };
        let schema = DFSchema::try_from(texts::schema(&self.table).as_ref().clone())?;
        state.create_physical_expr(predicate, &schema).map(Some)
    }

    fn prune(&self, state: &dyn Session, filters: &[Expr]) -> Result<Pruned> {
        let Some(predicate) = self.physical(state, filters.to_vec())? else {
            let kept = (0..self.table.files.len()).collect();
            return Ok(Pruned {
                kept,
                skipped_by_partition: 0,
                skipped_by_statistics: 0,
            });
        };
        let mut pruned = prune(&self.table, &texts::schema(&self.table), &predicate)
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let exact = filters.iter().filter(|filter| self.is_exact(filter)).cloned().collect();
        if let Some(exact) = self.physical(state, exact)? {
            let before = pruned.kept.len();
            pruned.kept = self.matching(&exact, pruned.kept)?;
            pruned.skipped_by_partition += (before - pruned.kept.len()) as u64;
        }
        Ok(pruned)
    }

    /// The files for whose partition values `predicate` is true: pruning may keep more, but
    /// these filters are not applied again.
    fn matching(&self, predicate: &Arc<dyn PhysicalExpr>, files: Vec<usize>) -> Result<Vec<usize>> {
        let rows = files.iter().map(|file| *file as u64).collect::<UInt64Array>();
        let schema = texts::schema(&self.table);
        let columns = schema.fields().iter().map(|field| {
            let partition = self
                .table
                .partition_columns
                .iter()
                .position(|name| name == field.name());
            match partition.and_then(|column| self.table.files.partition_column(column)) {
                Some(values) => Ok(take(values.as_ref(), &rows, None)?),
                None => Ok(arrow::array::new_null_array(field.data_type(), files.len())),
            }
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let nullable = schema
            .fields()
            .iter()
            .map(|field| field.as_ref().clone().with_nullable(true));
        let options = RecordBatchOptions::new().with_row_count(Some(files.len()));
        let schema = Arc::new(Schema::new(nullable.collect::<Vec<_>>()));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
        let answers = predicate.evaluate(&batch)?.into_array(files.len())?;
        let Some(answers) = answers.as_boolean_opt() else {
            return exec_err!("a filter over partition columns is not boolean");
        };
        Ok(files
            .into_iter()
            .zip(answers)
            .filter(|(_, keep)| *keep == Some(true))
            .map(|(file, _)| file)
            .collect())
    }

    /// What the metadata knows of the files in `kept`; exact row counts answer `count(*)`.
    fn statistics_of(&self, kept: &[usize], exact: bool) -> Statistics {
        let files = &self.table.files;
        let sum = |known: &dyn Fn(usize) -> Option<u64>| {
            kept.iter()
                .try_fold(0_u64, |sum, file| sum.checked_add(known(*file)?))
                .and_then(|sum| usize::try_from(sum).ok())
        };
        let mut statistics = Statistics::new_unknown(&self.table.schema);
        statistics.num_rows = match sum(&|file| files.num_records(file)) {
            Some(rows) if exact => Precision::Exact(rows),
            Some(rows) => Precision::Inexact(rows),
            None => Precision::Absent,
        };
        statistics.total_byte_size = sum(&|file| files.size_bytes(file)).map_or(Precision::Absent, Precision::Inexact);
        statistics
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        texts::schema(&self.table)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| {
            if self.is_exact(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(scope) = state.config().get_extension::<Scope>() else {
            return exec_err!("the table {} is read outside of a statement", self.name);
        };
        scope.counts.add_table(&self.table);
        if self.is_open {
            scope.note_version(&self.name, &self.table);
        }
        let pruned = self.prune(state, filters)?;
        let exact = filters.iter().all(|filter| self.is_exact(filter));
        let mut statistics = self.statistics_of(&pruned.kept, exact);
        if exact && known::is_cheap(&self.table, projection.map_or(0, Vec::len)) {
            for column in projection.into_iter().flatten() {
                let known = known::column(&self.table, &pruned.kept, self.table.schema.field(*column));
                if let (Some(known), Some(unknown)) = (known, statistics.column_statistics.get_mut(*column)) {
                    *unknown = known;
                }
            }
        }
        let scan = Scan::new(
            &self.name,
            Arc::clone(&self.table),
            filters
                .iter()
                .map(|filter| filter.human_display().to_string())
                .collect(),
            pruned,
            scope,
            state.task_ctx(),
        );
        data_source(Arc::new(scan), projection, statistics, if exact { limit } else { None })
    }

    fn statistics(&self) -> Option<Statistics> {
        let all: Vec<usize> = (0..self.table.files.len()).collect();
        Some(self.statistics_of(&all, true))
    }
}

fn has_subquery(filter: &Expr) -> bool {
    filter
        .exists(|node| Ok(matches!(node, Expr::ScalarSubquery(_))))
        .unwrap_or(true)
}
