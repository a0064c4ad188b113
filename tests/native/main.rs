//! Tests of the engine from outside, natively.

mod cancel;
mod corpora;
mod fixtures;
mod golden;
mod kernel;
mod lake;
mod parquet_corpus;
mod partitions;
mod reference;
mod sample;
mod scan;
mod sqllogic;
mod without_runtime;
