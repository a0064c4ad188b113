//! Saving as the page sees it: chunks one after the other, the next when the last one is taken.

use std::future::Future;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc;
use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::JsCast as _;

use super::replies::Kept;
use super::{Abandoned, Client};
use crate::error::Result;
use crate::protocol::{Event, Request, Saved};
use crate::ui::save::Written;

/// The next bytes of a file.
pub struct Chunk {
    /// Which file, from 0.
    pub file: u32,
    /// Its bytes.
    pub bytes: ArrayBuffer,
}

impl Client {
    /// Asks for a [`Request::Save`]: `take` gets the chunks in order, `tell` hears how far it is.
    pub async fn save<F: Future<Output = Result<()>>>(
        &self,
        request: Request,
        take: impl Fn(Chunk) -> F,
        tell: impl Fn(Written) + 'static,
    ) -> Result<Saved> {
        // The engine waits when it is some megabytes ahead, which bounds the queue.
        let (sender, mut chunks) = mpsc::unbounded();
        let hear = move |event: Event, buffers: &Array| match event {
            Event::Written { stats, rows, bytes } => tell(Written { stats, rows, bytes }),
            Event::Chunk { file, .. } => {
                if let Ok(bytes) = buffers.get(0).dyn_into() {
                    // Nobody takes chunks any more when writing one has failed.
                    let _ = sender.unbounded_send(Chunk { file, bytes });
                }
            }
            Event::Columns { .. } | Event::Progress { .. } => {}
        };
        let (ticket, answer) = self.begin(request, Abandoned::Ask, Rc::new(hear))?;
        // Whoever hears is let go with the answer, and the queue ends.
        let write = async move {
            while let Some(chunk) = chunks.next().await {
                let bytes = u64::from(chunk.bytes.byte_length());
                take(chunk).await?;
                self.tell_taken(ticket, bytes);
            }
            Ok(())
        };
        let (answered, ()) = futures::future::try_join(answer, write).await?;
        let Kept { saved } = answered.read()?;
        Ok(saved)
    }

    /// A ticket of its own; its answer is not heard.
    fn tell_taken(&self, target: crate::protocol::Ticket, bytes: u64) {
        let ticket = self.calls.borrow_mut().next();
        // Only writing JSON can fail, and numbers can be written.
        let _ = self.post(ticket, Request::Acknowledge { target, bytes });
    }
}
