//! [`Crew`]: the engine's hands, other engines that decode for it, each on a core of its own.
//!
//! What they are asked is pure: the bytes of a row group in, its rows out, or what a fragment of the plan makes of them.
//! Planning, pruning, every request to a host, the cache, budgets and all other operators stay in one engine, and rows are
//! taken in the order in which it would have decoded them itself: an answer is the same, to the last bit, with however many
//! hands.

mod batches;
mod common;
#[cfg(not(target_arch = "wasm32"))]
pub mod local;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::channel::mpsc::UnboundedSender;

use crate::error::{Error, Kind, Result};
use crate::protocol::{Answered, Order, Ticket};

pub use batches::{Batches, Place};
pub use common::Common;

/// Row groups that one hand has at a time: one that it decodes, and one so that it need not wait for the next.
const PLACES: usize = 2;

/// Decoded rows that wait to be taken, of all hands together. They lie outside of the engine's own memory.
const WINDOW_BYTES: u64 = 128 << 20;

/// Rows that hands keep to join with, and their hash tables, those of one statement and of all hands together.
const COMMON_BYTES: usize = 96 << 20;

/// Hands that died before no more are started: they die of something that another try does not cure.
const DEATHS: usize = 3;

/// What is worth a hand's while.
#[derive(Debug, Clone, Copy)]
pub struct Worth {
    /// Bytes of column chunks that a scan has to read for hands to be started for it.
    pub scan_bytes: u64,
    /// Bytes of a row group's column chunks for it to be sent to one.
    pub row_group_bytes: u64,
}

impl Default for Worth {
    /// To start hands takes a tenth of a second, as long as decoding a few megabytes; to send a row group takes a
    /// millisecond.
    fn default() -> Self {
        Self {
            scan_bytes: 4 << 20,
            row_group_bytes: 64 << 10,
        }
    }
}

/// Where other engines are to be had.
pub trait Hands: fmt::Debug + Send + Sync {
    /// Starts `count` of them. Each is told to the crew when it can work, and when it died.
    fn hire(&self, count: usize);

    /// Tells one of them what to do; the buffers go with it.
    fn send(&self, hand: usize, order: &Order, buffers: Vec<Bytes>);
}

/// The hands of one engine. Clones are the same.
#[derive(Debug, Clone)]
pub struct Crew(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    hands: Arc<dyn Hands>,
    count: usize,
    worth: Worth,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_hired: bool,
    deaths: usize,
    /// Places that are taken at each hand that is up.
    taken: BTreeMap<usize, usize>,
    tasks: HashMap<Ticket, Open>,
    commons: HashMap<Ticket, common::Told>,
    last: Ticket,
}

impl State {
    /// Another ticket.
    fn next(&mut self) -> Ticket {
        self.last = self.last.wrapping_add(1);
        self.last
    }
}

#[derive(Debug)]
struct Open {
    hand: usize,
    answers: UnboundedSender<Result<Decoded>>,
}

/// What a hand gives.
#[derive(Debug)]
pub enum Decoded {
    /// A batch.
    Rows {
        /// An IPC stream of it.
        batch: Bytes,
        /// How long it was decoded, in milliseconds.
        millis: f64,
    },
    /// Last of all, what passed the steps of its fragment.
    Passed(Vec<u64>),
}

impl Crew {
    /// At most `count` of `hands`. They are started by the first scan that is worth them.
    #[must_use]
    pub fn new(hands: Arc<dyn Hands>, count: usize, worth: Worth) -> Self {
        Self(Arc::new(Shared {
            hands,
            count,
            worth,
            state: Mutex::default(),
        }))
    }

    /// How many row groups can be with its hands at a time.
    #[must_use]
    pub fn places(&self) -> usize {
        self.0.count * PLACES
    }

    /// What is worth a hand's while.
    #[must_use]
    pub fn worth(&self) -> Worth {
        self.0.worth
    }

    /// A scan is going to read `bytes`: are they worth hands? Those that are missing are started.
    #[must_use]
    pub fn is_worth(&self, bytes: u64) -> bool {
        let is_worth = bytes >= self.0.worth.scan_bytes;
        if is_worth {
            self.hire();
        }
        is_worth
    }

    /// Is a row group worth sending of which `bytes` are read?
    #[must_use]
    pub fn is_worth_sending(&self, bytes: u64) -> bool {
        bytes >= self.0.worth.row_group_bytes
    }

    fn hire(&self) {
        let mut state = self.state();
        if !state.is_hired && state.deaths < DEATHS {
            state.is_hired = true;
            drop(state);
            self.0.hands.hire(self.0.count);
        }
    }

    /// A place at the hand that has most left; `None` when all are taken.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let mut state = self.state();
        let (hand, taken) = state.taken.iter_mut().min_by_key(|(_, taken)| **taken)?;
        if *taken >= PLACES {
            return None;
        }
        *taken += 1;
        Some(Place {
            crew: self.clone(),
            hand: *hand,
        })
    }

    /// A hand can work.
    pub fn up(&self, hand: usize) {
        self.state().taken.insert(hand, 0);
    }

    /// Lets all hands go, and with them their memory, if they have nothing to do; the next scan starts others.
    #[must_use]
    pub fn dismiss(&self) -> bool {
        let mut state = self.state();
        let is_idle = state.tasks.is_empty() && state.taken.values().all(|taken| *taken == 0);
        if is_idle {
            state.taken.clear();
            state.is_hired = false;
        }
        is_idle
    }

    /// A hand died: what it was doing has failed, and is not tried again by itself, as it may have died of that.
    pub fn died(&self, hand: usize, detail: &str) {
        let mut state = self.state();
        state.deaths += 1;
        state.taken.remove(&hand);
        if state.taken.is_empty() {
            // The next scan starts others.
            state.is_hired = false;
        }
        let (lost, kept): (HashMap<_, _>, _) = state.tasks.drain().partition(|(_, open)| open.hand == hand);
        state.tasks = kept;
        for open in lost.into_values() {
            let detail = format!("a worker that decoded for it died: {detail}");
            // Nobody listens to a task that is being dropped.
            let _ = open
                .answers
                .unbounded_send(Err(Error::new(Kind::Crashed, "query", detail)));
        }
    }

    /// A hand says something; what nobody waits for any more is passed over.
    pub fn hear(&self, answered: Answered, buffers: Vec<Bytes>) {
        let mut state = self.state();
        match answered {
            Answered::Rows { task, millis } => {
                let Some(open) = state.tasks.get(&task) else {
                    return;
                };
                #[allow(clippy::cast_precision_loss, reason = "a handful of batches")]
                let millis = millis / buffers.len().max(1) as f64;
                for batch in buffers {
                    let _ = open.answers.unbounded_send(Ok(Decoded::Rows { batch, millis }));
                }
            }
            // The stream ends with its sender.
            Answered::Done { task, passed } => {
                if let Some(open) = state.tasks.remove(&task).filter(|_| !passed.is_empty()) {
                    let _ = open.answers.unbounded_send(Ok(Decoded::Passed(passed)));
                }
            }
            Answered::Failed { task, error } => {
                if let Some(open) = state.tasks.remove(&task) {
                    let _ = open.answers.unbounded_send(Err(error));
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of the other sides of a fragment's joins, and of their hash tables, that a hand may keep.
    #[must_use]
    pub fn common_bytes(&self) -> usize {
        COMMON_BYTES / self.0.count.max(1)
    }

    fn window_bytes(&self) -> u64 {
        WINDOW_BYTES / self.places().max(1) as u64
    }
}
