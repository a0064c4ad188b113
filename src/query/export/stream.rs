//! An Arrow IPC stream.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;

use super::Encode;
use crate::error::{Error, Kind, Result};

/// A stream under way.
pub(super) struct Stream {
    schema: SchemaRef,
    writer: StreamWriter<Vec<u8>>,
}

impl Stream {
    /// Begins with the schema.
    pub(super) fn begin(schema: &SchemaRef) -> Result<Self> {
        Ok(Self {
            schema: schema.clone(),
            writer: StreamWriter::try_new(Vec::new(), schema).map_err(refused)?,
        })
    }
}

impl Encode for Stream {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        // Checks that the columns are what the stream's schema promises.
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = batch.columns().to_vec();
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(refused)?;
        self.writer.write(&batch).map_err(refused)
    }

    fn end(&mut self) -> Result<()> {
        self.writer.finish().map_err(refused)
    }

    fn pending(&self) -> usize {
        self.writer.get_ref().len()
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.get_mut())
    }
}

fn refused(cause: ArrowError) -> Error {
    Error::new(Kind::Bug, "export", format!("Arrow IPC: {cause}")).with_source(cause)
}
