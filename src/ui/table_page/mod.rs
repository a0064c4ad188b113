//! A table's own page: what it is, what its columns hold, how it came to be, how it lies in files, and its log.
//!
//! Each view answers a question from metadata. What it shows is decided in the modules that compile natively; the
//! components beside them ask the engine and draw.

pub mod commits;
pub mod engines;
pub mod findings;
pub mod row_changes;
pub mod statements;
pub mod treemap;
pub mod values;

#[cfg(target_arch = "wasm32")]
mod asked;
#[cfg(target_arch = "wasm32")]
mod columns;
#[cfg(target_arch = "wasm32")]
mod compare;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod history;
#[cfg(target_arch = "wasm32")]
mod layout;
#[cfg(target_arch = "wasm32")]
mod log;
#[cfg(target_arch = "wasm32")]
mod overview;
#[cfg(target_arch = "wasm32")]
mod profile;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(target_arch = "wasm32")]
mod versions;

#[cfg(target_arch = "wasm32")]
pub use shell::TablePage;
