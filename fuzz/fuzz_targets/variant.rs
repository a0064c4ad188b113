//! Any bytes as a variant, whole or with a part in a column of its own.
#![no_main]

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field};
use libfuzzer_sys::fuzz_target;
use limn::query::values::Values;
use limn::table::variant::assemble;

fuzz_target!(|bytes: &[u8]| {
    let Some((split, rest)) = bytes.split_first() else { return };
    let (metadata, value) = rest.split_at(usize::from(*split).min(rest.len()));
    let column = |name: &str, array: ArrayRef| (Arc::new(Field::new(name, array.data_type().clone(), true)), array);
    let whole = vec![
        column("metadata", Arc::new(BinaryArray::from(vec![metadata]))),
        column("value", Arc::new(BinaryArray::from(vec![value]))),
    ];
    let mut shredded = whole.clone();
    let typed = StructArray::from(vec![
        column("value", Arc::new(BinaryArray::from(vec![Some(value)]))),
        column("typed_value", Arc::new(Int64Array::from(vec![None]))),
    ]);
    let object = StructArray::from(vec![(Arc::new(Field::new("a", typed.data_type().clone(), false)), Arc::new(typed) as ArrayRef)]);
    shredded.push(column("typed_value", Arc::new(object)));
    for parts in [whole, shredded] {
        let file: ArrayRef = Arc::new(StructArray::from(parts));
        let Ok(assembled) = assemble(&file) else { continue };
        assert!(matches!(assembled.data_type(), DataType::Struct(_)));
        let values = Values::new(&assembled).expect("a variant can be shown");
        let _ = values.get(0).text();
    }
});
