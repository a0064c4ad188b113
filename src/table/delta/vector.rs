//! Deletion vectors as the log describes them, one row a file (PROTOCOL.md, "Deletion Vector
//! Descriptor Schema").

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int32Builder, Int64Array, Int64Builder, StringArray, StringBuilder,
    StructArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type};

use crate::table::delta::action::DeletionVector;

/// Which rows of each file are deleted; NULL throughout for a file without a deletion vector.
#[derive(Debug, Clone)]
pub struct VectorColumns {
    /// "Derived Fields": what tells deletion vectors apart.
    pub id: StringArray,
    /// Where in its file a vector begins.
    pub offset: Int32Array,
    /// Bytes of the bitmap.
    pub size_bytes: Int32Array,
    /// Deleted rows.
    pub cardinality: Int64Array,
}

/// One file's deletion vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor<'a> {
    /// `u`, `i` or `p`.
    pub storage: char,
    /// A path, or the bitmap itself.
    pub content: &'a str,
    /// Where in its file it begins.
    pub offset: Option<i32>,
    /// Bytes of the bitmap.
    pub size_bytes: u64,
    /// Deleted rows.
    pub cardinality: u64,
}

impl VectorColumns {
    /// No file has one.
    pub fn none(files: usize) -> Self {
        Self {
            id: StringArray::new_null(files),
            offset: Int32Array::new_null(files),
            size_bytes: Int32Array::new_null(files),
            cardinality: Int64Array::new_null(files),
        }
    }

    /// Those of one file list after those of another.
    pub fn concat(parts: &[Self]) -> Self {
        Self {
            id: parts.iter().flat_map(|part| part.id.iter()).collect(),
            offset: parts.iter().flat_map(|part| part.offset.iter()).collect(),
            size_bytes: parts.iter().flat_map(|part| part.size_bytes.iter()).collect(),
            cardinality: parts.iter().flat_map(|part| part.cardinality.iter()).collect(),
        }
    }

    /// The columns as one.
    pub fn into_struct(self) -> StructArray {
        let columns: [(&str, ArrayRef); 4] = [
            ("id", Arc::new(self.id)),
            ("offset", Arc::new(self.offset)),
            ("sizeInBytes", Arc::new(self.size_bytes)),
            ("cardinality", Arc::new(self.cardinality)),
        ];
        let field = |name: &str, data_type: &DataType| Arc::new(Field::new(name, data_type.clone(), true));
        let columns = columns.map(|(name, column)| (field(name, column.data_type()), column));
        StructArray::from(columns.to_vec())
    }

    /// The columns of one; `None` when it is another.
    pub fn of(columns: &StructArray) -> Option<Self> {
        Some(Self {
            id: columns.column_by_name("id")?.as_string_opt()?.clone(),
            offset: columns
                .column_by_name("offset")?
                .as_primitive_opt::<Int32Type>()?
                .clone(),
            size_bytes: columns
                .column_by_name("sizeInBytes")?
                .as_primitive_opt::<Int32Type>()?
                .clone(),
            cardinality: columns
                .column_by_name("cardinality")?
                .as_primitive_opt::<Int64Type>()?
                .clone(),
        })
    }

    /// A file's deletion vector; an error says what of it is missing or impossible.
    pub fn get(&self, file: usize) -> std::result::Result<Option<Descriptor<'_>>, &'static str> {
        if !self.id.is_valid(file) {
            return Ok(None);
        }
        let id = self.id.value(file);
        let offset = self.offset.is_valid(file).then(|| self.offset.value(file));
        let content = match offset {
            Some(offset) => id.strip_suffix(&format!("@{offset}")).unwrap_or(id),
            None => id,
        };
        let mut chars = content.chars();
        let storage = chars.next().ok_or("it has no storage type")?;
        let positive = |valid: bool, value: i64| u64::try_from(value).ok().filter(|_| valid);
        let size = positive(
            self.size_bytes.is_valid(file),
            i64::from(self.size_bytes.values().get(file).copied().unwrap_or(-1)),
        );
        let cardinality = positive(
            self.cardinality.is_valid(file),
            self.cardinality.values().get(file).copied().unwrap_or(-1),
        );
        Ok(Some(Descriptor {
            storage,
            content: chars.as_str(),
            offset,
            size_bytes: size.ok_or("it has no size, or a negative one")?,
            cardinality: cardinality.ok_or("it has no cardinality, or a negative one")?,
        }))
    }
}

impl Descriptor<'_> {
    /// Where in a file the whole entry lies ("Deletion Vector File Storage Format"): the bitmap with its length
    /// before and its checksum behind it. Without an offset it is the first, behind the file's version.
    pub fn entry(&self) -> Option<Range<u64>> {
        let start = u64::try_from(self.offset.unwrap_or(1)).ok()?;
        Some(start..start.checked_add(self.size_bytes)?.checked_add(8)?)
    }
}

/// Collects the descriptors of `add` actions.
#[derive(Debug, Default)]
pub struct VectorBuilder {
    id: StringBuilder,
    offset: Int32Builder,
    size_bytes: Int32Builder,
    cardinality: Int64Builder,
}

impl VectorBuilder {
    /// Adds a file's.
    pub fn push(&mut self, vector: Option<&DeletionVector>) {
        self.id.append_option(vector.map(DeletionVector::unique_id));
        self.offset.append_option(vector.and_then(|vector| vector.offset));
        self.size_bytes.append_option(vector.map(|vector| vector.size_in_bytes));
        self.cardinality.append_option(vector.map(|vector| vector.cardinality));
    }

    /// The columns.
    pub fn finish(mut self) -> VectorColumns {
        VectorColumns {
            id: self.id.finish(),
            offset: self.offset.finish(),
            size_bytes: self.size_bytes.finish(),
            cardinality: self.cardinality.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(vectors: &[Option<&str>]) -> VectorColumns {
        let mut builder = VectorBuilder::default();
        for vector in vectors {
            let vector: Option<DeletionVector> = vector.map(|json| serde_json::from_str(json).unwrap());
            builder.push(vector.as_ref());
        }
        VectorColumns::of(&builder.finish().into_struct()).unwrap()
    }

    #[test]
    fn descriptors_come_back_and_an_at_sign_in_them_is_content() {
        let columns = columns(&[
            None,
            Some(r#"{"storageType":"u","pathOrInlineDv":"ab^-aq","offset":4,"sizeInBytes":40,"cardinality":6}"#),
            Some(r#"{"storageType":"i","pathOrInlineDv":"wi5b@4","sizeInBytes":40,"cardinality":6}"#),
        ]);
        assert_eq!(columns.get(0), Ok(None));
        let inside = columns.get(1).unwrap().unwrap();
        assert_eq!(
            (inside.storage, inside.content, inside.offset),
            ('u', "ab^-aq", Some(4))
        );
        assert_eq!(inside.entry(), Some(4..52));
        let inline = columns.get(2).unwrap().unwrap();
        assert_eq!((inline.storage, inline.content, inline.offset), ('i', "wi5b@4", None));
        assert_eq!((inline.size_bytes, inline.cardinality), (40, 6));
    }

    #[test]
    fn impossible_descriptors_are_named() {
        let columns = columns(&[
            Some(r#"{"storageType":"u","pathOrInlineDv":"a","offset":-4,"sizeInBytes":40,"cardinality":6}"#),
            Some(r#"{"storageType":"u","pathOrInlineDv":"a","sizeInBytes":-1,"cardinality":6}"#),
            Some(r#"{"storageType":"u","pathOrInlineDv":"a","sizeInBytes":1,"cardinality":-6}"#),
        ]);
        assert_eq!(columns.get(0).unwrap().unwrap().entry(), None);
        assert!(columns.get(1).is_err() && columns.get(2).is_err());
    }
}
