//! The one way to read bytes: an `ObjectStore` over HTTP.
//!
//! A [`Meter`] per query, over a bounded cache, over merging of neighboring ranges, over
//! checked requests with retries and a limit per host, over a transport (the browser's
//! `fetch`, or a double in tests). Nothing else in the crate calls the network.

pub mod location;
pub mod meter;

pub use location::Location;
pub use meter::{Costs, Meter};
