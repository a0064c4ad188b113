//! Which ids rows have (PROTOCOL.md, "Row Tracking").

use arrow::array::Int64Array;

use crate::table::delta::action::{Metadata, Protocol};
use crate::table::delta::batch::FileBatch;
use crate::table::delta::replay::State;
use crate::table::mapping::Mapping;
use crate::table::row_fields::{KeptIds, RowTracking};

/// The feature of writers by which files have ids for their rows.
const FEATURE: &str = "rowTracking";

/// The property by which every row has an id, which it keeps when its file is rewritten ("Row Tracking": enabled, and
/// not only supported).
const ENABLED: &str = "delta.enableRowTracking";

/// The columns of files in which rewritten rows keep what they had.
const ROW_ID_COLUMN: &str = "delta.rowTracking.materializedRowIdColumnName";
const ROW_COMMIT_VERSION_COLUMN: &str = "delta.rowTracking.materializedRowCommitVersionColumnName";

/// What the log says of the rows' ids; `None` when the table has none.
pub fn of(state: &State) -> Option<RowTracking> {
    if !is_supported(&state.protocol) {
        return None;
    }
    let column = |of: fn(&FileBatch) -> Int64Array| {
        let values: Int64Array = state
            .files
            .iter()
            .flat_map(|batch| of(batch).into_iter().collect::<Vec<_>>())
            .collect();
        values
    };
    Some(RowTracking {
        base_row_ids: column(FileBatch::base_row_id),
        commit_versions: column(FileBatch::default_row_commit_version),
        kept: kept(&state.metadata),
    })
}

fn is_supported(protocol: &Protocol) -> bool {
    protocol.writer_features.iter().flatten().any(|name| name == FEATURE)
}

fn kept(metadata: &Metadata) -> Option<KeptIds> {
    let is_enabled = metadata.property(ENABLED)?.eq_ignore_ascii_case("true");
    let column = |property| metadata.property(property).map(ToOwned::to_owned);
    is_enabled.then_some(KeptIds {
        row_id: column(ROW_ID_COLUMN)?,
        row_commit_version: column(ROW_COMMIT_VERSION_COLUMN)?,
    })
}

/// The mapping with the columns of kept ids, which files have under their own names.
pub fn with_columns(mut mapping: Mapping, tracking: Option<&RowTracking>) -> Mapping {
    let kept = tracking.and_then(|tracking| tracking.kept.as_ref());
    mapping.unmapped.extend(
        kept.iter()
            .flat_map(|kept| [kept.row_id.clone(), kept.row_commit_version.clone()]),
    );
    mapping
}
