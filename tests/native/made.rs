//! Files that several tests read, made of rows that are counted.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};

use crate::lake::Lake;

/// Columns of one length as rows.
pub fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

/// 100 row groups of 1000 rows in 10 pages each, sorted by `id`.
pub fn sorted_file(bloom: bool) -> (RecordBatch, WriterProperties) {
    let ids: Vec<i64> = (0..100_000).collect();
    let names: Vec<String> = ids
        .iter()
        .map(|id| format!("name {:06}", (id * 7919) % 100_000))
        .collect();
    let noise: Vec<i64> = ids.iter().map(|id| (id * 2_654_435_761) % 1_000_003).collect();
    let batch = batch(vec![
        ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
        ("name", Arc::new(StringArray::from(names))),
        ("noise", Arc::new(Int64Array::from(noise))),
    ]);
    let properties = paged().set_dictionary_enabled(false).set_bloom_filter_enabled(bloom);
    (batch, properties.build())
}

/// Row groups of 1000 rows in pages of 100, with their bounds.
pub fn paged() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_statistics_enabled(EnabledStatistics::Page)
}

/// Writes files of `rows` rows each, which count on from one to the next, in row groups of 10,000.
pub fn counted(lake: &Lake, files: &[&str], rows: i64) {
    for (part, file) in files.iter().enumerate() {
        let start = i64::try_from(part).unwrap() * rows;
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(10_000))
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        lake.write(file, &[counting(start..start + rows)], properties.build());
    }
}

/// The numbers of a range as `id`, and one that is as good as random for each as `noise`.
pub fn counting(ids: Range<i64>) -> RecordBatch {
    let noise = ids.clone().map(|id| id.wrapping_mul(6_364_136_223_846_793_005));
    batch(vec![
        ("id", Arc::new(Int64Array::from_iter_values(ids)) as ArrayRef),
        ("noise", Arc::new(Int64Array::from_iter_values(noise))),
    ])
}
