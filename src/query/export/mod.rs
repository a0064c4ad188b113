//! Rows as the bytes of a file, batch by batch: [`Encode`] is what the formats have in common.
//!
//! A whole kept result is encoded into one buffer by [`export`]; a stream of any length is
//! written by taking from an encoder what is [`pending`](Encode::pending) as it comes.

mod delimited;
mod lines;
mod parquet;
mod plain;
mod stream;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use self::delimited::{CSV, Delimited, TSV};
use crate::error::{Error, Kind, Result};
use crate::protocol::ExportFormat;

/// Bytes of one export. With the result itself and the operators' pool it has to fit the 4 GiB of a tab.
pub const EXPORT_BYTES: usize = 1 << 30;

/// Writes batches of one schema into bytes that are taken away as they come.
pub trait Encode: Send {
    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// When a value has no form in the format.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Adds what stands behind the last row.
    ///
    /// # Errors
    /// When the format refuses.
    fn end(&mut self) -> Result<()>;

    /// Bytes that can be taken.
    fn pending(&self) -> usize;

    /// The bytes since the last time.
    fn take(&mut self) -> Vec<u8>;
}

/// An encoder of `format`.
///
/// # Errors
/// `Sql` when the format needs other columns.
pub fn encoder(schema: &SchemaRef, format: ExportFormat) -> Result<Box<dyn Encode>> {
    Ok(match format {
        ExportFormat::Arrow => Box::new(stream::Stream::begin(schema)?),
        ExportFormat::Csv => Box::new(Delimited::begin(schema, CSV)),
        ExportFormat::Tsv => Box::new(Delimited::begin(schema, TSV)),
        ExportFormat::Ndjson => Box::new(lines::Lines::begin(schema)?),
        ExportFormat::Parquet => Box::new(parquet::Parquet::begin(schema)?),
    })
}

/// What a person must know of a file of these columns: where a value is not written as what it is.
#[must_use]
pub fn notes(schema: &SchemaRef, format: ExportFormat) -> Vec<String> {
    match format {
        ExportFormat::Parquet => plain::Plain::of(schema).notes,
        _ => vec![],
    }
}

/// The batches in `format`.
///
/// # Errors
/// `TooBig` beyond [`EXPORT_BYTES`], and what the format refuses.
pub fn export(
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
    format: ExportFormat,
) -> Result<Vec<u8>> {
    within(EXPORT_BYTES, schema, batches, format)
}

fn within(
    limit: usize,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
    format: ExportFormat,
) -> Result<Vec<u8>> {
    let mut encoder = encoder(schema, format)?;
    for batch in batches {
        encoder.write(&batch?)?;
        refuse_beyond(limit, encoder.as_ref())?;
    }
    encoder.end()?;
    refuse_beyond(limit, encoder.as_ref())?;
    Ok(encoder.take())
}

fn refuse_beyond(limit: usize, encoder: &dyn Encode) -> Result<()> {
    if encoder.pending() <= limit {
        return Ok(());
    }
    let detail = format!("The export is larger than {limit} bytes. Select fewer rows or columns.");
    Err(Error::new(Kind::TooBig, "export", detail))
}

/// Readers take columns by name: of two that have the same they would lose one.
fn refuse_double_names(schema: &SchemaRef, format: &str) -> Result<()> {
    let mut names = std::collections::BTreeSet::new();
    match schema.fields().iter().find(|field| !names.insert(field.name())) {
        None => Ok(()),
        Some(double) => {
            let detail = format!(
                "Two columns are called “{}”, which {format} cannot tell apart. Give one of them another name with AS.",
                double.name()
            );
            Err(Error::new(Kind::Sql, "export", detail))
        }
    }
}

#[cfg(test)]
mod tests;
