//! Asking: several statements side by side, what of them is run, with which values, at what price, and what was asked
//! before.
//!
//! The modules of the first group decide; those of the second act and exist in the browser only.

pub mod bandwidth;
pub mod layout;
pub mod past;
pub mod snippets;
pub mod tab;
pub mod tabs;
pub mod target;
pub mod tokens;
pub mod values;

#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
mod past_view;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod store;
#[cfg(target_arch = "wasm32")]
mod tab_bar;
#[cfg(target_arch = "wasm32")]
mod tools;
#[cfg(target_arch = "wasm32")]
mod values_view;

#[cfg(target_arch = "wasm32")]
pub(in crate::ui) use self::store::{keep, kept};
#[cfg(target_arch = "wasm32")]
pub use self::{
    past_view::PastPanel,
    state::{Asking, Question},
    tab_bar::TabBar,
    tools::{CapChoice, Tools},
    values_view::ValueFields,
};
