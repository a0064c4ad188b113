//! Tests of the engine from outside, natively.

mod corpora;
mod golden;
mod lake;
mod scan;
