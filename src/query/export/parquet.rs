//! Parquet, as every reader takes it: plain types, zstd, row groups of a million rows or 64 MB.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::plain::Plain;
use super::{Encode, refuse_double_names};
use crate::error::{Error, Kind, Result};

/// Rows of a row group: so many let a reader skip and parallelize, and columns compress well.
const ROW_GROUP_ROWS: usize = 1 << 20;

/// Bytes of a row group. It is held until it is complete, so this bounds the memory.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// A file under way.
pub(super) struct Parquet {
    plain: Plain,
    writer: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    /// Begins with the magic number.
    pub(super) fn begin(schema: &SchemaRef) -> Result<Self> {
        if schema.fields().is_empty() {
            return Err(Error::new(
                Kind::Sql,
                "export",
                "A Parquet file needs a column, and the statement gives none.",
            ));
        }
        refuse_double_names(schema, "Parquet")?;
        let plain = Plain::of(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .set_created_by(concat!("Limn ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        // Arrow's own types beside the file's would only tell how the rows were held here.
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), plain.schema.clone(), options).map_err(refused)?;
        Ok(Self { plain, writer })
    }
}

impl Encode for Parquet {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = self.plain.fit(batch)?;
        self.writer.write(&batch).map_err(refused)
    }

    fn end(&mut self) -> Result<()> {
        self.writer.finish().map(drop).map_err(refused)
    }

    fn pending(&self) -> usize {
        self.writer.inner().len()
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.inner_mut())
    }
}

fn refused(cause: ParquetError) -> Error {
    Error::new(Kind::Unsupported, "export", format!("Parquet: {cause}")).with_source(cause)
}
