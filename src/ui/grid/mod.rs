//! The result grid: ten million rows of which only those that are seen are fetched, and only those are in the document.
//!
//! Arithmetic lives in `viewport`, `columns`, `pages` and `selection`, as values; the rest reads events and draws.

#[cfg(target_arch = "wasm32")]
mod body;
pub mod columns;
pub mod copy;
#[cfg(target_arch = "wasm32")]
mod gather;
#[cfg(target_arch = "wasm32")]
mod head;
#[cfg(target_arch = "wasm32")]
mod input;
pub mod pages;
#[cfg(target_arch = "wasm32")]
mod panel;
pub mod selection;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod view;
pub mod viewport;

#[cfg(target_arch = "wasm32")]
pub use view::Grid;
