//! Columns as Parquet's own types: what has none there is written as the text that the grid shows.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use crate::error::{Error, Kind, Result};
use crate::query::shape::type_name;
use crate::query::values::Values;
use crate::table::variant::{holds_variants, is_variant};

/// How the columns of one schema are written.
pub(super) struct Plain {
    /// What is written.
    pub(super) schema: SchemaRef,
    forms: Vec<Form>,
    /// A sentence for each column that is written as text.
    pub(super) notes: Vec<String>,
}

enum Form {
    Same,
    Cast(DataType),
    Text,
}

impl Plain {
    /// The forms for `schema`.
    pub(super) fn of(schema: &Schema) -> Self {
        let forms: Vec<Form> = schema.fields().iter().map(|field| form(field.data_type())).collect();
        let columns = || schema.fields().iter().zip(&forms);
        let fields: Vec<Field> = columns().map(|(field, form)| form.field(field)).collect();
        let notes = columns().filter(|(_, form)| matches!(form, Form::Text));
        let notes = notes.map(|(field, _)| note(field)).collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            forms,
            notes,
        }
    }

    /// The batch in these forms.
    pub(super) fn fit(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = batch.columns().iter().zip(&self.forms).zip(self.schema.fields());
        let columns = columns
            .map(|((array, form), field)| form.apply(array, field.name()))
            .collect::<Result<Vec<_>>>()?;
        RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|cause| Error::new(Kind::Bug, "export", format!("Parquet: {cause}")).with_source(cause))
    }
}

impl Form {
    fn field(&self, field: &Field) -> Field {
        match self {
            Self::Same => Field::new(field.name(), field.data_type().clone(), field.is_nullable()),
            Self::Cast(data_type) => Field::new(field.name(), data_type.clone(), field.is_nullable()),
            Self::Text => Field::new(field.name(), DataType::Utf8, true),
        }
    }

    fn apply(&self, array: &ArrayRef, name: &str) -> Result<ArrayRef> {
        match self {
            Self::Same => Ok(Arc::clone(array)),
            Self::Cast(data_type) => {
                let exact = CastOptions {
                    safe: false,
                    ..CastOptions::default()
                };
                cast_with_options(array, data_type, &exact).map_err(|cause| out_of_range(name, data_type, cause))
            }
            Self::Text => text(array, name),
        }
    }
}

fn out_of_range(name: &str, data_type: &DataType, cause: ArrowError) -> Error {
    let detail = format!(
        "A value of the column “{name}” does not fit Parquet's {}: {cause}. Cast the column to text in the statement.",
        type_name(data_type)
    );
    Error::new(Kind::Unsupported, "export", detail).with_source(cause)
}

fn text(array: &ArrayRef, name: &str) -> Result<ArrayRef> {
    let values = Values::new(array)?;
    let mut texts = StringBuilder::new();
    let mut text = String::new();
    for row in 0..array.len() {
        if array.is_null(row) || *array.data_type() == DataType::Null {
            texts.append_null();
            continue;
        }
        text.clear();
        values.get(row).write(&mut text).map_err(|_| {
            let detail = format!("A variant of the column “{name}” breaks its format's rules.");
            Error::new(Kind::Damaged, "export", detail)
        })?;
        texts.append_value(&text);
    }
    Ok(Arc::new(texts.finish()))
}

fn note(field: &Field) -> String {
    let (name, type_name) = (field.name(), type_name(field.data_type()));
    match field.data_type() {
        DataType::Null => format!("{name} holds only NULL and is written as text."),
        nested if nested.is_nested() => {
            format!("{name} is written as JSON text: Parquet has no type for {type_name}.")
        }
        _ => format!("{name} is written as text: Parquet has no type for {type_name}."),
    }
}

fn form(data_type: &DataType) -> Form {
    match data_type {
        DataType::Timestamp(TimeUnit::Second, zone) => {
            Form::Cast(DataType::Timestamp(TimeUnit::Millisecond, zone.clone()))
        }
        DataType::Time32(TimeUnit::Second) => Form::Cast(DataType::Time32(TimeUnit::Millisecond)),
        DataType::Date64 => Form::Cast(DataType::Date32),
        DataType::Dictionary(_, values) => Form::Cast(values.as_ref().clone()).unless_text(values),
        DataType::RunEndEncoded(_, values) => Form::Cast(values.data_type().clone()).unless_text(values.data_type()),
        other if has_type(other) => Form::Same,
        _ => Form::Text,
    }
}

impl Form {
    fn unless_text(self, values: &DataType) -> Self {
        if has_type(values) { self } else { Self::Text }
    }
}

/// Does Parquet have a type for it that says all that there is to know?
fn has_type(data_type: &DataType) -> bool {
    let child = |field: &FieldRef| has_type(field.data_type());
    match data_type {
        variant if is_variant(variant) || holds_variants(variant) => false,
        DataType::Null
        | DataType::Interval(_)
        | DataType::Duration(_)
        | DataType::Union(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Dictionary(..)
        | DataType::RunEndEncoded(..)
        | DataType::Date64
        | DataType::Timestamp(TimeUnit::Second, _)
        | DataType::Time32(TimeUnit::Second) => false,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => child(item),
        DataType::Map(entries, _) => child(entries),
        DataType::Struct(fields) => !fields.is_empty() && fields.iter().all(child),
        _ => true,
    }
}
