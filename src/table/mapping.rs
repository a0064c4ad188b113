//! How the columns of a table are found in its files, where the table's names are not those of the files.
//!
//! A table format that lets columns be renamed, dropped and added again gives each of them, nested ones too, a name or
//! a number that stays. Only that is looked for in a file; the names that a file uses for anything else mean nothing.

/// The columns of a table as its files know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// What tells a column in a file.
    pub by: MatchBy,
    /// The table's columns, in its order.
    pub fields: Vec<MappedField>,
    /// Columns that some files have beside those of the table: by their names, which nothing maps.
    pub unmapped: Vec<String>,
}

/// What tells a column in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchBy {
    /// Its physical name.
    PhysicalName,
    /// Its field id (parquet.thrift, `SchemaElement`).
    FieldId,
}

/// A column, or a field of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedField {
    /// Its name in the table's schema.
    pub logical_name: String,
    /// Its name in files and in what the metadata says of them.
    pub physical_name: String,
    /// Its number, unique in the table.
    pub id: i32,
    /// Where more fields are in it.
    pub shape: Shape,
}

/// Where fields are inside of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Nowhere.
    Leaf,
    /// A struct's own.
    Struct(Vec<MappedField>),
    /// In the elements of a list.
    List(Box<Shape>),
    /// In the keys and in the values of a map.
    Map(Box<Shape>, Box<Shape>),
}

impl Mapping {
    /// The physical name of a column of the table.
    #[must_use]
    pub fn physical_name(&self, logical_name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.logical_name == logical_name)?;
        Some(&field.physical_name)
    }
}

impl Shape {
    /// Is there a field anywhere inside?
    #[must_use]
    pub fn has_fields(&self) -> bool {
        match self {
            Self::Leaf => false,
            Self::Struct(_) => true,
            Self::List(element) => element.has_fields(),
            Self::Map(key, value) => key.has_fields() || value.has_fields(),
        }
    }
}
