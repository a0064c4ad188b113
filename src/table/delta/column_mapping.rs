//! Which column of the files is which of the table (PROTOCOL.md, "Column Mapping").

use std::collections::HashSet;

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::Metadata;
use crate::table::delta::schema::{StructField, StructType};
use crate::table::mapping::{MappedField, Mapping, MatchBy, Shape};

const MODE: &str = "delta.columnMapping.mode";
const ID: &str = "delta.columnMapping.id";
const PHYSICAL_NAME: &str = "delta.columnMapping.physicalName";

/// The mode that the table asks for, whether or not it exists; `None` when columns have one name only.
pub fn mode(metadata: &Metadata) -> Option<&str> {
    metadata.property(MODE).filter(|mode| *mode != "none")
}

/// What a mode goes by.
pub fn match_by(mode: &str) -> Option<MatchBy> {
    match mode {
        "name" => Some(MatchBy::PhysicalName),
        "id" => Some(MatchBy::FieldId),
        _ => None,
    }
}

/// The table's mapping, when it has one.
///
/// # Errors
/// `Damaged` when a column has no id or no physical name, or shares them with another.
pub fn parse(root: &Location, metadata: &Metadata) -> Result<Option<Mapping>> {
    let Some(by) = mode(metadata).and_then(match_by) else {
        return Ok(None);
    };
    let mut reader = Reader {
        root,
        ids: HashSet::new(),
    };
    let schema: StructType =
        serde_json::from_str(&metadata.schema_string).map_err(|cause| reader.damaged(&cause.to_string()))?;
    let fields = reader.fields(schema.fields, "")?;
    Ok(Some(Mapping {
        by,
        fields,
        unmapped: vec![],
    }))
}

struct Reader<'a> {
    root: &'a Location,
    /// Ids are unique in the table.
    ids: HashSet<i32>,
}

impl Reader<'_> {
    fn fields(&mut self, fields: Vec<StructField>, parent: &str) -> Result<Vec<MappedField>> {
        let mut physical_names = HashSet::new();
        let mut mapped = vec![];
        // Void columns are in no file, and not in the schema that is shown.
        for field in fields.into_iter().filter(|field| field.r#type != "void") {
            let name = format!("{parent}{}", field.name);
            let field = self.field(field, &name)?;
            if !physical_names.insert(field.physical_name.clone()) {
                let physical = &field.physical_name;
                return Err(self.damaged(&format!(
                    "two columns, one of them {name:?}, have the physical name {physical:?}"
                )));
            }
            mapped.push(field);
        }
        Ok(mapped)
    }

    fn field(&mut self, field: StructField, name: &str) -> Result<MappedField> {
        let physical_name = field.metadata.get(PHYSICAL_NAME).and_then(Value::as_str);
        let Some(physical_name) = physical_name.map(str::to_owned) else {
            return Err(self.damaged(&format!("the column {name:?} has no {PHYSICAL_NAME}")));
        };
        let id = field.metadata.get(ID).and_then(Value::as_i64);
        let Some(id) = id.and_then(|id| i32::try_from(id).ok()) else {
            return Err(self.damaged(&format!("the column {name:?} has no {ID}")));
        };
        if !self.ids.insert(id) {
            return Err(self.damaged(&format!("two columns, one of them {name:?}, have the id {id}")));
        }
        Ok(MappedField {
            logical_name: field.name,
            physical_name,
            id,
            shape: self.shape(field.r#type, name)?,
        })
    }

    /// Types were judged when the schema was read; here only the fields inside of them count.
    fn shape(&mut self, data_type: Value, name: &str) -> Result<Shape> {
        let Value::Object(mut nested) = data_type else {
            return Ok(Shape::Leaf);
        };
        let mut take = |key: &str| nested.remove(key).unwrap_or_default();
        Ok(match take("type").as_str() {
            Some("struct") => {
                let fields: Vec<StructField> =
                    serde_json::from_value(take("fields")).map_err(|cause| self.damaged(&cause.to_string()))?;
                Shape::Struct(self.fields(fields, &format!("{name}."))?)
            }
            Some("array") => Shape::List(Box::new(self.shape(take("elementType"), &format!("{name}.element"))?)),
            Some("map") => {
                let key = self.shape(take("keyType"), &format!("{name}.key"))?;
                let value = self.shape(take("valueType"), &format!("{name}.value"))?;
                Shape::Map(Box::new(key), Box::new(value))
            }
            _ => Shape::Leaf,
        })
    }

    fn damaged(&self, detail: &str) -> Error {
        let detail = format!("the table's column mapping cannot be read: {detail}");
        Error::new(Kind::Damaged, self.root.without_query(), detail)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(name: &str, data_type: &Value, id: i32) -> Value {
        let metadata = json!({ID: id, PHYSICAL_NAME: format!("col-{id}")});
        json!({"name": name, "type": data_type, "nullable": true, "metadata": metadata})
    }

    fn read(mode: &str, fields: &[Value]) -> Result<Option<Mapping>> {
        let schema = json!({"type": "struct", "fields": fields}).to_string();
        let metadata = json!({"schemaString": schema, "configuration": {MODE: mode}});
        let root = Location::parse("http://lake.test/t").unwrap();
        parse(&root, &serde_json::from_value(metadata).unwrap())
    }

    fn damage(fields: &[Value]) -> String {
        let error = read("name", fields).unwrap_err();
        assert_eq!(error.kind, Kind::Damaged);
        error.detail
    }

    #[test]
    fn only_tables_with_a_mode_have_a_mapping() {
        let fields = [field("a", &json!("long"), 1)];
        assert_eq!(read("none", &fields).unwrap(), None);
        assert_eq!(read("name", &fields).unwrap().unwrap().by, MatchBy::PhysicalName);
        let by_id = read("id", &fields).unwrap().unwrap();
        assert_eq!((by_id.by, by_id.physical_name("a")), (MatchBy::FieldId, Some("col-1")));
        assert_eq!(by_id.physical_name("col-1"), None);
    }

    #[test]
    fn fields_are_mapped_wherever_they_are_nested() {
        let inner = json!({"type": "struct", "fields": [field("x", &json!("long"), 3)]});
        let list = json!({"type": "array", "elementType": inner, "containsNull": true});
        let map = json!({"type": "map", "keyType": "string", "valueType": list, "valueContainsNull": true});
        let mapping = read("name", &[field("m", &map, 2)]).unwrap().unwrap();
        let leaf = MappedField {
            logical_name: "x".to_owned(),
            physical_name: "col-3".to_owned(),
            id: 3,
            shape: Shape::Leaf,
        };
        let list = Shape::List(Box::new(Shape::Struct(vec![leaf])));
        assert_eq!(
            mapping.fields[0].shape,
            Shape::Map(Box::new(Shape::Leaf), Box::new(list))
        );
        assert!(mapping.fields[0].shape.has_fields());
    }

    #[test]
    fn a_column_without_its_marks_is_damage() {
        let long = json!("long");
        let bare = json!({"name": "b", "type": "long", "nullable": true, "metadata": {}});
        assert!(damage(std::slice::from_ref(&bare)).contains("\"b\" has no delta.columnMapping.physicalName"));
        let unnumbered = json!({"name": "b", "type": "long", "metadata": {PHYSICAL_NAME: "p"}});
        assert!(damage(&[unnumbered]).contains("\"b\" has no delta.columnMapping.id"));
        let nested = json!({"type": "struct", "fields": [bare]});
        assert!(damage(&[field("s", &nested, 1)]).contains("\"s.b\""));
        assert!(damage(&[field("a", &long, 1), field("b", &long, 1)]).contains("id 1"));
        let same_name = json!({"name": "b", "type": "long", "metadata": {PHYSICAL_NAME: "col-1", ID: 2}});
        assert!(damage(&[field("a", &long, 1), same_name]).contains("physical name \"col-1\""));
    }

    #[test]
    fn void_columns_are_in_no_file() {
        let void = json!({"name": "v", "type": "void", "nullable": true, "metadata": {}});
        assert_eq!(read("id", &[void]).unwrap().unwrap().fields, []);
    }
}
