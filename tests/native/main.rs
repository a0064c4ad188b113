//! Tests of the engine from outside, natively.

// The helpers of tests fail as tests do.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod cancel;
mod lake;
mod parquet_corpus;
mod partitions;
mod scan;
mod without_runtime;
