//! The table's schema: from the log's JSON to Arrow (PROTOCOL.md, "Schema Serialization Format").

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::COMMENT_KEY;
use crate::table::delta::widening;
use crate::table::variant;

/// Levels of nesting that are read: above what people model, and far below what a stack holds.
const DEEPEST: usize = 64;

/// A schema, or the type of a column that has fields itself.
#[derive(Deserialize)]
pub(super) struct StructType {
    /// In order.
    pub(super) fields: Vec<StructField>,
}

/// A column or a field of a struct, as the log spells it.
#[derive(Deserialize)]
pub(super) struct StructField {
    /// The name that people see.
    pub(super) name: String,
    /// A primitive type's name, or what a nested type is made of.
    pub(super) r#type: Value,
    #[serde(default = "yes")]
    nullable: bool,
    /// What else is known of it.
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, Value>,
}

fn yes() -> bool {
    true
}

/// Reads a schema.
///
/// # Errors
/// `Unsupported` with the name of a type that is not read; `Damaged` when it is no schema.
pub fn parse(root: &Location, schema_string: &str) -> Result<SchemaRef> {
    let reader = Reader { root };
    let parsed: StructType = serde_json::from_str(schema_string)
        .map_err(|cause| reader.damaged(&format!("it is no JSON schema: {cause}")))?;
    let fields = reader.fields(parsed.fields, "", 0)?;
    Ok(Arc::new(Schema::new(fields)))
}

struct Reader<'a> {
    root: &'a Location,
}

impl Reader<'_> {
    fn fields(&self, fields: Vec<StructField>, parent: &str, depth: usize) -> Result<Fields> {
        let mut seen = HashSet::new();
        let mut read: Vec<FieldRef> = vec![];
        for field in fields {
            // "All column names must be unique regardless of casing."
            if !seen.insert(field.name.to_lowercase()) {
                let detail = format!("two columns differ at most in case: {:?}", join(parent, &field.name));
                return Err(self.damaged(&detail));
            }
            // "It is recommended to drop any void data type columns on reads."
            if depth == 0 && field.r#type == "void" {
                continue;
            }
            read.push(Arc::new(self.field(field, parent, depth)?));
        }
        Ok(read.into())
    }

    fn field(&self, field: StructField, parent: &str, depth: usize) -> Result<Field> {
        let name = join(parent, &field.name);
        // A collation changes what equal means; its name is in the metadata of the column or of its parent.
        if field.metadata.contains_key("__COLLATIONS") {
            return Err(self.unsupported(&format!("the column {name:?} has a collation (collations)")));
        }
        let data_type = self.data_type(field.r#type, &name, depth)?;
        let comment = field.metadata.get("comment").and_then(Value::as_str);
        let mut metadata: HashMap<_, _> = comment
            .map(|comment| (COMMENT_KEY.to_owned(), comment.to_owned()))
            .into_iter()
            .collect();
        if let Some(changes) = field.metadata.get(widening::CHANGES_KEY) {
            self.check_changes(changes, &name)?;
            metadata.insert(widening::CHANGES_KEY.to_owned(), changes.to_string());
        }
        Ok(Field::new(field.name, data_type, field.nullable).with_metadata(metadata))
    }

    /// "Readers must validate that they support all type changes in the `delta.typeChanges` field."
    fn check_changes(&self, changes: &Value, name: &str) -> Result<()> {
        let Some(changes) = widening::changes(changes) else {
            return Err(self.damaged(&format!("the column {name:?} has no list of type changes")));
        };
        for change in changes {
            let [from, to] = [&change.from_type, &change.to_type].map(|data_type| self.primitive(data_type, name));
            if !widening::is_widening(&from?, &to?) {
                let detail = format!(
                    "the column {name:?} changed its type from {} to {} (typeWidening)",
                    change.from_type, change.to_type
                );
                return Err(self.unsupported(&detail));
            }
        }
        Ok(())
    }

    fn data_type(&self, value: Value, name: &str, depth: usize) -> Result<DataType> {
        if depth > DEEPEST {
            return Err(self.unsupported(&format!(
                "the column {name:?} is nested more than {DEEPEST} levels deep"
            )));
        }
        match value {
            Value::String(primitive) => self.primitive(&primitive, name),
            Value::Object(nested) => self.nested(nested, name, depth + 1),
            _ => Err(self.damaged(&format!("the column {name:?} has no type"))),
        }
    }

    fn nested(&self, mut nested: serde_json::Map<String, Value>, name: &str, depth: usize) -> Result<DataType> {
        let mut take = |key: &str| nested.remove(key).unwrap_or_default();
        let kind = take("type");
        match kind.as_str().unwrap_or_default() {
            "struct" => {
                let fields: Vec<StructField> = serde_json::from_value(take("fields"))
                    .map_err(|cause| self.damaged(&format!("the column {name:?} is no struct: {cause}")))?;
                Ok(DataType::Struct(self.fields(fields, name, depth)?))
            }
            "array" => {
                let nullable = take("containsNull").as_bool().unwrap_or(true);
                let element = self.data_type(take("elementType"), &join(name, "element"), depth)?;
                Ok(DataType::List(Arc::new(Field::new("element", element, nullable))))
            }
            "map" => {
                let nullable = take("valueContainsNull").as_bool().unwrap_or(true);
                let key = self.data_type(take("keyType"), &join(name, "key"), depth)?;
                let value = self.data_type(take("valueType"), &join(name, "value"), depth)?;
                let entries = [Field::new("key", key, false), Field::new("value", value, nullable)];
                let entries = Field::new("key_value", DataType::Struct(Fields::from_iter(entries)), false);
                Ok(DataType::Map(Arc::new(entries), false))
            }
            other => Err(self.unsupported(&format!("the column {name:?} has the type {other}"))),
        }
    }

    fn primitive(&self, name_of_type: &str, name: &str) -> Result<DataType> {
        let unknown = || self.unsupported(&format!("the column {name:?} has the type {name_of_type}"));
        primitive(name_of_type).ok_or_else(unknown)
    }

    fn damaged(&self, detail: &str) -> Error {
        let detail = format!("the table's schema cannot be read: {detail}");
        Error::new(Kind::Damaged, self.root.without_query(), detail)
    }

    fn unsupported(&self, detail: &str) -> Error {
        Error::new(
            Kind::Unsupported,
            self.root.without_query(),
            format!("{detail}, which is not read yet"),
        )
    }
}

/// A type that has no others inside, by its name ("Primitive Types"), and the variant.
#[must_use]
pub fn primitive(name: &str) -> Option<DataType> {
    Some(match name {
        "string" => DataType::Utf8,
        "long" => DataType::Int64,
        "integer" => DataType::Int32,
        "short" => DataType::Int16,
        "byte" => DataType::Int8,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "timestamp_ntz" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "variant" => variant::data_type(),
        other => return decimal(other),
    })
}

/// `decimal(10,2)`; without digits it is Hive's default.
fn decimal(text: &str) -> Option<DataType> {
    if text == "decimal" {
        return Some(DataType::Decimal128(10, 0));
    }
    let digits = text.strip_prefix("decimal(")?.strip_suffix(')')?;
    let (precision, scale) = digits.split_once(',')?;
    let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let valid = (1..=38).contains(&precision) && scale >= 0 && scale.unsigned_abs() <= precision;
    valid.then_some(DataType::Decimal128(precision, scale))
}

/// A nested column's name with those of the columns around it, for errors.
pub(super) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}.{name}")
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
