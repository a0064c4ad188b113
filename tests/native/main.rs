//! Tests of the engine from outside, natively.

mod lake;
mod parquet_corpus;
mod scan;
mod sqllogic;
mod without_runtime;
