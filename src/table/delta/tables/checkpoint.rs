//! The actions of a checkpoint, as they lie there: in one file or several, as Parquet or as JSON, sidecars after them.

use futures::TryStreamExt;
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;

use super::actions::{Row, actions_of_line};
use crate::error::{Error, Kind, Result};
use crate::table::delta::action::LastCheckpoint;
use crate::table::delta::checkpoint::MOST_PARTS;
use crate::table::delta::checkpoint_rows::{arrow_error, damaged};
use crate::table::delta::discover::Hint;
use crate::table::delta::log::{Log, checkpoint_names};
use crate::table::delta::part::Part;

/// Bytes of files that are read for it: as rows of text they are some ten times as much.
const MOST_BYTES: u64 = 16 << 20;

/// Where sidecars lie ("Sidecar Files").
const SIDECARS: &str = "_sidecars";

/// The actions of the checkpoint that the log's hint names, when it is of a version up to `latest`; none when a part of
/// it is gone ("Problems with multi-part checkpoints").
///
/// # Errors
/// `TooBig` when it is larger than rows can be made of, `Damaged` when it cannot be read or lacks a sidecar, or what the
/// store says.
pub(super) async fn actions(log: &Log, latest: u64) -> Result<Vec<Row>> {
    let hint = Hint::load(log).await?;
    let Some(hint) = hint.read().filter(|hint| hint.version <= latest) else {
        return Ok(vec![]);
    };
    let mut reader = Reader {
        log,
        version: hint.version,
        left_bytes: MOST_BYTES,
        rows: vec![],
    };
    for name in names(hint) {
        if !reader.file(&name).await? {
            return Ok(vec![]);
        }
    }
    let of_sidecars = reader.rows.iter().filter(|row| row.action == "sidecar");
    let sidecars: Vec<String> = of_sidecars.filter_map(|row| row.path.clone()).collect();
    for sidecar in sidecars {
        // "Sidecar files must always reside in the table's own `_delta_log/_sidecars` directory."
        let name = sidecar.rsplit('/').next().unwrap_or_default();
        if !reader.file(&format!("{SIDECARS}/{name}")).await? {
            let detail = format!(
                "the sidecar {sidecar:?} of the checkpoint of version {} is missing",
                hint.version
            );
            return Err(Error::new(Kind::Damaged, log.root().without_query(), detail));
        }
    }
    Ok(reader.rows)
}

fn names(hint: &LastCheckpoint) -> Vec<String> {
    let is_one_segment = |path: &str| !path.contains('/');
    match &hint.v2_checkpoint {
        Some(v2) if is_one_segment(&v2.path) => vec![v2.path.clone()],
        _ if hint.parts.is_some_and(|parts| parts > MOST_PARTS) => vec![],
        _ => checkpoint_names(hint.version, hint.parts),
    }
}

struct Reader<'a> {
    log: &'a Log,
    version: u64,
    left_bytes: u64,
    rows: Vec<Row>,
}

impl Reader<'_> {
    /// Adds the actions of one file; `false` when it is gone, as cleaned-up checkpoints are.
    async fn file(&mut self, name: &str) -> Result<bool> {
        let Some(size_bytes) = self.log.size_bytes(name).await? else {
            return Ok(false);
        };
        self.left_bytes = self.left_bytes.checked_sub(size_bytes).ok_or_else(|| self.too_big())?;
        if name.strip_suffix(".json").is_some() {
            let Some(file) = self.log.read(name).await? else {
                return Ok(false);
            };
            self.lines(name, &file.bytes)?;
            return Ok(true);
        }
        let Some(part) = Part::open(self.log, name, Some(size_bytes)).await? else {
            return Ok(false);
        };
        let location = part.location.clone();
        let wrong = |cause: parquet::errors::ParquetError| damaged(&location, &cause.to_string());
        let rows = ParquetRecordBatchStreamBuilder::new(part).await.map_err(wrong)?;
        let mut batches = rows.build().map_err(wrong)?;
        while let Some(batch) = batches.try_next().await.map_err(wrong)? {
            let mut writer = arrow::json::LineDelimitedWriter::new(vec![]);
            let written = writer.write(&batch).and_then(|()| writer.finish());
            written.map_err(|cause| arrow_error(&location, &cause))?;
            self.lines(name, &writer.into_inner())?;
        }
        Ok(true)
    }

    fn lines(&mut self, name: &str, text: &[u8]) -> Result<()> {
        let before = self
            .rows
            .iter()
            .rev()
            .find(|row| row.file == name)
            .map_or(0, |row| row.line);
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for (line, text) in (before + 1..).zip(lines) {
            let actions = actions_of_line(self.version, name, line, text);
            self.rows.extend(actions.map_err(|cause| {
                let detail = format!("line {line} of {name} is no action of the log: {cause}");
                Error::new(Kind::Damaged, self.log.root().without_query(), detail).with_source(cause)
            })?);
        }
        Ok(())
    }

    fn too_big(&self) -> Error {
        let detail = format!(
            "the checkpoint of version {} has more than {} MiB, too many to show its actions; with a range of versions, \
             limn_actions gives those of commits alone, and limn_files has the live files",
            self.version,
            MOST_BYTES >> 20
        );
        Error::new(Kind::TooBig, self.log.root().without_query(), detail)
    }
}
