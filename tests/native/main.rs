//! Tests of the engine from outside, natively.

mod corpora;
mod fixtures;
mod golden;
mod kernel;
mod lake;
mod parquet_corpus;
mod reference;
mod sample;
mod scan;
mod sqllogic;
mod without_runtime;
