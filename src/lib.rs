//! Limn: a lakehouse explorer that lives in a browser tab.
//!
//! Two programs share this crate. The page (`ui`) paints and owns the link; the
//! engine (`engine`, a Web Worker) replays table logs, plans, fetches byte ranges
//! and runs SQL. They speak only through [`protocol`]. Arrows point one way:
//! `ui -> protocol, link, error <- engine -> query -> table -> http`.

pub mod error;
pub mod link;
pub mod protocol;

#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
pub mod http;
#[cfg(feature = "engine")]
pub mod query;
#[cfg(feature = "engine")]
pub mod runtime;
#[cfg(feature = "engine")]
pub mod table;

#[cfg(feature = "ui")]
pub mod ui;
