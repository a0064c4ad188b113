//! What kept batches weigh, and copying the ones that hold on to much more than they show.
//!
//! Batches share buffers (slices of one array, string views into one page, one dictionary), so a
//! buffer is counted once, when the first batch that holds it is kept.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroUsize;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, MutableArrayData, RecordBatch, RecordBatchOptions, make_array,
};
use arrow::buffer::Buffer;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// Bytes of bookkeeping for one array: its handle, its buffers' handles, its place in the index.
const ARRAY_OVERHEAD: usize = 256;

/// A column is copied when it holds this many times what its rows need ...
const SLACK_FACTOR: usize = 2;

/// ... and this many bytes more, below which a copy gains nothing.
const SLACK_BYTES: usize = 16 << 10;

/// The buffers that are kept, by address. An address stays unique as long as its buffer is kept.
#[derive(Debug, Default)]
pub struct Footprint {
    buffers: HashMap<NonZeroUsize, usize>,
    bytes: usize,
}

/// Buffers that a batch would add.
#[derive(Debug, Default)]
struct Addition {
    buffers: HashMap<NonZeroUsize, usize>,
    bytes: usize,
}

impl Footprint {
    /// Bytes that everything kept holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Counts `batch` and gives it back, tightened, to be kept as long as this is; `None`, and nothing is
    /// counted, when the whole would weigh more than `budget` bytes.
    #[must_use]
    pub fn admit(&mut self, batch: RecordBatch, budget: usize) -> Option<RecordBatch> {
        let batch = self.tighten(batch);
        let mut addition = Addition::default();
        for column in batch.columns() {
            addition.add(&column.to_data(), self);
        }
        let bytes = self
            .bytes
            .checked_add(addition.bytes)
            .filter(|bytes| *bytes <= budget)?;
        self.buffers.extend(addition.buffers);
        self.bytes = bytes;
        Some(batch)
    }

    fn tighten(&self, batch: RecordBatch) -> RecordBatch {
        let columns = batch
            .columns()
            .iter()
            .map(|column| self.tighten_array(column))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        // The columns have the types and lengths of the old ones; were it otherwise, the old ones are right.
        RecordBatch::try_new_with_options(batch.schema(), columns, &options).unwrap_or(batch)
    }

    fn tighten_array(&self, array: &ArrayRef) -> ArrayRef {
        let data = array.to_data();
        let held = self.weigh(&data);
        let is_loose = |needed: usize| held > needed.saturating_mul(SLACK_FACTOR).saturating_add(SLACK_BYTES);
        if !is_loose(0) || !can_copy(data.data_type()) || !is_loose(needed(&data)) {
            return array.clone();
        }
        match copied(&data) {
            Ok(copy) if is_loose(self.weigh(&copy)) => make_array(copy),
            _ => array.clone(),
        }
    }

    /// Bytes that `data` would add.
    fn weigh(&self, data: &ArrayData) -> usize {
        let mut addition = Addition::default();
        addition.add(data, self);
        addition.bytes
    }
}

impl Addition {
    fn add(&mut self, data: &ArrayData, kept: &Footprint) {
        self.bytes += ARRAY_OVERHEAD;
        for buffer in data.buffers() {
            self.add_buffer(buffer, kept);
        }
        if let Some(nulls) = data.nulls() {
            self.add_buffer(nulls.buffer(), kept);
        }
        for child in data.child_data() {
            self.add(child, kept);
        }
    }

    fn add_buffer(&mut self, buffer: &Buffer, kept: &Footprint) {
        let address = buffer.data_ptr().addr();
        if buffer.capacity() == 0 || kept.buffers.contains_key(&address) {
            return;
        }
        if let Entry::Vacant(place) = self.buffers.entry(address) {
            place.insert(buffer.capacity());
            self.bytes += buffer.capacity();
        }
    }
}

/// At least how many bytes a copy of just these rows needs: exact where that is cheap to say,
/// nothing for nested arrays, whose copy tells.
fn needed(data: &ArrayData) -> usize {
    match data.data_type() {
        DataType::Utf8View => make_array(data.clone()).as_string_view().total_buffer_bytes_used(),
        DataType::BinaryView => make_array(data.clone()).as_binary_view().total_buffer_bytes_used(),
        _ if data.child_data().is_empty() => data.get_slice_memory_size().unwrap_or_default(),
        _ => 0,
    }
}

/// Is a copy of values of this type theirs alone? Dictionaries stay whole, since many batches share one; so do the types
/// whose rows may share items.
#[must_use]
pub fn can_copy(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().all(|field| can_copy(field.data_type())),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => can_copy(item.data_type()),
        DataType::Dictionary(_, _) => false,
        other => !other.is_nested(),
    }
}

/// The same rows in buffers of their own.
pub(super) fn copied(data: &ArrayData) -> Result<ArrayData, ArrowError> {
    let mut copy = MutableArrayData::new(vec![data], false, data.len());
    copy.try_extend(0, 0, data.len())?;
    Ok(without_loose_views(copy.freeze()))
}

fn without_loose_views(data: ArrayData) -> ArrayData {
    match data.data_type() {
        DataType::Utf8View => make_array(data).as_string_view().gc().into_data(),
        DataType::BinaryView => make_array(data).as_binary_view().gc().into_data(),
        _ if data.child_data().is_empty() => data,
        _ => {
            let children = data.child_data().iter().cloned().map(without_loose_views).collect();
            let rebuilt = data.clone().into_builder().child_data(children).build();
            rebuilt.unwrap_or(data)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, Int64Array, ListArray, StringArray, StringViewArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Field, Int8Type};

    use super::*;

    const PLENTY: usize = usize::MAX;

    fn batch(column: impl Array + 'static) -> RecordBatch {
        RecordBatch::try_from_iter([("c", Arc::new(column) as ArrayRef)]).unwrap()
    }

    fn numbers(count: i64) -> Int64Array {
        (0..count).collect()
    }

    fn long_texts(count: usize) -> StringViewArray {
        (0..count).map(|n| Some(format!("{n:0100}"))).collect()
    }

    #[test]
    fn a_shared_buffer_is_counted_once() {
        let whole = batch(numbers(100_000));
        let mut kept = Footprint::default();
        let _first = kept.admit(whole.clone(), PLENTY).unwrap();
        let first = kept.bytes();
        assert!((800_000..802_000).contains(&first), "{first}");
        let _second = kept.admit(whole.slice(5, 90_000), PLENTY).unwrap();
        assert!(kept.bytes() < first + 1_000);
    }

    #[test]
    fn a_shared_dictionary_is_counted_once() {
        let values: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(100_000)]));
        let mut kept = Footprint::default();
        let dictionary = || {
            let keys = arrow::array::Int8Array::from(vec![0; 10]);
            DictionaryArray::<Int8Type>::new(keys, values.clone())
        };
        let batches: Vec<_> = (0..10)
            .filter_map(|_| kept.admit(batch(dictionary()), PLENTY))
            .collect();
        assert_eq!(batches.len(), 10);
        assert!((100_000..120_000).contains(&kept.bytes()), "{}", kept.bytes());
    }

    #[test]
    fn a_small_slice_does_not_hold_the_whole() {
        for column in [Arc::new(numbers(100_000)) as ArrayRef, Arc::new(long_texts(10_000))] {
            let whole = RecordBatch::try_from_iter([("c", column)]).unwrap();
            let slice = whole.slice(7, 3);
            let mut kept = Footprint::default();
            assert_eq!(kept.admit(slice.clone(), PLENTY).unwrap(), slice);
            assert!(kept.bytes() < 9_000, "{}", kept.bytes());
        }
    }

    #[test]
    fn a_small_slice_of_nested_views_does_not_hold_the_whole() {
        let field = Arc::new(Field::new_list_field(DataType::Utf8View, true));
        let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(10, 1_000));
        let slice = batch(ListArray::new(field, offsets, Arc::new(long_texts(10_000)), None)).slice(500, 2);
        let mut kept = Footprint::default();
        assert_eq!(kept.admit(slice.clone(), PLENTY).unwrap(), slice);
        assert!(kept.bytes() < 12_000, "{}", kept.bytes());
    }

    #[test]
    fn what_does_not_fit_is_not_counted() {
        let mut kept = Footprint::default();
        let _first = kept.admit(batch(numbers(1_000)), 10_000).unwrap();
        let before = kept.bytes();
        assert!(kept.admit(batch(numbers(1_000)), 10_000).is_none());
        assert_eq!(kept.bytes(), before);
        assert!(kept.admit(batch(numbers(10)), 10_000).is_some());
    }

    #[test]
    fn batches_without_columns_keep_their_rows() {
        let options = RecordBatchOptions::new().with_row_count(Some(42));
        let schema = Arc::new(arrow::datatypes::Schema::empty());
        let batch = RecordBatch::try_new_with_options(schema, vec![], &options).unwrap();
        assert_eq!(Footprint::default().admit(batch, PLENTY).unwrap().num_rows(), 42);
    }
}
