//! What each operator of a plan did, once it has run.

use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

use super::fragment::probed;
use super::plan::scan_of;
use super::rules::{ShareExec, is_aside};
use crate::protocol::Operator;

/// Characters of an operator's description that are told: longer ones are read in the plan's text.
const DETAIL_CHARS: usize = 400;

/// The operators of `plan`, each before what feeds it.
#[must_use]
pub fn operators(plan: &Arc<dyn ExecutionPlan>) -> Vec<Operator> {
    let mut told = vec![];
    tell(plan, 0, &StatisticsContext::new(), &mut told);
    told
}

fn tell(plan: &Arc<dyn ExecutionPlan>, depth: u32, statistics: &StatisticsContext, told: &mut Vec<Operator>) {
    let share = plan.downcast_ref::<ShareExec>();
    if let (Some(ran), [aggregate]) = (share.and_then(|share| share.running.ran()), plan.children().as_slice()) {
        told.push(operator(aggregate, ran.metrics(), depth, statistics));
        let passed = ran.passed();
        // The aggregate's own parts come last.
        let mut passed = passed.iter().rev().skip(1);
        let below = aggregate.children();
        return below
            .into_iter()
            .for_each(|input| tell_parts(input, &mut passed, depth + 1, statistics, told));
    }
    if is_aside(plan) || share.is_some() {
        plan.children()
            .into_iter()
            .for_each(|input| tell(input, depth, statistics, told));
        return;
    }
    told.push(operator(plan, plan.metrics(), depth, statistics));
    for input in plan.children() {
        tell(input, depth + 1, statistics, told);
    }
}

/// What lies below an aggregate that was divided, down to the scan: it ran with the parts, and what `passed`, the last
/// operator first, is known from there.
fn tell_parts<'a>(
    plan: &Arc<dyn ExecutionPlan>,
    passed: &mut impl Iterator<Item = &'a u64>,
    depth: u32,
    statistics: &StatisticsContext,
    told: &mut Vec<Operator>,
) {
    if !is_aside(plan) {
        let Some(rows) = passed.next() else { return };
        let operator = operator(plan, None, depth, statistics);
        told.push(Operator {
            rows: Some(*rows),
            ..operator
        });
    }
    let depth = depth + u32::from(!is_aside(plan));
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        tell(join.left(), depth, statistics, told);
    }
    if let Some(input) = probed(plan) {
        tell_parts(input, passed, depth, statistics, told);
    }
}

fn operator(
    plan: &Arc<dyn ExecutionPlan>,
    metrics: Option<MetricsSet>,
    depth: u32,
    statistics: &StatisticsContext,
) -> Operator {
    let metrics = metrics.map(|metrics| metrics.aggregate_by_name());
    let value = |wanted: fn(&MetricValue) -> Option<usize>| {
        let mut values = metrics.iter().flat_map(MetricsSet::iter);
        values.find_map(|metric| wanted(metric.value()))
    };
    let rows = value(|value| match value {
        MetricValue::OutputRows(rows) => Some(rows.value()),
        _ => None,
    });
    let bytes = value(|value| match value {
        MetricValue::OutputBytes(bytes) => Some(bytes.value()),
        _ => None,
    });
    let scan = scan_of(plan).map(|(source, _)| source.scan);
    let expected = statistics
        .compute(plan.as_ref(), &StatisticsArgs::new())
        .ok()
        .map(|known| known.num_rows);
    let nanos = value(|value| match value {
        MetricValue::ElapsedCompute(time) => Some(time.value()),
        _ => None,
    });
    let line = DisplayableExecutionPlan::new(plan.as_ref()).one_line().to_string();
    let detail = line.trim().strip_prefix(plan.name()).unwrap_or(&line);
    // Before it runs there is nothing to tell.
    let scanned = scan.as_ref().map(|scan| scan.told());
    let scanned = scanned.filter(|scanned| rows.is_some() || scanned.files_opened > 0);
    Operator {
        depth,
        name: plan.name().to_owned(),
        detail: detail
            .trim_start_matches(':')
            .trim()
            .chars()
            .take(DETAIL_CHARS)
            .collect(),
        expected_rows: expected.and_then(|rows| rows.get_value().map(|rows| *rows as u64)),
        is_exact: matches!(expected, Some(Precision::Exact(_))),
        rows: rows.map(|rows| rows as u64),
        bytes: bytes.map(|bytes| bytes as u64),
        millis: match &scan {
            Some(scan) if scanned.is_some() => Some(scan.decoding().as_secs_f64() * 1000.0),
            _ => nanos.map(millis),
        },
        scanned,
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a duration need not be exact to the nanosecond"
)]
fn millis(nanos: usize) -> f64 {
    nanos as f64 / 1_000_000.0
}
