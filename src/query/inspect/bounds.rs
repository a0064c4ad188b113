//! The least and the greatest of many bounds, of any type that can be sorted.

use arrow::array::{Array, ArrayRef};
use arrow::compute::{SortOptions, sort_to_indices};

use super::text;
use crate::error::Result;
use crate::protocol::inspect::{Bound, Certainty};

/// Which end of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl End {
    /// How far a bound that may not occur can be relied on.
    fn loose(self) -> Certainty {
        match self {
            Self::Min => Certainty::AtLeast,
            Self::Max => Certainty::AtMost,
        }
    }
}

/// The outermost of `bounds` as text; `None` when there is none, or the type has no order.
pub(super) fn outermost(bounds: &ArrayRef, end: End, is_exact: bool) -> Result<Option<Bound>> {
    let options = SortOptions {
        descending: end == End::Max,
        nulls_first: false,
    };
    let Ok(first) = sort_to_indices(bounds, Some(options), Some(1)) else {
        return Ok(None);
    };
    let Some(place) = first.iter().flatten().next().map(|place| place as usize) else {
        return Ok(None);
    };
    if bounds.is_null(place) {
        return Ok(None);
    }
    // Upper bounds of texts end in the largest character where a writer cut them off.
    let shown = text(bounds, place)?.map(|text| text.trim_end_matches(char::MAX).to_owned());
    // Of the two zeros the negative one bounds both, and nobody writes it.
    let shown = shown.map(|text| if text == "-0.0" { "0.0".to_owned() } else { text });
    Ok(shown.map(|text| Bound {
        text,
        certainty: if is_exact { Certainty::Exact } else { end.loose() },
    }))
}
