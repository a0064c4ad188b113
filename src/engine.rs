//! The engine: one match on [`Request`](crate::protocol::Request); tickets in flight; cancellation.
