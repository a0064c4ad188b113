//! A file's Parquet schema in the names of a table whose columns have other names in files.
//!
//! What the table does not know (columns that were dropped, whatever their names) gets a name that no column of the
//! table has, so that it is never taken for one. Order, types and repetition stay: leaves keep their places.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use object_store::path::Path;
use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};

use super::{damaged, subject};
use crate::error::{Error, Kind, Result};
use crate::table::mapping::{MappedField, Mapping, MatchBy, Shape};

/// What the format calls the repeated group in a list of elements that may be NULL ...
const LIST: &str = "list";

/// ... and one that is the element itself (Parquet format, "Lists", backward-compatibility rules).
const LEGACY_ELEMENT: &str = "array";

/// The schema of the file at `path` in the names of the table. Field ids have served and are left out.
///
/// # Errors
/// `Damaged` when two columns of the file are one of the table's, when a nested column is no such thing in the file,
/// or when columns go by ids that the file does not have.
pub(super) fn logical_schema(path: &Path, schema: &SchemaDescriptor, mapping: &Mapping) -> Result<SchemaDescPtr> {
    let renaming = Renaming { path, by: mapping.by };
    let root = schema.root_schema();
    let mut fields = renaming.fields(root.get_fields(), &mapping.fields, "")?;
    for (renamed, field) in fields.iter_mut().zip(root.get_fields()) {
        if id(field).is_none() && mapping.unmapped.iter().any(|name| name == field.name()) {
            *renamed = renaming.copy(field, field.name())?;
        }
    }
    let root = Type::group_type_builder(root.name()).with_fields(fields).build();
    let root = root.map_err(|error| damaged(path, error))?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root))))
}

struct Renaming<'a> {
    path: &'a Path,
    by: MatchBy,
}

impl Renaming<'_> {
    /// The fields of a struct, or the columns of the file; `parent` is for errors.
    fn fields(&self, fields: &[TypePtr], known: &[MappedField], parent: &str) -> Result<Vec<TypePtr>> {
        self.refuse_without_ids(fields, parent)?;
        let by_name: HashMap<&str, &MappedField> = known.iter().map(|f| (f.physical_name.as_str(), f)).collect();
        let by_id: HashMap<i32, &MappedField> = known.iter().map(|f| (f.id, f)).collect();
        let mut found = HashSet::new();
        let mut renamed = vec![];
        for (place, field) in fields.iter().enumerate() {
            let known_as = match self.by {
                MatchBy::PhysicalName => by_name.get(field.name()),
                MatchBy::FieldId => id(field).and_then(|id| by_id.get(&id)),
            };
            renamed.push(match known_as {
                None => self.copy(field, &stranger(place, known))?,
                Some(column) if found.insert(column.id) => {
                    let name = format!("{parent}{}", column.logical_name);
                    self.field(field, &column.logical_name, &column.shape, &name)?
                }
                Some(column) => {
                    let name = format!("{parent}{}", column.logical_name);
                    return Err(self.damaged(&format!("it has the column {name:?} twice")));
                }
            });
        }
        Ok(renamed)
    }

    /// "Reader Requirements for Column Mapping" of the Delta protocol: a file without field ids is refused.
    fn refuse_without_ids(&self, fields: &[TypePtr], parent: &str) -> Result<()> {
        if self.by != MatchBy::FieldId || fields.is_empty() || fields.iter().any(|field| id(field).is_some()) {
            return Ok(());
        }
        let whose = match parent.strip_suffix('.') {
            None => "its columns".to_owned(),
            Some(parent) => format!("the fields of {parent:?}"),
        };
        let detail = format!("the table finds columns by field ids, but {whose} have none");
        Err(self.damaged(&detail))
    }

    /// `field` as `name`, and the fields inside of it as `shape` says.
    fn field(&self, field: &Type, name: &str, shape: &Shape, full_name: &str) -> Result<TypePtr> {
        match shape {
            Shape::Struct(known) if is_struct(field) => {
                let fields = self.fields(field.get_fields(), known, &format!("{full_name}."))?;
                self.group(field, name, fields)
            }
            Shape::List(element) if element.has_fields() => self.list(field, name, element, full_name),
            Shape::Map(key, value) if shape.has_fields() => self.map(field, name, (key, value), full_name),
            Shape::Struct(_) => Err(self.other(full_name, "struct")),
            // Nothing inside has a name that counts.
            Shape::Leaf | Shape::List(_) | Shape::Map(_, _) => self.copy(field, name),
        }
    }

    /// The readings of a list are those of the Arrow reader, which must find again what is found here.
    fn list(&self, field: &Type, name: &str, element: &Shape, full_name: &str) -> Result<TypePtr> {
        let Some(repeated) = entries(field, is_list) else {
            return Err(self.other(full_name, "list"));
        };
        let inner = format!("{full_name}.element");
        let tuple = repeated.name() == LEGACY_ELEMENT || repeated.name() == format!("{}_tuple", field.name());
        let repeated = match (repeated.get_fields(), element) {
            ([item], _) if !tuple && !is_repeated(item) => {
                let item = self.field(item, item.name(), element, &inner)?;
                self.group(repeated, LIST, vec![item])?
            }
            ([item], _) if is_repeated(item) => return Err(self.other(full_name, "list")),
            (fields, Shape::Struct(known)) => {
                let fields = self.fields(fields, known, &format!("{inner}."))?;
                self.group(repeated, LEGACY_ELEMENT, fields)?
            }
            _ => return Err(self.other(full_name, "list")),
        };
        self.group(field, name, vec![repeated])
    }

    fn map(&self, field: &Type, name: &str, (key, value): (&Shape, &Shape), full_name: &str) -> Result<TypePtr> {
        let Some(repeated) = entries(field, is_map) else {
            return Err(self.other(full_name, "map"));
        };
        let [file_key, file_value] = repeated.get_fields() else {
            return Err(self.other(full_name, "map"));
        };
        let key = self.field(file_key, file_key.name(), key, &format!("{full_name}.key"))?;
        let value = self.field(file_value, file_value.name(), value, &format!("{full_name}.value"))?;
        let repeated = self.group(repeated, repeated.name(), vec![key, value])?;
        self.group(field, name, vec![repeated])
    }

    /// `field` as `name`, with the names inside of it as they are.
    fn copy(&self, field: &Type, name: &str) -> Result<TypePtr> {
        if field.is_group() {
            let fields = field.get_fields().iter().map(|field| self.copy(field, field.name()));
            let fields = fields.collect::<Result<_>>()?;
            return self.group(field, name, fields);
        }
        self.primitive(field, name)
    }

    fn group(&self, like: &Type, name: &str, fields: Vec<TypePtr>) -> Result<TypePtr> {
        let info = like.get_basic_info();
        let group = Type::group_type_builder(name)
            .with_repetition(info.repetition())
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_fields(fields)
            .build();
        group.map(Arc::new).map_err(|error| damaged(self.path, error))
    }

    fn primitive(&self, like: &Type, name: &str) -> Result<TypePtr> {
        let info = like.get_basic_info();
        let Type::PrimitiveType {
            physical_type,
            type_length,
            scale,
            precision,
            ..
        } = like
        else {
            return Err(damaged(self.path, format_args!("the column {name:?} is no column")));
        };
        let primitive = Type::primitive_type_builder(name, *physical_type)
            .with_repetition(info.repetition())
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_length(*type_length)
            .with_precision(*precision)
            .with_scale(*scale)
            .build();
        primitive.map(Arc::new).map_err(|error| damaged(self.path, error))
    }

    fn other(&self, full_name: &str, kind: &str) -> Error {
        self.damaged(&format!(
            "the column {full_name:?} of the table is a {kind}, but is none in the file"
        ))
    }

    fn damaged(&self, detail: &str) -> Error {
        let detail = format!("the file does not go with the table's column mapping: {detail}");
        Error::new(Kind::Damaged, subject(self.path), detail)
    }
}

/// A name that no column beside it has, and that a plan may show.
fn stranger(place: usize, known: &[MappedField]) -> String {
    let mut name = format!("(unknown {place})");
    while known.iter().any(|field| field.logical_name == name) {
        name.push(' ');
    }
    name
}

fn id(field: &Type) -> Option<i32> {
    let info = field.get_basic_info();
    info.has_id().then(|| info.id())
}

fn is_repeated(field: &Type) -> bool {
    field.get_basic_info().repetition() == Repetition::REPEATED
}

fn is_struct(field: &Type) -> bool {
    field.is_group() && !is_repeated(field) && field.get_basic_info().converted_type() == ConvertedType::NONE
}

fn is_list(field: &Type) -> bool {
    let info = field.get_basic_info();
    info.converted_type() == ConvertedType::LIST || info.logical_type_ref() == Some(&LogicalType::List)
}

fn is_map(field: &Type) -> bool {
    let info = field.get_basic_info();
    matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        || info.logical_type_ref() == Some(&LogicalType::Map)
}

/// The repeated group inside of a list or a map.
fn entries(field: &Type, is_kind: impl Fn(&Type) -> bool) -> Option<&Type> {
    if !field.is_group() || !is_kind(field) || is_repeated(field) {
        return None;
    }
    match field.get_fields() {
        [entries] if entries.is_group() && is_repeated(entries) => Some(entries),
        _ => None,
    }
}

#[cfg(test)]
#[path = "logical_tests.rs"]
mod tests;
