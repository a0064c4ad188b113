//! SQL over tables: the session, the scan, the plan as a value, results as text and bytes.

mod catalog;
mod cut;
pub mod derive;
pub mod export;
mod failure;
mod footers;
pub mod footprint;
pub mod functions;
mod inspect;
mod known;
mod nearest;
mod operators;
mod parameters;
mod plan;
mod provider;
mod relations;
pub mod results;
mod rules;
pub mod scalar;
mod scan;
mod scope;
mod session;
pub mod shape;
pub mod split;
mod statement;
pub mod text;
pub mod typed;
pub mod values;
mod variants;
mod versions;

pub use failure::sql_error;
pub use functions::functions;
pub use results::ResultSet;
pub use scope::ScanCounts;
pub use session::{Running, Session};
pub use shape::columns;
