//! The result grid: ten million rows of which only those that are seen are fetched, and only those are in the document.
//!
//! Arithmetic lives in `viewport`, `columns`, `pages` and `selection`, as values; the rest reads events and draws.

#[cfg(target_arch = "wasm32")]
mod arranging;
#[cfg(target_arch = "wasm32")]
mod bar;
pub mod binary;
#[cfg(target_arch = "wasm32")]
mod body;
#[cfg(target_arch = "wasm32")]
mod cell;
pub mod columns;
#[cfg(target_arch = "wasm32")]
mod columns_menu;
pub mod copy;
#[cfg(target_arch = "wasm32")]
mod copy_menu;
#[cfg(target_arch = "wasm32")]
mod drag;
#[cfg(target_arch = "wasm32")]
mod find;
pub mod frame;
#[cfg(target_arch = "wasm32")]
mod gather;
#[cfg(target_arch = "wasm32")]
mod head;
#[cfg(target_arch = "wasm32")]
mod head_menu;
#[cfg(target_arch = "wasm32")]
mod input;
pub mod json;
pub mod layout;
pub mod pages;
#[cfg(target_arch = "wasm32")]
mod paint;
#[cfg(target_arch = "wasm32")]
mod panel;
#[cfg(target_arch = "wasm32")]
mod pictures;
pub mod selection;
#[cfg(target_arch = "wasm32")]
mod sizing;
#[cfg(target_arch = "wasm32")]
mod slots;
pub mod spread;
#[cfg(target_arch = "wasm32")]
mod spreads;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod totals;
#[cfg(target_arch = "wasm32")]
mod value;
#[cfg(target_arch = "wasm32")]
mod view;
pub mod viewport;
pub mod wish;

#[cfg(target_arch = "wasm32")]
pub use view::GridPane;
