//! [`Top`]: where the first rows of an order lie, told by bounds before any of them is read.
//!
//! A page's greatest value is most likely a row's: where ten pages have one of at least 5, the ten greatest rows are
//! none below 5, and pages that end below it need not be read. Formats let bounds be wider than the values, so that this
//! only says what to read first. What the sort then has tells whether anything of the rest is read.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::kernels::cmp;
use arrow::compute::{SortOptions, concat, sort_to_indices};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::datasource::physical_plan::{FileScanConfig, FileScanConfigBuilder, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, IsNullExpr, Literal};
use datafusion::physical_expr::utils::reassign_expr_columns;
use datafusion::physical_plan::ExecutionPlan;

use super::edges::{Edges, of_file, of_files};
use super::source::LakeSource;
use super::{Scan, outward};
use crate::query::texts;
use crate::runtime::spawn;
use crate::table::prune::prune;

mod again;

pub(super) use again::remember;

/// Files whose indexes are looked at. Those that the log puts first are most likely enough.
const LOOKED_AT: usize = 32;

/// What a sort above a scan keeps of it: the first `rows` by `column`.
#[derive(Debug, Clone)]
pub(super) struct Top {
    column: String,
    options: SortOptions,
    /// All by which is sorted, where these are columns.
    keys: Option<Vec<(String, SortOptions)>>,
    rows: u64,
}

/// What is read first.
#[derive(Debug)]
pub(super) struct First {
    pub(super) source: LakeSource,
    pub(super) files: Vec<usize>,
}

/// The scan `node`, when it is one, told that a sort keeps its first `rows` by `keys`, columns by their places and what else
/// there may be.
pub(in crate::query) fn with_top(
    node: &Arc<dyn ExecutionPlan>,
    keys: &[(Option<usize>, SortOptions)],
    rows: usize,
) -> Option<Arc<dyn ExecutionPlan>> {
    let data = node.downcast_ref::<DataSourceExec>()?.data_source();
    let config = data.downcast_ref::<FileScanConfig>()?;
    let source = config.file_source().downcast_ref::<LakeSource>()?;
    if config.limit.is_some() || source.predicate.is_some() {
        return None;
    }
    let field = |place: usize| {
        let place = match source.parquet.projection() {
            Some(projection) => projection.iter().nth(place)?.expr.downcast_ref::<Column>()?.index(),
            None => place,
        };
        source.scan.table_schema.file_schema().fields().get(place)
    };
    let (first, options) = *keys.first()?;
    let first = field(first?)?;
    let name = |(place, options): &(Option<usize>, SortOptions)| Some((field((*place)?)?.name().clone(), *options));
    let top = Top {
        column: first.name().clone(),
        options,
        keys: keys.iter().map(name).collect(),
        rows: rows as u64,
    };
    let told = is_ordered(first.data_type()).then(|| source.with_top(top))?;
    let config = FileScanConfigBuilder::from(config.clone()).with_source(Arc::new(told));
    Some(DataSourceExec::from_data_source(config.build()))
}

/// Types whose bounds bound all values: floats may be NaN.
fn is_ordered(data_type: &DataType) -> bool {
    let text = matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    data_type.is_integer() || data_type.is_decimal() || data_type.is_temporal() || text
}

/// What is read first of `files`; `None` when bounds tell little.
pub(super) async fn bounded(source: &LakeSource, files: &[usize]) -> Result<Option<First>> {
    let Some(top) = &source.top else {
        return Ok(None);
    };
    let scan = &source.scan;
    let known = top.asked(scan).and_then(|asked| scan.scope.footers.firsts.find(&asked));
    if let Some(rows) = known {
        let files = not_ruled_out(scan, files, Arc::clone(&rows))?;
        return Ok(Some(First::of(source, files, rows)));
    }
    let files = top.likely(scan, files)?;
    if files.len() > LOOKED_AT {
        return Ok(None);
    }
    let looks: Vec<_> = files
        .iter()
        .map(|file| spawn(of_file(source.clone(), top.clone(), *file)))
        .collect();
    let mut edges = vec![];
    for look in looks {
        edges.extend(look.await.transpose()?.into_iter().flatten());
    }
    let Some(least) = top.least(&edges).filter(|least| top.rules_out_half(&edges, least)) else {
        return Ok(None);
    };
    let rows = top.predicate(scan, &least);
    Ok(rows.map(|rows| First::of(source, files, rows)))
}

/// Those of `files` of which the table's own metadata does not say that no row is among `rows`.
fn not_ruled_out(scan: &Scan, files: &[usize], rows: Arc<dyn PhysicalExpr>) -> Result<Vec<usize>> {
    let schema = texts::schema(&scan.table);
    let rows = reassign_expr_columns(rows, &schema)?;
    let pruned = prune(&scan.table, &schema, &rows).map_err(outward)?;
    Ok(among(files, pruned.kept))
}

impl First {
    fn of(source: &LakeSource, files: Vec<usize>, rows: Arc<dyn PhysicalExpr>) -> Self {
        let source = source.with_first(rows);
        Self { source, files }
    }
}

/// `files` that are among `kept`, in their order.
fn among(files: &[usize], mut kept: Vec<usize>) -> Vec<usize> {
    kept.sort_unstable();
    let is_kept = |file: &&usize| kept.binary_search(file).is_ok();
    files.iter().filter(is_kept).copied().collect()
}

impl Top {
    pub(super) fn column(&self) -> &str {
        &self.column
    }

    /// The value that at least as many rows as are wanted are not behind, if each bound is the value of a row.
    pub(super) fn least(&self, edges: &[Edges]) -> Option<ScalarValue> {
        let (mut values, mut rows): (Vec<ArrayRef>, Vec<u64>) = (vec![], vec![]);
        for edges in edges {
            let (first, last) = self.ends(edges);
            // The first value is a row; up to the last one come all of them.
            rows.extend(std::iter::repeat_n(1, first.len()));
            rows.extend(edges.rows.iter().map(|rows| rows.saturating_sub(1)));
            values.extend([Arc::clone(first), Arc::clone(last)]);
        }
        let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
        let values = concat(&values).ok()?;
        let order = sort_to_indices(&values, Some(self.order()), None).ok()?;
        let mut left = self.rows;
        for place in order.values() {
            let place = usize::try_from(*place).ok()?;
            left = left.saturating_sub(*rows.get(place)?);
            if left == 0 {
                return ScalarValue::try_from_array(&values, place)
                    .ok()
                    .filter(|value| !value.is_null());
            }
        }
        None
    }

    /// Which of them hold rows that are not behind `least`, as far as they tell.
    pub(super) fn not_behind(&self, edges: &Edges, least: &ScalarValue) -> Vec<bool> {
        let (first, _) = self.ends(edges);
        let least = least.to_scalar();
        let answers = least.and_then(|least| {
            Ok(if self.options.descending {
                cmp::gt_eq(first, &least)?
            } else {
                cmp::lt_eq(first, &least)?
            })
        });
        match answers {
            Ok(answers) => answers.iter().map(|answer| answer != Some(false)).collect(),
            Err(_) => vec![true; first.len()],
        }
    }

    /// Those of `files` that the table's own metadata does not put behind.
    fn likely(&self, scan: &Scan, files: &[usize]) -> Result<Vec<usize>> {
        let edges = of_files(scan, &self.column, files);
        let least = edges.and_then(|edges| self.least(std::slice::from_ref(&edges)));
        match least.and_then(|least| self.predicate(scan, &least)) {
            Some(rows) => not_ruled_out(scan, files, rows),
            None => Ok(files.to_vec()),
        }
    }

    fn rules_out_half(&self, edges: &[Edges], least: &ScalarValue) -> bool {
        let answers = edges.iter().flat_map(|edges| self.not_behind(edges, least));
        let (left, all) = answers.fold((0, 0), |(left, all), kept| (left + usize::from(kept), all + 1));
        2 * left <= all
    }

    /// The ends of values that come first and last in the order.
    fn ends<'a>(&self, edges: &'a Edges) -> (&'a ArrayRef, &'a ArrayRef) {
        if self.options.descending {
            (&edges.max, &edges.min)
        } else {
            (&edges.min, &edges.max)
        }
    }

    fn order(&self) -> SortOptions {
        SortOptions {
            nulls_first: false,
            ..self.options
        }
    }

    /// The rows that are not behind `least`.
    fn predicate(&self, scan: &Scan, least: &ScalarValue) -> Option<Arc<dyn PhysicalExpr>> {
        let schema = scan.table_schema.table_schema();
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new_with_schema(&self.column, schema).ok()?);
        let operator = if self.options.descending {
            Operator::GtEq
        } else {
            Operator::LtEq
        };
        let bound = Arc::new(Literal::new(least.clone()));
        let ahead: Arc<dyn PhysicalExpr> = Arc::new(BinaryExpr::new(Arc::clone(&column), operator, bound));
        Some(if self.options.nulls_first {
            let unknown = Arc::new(IsNullExpr::new(column));
            Arc::new(BinaryExpr::new(ahead, Operator::Or, unknown))
        } else {
            ahead
        })
    }
}
