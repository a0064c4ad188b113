//! The page: what is seen and typed. Derived from the link; asks the engine for everything else.
//!
//! What can be decided without a browser is decided in the first group of modules, which
//! compile and are tested natively. The second group acts: it touches the document, the
//! address bar and the worker, and exists in the browser only.

pub mod asking;
pub mod catalog;
pub mod chart;
pub mod grid;
pub mod palette;
pub mod plan;
pub mod position;
pub mod run;
pub mod sample;
pub mod save;
pub mod snippet;
pub mod table_page;
pub mod tables;
pub mod tabs;
pub mod wording;

#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod clipboard;
#[cfg(target_arch = "wasm32")]
mod draw;
#[cfg(target_arch = "wasm32")]
mod editor;
#[cfg(target_arch = "wasm32")]
mod history;
#[cfg(target_arch = "wasm32")]
mod later;
#[cfg(target_arch = "wasm32")]
mod location_bar;
#[cfg(target_arch = "wasm32")]
mod manner;
#[cfg(target_arch = "wasm32")]
mod menu;
#[cfg(target_arch = "wasm32")]
mod notice;
#[cfg(target_arch = "wasm32")]
mod opening;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod results;
#[cfg(target_arch = "wasm32")]
mod running;
#[cfg(target_arch = "wasm32")]
mod share;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(target_arch = "wasm32")]
mod sight;
#[cfg(target_arch = "wasm32")]
mod start;
#[cfg(target_arch = "wasm32")]
mod stored;

#[cfg(target_arch = "wasm32")]
pub use shell::mount;
