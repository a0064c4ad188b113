//! One batch as an Arrow IPC stream of its own, and back: how rows leave the engine's memory.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;

use super::texts::compact;

/// What a stream takes beside the values of its batch: its schema, and where everything lies.
const AROUND_BYTES: usize = 4096;

/// A batch as a stream.
pub(crate) fn stream_of(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let batch = compact(batch)?;
    let mut stream = Vec::with_capacity(batch.get_array_memory_size() + AROUND_BYTES);
    let mut writer = StreamWriter::try_new(&mut stream, batch.schema_ref())?;
    writer.write(&batch)?;
    writer.finish()?;
    drop(writer);
    Ok(stream)
}

/// Batches as streams: those that follow each other and have one schema as one, in which what they share is written once.
/// An error when they would be more than `most_bytes`.
pub(super) fn streams_of(
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    most_bytes: usize,
) -> Result<Vec<Vec<u8>>, ArrowError> {
    let mut streams = vec![];
    let mut open: Option<(SchemaRef, StreamWriter<Vec<u8>>)> = None;
    for batch in batches {
        let batch = compact(&batch?)?;
        if let Some((_, ended)) = open.take_if(|(schema, _)| *schema != batch.schema()) {
            streams.push(ended.into_inner()?);
        }
        let (_, writer) = match &mut open {
            Some(open) => open,
            none => none.insert((batch.schema(), StreamWriter::try_new(vec![], batch.schema_ref())?)),
        };
        writer.write(&batch)?;
        let bytes = streams.iter().map(Vec::len).sum::<usize>() + writer.get_ref().len();
        if bytes > most_bytes {
            return Err(ArrowError::MemoryError(format!("rows of more than {most_bytes} bytes")));
        }
    }
    if let Some((_, ended)) = open {
        streams.push(ended.into_inner()?);
    }
    Ok(streams)
}

/// The batch in a stream that has one. Its values lie in the stream's bytes.
pub(crate) fn batch_of(stream: Bytes) -> Result<RecordBatch, ArrowError> {
    let mut buffer = Buffer::from(stream);
    let batch = StreamDecoder::new().decode(&mut buffer)?;
    batch.ok_or_else(|| ArrowError::IpcError("a batch is missing".to_owned()))
}

/// A schema as a stream without batches.
pub(super) fn schema_stream(schema: &Schema) -> Result<Bytes, ArrowError> {
    let mut stream = vec![];
    StreamWriter::try_new(&mut stream, schema)?.finish()?;
    Ok(stream.into())
}

/// The schema of a stream.
pub(super) fn schema_of(stream: Bytes) -> Result<SchemaRef, ArrowError> {
    let (mut decoder, mut buffer) = (StreamDecoder::new(), Buffer::from(stream));
    decoder.decode(&mut buffer)?;
    decoder
        .schema()
        .ok_or_else(|| ArrowError::IpcError("the schema is missing".to_owned()))
}
