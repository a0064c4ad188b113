//! The plan as a value: what each scan of a statement would read.

use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;

use super::failure::sql_error;
use super::operators::operators;
use super::scan::LakeSource;
use crate::error::Result;
use crate::protocol::{Plan, ScanPlan};

/// Describes `physical` and what its scans would read.
pub(super) async fn describe(physical: &Arc<dyn ExecutionPlan>) -> Result<Plan> {
    let text = DisplayableExecutionPlan::new(physical.as_ref())
        .indent(false)
        .to_string();
    let mut described = Plan {
        text,
        operators: operators(physical),
        ..Plan::default()
    };
    for (source, limit) in scans(physical).map_err(|error| sql_error(error, ""))? {
        let (scan, partial) = describe_scan(&source, limit).await?;
        described.bytes += scan.bytes;
        described.requests += scan.requests;
        described.estimate |= partial;
        described.scans.push(scan);
    }
    Ok(described)
}

/// The scans of a plan, each with its limit.
pub(super) fn scans(physical: &Arc<dyn ExecutionPlan>) -> datafusion::error::Result<Vec<(LakeSource, Option<usize>)>> {
    let mut found = vec![];
    physical.apply(|node| {
        found.extend(scan_of(node));
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// The scan that an operator is, with its limit.
pub(super) fn scan_of(node: &Arc<dyn ExecutionPlan>) -> Option<(LakeSource, Option<usize>)> {
    let data = node.downcast_ref::<DataSourceExec>()?.data_source();
    let config = data.downcast_ref::<FileScanConfig>()?;
    let source = config.file_source().downcast_ref::<LakeSource>()?;
    Some((source.clone(), config.limit))
}

async fn describe_scan(source: &LakeSource, limit: Option<usize>) -> Result<(ScanPlan, bool)> {
    let estimate = source.estimate(limit).await?;
    let (scan, pruned) = (&source.scan, &source.scan.pruned);
    let described = ScanPlan {
        table: scan.name.clone(),
        columns: estimate.columns,
        predicates: scan.filters.clone(),
        files_total: scan.table.files.len() as u64,
        files_kept: pruned.kept.len() as u64,
        skipped_by_partition: pruned.skipped_by_partition,
        skipped_by_statistics: pruned.skipped_by_statistics,
        row_groups_total: estimate.row_groups_total,
        row_groups_kept: estimate.row_groups_kept,
        bytes: estimate.bytes,
        requests: estimate.requests,
    };
    Ok((described, estimate.partial))
}
