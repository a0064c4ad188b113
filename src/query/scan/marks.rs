//! [`Marks`]: which values of a column of integers a condition is true for, as bits.
//!
//! A join hands the keys of its other side down to the scan as a table that only it can ask. Whatever a condition is, of one
//! column whose values lie close together, it can be asked beforehand for each of them; then it can travel.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Int64Array, RecordBatch, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::reassign_expr_columns;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

/// Values that are asked for together.
const BLOCK: i64 = 1 << 16;
const BLOCK_BYTES: usize = (1 << 16) / 8;

/// Values of which the bits may travel with one row group: 128 kB of them.
const MOST_VALUES: i64 = 1 << 20;

/// Values that are asked for of each row that is read: more than this, and the scan would wait for the answers.
const ASKED_OF_A_ROW: i64 = 4;

/// What was asked of the conditions of one scan, as long as they stay the same.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    /// Changes when the conditions do.
    generation: u64,
    /// By the condition's place, and the block's.
    blocks: HashMap<(usize, i64), Option<BooleanBuffer>>,
    /// How many values may be asked for.
    left: i64,
}

impl Known {
    /// A row group is read, by conditions of this generation.
    pub(super) fn read(&self, row_group: &RowGroupMetaData, generation: u64) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.generation != generation {
            asked.blocks.clear();
            asked.generation = generation;
        }
        let more = row_group.num_rows().saturating_mul(ASKED_OF_A_ROW);
        asked.left = asked.left.saturating_add(more);
    }

    /// The marks of `condition`, the one at `place`, for values of `range` of a column of the type of `field`; `None` when
    /// they are too many, or it does not say.
    pub(super) fn marks(
        &self,
        place: usize,
        condition: &Arc<dyn PhysicalExpr>,
        field: &Field,
        range: &RangeInclusive<i64>,
    ) -> Option<Marks> {
        let width = range.end().checked_sub(*range.start())?;
        if width >= MOST_VALUES {
            return None;
        }
        let blocks = range.start().div_euclid(BLOCK)..=range.end().div_euclid(BLOCK);
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = blocks
            .clone()
            .filter(|block| !asked.blocks.contains_key(&(place, *block)));
        let cost = BLOCK.saturating_mul(i64::try_from(missing.count()).ok()?);
        asked.left = asked.left.checked_sub(cost).filter(|left| *left >= 0)?;
        let condition = Condition::new(condition, field)?;
        let mut bits = vec![];
        for block in blocks.clone() {
            let known = asked.blocks.entry((place, block));
            let known = known.or_insert_with(|| condition.block(block)).clone()?;
            bits.extend_from_slice(known.inner().as_slice().get(..BLOCK_BYTES)?);
        }
        Some(Marks {
            from: blocks.start() * BLOCK,
            bits,
            passes_null: condition.of_null()?,
        })
    }
}

/// A condition of one column.
struct Condition {
    expr: Arc<dyn PhysicalExpr>,
    schema: Arc<Schema>,
}

impl Condition {
    fn new(expr: &Arc<dyn PhysicalExpr>, field: &Field) -> Option<Self> {
        let schema = Arc::new(Schema::new(vec![field.clone().with_nullable(true)]));
        let expr = reassign_expr_columns(Arc::clone(expr), &schema).ok()?;
        Some(Self { expr, schema })
    }

    fn data_type(&self) -> &DataType {
        self.schema.field(0).data_type()
    }

    /// For which values of a block it is true. Values that the type does not have are no matter.
    fn block(&self, block: i64) -> Option<BooleanBuffer> {
        let first = block.checked_mul(BLOCK)?;
        let values: Int64Array = (first..first.checked_add(BLOCK)?).collect();
        let options = CastOptions::default();
        self.of(&cast_with_options(&values, self.data_type(), &options).ok()?)
    }

    fn of_null(&self) -> Option<bool> {
        self.of(&new_null_array(self.data_type(), 1)).map(|bits| bits.value(0))
    }

    fn of(&self, values: &ArrayRef) -> Option<BooleanBuffer> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![Arc::clone(values)]).ok()?;
        let told = self.expr.evaluate(&batch).ok()?.into_array(values.len()).ok()?;
        let told = told.as_boolean_opt()?;
        let truth = match told.nulls() {
            Some(nulls) => told.values() & nulls.inner(),
            None => told.values().clone(),
        };
        // From its first bit on.
        Some(if truth.offset() == 0 {
            truth
        } else {
            truth.iter().collect()
        })
    }
}

/// The least and the greatest value of a column chunk of integers, as its statistics have them.
pub(super) fn range(row_group: &RowGroupMetaData, root: usize) -> Option<RangeInclusive<i64>> {
    let leaf = row_group.schema_descr().columns().iter().enumerate();
    let mut leaves = leaf.filter(|(leaf, _)| row_group.schema_descr().get_column_root_idx(*leaf) == root);
    let (leaf, _) = leaves.next()?;
    let (min, max) = match row_group.column(leaf).statistics()? {
        Statistics::Int32(values) => (i64::from(*values.min_opt()?), i64::from(*values.max_opt()?)),
        Statistics::Int64(values) => (*values.min_opt()?, *values.max_opt()?),
        _ => return None,
    };
    (leaves.next().is_none() && min <= max).then_some(min..=max)
}

/// Is `data_type` one of integers that are as they are written?
pub(super) fn is_marked(data_type: &DataType) -> bool {
    let signed = [DataType::Int8, DataType::Int16, DataType::Int32, DataType::Int64];
    signed.contains(data_type) || *data_type == DataType::Date32
}

/// For which values a condition is true.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Marks {
    /// The value of the first bit.
    pub(super) from: i64,
    /// A bit for each value from there on, the lowest first. What lies outside is let through.
    pub(super) bits: Vec<u8>,
    /// Is it true for NULL?
    pub(super) passes_null: bool,
}

impl Marks {
    /// The bits as a literal.
    pub(super) fn literal(&self) -> ArrayRef {
        Arc::new(BinaryArray::from_vec(vec![self.bits.as_slice()]))
    }
}

/// Is the value of a column among those of [`Marks`]?
#[derive(Debug, Eq)]
pub(super) struct Marked {
    pub(super) column: Arc<dyn PhysicalExpr>,
    pub(super) marks: Marks,
}

// By hand: what is derived would move the column (rust-lang/rust#78808).
impl PartialEq for Marked {
    fn eq(&self, other: &Self) -> bool {
        self.column.eq(&other.column) && self.marks == other.marks
    }
}

impl Hash for Marked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.column.hash(state);
        self.marks.hash(state);
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is marked", self.column)
    }
}

impl PhysicalExpr for Marked {
    fn data_type(&self, _schema: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, _schema: &Schema) -> Result<bool> {
        Ok(false)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let values = self.column.evaluate(batch)?.into_array(batch.num_rows())?;
        let values = cast_with_options(&values, &DataType::Int64, &CastOptions::default())?;
        let values = values.as_primitive::<Int64Type>();
        let bits = self.marks.bits.as_slice();
        let from = self.marks.from;
        let is_marked = |value: i64| {
            let Ok(place) = usize::try_from(value.wrapping_sub(from)) else {
                return true;
            };
            bits.get(place / 8).is_none_or(|byte| byte >> (place % 8) & 1 == 1)
        };
        let numbers = values.values();
        let mut marked = BooleanBuffer::collect_bool(numbers.len(), |row| is_marked(numbers[row]));
        if let Some(nulls) = values.nulls() {
            let present = nulls.inner();
            marked = if self.marks.passes_null {
                &marked | &!present
            } else {
                &marked & present
            };
        }
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::new(marked, None))))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.column]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let (Some(column), None) = (children.pop(), children.pop()) else {
            return internal_err!("marks are of one column");
        };
        let marks = self.marks.clone();
        Ok(Arc::new(Self { column, marks }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
