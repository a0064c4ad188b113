//! The page: what is seen and typed. Derived from the link; asks the engine for everything else.

pub mod catalog;
pub mod grid;
pub mod position;
pub mod run;
pub mod tables;
pub mod wording;
