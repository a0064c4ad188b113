//! Charts of a result. What is drawn is decided here and computed in the engine, as SQL over the kept result.
//!
//! `propose` and `suited` make a link and the columns into a [`Chart`]; `probe` takes a first look at the rows; `axis`, `steps` and
//! `times` say how values are placed; `sql` asks for what is drawn; `read` and `picture` make it into a [`Picture`] and
//! a table. The last modules act: they ask, draw and take the person's choices.

pub mod axis;
pub mod boxes;
pub mod choose;
pub mod dots;
pub mod field;
pub mod picture;
pub mod probe;
pub mod propose;
pub mod read;
pub mod sql;
pub mod steps;
pub mod suited;
#[cfg(feature = "engine")]
#[cfg(test)]
mod tests;
pub mod times;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod form;
#[cfg(target_arch = "wasm32")]
mod view;

pub use picture::{Picture, Table};
pub use probe::Probe;
pub use propose::Chart;
#[cfg(target_arch = "wasm32")]
pub use view::ChartPane;
