//! The one way to read bytes: an `ObjectStore` over HTTP.
//!
//! A [`Meter`] per query, over a bounded cache, over merging of neighboring ranges, over
//! checked requests with retries and a limit per host, over a transport (the browser's
//! `fetch`, or a double in tests). Nothing else in the crate calls the network.

mod answer;
mod body;
mod cache;
mod exchange;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
mod hosts;
mod identity;
#[cfg(not(target_arch = "wasm32"))]
pub mod local;
pub mod location;
pub mod meter;
mod patience;
mod pieces;
pub mod ranges;
mod refusal;
mod shelf;
pub mod still;
pub mod store;
pub mod stored;
#[cfg(test)]
mod tests;
pub mod transport;
mod view;

#[cfg(target_arch = "wasm32")]
pub use fetch::Fetch;
pub use hosts::{IN_FLIGHT, small_in_flight};
#[cfg(not(target_arch = "wasm32"))]
pub use local::LocalTransport;
pub use location::Location;
pub use meter::{Costs, Meter};
pub use store::HttpStore;
#[cfg(target_arch = "wasm32")]
pub use stored::Opfs;
pub use stored::{Disk, Stored};
pub use transport::{ByteRange, Headers, Transport, TransportError, TransportRequest, TransportResponse};
pub use view::UNKNOWN_SIZE;
