//! The page: what is seen and typed. Derived from the link; asks the engine for everything else.
