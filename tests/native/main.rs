//! Tests of the engine from outside, natively.

mod corpora;
mod golden;
mod kernel;
mod lake;
mod reference;
mod scan;
