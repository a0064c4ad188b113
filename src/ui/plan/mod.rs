//! The plan: what a statement would read and did read, operator by operator, and what made it slow.

mod funnel;
mod ranges;
mod reasons;

pub use funnel::{Level, funnel, scans_of};
pub use ranges::{Drawn, Strip, drawn};
pub use reasons::reasons;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::{Ask, PlanView};
