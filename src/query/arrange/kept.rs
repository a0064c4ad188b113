//! [`Kept`]: a batch of a result, in the engine's memory or spilled, column by column: who reads one brings back no other.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;

use super::rows::{failed, missing};
use crate::error::Result;
use crate::query::ipc;
use crate::query::spill::{Spill, Spilled};

/// Some rows of a batch.
#[derive(Debug, Clone)]
pub struct Kept {
    columns: Vec<Column>,
    /// Which of the columns' rows are meant.
    rows: Range<usize>,
}

/// Where a column of a batch is.
#[derive(Debug, Clone)]
pub(super) enum Column {
    Here(ArrayRef),
    Spilled(Arc<dyn Spilled>),
}

impl Column {
    /// The one column of `batch`, spilled, and its bytes there; `None` when there is no room, or no form to write it in.
    pub(super) fn spilled(batch: &RecordBatch, spill: &dyn Spill) -> Option<(Self, usize)> {
        let stream = ipc::stream_of(batch).ok()?;
        Some((Self::Spilled(spill.keep(&stream)?), stream.len()))
    }

    fn array(&self) -> Result<ArrayRef> {
        match self {
            Self::Here(array) => Ok(Arc::clone(array)),
            Self::Spilled(spilled) => {
                let batch = ipc::batch_of(spilled.bytes()).map_err(failed)?;
                batch.columns().first().cloned().ok_or_else(missing)
            }
        }
    }
}

impl Kept {
    /// A batch in the engine's memory.
    #[must_use]
    pub fn here(batch: &RecordBatch) -> Self {
        let columns = batch.columns().iter().cloned().map(Column::Here);
        Self::of(columns.collect(), batch.num_rows())
    }

    /// A batch whose columns are kept so.
    pub(super) fn of(columns: Vec<Column>, rows: usize) -> Self {
        Self { columns, rows: 0..rows }
    }

    /// How many rows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Some of its rows.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        Self {
            columns: self.columns.clone(),
            rows: self.rows.start + rows.start..self.rows.start + rows.end,
        }
    }

    /// The same with some columns in the engine's memory.
    ///
    /// # Errors
    /// `Bug` when a column is not there.
    pub fn with_here(&self, places: &[usize]) -> Result<Self> {
        let mut brought = self.clone();
        for place in places {
            let column = brought.columns.get_mut(*place).ok_or_else(missing)?;
            *column = Column::Here(column.array()?);
        }
        Ok(brought)
    }

    /// Are these the same rows in the same place?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let mut columns = self.columns.iter().zip(&other.columns);
        let is_same = |(one, other): (&Column, &Column)| match (one, other) {
            (Column::Here(one), Column::Here(other)) => Arc::ptr_eq(one, other),
            (Column::Spilled(one), Column::Spilled(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        self.rows == other.rows && self.columns.len() == other.columns.len() && columns.all(is_same)
    }

    /// Is one of these columns spilled?
    #[must_use]
    pub fn is_spilled(&self, places: &[usize]) -> bool {
        let mut columns = places.iter().filter_map(|place| self.columns.get(*place));
        columns.any(|column| matches!(column, Column::Spilled(_)))
    }

    /// The values of a column.
    ///
    /// # Errors
    /// `Bug` when it is not there.
    pub fn column(&self, place: usize) -> Result<ArrayRef> {
        let array = self.columns.get(place).ok_or_else(missing)?.array()?;
        Ok(array.slice(self.rows.start, self.rows.len()))
    }

    /// Some columns, of which `schema` is that of all, as a batch.
    ///
    /// # Errors
    /// `Bug` when one is not there.
    pub fn batch(&self, schema: &Schema, places: &[usize]) -> Result<RecordBatch> {
        let columns = places.iter().map(|place| self.column(*place));
        batch_of(schema, places, columns.collect::<Result<_>>()?, self.rows.len())
    }
}

/// `arrays` as the columns of `schema` at `places`. Batches of one result may differ in what they say of NULL, never in
/// their types.
pub(super) fn batch_of(schema: &Schema, places: &[usize], arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let schema = schema.project(places).map_err(failed)?;
    let fields = schema.fields().iter().zip(&arrays);
    let fields = fields.map(|(field, array)| {
        let field = field.as_ref().clone().with_nullable(true);
        field.with_data_type(array.data_type().clone())
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, arrays, &options).map_err(failed)
}
