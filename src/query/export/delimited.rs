//! Comma- and tab-separated values.
//!
//! CSV follows RFC 4180 with a header, `\r\n`, and quotes where they are needed. NULL is nothing
//! between the commas and an empty text is `""`, so that the two can be told apart (a NULL that is
//! alone on its line is `""` as well, for many readers skip empty lines). Texts that spreadsheets
//! take for formulas get an apostrophe in front in TSV and stay as they are in CSV.

use std::fmt::Write as _;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};

use super::Encode;
use crate::error::Result;
use crate::query::values::{Value, Values};

/// Delimited text under way.
pub(super) struct Delimited {
    text: String,
    dialect: Dialect,
}

/// A dialect of delimited text. CSV is for programs and changes no value. TSV is for spreadsheets, which take a cell
/// that starts with `=`, `+`, `-` or `@` for a formula, and a table is written by strangers.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    delimiter: char,
    /// Are texts guarded against being taken for formulas, unless they are numbers?
    spreadsheet: bool,
}

pub(super) const CSV: Dialect = Dialect {
    delimiter: ',',
    spreadsheet: false,
};

pub(super) const TSV: Dialect = Dialect {
    delimiter: '\t',
    spreadsheet: true,
};

impl Delimited {
    /// Begins with the header.
    pub(super) fn begin(schema: &SchemaRef, dialect: Dialect) -> Self {
        let mut text = String::new();
        for (at, field) in schema.fields().iter().enumerate() {
            dialect.write_field(&mut text, at, Some(field.name()), true);
        }
        text.push_str("\r\n");
        Self { text, dialect }
    }
}

impl Encode for Delimited {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.dialect.write_batch(&mut self.text, batch)
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }

    fn pending(&self) -> usize {
        self.text.len()
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }
}

impl Dialect {
    fn write_batch(self, out: &mut String, batch: &RecordBatch) -> Result<()> {
        let columns = batch
            .columns()
            .iter()
            .map(|array| Values::new(array))
            .collect::<Result<Vec<_>>>()?;
        let guarded: Vec<bool> = batch
            .columns()
            .iter()
            .map(|array| may_be_formula(array.data_type()))
            .collect();
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for (at, (column, is_text)) in columns.iter().zip(&guarded).enumerate() {
                let value = column.get(row);
                text.clear();
                // Writing to a String does not fail.
                let _ = value.write(&mut text);
                let shown = (!matches!(value, Value::Null)).then_some(text.as_str());
                self.write_field(out, at, shown.or((columns.len() == 1).then_some("")), *is_text);
            }
            out.push_str("\r\n");
        }
        Ok(())
    }

    fn write_field(self, out: &mut String, at: usize, text: Option<&str>, is_text: bool) {
        if at > 0 {
            out.push(self.delimiter);
        }
        let Some(text) = text else { return };
        let guard = if self.spreadsheet && is_text && is_formula(text) {
            "'"
        } else {
            ""
        };
        let special = |c| c == self.delimiter || c == '"' || c == '\r' || c == '\n';
        // Writing to a String does not fail.
        let _ = if text.is_empty() || text.contains(special) {
            write!(out, "\"{guard}{}\"", text.replace('"', "\"\""))
        } else {
            write!(out, "{guard}{text}")
        };
    }
}

/// May the text of this type start with anything? Numbers and times are ours and start harmlessly.
fn may_be_formula(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => may_be_formula(values),
        DataType::RunEndEncoded(_, values) => may_be_formula(values.data_type()),
        other => other.is_string(),
    }
}

/// Would a spreadsheet evaluate it? Leading spaces and line breaks do not stop some of them.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
        && text.parse::<f64>().is_err()
}
