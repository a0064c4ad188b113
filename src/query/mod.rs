//! SQL over tables: the session, the scan, the plan as a value, results as text and bytes.

pub mod export;
pub mod footprint;
pub mod functions;
pub mod results;
pub mod scalar;
pub mod shape;
pub mod text;
pub mod typed;
pub mod values;

pub use functions::functions;
pub use results::ResultSet;
pub use shape::columns;
