use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, ListArray, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::WriterProperties;

use super::super::piece::{SUBJECT, pack, runs};
use super::*;
use crate::error::Kind;

/// Two row groups of a number, a text that is NULL in every third row, a struct and a list.
fn written() -> Bytes {
    let numbers: Int64Array = (0..1000).collect();
    let texts: StringArray = (0..1000)
        .map(|row| (row % 3 > 0).then(|| format!("text {row}")))
        .collect();
    let pairs = StructArray::from(vec![(
        Arc::new(Field::new("inner", DataType::Int64, true)),
        Arc::new(numbers.clone()) as ArrayRef,
    )]);
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>((0..1000).map(|row| Some((0..row % 4).map(Some))));
    let columns: [(&str, ArrayRef); 4] = [
        ("number", Arc::new(numbers)),
        ("text", Arc::new(texts)),
        ("pair", Arc::new(pairs)),
        ("list", Arc::new(lists)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(600))
        .build();
    let mut file = vec![];
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.into()
}

/// What a hand is sent of a row group.
fn packed(file: &Bytes, row_group: usize, roots: &[usize], runs: Vec<u64>) -> (Piece, Vec<Bytes>) {
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Skip);
    let metadata = Arc::new(reader.parse_and_finish(file).unwrap());
    let group = metadata.row_group(row_group);
    let schema = ArrowReaderMetadata::try_new(Arc::clone(&metadata), ArrowReaderOptions::new()).unwrap();
    let schema = schema.schema().project(roots).unwrap();
    let descriptor = metadata.file_metadata().schema_descr();
    let leaves = group.columns().iter().enumerate();
    let leaves = leaves.filter(|(leaf, _)| roots.contains(&descriptor.get_column_root_idx(*leaf)));
    let ranges: Vec<_> = leaves.map(|(_, chunk)| chunk.byte_range()).collect();
    let bytes = |(start, length): &(u64, u64)| {
        let (start, length) = (usize::try_from(*start).unwrap(), usize::try_from(*length).unwrap());
        file.slice(start..start + length)
    };
    let mut buffers = vec![
        pack(&metadata, group, roots, &schema).unwrap(),
        ipc::schema_stream(&schema).unwrap(),
    ];
    buffers.extend(ranges.iter().map(bytes));
    let piece = Piece {
        batch_rows: 100,
        starts: ranges.iter().map(|(start, _)| *start).collect(),
        runs,
        sieve: None,
        fragment: None,
        builds: vec![],
    };
    (piece, buffers)
}

fn decoded(piece: &Piece, buffers: Vec<Bytes>) -> Result<Vec<RecordBatch>> {
    let mut decoding = Decoding::begin(piece, buffers)?;
    let mut batches = vec![];
    while let Some(batch) = decoding.next()? {
        batches.push(ipc::batch_of(ipc::stream_of(&batch).unwrap().into()).unwrap());
    }
    Ok(batches)
}

/// What a reader of the file gives.
fn expected(file: &Bytes, row_group: usize, roots: &[usize], selection: Option<RowSelection>) -> Vec<RecordBatch> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap();
    let mask = parquet::arrow::ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
    let mut builder = builder
        .with_batch_size(100)
        .with_projection(mask)
        .with_row_groups(vec![row_group]);
    if let Some(selection) = selection {
        builder = builder.with_row_selection(selection);
    }
    builder.build().unwrap().map(|batch| batch.unwrap()).collect()
}

#[test]
fn a_hand_gives_the_rows_of_the_file() {
    let file = written();
    for roots in [vec![0], vec![1], vec![2], vec![3], vec![0, 1, 2, 3], vec![1, 3]] {
        for row_group in [0, 1] {
            let (piece, buffers) = packed(&file, row_group, &roots, vec![]);
            assert_eq!(
                decoded(&piece, buffers).unwrap(),
                expected(&file, row_group, &roots, None),
                "{roots:?}"
            );
        }
    }
}

#[test]
fn a_hand_leaves_out_the_rows_that_are_left_out() {
    let file = written();
    let selection = RowSelection::from(vec![
        RowSelector::select(3),
        RowSelector::skip(590),
        RowSelector::select(5),
    ]);
    assert_eq!(runs(&selection), [0, 3, 590, 5]);
    let (piece, buffers) = packed(&file, 0, &[0, 1], runs(&selection));
    assert_eq!(
        decoded(&piece, buffers).unwrap(),
        expected(&file, 0, &[0, 1], Some(selection))
    );
}

#[test]
fn what_is_told_of_the_file_is_what_is_read_of_it() {
    let file = written();
    let (_, narrow) = packed(&file, 0, &[0], vec![]);
    let (_, all) = packed(&file, 0, &[0, 1, 2, 3], vec![]);
    assert!(
        narrow[0].len() * 2 < all[0].len(),
        "{} of {}",
        narrow[0].len(),
        all[0].len()
    );
}

#[test]
fn bytes_of_one_length_are_decimals_only_where_decimals_are_given() {
    let bytes = DataType::FixedSizeBinary(4);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(bytes.clone()));
    let schema = |data_type: &DataType| Arc::new(Schema::new(vec![Field::new("b", data_type.clone(), true)]));
    for (given, read) in [
        (&DataType::Decimal64(9, 2), &bytes),
        (&DataType::Decimal128(9, 2), &bytes),
        (&dictionary, &dictionary),
        (&bytes, &bytes),
    ] {
        assert_eq!(as_read(&schema(given), &schema(&bytes)), schema(read), "{given}");
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    let file = written();
    for at in (0..4000).step_by(37) {
        let (piece, mut buffers) = packed(&file, 0, &[0, 1], vec![]);
        let mut bytes = buffers[2].to_vec();
        let at = at % bytes.len();
        bytes[at] ^= 0x55;
        buffers[2] = bytes.into();
        // A flipped bit of a value is still a value.
        if let Err(error) = decoded(&piece, buffers) {
            assert_eq!((error.kind, error.subject.as_str()), (Kind::Damaged, SUBJECT));
        }
    }
    let (piece, mut buffers) = packed(&file, 0, &[0, 1], vec![]);
    buffers[3] = buffers[3].slice(..10);
    assert_eq!(decoded(&piece, buffers).unwrap_err().kind, Kind::Damaged);
    let (piece, buffers) = packed(&file, 0, &[0, 1], vec![]);
    assert_eq!(decoded(&piece, buffers[..1].to_vec()).unwrap_err().kind, Kind::Bug);
}
