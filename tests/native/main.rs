//! The native integration tests.

mod sqllogic;
