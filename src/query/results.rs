//! Results, kept in the worker: the page asks for windows of text, values and exports.
//!
//! A [`ResultSet`] holds batches with the row each begins at, so that any window costs a binary
//! search and its own cells, never the rows before it.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::arrange::{Keeping, Order, ResultRows, Spilling};
use super::cut::Cut;
use super::shape::columns;
use super::typed::TypedRows;
use super::values::{Value, Values};
use crate::error::{Error, Kind, Result};
use crate::protocol::{CELL_CHARS, Cell, Column, ExportFormat, TypedJson};

mod handed;

/// Bytes of one whole value as text: as much as a side panel can lay out.
pub const CELL_BYTES: usize = 8 << 20;

/// Bytes of one binary value that cross at once: a large photograph.
pub const VALUE_BYTES: usize = 16 << 20;

/// The rows of one statement, up to a budget.
#[derive(Debug)]
pub struct ResultSet {
    rows: ResultRows,
    keeping: Keeping,
    is_complete: bool,
}

impl ResultSet {
    /// An empty result that may keep `budget_bytes`, all in the engine's own memory.
    #[must_use]
    pub fn new(schema: SchemaRef, budget_bytes: u64) -> Self {
        Self::spilling(schema, budget_bytes, None)
    }

    /// An empty result that may keep `budget_bytes`, of which those that are spilled are a part.
    #[must_use]
    pub fn spilling(schema: SchemaRef, budget_bytes: u64, spilling: Option<Spilling>) -> Self {
        let budget_bytes = usize::try_from(budget_bytes).unwrap_or(usize::MAX);
        Self {
            rows: ResultRows::new(schema),
            keeping: Keeping::within(budget_bytes, spilling),
            is_complete: false,
        }
    }

    /// Keeps a batch. False when it does not fit the budget: then it is not kept, and the result is
    /// only the beginning of the answer.
    #[must_use]
    pub fn push(&mut self, batch: RecordBatch) -> bool {
        if batch.num_rows() == 0 {
            return true;
        }
        match self.keeping.take(batch) {
            Some(batch) => self.rows.push(batch),
            None => return false,
        }
        true
    }

    /// The rows that are kept so far in another order, as a result of its own, which shares their values.
    #[must_use]
    pub fn arranged(&self, order: Order) -> Self {
        Self {
            rows: self.rows.ordered(order),
            keeping: self.keeping.shared(),
            is_complete: self.is_complete,
        }
    }

    /// Rows kept, or those of them that are shown.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.len()
    }

    /// Bytes that the kept batches hold, also where others share them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.keeping.bytes() as u64
    }

    /// Bytes of these that lie in the engine's own memory.
    #[must_use]
    pub fn bytes_here(&self) -> u64 {
        self.keeping.bytes_here() as u64
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        columns(&self.rows.schema, &[])
    }

    /// Rows `start..start + count` of columns `first_column..first_column + column_count` (all columns
    /// from the first when `column_count` is 0) as text, cut after [`CELL_CHARS`] characters; fewer
    /// where the result ends.
    ///
    /// # Errors
    /// `Unsupported` when a column's type cannot be shown.
    pub fn window(&self, start: u64, count: u32, first_column: u32, column_count: u32) -> Result<Vec<Vec<Cell>>> {
        let first = first_column as usize;
        let all = self.rows.places();
        let end = match column_count {
            0 => all.len(),
            count => first.saturating_add(count as usize).min(all.len()),
        };
        self.shown(start, count, all.get(first..end).unwrap_or_default())
    }

    /// The same of some columns in any order; those that there are not are left out.
    ///
    /// # Errors
    /// `Unsupported` when a column's type cannot be shown.
    pub fn window_of(&self, start: u64, count: u32, columns: &[u32]) -> Result<Vec<Vec<Cell>>> {
        let there = self.rows.schema.fields().len();
        let columns: Vec<usize> = columns
            .iter()
            .map(|place| *place as usize)
            .filter(|place| *place < there)
            .collect();
        self.shown(start, count, &columns)
    }

    fn shown(&self, start: u64, count: u32, columns: &[usize]) -> Result<Vec<Vec<Cell>>> {
        self.map_rows(start, count, columns, |value| Ok(Cut::after(CELL_CHARS).cell(value)))
    }

    /// Rows `start..start + count` as typed JSON; fewer where the result ends.
    ///
    /// # Errors
    /// `Unsupported` when a column's type cannot be shown.
    pub fn values(&self, start: u64, count: u32) -> Result<TypedJson> {
        let rows = start..start.saturating_add(count.into());
        let batches: Vec<_> = self.rows.stretches(rows, &self.rows.places()).collect::<Result<_>>()?;
        TypedJson::of(&TypedRows::of(&batches)?)
    }

    /// One whole value as text, nested values as indented JSON; `None` for NULL.
    ///
    /// # Errors
    /// `TooBig` beyond [`CELL_BYTES`]; `Bug` when there is no such cell.
    pub fn cell(&self, row: u64, column: u32) -> Result<Option<String>> {
        self.value(row, column, |value| value.full_text(CELL_BYTES))
    }

    fn value<T>(&self, row: u64, column: u32, read: impl Fn(Value<'_>) -> Result<T>) -> Result<T> {
        let missing = || {
            let detail = format!("There is no row {row} with a column {column}.");
            Error::new(Kind::Bug, "result", detail)
        };
        let column = column as usize;
        if column >= self.rows.schema.fields().len() {
            return Err(missing());
        }
        let mut values = self.map_rows(row, 1, &[column], read)?;
        values.pop().and_then(|mut row| row.pop()).ok_or_else(missing)
    }

    /// The bytes of one value: of a binary value as they are, else of its text; none for NULL.
    ///
    /// # Errors
    /// `TooBig` beyond [`VALUE_BYTES`]; `Bug` when there is no such cell.
    pub fn bytes_of(&self, row: u64, column: u32) -> Result<Vec<u8>> {
        let read = |value: Value<'_>| match value {
            Value::Bytes(bytes) if bytes.len() > VALUE_BYTES => {
                let detail = format!("The value has {} bytes; at most {VALUE_BYTES} are shown.", bytes.len());
                Err(Error::new(Kind::TooBig, "cell", detail))
            }
            Value::Bytes(bytes) => Ok(bytes.to_vec()),
            other => Ok(other.full_text(CELL_BYTES)?.unwrap_or_default().into_bytes()),
        };
        self.value(row, column, read)
    }

    /// All rows are kept.
    pub fn complete(&mut self) {
        self.is_complete = true;
    }

    /// Are all rows kept?
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The rows kept so far, to be read by others; they share their memory with the result.
    #[must_use]
    pub fn share(&self) -> ResultRows {
        self.rows.clone()
    }

    /// The whole result in `format`.
    ///
    /// # Errors
    /// `TooBig` when the export does not fit its bound; `Bug` for rows that were arranged.
    pub fn export(&self, format: ExportFormat) -> Result<Vec<u8>> {
        if self.rows.order.is_some() {
            let detail = "A result is exported as it was asked for, not as it is arranged.";
            return Err(Error::new(Kind::Bug, "export", detail));
        }
        super::export::export(&self.rows.schema, self.share().into_batches(), format)
    }

    fn map_rows<T>(
        &self,
        start: u64,
        count: u32,
        columns: &[usize],
        map: impl Fn(Value<'_>) -> Result<T>,
    ) -> Result<Vec<Vec<T>>> {
        let mut window = Vec::new();
        for batch in self.rows.stretches(start..start.saturating_add(count.into()), columns) {
            let batch = batch?;
            let columns = Values::of_columns(&batch)?;
            for row in 0..batch.num_rows() {
                window.push(
                    columns
                        .iter()
                        .map(|column| map(column.get(row)))
                        .collect::<Result<_>>()?,
                );
            }
        }
        Ok(window)
    }
}

#[cfg(test)]
mod tests;
