//! Tests of the engine from outside, natively.

mod corpora;
mod golden;
mod kernel;
mod lake;
mod parquet_corpus;
mod reference;
mod scan;
mod sqllogic;
mod sqllogic;
mod without_runtime;
