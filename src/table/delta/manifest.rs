//! V2 checkpoints whose names only the hint tells: a manifest, as JSON or Parquet.
//!
//! PROTOCOL.md, "V2 Spec" and "UUID-named checkpoint". Its files lie in itself or in sidecars.

use futures::future::join;

use crate::error::Result;
use crate::table::delta::action::V2Checkpoint;
use crate::table::delta::checkpoint::{Checkpoint, load_part};
use crate::table::delta::checkpoint_rows::damaged;
use crate::table::delta::commit::Commit;
use crate::table::delta::log::{Log, checkpoint_names};
use crate::table::delta::sidecar::{self, Ahead};

/// Reads the checkpoint of `version` that the hint names, or says `None` when it is absent or the name is none of a
/// checkpoint of this version. Sidecars that the hint names too are asked for beside it.
///
/// # Errors
/// `Damaged` when it or a sidecar is, or when a sidecar is missing; `Unsupported` for sidecars that lie elsewhere.
pub async fn load(log: &Log, version: u64, hint: &V2Checkpoint) -> Result<Option<Checkpoint>> {
    if !is_name(&hint.path, version) {
        return Ok(None);
    }
    let manifest = manifest(log, version, hint);
    let (manifest, ahead) = join(manifest, Ahead::open(log, &hint.sidecar_files)).await;
    let Some(manifest) = manifest? else { return Ok(None) };
    let location = log.location(&hint.path)?;
    let is_classic = checkpoint_names(version, None).contains(&hint.path);
    if manifest.table.checkpoint.is_none() && !is_classic {
        return Err(damaged(&location, "it has no checkpointMetadata action"));
    }
    sidecar::complete(log, &location, manifest, ahead).await.map(Some)
}

/// Is `name` one of a checkpoint of `version`, and one segment of a URL?
fn is_name(name: &str, version: u64) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let of_version = name.starts_with(&format!("{version:020}.checkpoint."));
    of_version && (is_json(name) || name.strip_suffix(".parquet").is_some()) && name.bytes().all(plain)
}

fn is_json(name: &str) -> bool {
    name.strip_suffix(".json").is_some()
}

async fn manifest(log: &Log, version: u64, hint: &V2Checkpoint) -> Result<Option<Checkpoint>> {
    if is_json(&hint.path) {
        return json(log, version, hint).await;
    }
    let part = load_part(log, &hint.path, hint.size_in_bytes).await?;
    Ok(part.map(|part| Checkpoint { version, ..part }))
}

/// Nothing at the end of a JSON file tells that it is whole; the size in the hint does, as its name is never reused.
async fn json(log: &Log, version: u64, hint: &V2Checkpoint) -> Result<Option<Checkpoint>> {
    let Some(file) = log.read(&hint.path).await? else {
        return Ok(None);
    };
    let size_bytes = file.bytes.len() as u64;
    if let Some(expected) = hint.size_in_bytes.filter(|expected| *expected != size_bytes) {
        let detail = format!("it holds {size_bytes} bytes, but _last_checkpoint says {expected}");
        return Err(damaged(&file.location, &detail));
    }
    let actions = Commit { version, file }.parse()?;
    Ok(Some(Checkpoint {
        version,
        removed: Some(actions.removes.len() as u64),
        table: actions.table,
        files: Some(actions.adds).filter(|adds| adds.len() > 0).into_iter().collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_checkpoints_of_the_version_are_asked_for() {
        let uuid = "80a083e8-7026-4e79-81be-64bd76c43a11";
        for (name, right) in [
            (format!("00000000000000000010.checkpoint.{uuid}.json"), true),
            (format!("00000000000000000010.checkpoint.{uuid}.parquet"), true),
            ("00000000000000000010.checkpoint.parquet".to_owned(), true),
            (format!("00000000000000000009.checkpoint.{uuid}.json"), false),
            (format!("00000000000000000010.checkpoint.{uuid}.crc"), false),
            (format!("00000000000000000010.checkpoint.{uuid}/../x.json"), false),
            (format!("00000000000000000010.checkpoint.{uuid}%2F.json"), false),
            (
                format!("s3://bucket/00000000000000000010.checkpoint.{uuid}.json"),
                false,
            ),
            ("00000000000000000010.json".to_owned(), false),
        ] {
            assert_eq!(is_name(&name, 10), right, "{name}");
        }
    }
}
