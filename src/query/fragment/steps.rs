//! Operators as steps, and back.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::error::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::AggregateUDF;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode};

use super::build::{Build, Counted};
use super::formula::{Writing, literals_of, read, unknown};
use super::{Fragment, join};
use crate::protocol::{self, Aggregate, Formula, Named, Step};
use crate::query::plan::scan_of;
use crate::query::rules::is_aside;
use crate::query::scan::LakeSource;

/// An aggregate that is divided among the row groups of the scan below it.
pub(in crate::query) struct Divided {
    pub(in crate::query) source: LakeSource,
    pub(in crate::query) fragment: Fragment,
    /// The joins below it, the first that rows pass first.
    pub(in crate::query) joins: Vec<Arc<HashJoinExec>>,
}

/// How `aggregate` is divided, if it can be.
pub(in crate::query) fn divided(aggregate: &AggregateExec) -> Option<Divided> {
    if !can_be_divided(aggregate) {
        return None;
    }
    let mut below = vec![];
    let mut plan = aggregate.input();
    let source = loop {
        if let Some((source, limit)) = scan_of(plan) {
            break limit.is_none().then_some(source)?;
        }
        if !is_aside(plan) {
            below.push(plan);
        }
        plan = probed(plan)?;
    };
    let (mut literals, mut steps, mut joins) = (vec![], vec![], vec![]);
    for operator in below.into_iter().rev() {
        if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
            steps.push(Step::Join(join::written(join, joins.len(), &mut literals)?));
            // It has the same hash table.
            joins.push(Arc::new(join.builder().build().ok()?));
        } else {
            steps.push(step(operator, &mut literals)?);
        }
    }
    steps.push(partial(aggregate, &mut literals)?);
    let builds = joins.iter().map(|join| Arc::new(Build::of_join(Arc::clone(join))));
    let mut fragment = Fragment::new(steps, literals, builds.collect());
    fragment.schema = read_back(&fragment, aggregate, plan.schema())?;
    Some(Divided {
        source,
        fragment,
        joins,
    })
}

/// What comes out of `fragment` over `rows`; `None` unless what is read back of it makes parts that `aggregate` puts together
/// to the same whole.
fn read_back(fragment: &Fragment, aggregate: &AggregateExec, rows: SchemaRef) -> Option<SchemaRef> {
    let rows = Arc::new(EmptyExec::new(rows));
    let literals = fragment.literals().ok()?;
    let parts = operators(&fragment.told, &literals, &fragment.builds, rows, as_written).ok()?;
    let schema = parts.schema();
    let is_same = parts.downcast_ref::<AggregateExec>()?.aggr_expr() == aggregate.aggr_expr()
        && whole(aggregate, parts).ok()?.schema() == aggregate.schema();
    is_same.then_some(schema)
}

/// The input of an operator whose rows pass it one by one: of a join, that which is held against the other one.
pub(in crate::query) fn probed(plan: &Arc<dyn ExecutionPlan>) -> Option<&Arc<dyn ExecutionPlan>> {
    match (plan.downcast_ref::<HashJoinExec>(), plan.children().as_slice()) {
        (Some(join), _) => Some(join.right()),
        (None, [input]) => Some(*input),
        _ => None,
    }
}

fn can_be_divided(aggregate: &AggregateExec) -> bool {
    let is_whole = matches!(
        aggregate.mode(),
        AggregateMode::Single | AggregateMode::SinglePartitioned
    );
    let is_plain = aggregate.group_expr().is_single() && *aggregate.input_order_mode() == InputOrderMode::Linear;
    // Of some, a part tells the scan what it need not read any more.
    let is_apart = aggregate.limit_options().is_none() && aggregate.dynamic_expressions_produced().is_empty();
    let schema = aggregate.input_schema();
    is_whole && is_plain && is_apart && aggregate.aggr_expr().iter().all(|one| is_exact(one, &schema))
}

/// The operator that puts the parts of `aggregate`, which `parts` gives, together.
pub(in crate::query) fn whole(aggregate: &AggregateExec, parts: Arc<dyn ExecutionPlan>) -> Result<AggregateExec> {
    AggregateExec::try_new(
        AggregateMode::Final,
        aggregate.group_expr().as_final(),
        aggregate.aggr_expr().to_vec(),
        aggregate.filter_expr().to_vec(),
        parts,
        aggregate.input_schema(),
    )
}

/// Is it the same in whatever way its parts are put together?
fn is_exact(aggregate: &AggregateFunctionExpr, schema: &Schema) -> bool {
    let is_of = |fits: fn(&DataType) -> bool| {
        let mut types = aggregate.expressions().into_iter().map(|one| one.data_type(schema));
        types.all(|data_type| data_type.is_ok_and(|data_type| fits(&data_type)))
    };
    let is_plain = !aggregate.is_distinct() && aggregate.order_bys().is_empty() && !aggregate.ignore_nulls();
    is_plain
        && match aggregate.fun().name() {
            "count" => true,
            "sum" => is_of(is_number),
            "avg" => is_of(DataType::is_decimal),
            "min" | "max" => is_of(|data_type| {
                is_number(data_type)
                    || data_type.is_temporal()
                    || data_type.is_string()
                    || *data_type == DataType::Boolean
            }),
            _ => false,
        }
}

/// Of others a sum depends on the order.
fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_decimal()
}

fn step(operator: &Arc<dyn ExecutionPlan>, literals: &mut Vec<ArrayRef>) -> Option<Step> {
    let input = operator.children().first()?.schema();
    let mut writing = Writing::new(&input, std::mem::take(literals));
    let step = if let Some(filter) = operator.downcast_ref::<FilterExec>() {
        Step::Filter {
            condition: writing.formula(filter.predicate())?,
            columns: filter.projection().as_ref().map(|columns| columns.to_vec()),
        }
    } else {
        let projection = operator.downcast_ref::<ProjectionExec>()?;
        let columns = projection.expr().iter();
        let columns = columns.map(|column| writing.named(&column.expr, &column.alias));
        Step::Project {
            columns: columns.collect::<Option<_>>()?,
        }
    };
    *literals = writing.literals;
    (operator.fetch().is_none()).then_some(step)
}

fn partial(aggregate: &AggregateExec, literals: &mut Vec<ArrayRef>) -> Option<Step> {
    let input = aggregate.input().schema();
    let mut writing = Writing::new(&input, std::mem::take(literals));
    let groups = aggregate.group_expr().expr().iter();
    let groups = groups.map(|(expr, name)| writing.named(expr, name));
    let groups = groups.collect::<Option<_>>()?;
    let conditions = aggregate.filter_expr().iter();
    let aggregates = aggregate.aggr_expr().iter().zip(conditions);
    let aggregates = aggregates.map(|(one, condition)| {
        Some(Aggregate {
            function: one.fun().name().to_owned(),
            name: one.name().to_owned(),
            arguments: one
                .expressions()
                .iter()
                .map(|argument| writing.formula(argument))
                .collect::<Option<_>>()?,
            condition: match condition {
                Some(condition) => Some(writing.formula(condition)?),
                None => None,
            },
        })
    });
    let aggregates = aggregates.collect::<Option<_>>()?;
    *literals = writing.literals;
    Some(Step::Aggregate { groups, aggregates })
}

/// What becomes of an expression over columns of a schema before it is evaluated.
pub(super) type Ready = fn(Arc<dyn PhysicalExpr>, &Schema) -> Result<Arc<dyn PhysicalExpr>>;

#[expect(clippy::unnecessary_wraps, reason = "it stands beside those that fail")]
fn as_written(expr: Arc<dyn PhysicalExpr>, _: &Schema) -> Result<Arc<dyn PhysicalExpr>> {
    Ok(expr)
}

/// The operators of a fragment, above `rows`.
pub(super) fn operators(
    fragment: &protocol::Fragment,
    literals: &RecordBatch,
    builds: &[Arc<Build>],
    rows: Arc<dyn ExecutionPlan>,
    ready: Ready,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut plan = rows;
    for step in &fragment.steps {
        plan = above(step, literals, builds, plan, ready)?;
    }
    Ok(plan)
}

fn above(
    step: &Step,
    literals: &RecordBatch,
    builds: &[Arc<Build>],
    input: Arc<dyn ExecutionPlan>,
    ready: Ready,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = input.schema();
    let literal = literals_of(literals);
    let expr = |formula: &Formula| ready(read(formula, &schema, &literal)?, &schema);
    Ok(match step {
        Step::Filter { condition, columns } => {
            let filter = FilterExecBuilder::new(expr(condition)?, input);
            Arc::new(filter.apply_projection(columns.clone())?.build()?)
        }
        Step::Project { columns } => {
            let column = |column: &Named| Ok(ProjectionExpr::new(expr(&column.formula)?, &column.name));
            let columns = columns.iter().map(column).collect::<Result<Vec<_>>>()?;
            Arc::new(ProjectionExec::try_new(columns, input)?)
        }
        Step::Join(join) => {
            let build = builds.get(join.build).ok_or_else(unknown)?;
            Arc::new(Counted::new(Arc::new(join::joined(join, build, &literal, input)?)))
        }
        Step::Aggregate { groups, aggregates } => Arc::new(parts(groups, aggregates, &expr, input)?),
    })
}

/// The parts of an aggregate of `input`.
fn parts(
    groups: &[Named],
    aggregates: &[Aggregate],
    expr: &impl Fn(&Formula) -> Result<Arc<dyn PhysicalExpr>>,
    input: Arc<dyn ExecutionPlan>,
) -> Result<AggregateExec> {
    let schema = input.schema();
    let group = |group: &Named| Ok((expr(&group.formula)?, group.name.clone()));
    let groups = groups.iter().map(group).collect::<Result<_>>()?;
    let condition = |one: &Aggregate| one.condition.as_ref().map(expr).transpose();
    let conditions = aggregates.iter().map(condition).collect::<Result<_>>()?;
    let aggregate = |one: &Aggregate| {
        let arguments = one.arguments.iter().map(expr).collect::<Result<_>>()?;
        let built = AggregateExprBuilder::new(called(&one.function)?, arguments);
        built.schema(Arc::clone(&schema)).alias(&one.name).build().map(Arc::new)
    };
    let aggregates = aggregates.iter().map(aggregate).collect::<Result<_>>()?;
    let groups = PhysicalGroupBy::new_single(groups);
    let (mode, schema) = (AggregateMode::Partial, Arc::clone(&schema));
    AggregateExec::try_new(mode, groups, aggregates, conditions, input, schema)
}

fn called(name: &str) -> Result<Arc<AggregateUDF>> {
    let functions = SessionStateDefaults::default_aggregate_functions();
    let found = functions.into_iter().find(|function| function.name() == name);
    found.ok_or_else(unknown)
}
