//! [`Place`] and [`Batches`]: a row group at a hand, and its rows as they come.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::{Stream, StreamExt};

use super::{Crew, Decoded, Open};
use crate::error::{Error, Kind, Result};
use crate::protocol::{Order, Piece, Ticket};

/// A hand is told of what was taken when it is such a part of what may be on its way: it goes on long before it has to wait.
pub(super) const TAKEN_PART: u64 = 8;

/// A place at a hand, taken until it is dropped.
#[derive(Debug)]
pub struct Place {
    pub(super) crew: Crew,
    pub(super) hand: usize,
}

impl Place {
    /// Has a row group decoded. `buffers` are those of [`Order::Decode`].
    #[must_use]
    pub fn decode(self, piece: Piece, buffers: Vec<Bytes>) -> Batches {
        let (sender, answers) = unbounded();
        self.crew.tell(self.hand, &piece.builds);
        let mut state = self.crew.state();
        let task = state.next();
        let open = Open {
            hand: self.hand,
            answers: sender,
        };
        if state.taken.contains_key(&self.hand) {
            state.tasks.insert(task, open);
        } else {
            let detail = "the worker that was to decode for it died";
            let _ = open
                .answers
                .unbounded_send(Err(Error::new(Kind::Crashed, "query", detail)));
        }
        drop(state);
        let window_bytes = self.crew.window_bytes();
        let order = Order::Decode {
            task,
            piece,
            window_bytes,
        };
        self.crew.0.hands.send(self.hand, &order, buffers);
        Batches {
            place: self,
            task,
            answers,
            taken_bytes: 0,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(taken) = self.crew.state().taken.get_mut(&self.hand) {
            *taken = taken.saturating_sub(1);
        }
    }
}

/// The rows of a row group as a hand decodes them. Dropping it gives them up.
#[derive(Debug)]
pub struct Batches {
    place: Place,
    pub(super) task: Ticket,
    answers: UnboundedReceiver<Result<Decoded>>,
    /// Bytes that were taken, of which the hand does not know yet.
    taken_bytes: u64,
}

impl Batches {
    /// Tells the hand what was taken when that is enough to be worth a message.
    fn took(&mut self, bytes: u64) {
        self.taken_bytes += bytes;
        if self.taken_bytes * TAKEN_PART >= self.place.crew.window_bytes() {
            let bytes = std::mem::take(&mut self.taken_bytes);
            self.tell(&Order::Taken { task: self.task, bytes });
        }
    }

    fn tell(&self, order: &Order) {
        self.place.crew.0.hands.send(self.place.hand, order, vec![]);
    }
}

impl Stream for Batches {
    type Item = Result<Decoded>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.answers.poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(Decoded::Rows { batch, .. }))) = &next {
            self.took(batch.len() as u64);
        }
        next
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        let is_open = self.place.crew.state().tasks.remove(&self.task).is_some();
        if is_open {
            self.tell(&Order::Drop { task: self.task });
        }
    }
}
