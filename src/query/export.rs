//! A whole result as bytes: an Arrow IPC stream, CSV, or TSV for the clipboard.
//!
//! CSV follows RFC 4180 with a header, `\r\n`, and quotes where they are needed. NULL is nothing
//! between the commas and an empty text is `""`, so that the two can be told apart (a NULL that is
//! alone on its line is `""` as well, for many readers skip empty lines). CSV is for programs and
//! changes no value. TSV is for spreadsheets, which take a cell that starts with `=`, `+`, `-` or
//! `@` for a formula, and a table is written by strangers: there a text like that gets an
//! apostrophe in front, unless it is a number.

use std::fmt::Write as _;
use std::io;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;

use super::values::{Value, Values};
use crate::error::{Error, Kind, Result};
use crate::protocol::ExportFormat;

/// Bytes of one export. With the result itself and the operators' pool it has to fit the 4 GiB of a tab.
pub const EXPORT_BYTES: usize = 1 << 30;

/// The batches in `format`.
///
/// # Errors
/// `TooBig` beyond [`EXPORT_BYTES`].
pub fn export(schema: &SchemaRef, batches: &[RecordBatch], format: ExportFormat) -> Result<Vec<u8>> {
    match format {
        ExportFormat::Arrow => arrow_stream(schema, batches, EXPORT_BYTES),
        ExportFormat::Csv => Delimited {
            delimiter: ',',
            spreadsheet: false,
        }
        .export(schema, batches, EXPORT_BYTES),
        ExportFormat::Tsv => Delimited {
            delimiter: '\t',
            spreadsheet: true,
        }
        .export(schema, batches, EXPORT_BYTES),
    }
}

fn too_big(limit: usize) -> Error {
    let detail = format!("The export is larger than {limit} bytes. Select fewer rows or columns.");
    Error::new(Kind::TooBig, "export", detail)
}

fn arrow_stream(schema: &SchemaRef, batches: &[RecordBatch], limit: usize) -> Result<Vec<u8>> {
    let mut out = Bounded {
        bytes: Vec::new(),
        limit,
        is_full: false,
    };
    let written = write_stream(&mut out, schema, batches);
    match written {
        Ok(()) => Ok(out.bytes),
        Err(_) if out.is_full => Err(too_big(limit)),
        Err(cause) => Err(Error::new(Kind::Bug, "export", format!("Arrow IPC: {cause}")).with_source(cause)),
    }
}

fn write_stream(out: &mut Bounded, schema: &SchemaRef, batches: &[RecordBatch]) -> std::result::Result<(), ArrowError> {
    let mut writer = StreamWriter::try_new(out, schema)?;
    for batch in batches {
        // Checks that the columns are what the stream's schema promises.
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        writer.write(&RecordBatch::try_new_with_options(
            schema.clone(),
            batch.columns().to_vec(),
            &options,
        )?)?;
    }
    writer.finish()
}

/// Bytes that refuse to outgrow a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        self.is_full = self.bytes.len() + more.len() > self.limit;
        if self.is_full {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A dialect of delimited text.
#[derive(Clone, Copy)]
struct Delimited {
    delimiter: char,
    /// Are texts guarded against being taken for formulas?
    spreadsheet: bool,
}

impl Delimited {
    fn export(self, schema: &SchemaRef, batches: &[RecordBatch], limit: usize) -> Result<Vec<u8>> {
        let mut out = String::new();
        let names: Vec<Option<&str>> = schema
            .fields()
            .iter()
            .map(|field| Some(field.name().as_str()))
            .collect();
        for (at, name) in names.iter().enumerate() {
            self.write_field(&mut out, at, *name, true);
        }
        out.push_str("\r\n");
        for batch in batches {
            self.write_batch(&mut out, batch, limit)?;
        }
        Ok(out.into_bytes())
    }

    fn write_batch(self, out: &mut String, batch: &RecordBatch, limit: usize) -> Result<()> {
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
            if out.len() > limit {
                return Err(too_big(limit));
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray, StringViewArray};
    use arrow::datatypes::{Int8Type, Schema};
    use arrow::ipc::reader::StreamReader;

    use super::*;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
    }

    fn texts(texts: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(texts.to_vec()))
    }

    fn exported(batch: &RecordBatch, format: ExportFormat) -> String {
        String::from_utf8(export(&batch.schema(), std::slice::from_ref(batch), format).unwrap()).unwrap()
    }

    #[test]
    fn csv_quotes_what_rfc_4180_wants_quoted() {
        let batch = batch(vec![
            (
                "a,b",
                texts(&[Some("x"), Some("say \"hi\""), Some("two\nlines"), Some(" , ")]),
            ),
            ("n", Arc::new(Int32Array::from(vec![1, -2, 3, 4]))),
        ]);
        let expected = "\"a,b\",n\r\nx,1\r\n\"say \"\"hi\"\"\",-2\r\n\"two\nlines\",3\r\n\" , \",4\r\n";
        assert_eq!(exported(&batch, ExportFormat::Csv), expected);
    }

    #[test]
    fn null_and_empty_differ_and_no_line_is_empty() {
        let two = batch(vec![("a", texts(&[None, Some("")])), ("b", texts(&[None, None]))]);
        assert_eq!(exported(&two, ExportFormat::Csv), "a,b\r\n,\r\n\"\",\r\n");
        let one = batch(vec![("a", texts(&[None, Some("x")]))]);
        assert_eq!(exported(&one, ExportFormat::Csv), "a\r\n\"\"\r\nx\r\n");
    }

    #[test]
    fn only_tsv_guards_against_formulas_and_only_in_texts() {
        let cells = [
            Some("=HYPERLINK(\"http://x\")"),
            Some("-5"),
            Some("+1 2"),
            Some("\t@a"),
            Some("plain"),
        ];
        let one = batch(vec![
            ("=h", texts(&cells)),
            ("n", Arc::new(Int32Array::from(vec![-1, 2, 3, 4, 5]))),
        ]);
        let expected =
            "'=h\tn\r\n\"'=HYPERLINK(\"\"http://x\"\")\"\t-1\r\n-5\t2\r\n'+1 2\t3\r\n\"'\t@a\"\t4\r\nplain\t5\r\n";
        assert_eq!(exported(&one, ExportFormat::Tsv), expected);
        assert!(exported(&one, ExportFormat::Csv).contains("\r\n+1 2,3\r\n"));
    }

    #[test]
    fn arrow_reads_back_what_was_kept() {
        let dictionary = |texts: Vec<&str>| texts.into_iter().collect::<DictionaryArray<Int8Type>>();
        let one = |texts: Vec<&'static str>| {
            let views: ArrayRef = Arc::new(StringViewArray::from(texts.clone()));
            batch(vec![("d", Arc::new(dictionary(texts)) as ArrayRef), ("v", views)])
        };
        let batches = [
            one(vec!["a", "b", "a"]),
            one(vec!["c", "a long text that is no inline view"]).slice(1, 1),
        ];
        let bytes = export(&batches[0].schema(), &batches, ExportFormat::Arrow).unwrap();
        let read: Vec<_> = StreamReader::try_new(bytes.as_slice(), None)
            .unwrap()
            .map(|batch| batch.unwrap())
            .collect();
        assert_eq!(read, batches);
    }

    #[test]
    fn rows_without_columns_survive() {
        let options = RecordBatchOptions::new().with_row_count(Some(3));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
        let bytes = export(&batch.schema(), std::slice::from_ref(&batch), ExportFormat::Arrow).unwrap();
        let read = StreamReader::try_new(bytes.as_slice(), None)
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        assert_eq!((read.num_rows(), read.num_columns()), (3, 0));
    }

    #[test]
    fn an_export_beyond_its_bound_is_refused() {
        let big = batch(vec![("a", Arc::new((0..1000).collect::<Int32Array>()) as ArrayRef)]);
        let parts = (big.schema(), [big]);
        assert_eq!(arrow_stream(&parts.0, &parts.1, 100).unwrap_err().kind, Kind::TooBig);
        let csv = Delimited {
            delimiter: ',',
            spreadsheet: false,
        };
        assert_eq!(csv.export(&parts.0, &parts.1, 100).unwrap_err().kind, Kind::TooBig);
    }
}
