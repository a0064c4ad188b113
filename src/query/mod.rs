//! SQL over tables: the session, the scan, the plan as a value, results as text and bytes.

mod catalog;
mod failure;
mod footers;
mod plan;
mod provider;
mod rules;
mod scan;
mod scope;
mod session;
mod statement;

pub use failure::sql_error;
pub use scope::ScanCounts;
pub use session::{Running, Session};
