//! [`Keeping`]: takes in the batches of a result, up to a budget; those of a large one are spilled.

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::kept::{Column, Kept};
use crate::query::footprint::{Footprint, can_copy};
use crate::query::spill::Spill;

/// What a column's stream takes beside its values: a batch of less is not worth one for each of its columns.
const AROUND_BYTES: usize = 1024;

/// Bytes of a result's first rows that stay in the engine's memory: what is looked at most, and small results whole.
const STAYING_BYTES: usize = 32 << 20;

/// Where the rows of a large result go.
#[derive(Debug, Clone)]
pub struct Spilling {
    to: Arc<dyn Spill>,
    staying_bytes: usize,
}

impl Spilling {
    /// Beyond its first 32 MiB, a result is spilled to `to`.
    #[must_use]
    pub fn to(to: Arc<dyn Spill>) -> Self {
        Self::beyond(to, STAYING_BYTES)
    }

    /// The same beyond its first `staying_bytes`.
    #[must_use]
    pub fn beyond(to: Arc<dyn Spill>, staying_bytes: usize) -> Self {
        Self { to, staying_bytes }
    }
}

/// What a result holds.
#[derive(Debug)]
pub struct Keeping {
    footprint: Footprint,
    /// What lies in the engine's memory of another result, whose rows these are.
    shared_bytes: usize,
    spilled_bytes: usize,
    budget_bytes: usize,
    spilling: Option<Spilling>,
}

impl Keeping {
    /// Nothing yet, and `budget_bytes` at most.
    #[must_use]
    pub fn within(budget_bytes: usize, spilling: Option<Spilling>) -> Self {
        Self {
            footprint: Footprint::default(),
            shared_bytes: 0,
            spilled_bytes: 0,
            budget_bytes,
            spilling,
        }
    }

    /// What is held for a result that shows the same rows, to which nothing is added.
    #[must_use]
    pub fn shared(&self) -> Self {
        Self {
            shared_bytes: self.bytes_here(),
            spilled_bytes: self.spilled_bytes,
            ..Self::within(0, None)
        }
    }

    /// Bytes that everything kept holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes_here() + self.spilled_bytes
    }

    /// Bytes of these that are not spilled.
    #[must_use]
    pub fn bytes_here(&self) -> usize {
        self.footprint.bytes() + self.shared_bytes
    }

    /// Takes a batch in; `None`, and nothing of it is kept, when the whole would be more than the budget.
    #[must_use]
    pub fn take(&mut self, batch: RecordBatch) -> Option<Kept> {
        let spilling = self.spilling.as_ref();
        let spilling = spilling.filter(|spilling| self.footprint.bytes() >= spilling.staying_bytes);
        let to = spilling.map(|spilling| Arc::clone(&spilling.to));
        if let Some(kept) = to.and_then(|to| self.spill(&batch, to.as_ref())) {
            return Some(kept);
        }
        let batch = self.footprint.admit(batch, self.room(0))?;
        Some(Kept::here(&batch))
    }

    /// Spills the columns of which no other batch has a part.
    fn spill(&mut self, batch: &RecordBatch, to: &dyn Spill) -> Option<Kept> {
        let places = 0..batch.num_columns();
        let (goes, stays): (Vec<usize>, Vec<usize>) =
            places.partition(|place| can_copy(batch.column(*place).data_type()));
        let mut alone = Footprint::default();
        let going = alone.admit(batch.project(&goes).ok()?, usize::MAX)?;
        if alone.bytes() < going.num_columns() * AROUND_BYTES {
            return None;
        }
        let (mut spilled, mut bytes) = (vec![], 0);
        for place in 0..going.num_columns() {
            let (column, more) = Column::spilled(&going.project(&[place]).ok()?, to)?;
            spilled.push(column);
            bytes += more;
        }
        if self.bytes() + bytes > self.budget_bytes {
            return None;
        }
        let staying = batch.project(&stays).ok()?;
        let staying = self.footprint.admit(staying, self.room(bytes))?;
        self.spilled_bytes += bytes;
        let mut columns: Vec<(usize, Column)> = goes.into_iter().zip(spilled).collect();
        columns.extend(
            stays
                .into_iter()
                .zip(staying.columns().iter().cloned().map(Column::Here)),
        );
        columns.sort_unstable_by_key(|(place, _)| *place);
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        Some(Kept::of(columns, batch.num_rows()))
    }

    /// What the engine's own memory may hold of the budget beside what is spilled, and `more`.
    fn room(&self, more: usize) -> usize {
        self.budget_bytes.saturating_sub(self.spilled_bytes + more)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, DictionaryArray, Int64Array, StringArray};
    use arrow::datatypes::Int8Type;

    use super::*;
    use crate::query::spill::local::{Full, Heap};

    const PLENTY: usize = usize::MAX;

    /// A thousand numbers with their texts, and one of three words for each.
    fn batch(from: i64) -> RecordBatch {
        rows(from..from + 1000)
    }

    fn rows(rows: std::ops::Range<i64>) -> RecordBatch {
        let texts: StringArray = rows.clone().map(|n| Some(format!("text {n}"))).collect();
        let words = rows.clone().map(|n| ["a", "b", "c"][usize::try_from(n % 3).unwrap()]);
        let columns: [(&str, ArrayRef); 3] = [
            ("n", Arc::new(rows.collect::<Int64Array>())),
            ("word", Arc::new(words.collect::<DictionaryArray<Int8Type>>())),
            ("text", Arc::new(texts)),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn to(spill: impl Spill + 'static, staying_bytes: usize) -> Spilling {
        Spilling::beyond(Arc::new(spill), staying_bytes)
    }

    fn is_spilled(kept: &Kept) -> [bool; 3] {
        [0, 1, 2].map(|place| kept.is_spilled(&[place]))
    }

    fn whole(kept: &Kept) -> RecordBatch {
        kept.batch(&batch(0).schema(), &[0, 1, 2]).unwrap()
    }

    #[test]
    fn what_comes_after_the_first_rows_is_spilled_but_for_what_batches_share() {
        let mut keeping = Keeping::within(PLENTY, Some(to(Heap, 20_000)));
        let first = keeping.take(batch(0)).unwrap();
        assert_eq!(is_spilled(&first), [false; 3]);
        let here = keeping.footprint.bytes();
        let second = keeping.take(batch(1000)).unwrap();
        assert_eq!(is_spilled(&second), [true, false, true]);
        assert_eq!(whole(&second).columns(), batch(1000).columns());
        let added = keeping.bytes() - here;
        assert!((22_000..28_000).contains(&added), "{added}");
        assert!(keeping.footprint.bytes() < here + 8_000);
    }

    #[test]
    fn a_slice_of_what_is_spilled_takes_no_more_than_its_rows() {
        let mut keeping = Keeping::within(PLENTY, Some(to(Heap, 0)));
        let kept = keeping.take(batch(0).slice(100, 200)).unwrap();
        assert_eq!(whole(&kept.slice(50..60)).columns(), batch(0).slice(150, 10).columns());
        assert!(keeping.spilled_bytes < 6_500, "{}", keeping.spilled_bytes);
    }

    #[test]
    fn without_room_and_for_little_it_stays() {
        let mut full = Keeping::within(PLENTY, Some(to(Full, 0)));
        assert_eq!(is_spilled(&full.take(batch(0)).unwrap()), [false; 3]);
        let mut keeping = Keeping::within(PLENTY, Some(to(Heap, 0)));
        assert_eq!(is_spilled(&keeping.take(rows(0..10)).unwrap()), [false; 3]);
    }

    #[test]
    fn what_is_spilled_counts_in_the_budget() {
        let mut keeping = Keeping::within(100_000, Some(to(Heap, 0)));
        let taken = (0..10).take_while(|n| keeping.take(batch(n * 1000)).is_some()).count();
        assert!((3..=4).contains(&taken), "{taken}");
        assert!(keeping.bytes() <= 100_000);
    }
}
