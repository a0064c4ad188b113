//! [`Order`]: which rows, by their numbers. Computed from filters and sort keys, with pauses, within the memory pool.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter as keep;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

use super::filter::Prepared;
use super::keys::Keys;
use super::rows::{ResultRows, failed};
use super::sort::{Element, sort as sort_elements};
use crate::error::{Error, Kind, Result};
use crate::protocol::{Filter, SortKey};
use crate::query::rules::Pacer;

/// Bytes of one row number.
const ROW_BYTES: usize = size_of::<u32>();
/// Bytes that sorting takes for one row, twice: while parts are merged there are two lists.
const ELEMENT_BYTES: usize = 2 * size_of::<Element>();

/// Row numbers. Cheap to copy, and to cut.
#[derive(Debug, Clone)]
pub struct Order {
    rows: Arc<Held>,
    shown: Range<usize>,
}

#[derive(Debug)]
struct Held {
    rows: Vec<u32>,
    /// Gives the memory back to the pool in the end.
    _reservation: Option<MemoryReservation>,
}

impl Order {
    /// These rows.
    #[must_use]
    pub fn of(rows: Vec<u32>) -> Self {
        Self::held(rows, None)
    }

    /// These rows, which the pool has room for.
    ///
    /// # Errors
    /// `TooBig` when it has none.
    pub fn within(rows: Vec<u32>, pool: &Arc<dyn MemoryPool>) -> Result<Self> {
        let held = MemoryConsumer::new("arrangement").register(pool);
        reserve(&held, rows.len().saturating_mul(ROW_BYTES))?;
        Ok(Self::held(rows, Some(held)))
    }

    fn held(rows: Vec<u32>, reservation: Option<MemoryReservation>) -> Self {
        let shown = 0..rows.len();
        let held = Held {
            rows,
            _reservation: reservation,
        };
        Self {
            rows: Arc::new(held),
            shown,
        }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.shown.len() as u64
    }

    /// None at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Are they in the order in which they were kept?
    #[must_use]
    pub fn is_ascending(&self) -> bool {
        self.rows.rows.get(self.shown.clone()).is_some_and(<[u32]>::is_sorted)
    }

    /// The numbers of the rows shown at `places`.
    #[must_use]
    pub fn rows(&self, places: Range<u64>) -> Vec<u32> {
        let shown = self.rows.rows.get(self.shown.clone()).unwrap_or_default();
        let bound = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(shown.len());
        shown
            .get(bound(places.start)..bound(places.end))
            .unwrap_or_default()
            .to_vec()
    }

    /// The same without what lies before and behind `places`.
    #[must_use]
    pub fn cut(&self, places: Range<u64>) -> Self {
        let bound = |place: u64| {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            self.shown.start.saturating_add(place).min(self.shown.end)
        };
        Self {
            rows: Arc::clone(&self.rows),
            shown: bound(places.start)..bound(places.end),
        }
    }
}

/// The rows that pass all filters, sorted by the keys; equal ones stay as they were.
///
/// # Errors
/// `TooBig` when it needs more memory than there is, `Sql` when a filter's value is none of its column's type,
/// `Unsupported` when a type has no order.
pub async fn arrange(
    rows: &ResultRows,
    sort: &[SortKey],
    filters: &[Filter],
    pool: &Arc<dyn MemoryPool>,
) -> Result<Order> {
    let pacer = Pacer::default();
    let held = MemoryConsumer::new("arrangement").register(pool);
    let masks = masks(rows, filters, &pacer).await?;
    let count = masks.iter().map(BooleanBuffer::count_set_bits).sum::<usize>();
    reserve(&held, count.saturating_mul(ROW_BYTES))?;
    let kept = numbers(&masks, count, &pacer).await?;
    if sort.is_empty() {
        return Ok(Order::held(kept, Some(held)));
    }
    let working = MemoryConsumer::new("sorting").register(pool);
    reserve(&working, count.saturating_mul(ELEMENT_BYTES + ROW_BYTES))?;
    let mut keys = Keys::new(&rows.schema, sort, count)?;
    for (batch, mask) in rows.batches.iter().zip(masks) {
        let mask = BooleanArray::new(mask, None);
        let columns = sort.iter().map(|key| batch.column(key.column as usize));
        let columns = columns.map(|array| keep(&array?, &mask).map_err(failed));
        let grown = keys.push(columns.collect::<Result<_>>()?)?;
        reserve(&working, grown)?;
        pacer.pause_if_due().await;
    }
    let mut sorting = keys.finish();
    sort_elements(&mut sorting.elements, sorting.whole.as_ref(), &pacer).await;
    let mut rows = Vec::with_capacity(count);
    rows.extend(sorting.places().filter_map(|place| kept.get(place as usize).copied()));
    Ok(Order::held(rows, Some(held)))
}

/// For each batch, which of its rows pass.
async fn masks(rows: &ResultRows, filters: &[Filter], pacer: &Pacer) -> Result<Vec<BooleanBuffer>> {
    let prepare = |filter: &Filter| Ok((filter.column, Prepared::new(&rows.schema, filter)?));
    let prepared = filters.iter().map(prepare).collect::<Result<Vec<_>>>()?;
    let mut masks = Vec::with_capacity(rows.batches.len());
    for batch in &rows.batches {
        let mut mask = BooleanBuffer::new_set(batch.count());
        for (place, filter) in &prepared {
            mask = &mask & &filter.mask(&batch.column(*place as usize)?)?;
        }
        masks.push(mask);
        pacer.pause_if_due().await;
    }
    Ok(masks)
}

async fn numbers(masks: &[BooleanBuffer], count: usize, pacer: &Pacer) -> Result<Vec<u32>> {
    let mut numbers = Vec::with_capacity(count);
    let mut start = 0_usize;
    for mask in masks {
        for index in mask.set_indices_u32() {
            let number = u32::try_from(start).ok().and_then(|start| start.checked_add(index));
            numbers.push(number.ok_or_else(too_many)?);
        }
        start += mask.len();
        pacer.pause_if_due().await;
    }
    Ok(numbers)
}

fn too_many() -> Error {
    Error::new(
        Kind::TooBig,
        "rows",
        "More than 4 billion rows are not sorted or filtered.",
    )
}

fn reserve(reservation: &MemoryReservation, bytes: usize) -> Result<()> {
    let detail = "Sorting and filtering these rows needs more memory than this tab may use. \
        Filter first, sort by fewer columns, or let the statement sort.";
    let refused = |cause| Error::new(Kind::TooBig, "memory", detail).with_source(cause);
    reservation.try_grow(bytes).map_err(refused)
}
