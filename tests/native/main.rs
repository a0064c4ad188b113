//! Tests of the engine from outside, natively.

mod corpora;
mod golden;
mod kernel;
mod lake;
mod log;
mod reference;
mod scan;
