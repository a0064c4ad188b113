//! Joins as steps, and back.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Schema;
use datafusion::common::{JoinSide, NullEquality, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::JoinType;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::{ColumnIndex, JoinFilter};
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};

use super::build::Build;
use super::formula::{Writing, read, unknown};
use crate::protocol::{Join, JoinCondition, JoinKind, Side};

/// A join as a step, whose other side is the one at place `build`; `None` when it cannot be done row group by row group.
pub(super) fn written(join: &HashJoinExec, build: usize, literals: &mut Vec<ArrayRef>) -> Option<Join> {
    let is_whole = *join.partition_mode() == PartitionMode::CollectLeft;
    if !is_whole || join.null_aware || join.fetch().is_some() {
        return None;
    }
    let kind = kind(*join.join_type())?;
    let (left, right) = (join.left().schema(), join.right().schema());
    let mut write = |schema: &Schema, expr| {
        let mut writing = Writing::new(schema, std::mem::take(literals));
        let formula = writing.formula(expr);
        *literals = writing.literals;
        formula
    };
    let keys = join.on().iter();
    let keys = keys.map(|(build, probe)| Some((write(&left, build)?, write(&right, probe)?)));
    let keys = keys.collect::<Option<_>>()?;
    let condition = match join.filter() {
        None => None,
        Some(filter) => Some(JoinCondition {
            columns: filter.column_indices().iter().map(side).collect::<Option<_>>()?,
            formula: write(filter.schema(), filter.expression())?,
        }),
    };
    Some(Join {
        build,
        kind,
        keys,
        is_null_equal: join.null_equality() == NullEquality::NullEqualsNull,
        condition,
        columns: join.projection.as_ref().map(|columns| columns.to_vec()),
    })
}

/// With others, what becomes of the other side's rows hangs on all that come in; and `Right` gives the rows without a pair
/// behind the pairs, batch by batch.
fn kind(join_type: JoinType) -> Option<JoinKind> {
    match join_type {
        JoinType::Inner => Some(JoinKind::Inner),
        JoinType::RightSemi => Some(JoinKind::RightSemi),
        JoinType::RightAnti => Some(JoinKind::RightAnti),
        JoinType::RightMark => Some(JoinKind::RightMark),
        _ => None,
    }
}

fn join_type(kind: JoinKind) -> JoinType {
    match kind {
        JoinKind::Inner => JoinType::Inner,
        JoinKind::RightSemi => JoinType::RightSemi,
        JoinKind::RightAnti => JoinType::RightAnti,
        JoinKind::RightMark => JoinType::RightMark,
    }
}

fn side(column: &ColumnIndex) -> Option<Side> {
    match column.side {
        JoinSide::Left => Some(Side::Build(column.index)),
        JoinSide::Right => Some(Side::Probe(column.index)),
        JoinSide::None => None,
    }
}

/// The join of `build` and `input` that `join` tells.
pub(super) fn joined(
    join: &Join,
    build: &Build,
    literal: &impl Fn(usize) -> Option<ScalarValue>,
    input: Arc<dyn ExecutionPlan>,
) -> Result<HashJoinExec> {
    build.join(input, |left, right| {
        let (build, probe) = (left.schema(), right.schema());
        let keys = join.keys.iter();
        let keys = keys.map(|(one, other)| Ok((read(one, &build, literal)?, read(other, &probe, literal)?)));
        let keys = keys.collect::<Result<_>>()?;
        let condition = join.condition.as_ref();
        let condition = condition.map(|condition| filter(condition, &build, &probe, literal));
        HashJoinExec::try_new(
            left,
            right,
            keys,
            condition.transpose()?,
            &join_type(join.kind),
            join.columns.clone(),
            PartitionMode::CollectLeft,
            if join.is_null_equal {
                NullEquality::NullEqualsNull
            } else {
                NullEquality::NullEqualsNothing
            },
            false,
        )
    })
}

fn filter(
    condition: &JoinCondition,
    build: &Schema,
    probe: &Schema,
    literal: &impl Fn(usize) -> Option<ScalarValue>,
) -> Result<JoinFilter> {
    let field = |side: &Side| {
        let field = match side {
            Side::Build(place) => build.fields().get(*place),
            Side::Probe(place) => probe.fields().get(*place),
        };
        field.cloned().ok_or_else(unknown)
    };
    let fields = condition.columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    let schema = Arc::new(Schema::new(fields));
    let columns = condition.columns.iter().map(|side| match side {
        Side::Build(index) => ColumnIndex {
            index: *index,
            side: JoinSide::Left,
        },
        Side::Probe(index) => ColumnIndex {
            index: *index,
            side: JoinSide::Right,
        },
    });
    let expr = read(&condition.formula, &schema, literal)?;
    Ok(JoinFilter::new(expr, columns.collect(), schema))
}
