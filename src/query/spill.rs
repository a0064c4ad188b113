//! Where the rows of large results are kept: outside of the engine's own memory, which a browser never makes smaller.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// Memory beside the engine's own.
pub trait Spill: fmt::Debug + Send + Sync {
    /// Keeps a copy of `bytes`; `None` when there is no room.
    fn keep(&self, bytes: &[u8]) -> Option<Arc<dyn Spilled>>;
}

/// Bytes that are kept there. Dropping it gives them back.
pub trait Spilled: fmt::Debug + Send + Sync {
    /// A copy of them.
    fn bytes(&self) -> Bytes;
}

/// A spill for native tests: the heap.
#[cfg(test)]
pub(crate) mod local {
    use super::{Arc, Bytes, Spill, Spilled};

    #[derive(Debug)]
    pub(crate) struct Heap;

    impl Spill for Heap {
        fn keep(&self, bytes: &[u8]) -> Option<Arc<dyn Spilled>> {
            Some(Arc::new(Kept(Bytes::copy_from_slice(bytes))))
        }
    }

    #[derive(Debug)]
    struct Kept(Bytes);

    impl Spilled for Kept {
        fn bytes(&self) -> Bytes {
            self.0.clone()
        }
    }

    /// One without room.
    #[derive(Debug)]
    pub(crate) struct Full;

    impl Spill for Full {
        fn keep(&self, _: &[u8]) -> Option<Arc<dyn Spilled>> {
            None
        }
    }
}
