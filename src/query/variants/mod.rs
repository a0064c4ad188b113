//! Variants in SQL and on the screen: as JSON, and by paths into them.

mod compare;
mod functions;
mod text;

pub(super) use compare::refuse_comparisons;
pub(super) use functions::all as functions;
pub(super) use text::{Scalar, scalar};
