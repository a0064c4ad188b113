//! Tests of the engine from outside, natively.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod ahead;
mod asking;
mod cancel;
mod changes;
mod cold;
mod corpora;
mod damage;
mod deletions;
mod divided;
mod early;
mod elsewhere;
mod fixtures;
mod golden;
mod hands;
mod inspect;
mod kernel;
mod lake;
mod link;
mod log;
mod made;
mod mapping;
mod parquet_corpus;
mod partitions;
mod reference;
mod relations;
mod row_ids;
mod rows;
mod sample;
mod scan;
#[cfg(feature = "ui")]
mod snippets;
mod sqllogic;
mod texts;
mod variants;
mod widening;
mod without_runtime;
