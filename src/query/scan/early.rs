//! [`Early`]: a scan that is begun before it is its turn.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::walk::Walk;

/// What of a scan is fetched before it runs.
#[derive(Default)]
pub(super) struct Early(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Nothing,
    Begun(Box<Walk>),
    /// The scan runs, or ran: it is not begun once more beside that.
    Runs,
}

impl Early {
    /// Begins the scan with what `walk` makes, unless it was begun.
    pub(super) fn begin(&self, walk: impl FnOnce() -> Walk) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Nothing) {
            *state = State::Begun(Box::new(walk()));
        }
    }

    /// What was begun, for whoever runs the scan now.
    pub(super) fn take(&self) -> Option<Walk> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Runs) {
            State::Begun(walk) => Some(*walk),
            State::Nothing | State::Runs => None,
        }
    }
}

impl fmt::Debug for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Early").finish_non_exhaustive()
    }
}
