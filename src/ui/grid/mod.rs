//! The result grid.
pub mod columns;
pub mod copy;
pub mod pages;
pub mod selection;
pub mod viewport;
