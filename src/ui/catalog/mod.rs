//! The catalog.
pub mod nested;
pub mod tree;
