//! Footers in the names of a table.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use object_store::memory::InMemory;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::*;
use crate::table::mapping::{MappedField, MatchBy, Shape};

/// Three columns in three row groups, with everything that a writer puts into a footer.
fn file() -> Vec<u8> {
    let ids: Int64Array = (0..3000).collect();
    let names: StringArray = (0..3000).map(|n| Some(format!("name {}", n % 50))).collect();
    let lists = (0..3000).map(|n| (n % 3 > 0).then(|| vec![Some(n), None]));
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
    let columns: [(&str, ArrayRef); 3] = [
        ("col-1", Arc::new(ids)),
        ("col-2", Arc::new(names)),
        ("col-3", Arc::new(lists)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_bloom_filter_enabled(true)
        .set_sorting_columns(Some(vec![SortingColumn {
            column_idx: 0,
            descending: false,
            nulls_first: true,
        }]))
        .set_key_value_metadata(Some(vec![KeyValue::new("left".to_owned(), "alone".to_owned())]))
        .build();
    let mut bytes = vec![];
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

async fn footer(mapping: Option<&Mapping>) -> Arc<ParquetMetaData> {
    let (store, path, bytes) = (InMemory::new(), Path::from("file"), file());
    let size_bytes = bytes.len() as u64;
    store.put(&path, bytes.into()).await.unwrap();
    read_footer(&store, &path, size_bytes, mapping).await.unwrap()
}

fn mapping(logical: &str) -> Mapping {
    let field = |id: i32| MappedField {
        logical_name: format!("{logical}-{id}"),
        physical_name: format!("col-{id}"),
        id,
        shape: Shape::Leaf,
    };
    Mapping {
        by: MatchBy::PhysicalName,
        fields: (1..=3).map(field).collect(),
        unmapped: vec![],
    }
}

#[tokio::test]
async fn a_mapping_changes_names_and_nothing_else() {
    let (plain, same) = (footer(None).await, footer(Some(&mapping("col"))).await);
    assert_eq!(plain.row_groups(), same.row_groups());
    let chunk = plain.row_group(2).column(1);
    assert!(chunk.bloom_filter_offset().is_some() && chunk.column_index_offset().is_some());
    assert!(chunk.statistics().is_some() && chunk.unencoded_byte_array_data_bytes().is_some());
    assert!(plain.row_group(0).sorting_columns().is_some());
    let (plain, same) = (plain.file_metadata(), same.file_metadata());
    assert_eq!((plain.version(), plain.num_rows()), (same.version(), same.num_rows()));
    assert_eq!(
        (plain.created_by(), plain.column_orders()),
        (same.created_by(), same.column_orders())
    );
    assert_eq!(plain.schema_descr(), same.schema_descr());
    assert_eq!(keys(plain), ["ARROW:schema", "left"]);
    assert_eq!(keys(same), ["left"]);
}

fn keys(file: &FileMetaData) -> Vec<&str> {
    let entries = file.key_value_metadata().unwrap().iter();
    let mut keys: Vec<&str> = entries.map(|entry| entry.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn a_mapping_changes_every_name() {
    let (plain, renamed) = (footer(None).await, footer(Some(&mapping("new"))).await);
    let text = |metadata: &ParquetMetaData| format!("{:?}", metadata.row_groups());
    assert_eq!(text(&plain).replace("col-", "new-"), text(&renamed));
    assert_ne!(text(&plain), text(&renamed));
}

#[test]
fn more_is_read_of_the_end_of_a_larger_file() {
    assert_eq!((footer_guess(0), footer_guess(1000)), (0, 1000));
    assert_eq!(footer_guess(100 << 20), LEAST_GUESS);
    // A file of the benchmark, whose footer has 107 kB.
    assert_eq!(footer_guess(230_715_630), 112_654);
    assert_eq!(footer_guess(1 << 40), MOST_GUESS);
}
