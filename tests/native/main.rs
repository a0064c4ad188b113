//! Tests of the engine from outside, natively.

mod lake;
mod scan;
mod sqllogic;
