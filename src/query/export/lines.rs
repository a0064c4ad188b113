//! JSON Lines (NDJSON): every row an object on a line of its own.
//!
//! Numbers stand bare, with all their digits; bytes are hexadecimal text, times RFC 3339, what
//! is no number in JSON (`NaN`, `Infinity`) is text; NULL is `null`.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{Encode, refuse_double_names};
use crate::error::{Error, Kind, Result};
use crate::query::values::{Value, Values};

/// Lines under way.
pub(super) struct Lines {
    text: String,
    /// The names as keys, with what stands before and behind them.
    keys: Vec<String>,
}

impl Lines {
    /// Begins with nothing: every line names its columns.
    pub(super) fn begin(schema: &SchemaRef) -> Result<Self> {
        refuse_double_names(schema, "JSON")?;
        let key = |(at, name): (usize, &str)| {
            let mut key = String::from(if at == 0 { "" } else { ", " });
            // Writing to a String does not fail.
            let _ = Value::Text(name).write_key(&mut key);
            key
        };
        let names = schema.fields().iter().map(|field| field.name().as_str());
        Ok(Self {
            text: String::new(),
            keys: names.enumerate().map(key).collect(),
        })
    }
}

impl Encode for Lines {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = batch.columns().iter().map(|array| Values::new(array));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            self.text.push('{');
            for (key, column) in self.keys.iter().zip(&columns) {
                self.text.push_str(key);
                column
                    .get(row)
                    .write_as_json(&mut self.text)
                    .map_err(|_| damaged(key))?;
            }
            self.text.push_str("}\n");
        }
        Ok(())
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

/// Writing to a String fails for one reason only.
fn damaged(key: &str) -> Error {
    let detail = format!(
        "A variant of the column {} breaks its format's rules.",
        key.trim_matches([',', ' ', ':'])
    );
    Error::new(Kind::Damaged, "export", detail)
}
