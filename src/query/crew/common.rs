//! [`Common`]: what many orders are about, told to each hand once.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::{Crew, State};
use crate::protocol::{Order, Ticket};

/// Rows that hands keep for the fragments that join with them. Dropping it makes them forget.
#[derive(Debug)]
pub struct Common {
    crew: Crew,
    build: Ticket,
}

/// What hands are told of it.
#[derive(Debug)]
pub(super) struct Told {
    /// An IPC stream of them.
    bytes: Bytes,
    /// Who was.
    hands: BTreeSet<usize>,
}

impl Crew {
    /// Rows, as an IPC stream of one batch, for hands to keep.
    #[must_use]
    pub fn common(&self, bytes: Bytes) -> Common {
        let mut state = self.state();
        let build = state.next();
        let hands = BTreeSet::new();
        state.commons.insert(build, Told { bytes, hands });
        drop(state);
        Common {
            crew: self.clone(),
            build,
        }
    }

    /// Tells `hand` what it does not know yet of `builds`.
    pub(super) fn tell(&self, hand: usize, builds: &[Ticket]) {
        for build in builds {
            let untold = self.state().untold(hand, *build);
            if let Some(bytes) = untold {
                self.0.hands.send(hand, &Order::Build { build: *build }, vec![bytes]);
            }
        }
    }
}

impl State {
    fn untold(&mut self, hand: usize, build: Ticket) -> Option<Bytes> {
        let told = self.commons.get_mut(&build)?;
        told.hands.insert(hand).then(|| told.bytes.clone())
    }
}

impl Common {
    /// By which orders speak of it.
    #[must_use]
    pub fn build(&self) -> Ticket {
        self.build
    }
}

impl Drop for Common {
    fn drop(&mut self) {
        let mut state = self.crew.state();
        let told = state.commons.remove(&self.build);
        let hands = told.into_iter().flat_map(|told| told.hands);
        let hands: Vec<usize> = hands.filter(|hand| state.taken.contains_key(hand)).collect();
        drop(state);
        for hand in hands {
            let order = Order::Forget { build: self.build };
            self.crew.0.hands.send(hand, &order, vec![]);
        }
    }
}
