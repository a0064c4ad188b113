//! Rows that can be read by their place, whatever order they are shown in.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::interleave;
use arrow::datatypes::SchemaRef;

use super::kept::{Kept, batch_of};
use super::order::Order;
use crate::error::{Error, Kind, Result};

/// Rows that are put together at once where they lie apart.
const STRETCH_ROWS: u64 = 8192;

/// So many may each bring batches back that others bring back as well.
const FEW_STRETCHES: u64 = 4;

/// The rows of a result. Cheap to copy: the values are shared.
#[derive(Debug, Clone)]
pub struct ResultRows {
    /// The columns under their own names.
    pub schema: SchemaRef,
    /// The rows as they were kept.
    pub batches: Vec<Kept>,
    /// Which of them are shown, in which order; all of them, as they were kept, when there is none.
    pub order: Option<Order>,
    /// One past the last row of each batch.
    ends: Vec<u64>,
}

impl ResultRows {
    /// No rows.
    #[must_use]
    pub fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            batches: Vec::new(),
            order: None,
            ends: Vec::new(),
        }
    }

    /// One more batch, of rows that are kept as they come.
    pub fn push(&mut self, batch: Kept) {
        self.ends.push(self.kept() + batch.count() as u64);
        self.batches.push(batch);
    }

    /// The same rows in another order.
    #[must_use]
    pub fn ordered(&self, order: Order) -> Self {
        Self {
            order: Some(order),
            ..self.clone()
        }
    }

    /// Are the rows that are kept the very same, in whatever order they are shown?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let mut batches = self.batches.iter().zip(&other.batches);
        Arc::ptr_eq(&self.schema, &other.schema)
            && self.batches.len() == other.batches.len()
            && batches.all(|(one, other)| one.is_same(other))
    }

    /// Only the rows shown at `places`.
    #[must_use]
    pub fn cut(&self, places: Range<u64>) -> Self {
        if let Some(order) = &self.order {
            return self.ordered(order.cut(places));
        }
        let mut cut = Self::new(Arc::clone(&self.schema));
        for (batch, rows) in self.parts(places) {
            cut.push(batch.slice(rows));
        }
        cut
    }

    /// The same, with `columns` in the engine's memory where it is sorted: each stretch of the rows would bring most of the
    /// batches back. Few stretches may, and those of rows in their order bring back others each.
    ///
    /// # Errors
    /// `Bug` when a column is not there.
    pub fn at_hand(&self, columns: &[usize]) -> Result<Self> {
        let mut brought = self.clone();
        let is_apart = |order: &Order| order.len() > FEW_STRETCHES * STRETCH_ROWS && !order.is_ascending();
        if self.order.as_ref().is_some_and(is_apart) {
            for batch in brought.batches.iter_mut().filter(|batch| batch.is_spilled(columns)) {
                *batch = batch.with_here(columns)?;
            }
        }
        Ok(brought)
    }

    /// The rows as they were kept, each batch brought back when it is its turn.
    pub fn into_batches(self) -> impl Iterator<Item = Result<RecordBatch>> {
        let (schema, places) = (Arc::clone(&self.schema), self.places());
        let batches = self.batches.into_iter();
        batches.map(move |batch| batch.batch(&schema, &places))
    }

    /// How many rows are shown.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.order.as_ref().map_or_else(|| self.kept(), Order::len)
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows are kept.
    fn kept(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Every column's place.
    #[must_use]
    pub fn places(&self) -> Vec<usize> {
        (0..self.schema.fields().len()).collect()
    }

    /// Some of the shown rows, in batches of some of the columns.
    pub fn stretches<'a>(
        &'a self,
        rows: Range<u64>,
        columns: &'a [usize],
    ) -> impl Iterator<Item = Result<RecordBatch>> + 'a {
        let rows = rows.start.min(self.len())..rows.end.min(self.len());
        let (whole, apart) = match &self.order {
            None => (Some(self.parts(rows)), None),
            Some(order) => (None, Some((order, rows))),
        };
        let whole = whole.into_iter().flatten();
        let apart = apart
            .into_iter()
            .flat_map(|(order, rows)| pieces(rows).map(move |piece| (order, piece)));
        let whole = whole.map(|(batch, rows)| batch.slice(rows).batch(&self.schema, columns));
        whole.chain(apart.map(|(order, rows)| self.gather(&order.rows(rows), columns)))
    }

    /// The batches that hold kept rows, each with the rows of its own that are meant.
    fn parts(&self, meant: Range<u64>) -> impl Iterator<Item = (&Kept, Range<usize>)> {
        let from = self.ends.partition_point(|batch_end| *batch_end <= meant.start);
        let ends = self.batches.iter().zip(&self.ends).skip(from);
        ends.map_while(move |(batch, batch_end)| {
            let rows = batch.count();
            let batch_start = batch_end - rows as u64;
            let within = |row: u64| usize::try_from(row.saturating_sub(batch_start)).map_or(rows, |row| row.min(rows));
            (batch_start < meant.end).then(|| (batch, within(meant.start)..within(meant.end)))
        })
    }

    /// Rows from anywhere, by their kept numbers, as one batch.
    fn gather(&self, rows: &[u32], columns: &[usize]) -> Result<RecordBatch> {
        let mut used: Vec<&Kept> = Vec::new();
        let mut slots = std::collections::HashMap::new();
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let (batch, within) = self.locate(u64::from(*row)).ok_or_else(missing)?;
            let slot = *slots.entry(batch).or_insert(used.len());
            if slot == used.len() {
                used.push(self.batches.get(batch).ok_or_else(missing)?);
            }
            places.push((slot, within));
        }
        let gathered = columns.iter().map(|column| gather_column(&used, &places, *column));
        let gathered = gathered.collect::<Result<Vec<_>>>()?;
        batch_of(&self.schema, columns, gathered, rows.len())
    }

    fn locate(&self, row: u64) -> Option<(usize, usize)> {
        let batch = self.ends.partition_point(|end| *end <= row);
        let rows = self.batches.get(batch)?.count() as u64;
        let start = self.ends.get(batch)? - rows;
        Some((batch, usize::try_from(row - start).ok()?))
    }
}

/// Rows in pieces that are read at a stretch.
pub(super) fn pieces(rows: Range<u64>) -> impl Iterator<Item = Range<u64>> + Send + use<> {
    let count = rows.end.saturating_sub(rows.start).div_ceil(STRETCH_ROWS);
    let start = move |piece: u64| (rows.start + piece * STRETCH_ROWS).min(rows.end);
    (0..count).map(move |piece| start(piece)..start(piece + 1))
}

fn gather_column(used: &[&Kept], places: &[(usize, usize)], column: usize) -> Result<ArrayRef> {
    let arrays = used.iter().map(|batch| batch.column(column));
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    if let [one] = arrays.as_slice() {
        let rows: Vec<u32> = places.iter().filter_map(|(_, row)| u32::try_from(*row).ok()).collect();
        return arrow::compute::take(*one, &arrow::array::UInt32Array::from(rows), None).map_err(failed);
    }
    interleave(&arrays, places).map_err(failed)
}

pub(super) fn missing() -> Error {
    Error::new(Kind::Bug, "result", "There is no such row or column.")
}

pub(super) fn failed(cause: arrow::error::ArrowError) -> Error {
    Error::new(Kind::Bug, "result", cause.to_string()).with_source(cause)
}
