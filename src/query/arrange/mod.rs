//! The rows of a kept result as they are shown: filtered and sorted by row numbers, never copied as a whole.
//!
//! An [`Order`] is four bytes a row. Whatever reads rows (windows, cells, statements over a result) reads through it.

pub mod distribution;
mod filter;
mod find;
mod keeping;
mod kept;
mod keys;
mod matching;
mod order;
mod rows;
mod sort;
mod table;
#[cfg(test)]
mod tests;
mod totals;

pub use find::find;
pub use keeping::{Keeping, Spilling};
pub use kept::Kept;
pub use order::{Order, arrange};
pub use rows::ResultRows;
pub(super) use table::ResultTable;
pub use totals::{read as read_totals, totals};
