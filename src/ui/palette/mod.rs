//! What the keyboard reaches: a palette of everything that can be done, and a sheet of the keys that do it at once.

mod commands;
mod keys;

pub use commands::{Action, Command, Situation, commands, found};
pub use keys::{Group, groups, on_this};

#[cfg(target_arch = "wasm32")]
mod act;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use act::{Overlay, open_on_keys};
#[cfg(target_arch = "wasm32")]
pub use view::OverlayView;
