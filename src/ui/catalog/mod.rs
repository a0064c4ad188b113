//! The catalog: tables, their columns and types, as a tree.

#[cfg(target_arch = "wasm32")]
mod elsewhere;
pub mod nested;
#[cfg(target_arch = "wasm32")]
mod table;
pub mod tree;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Catalog;
