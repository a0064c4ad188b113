//! The engine: requests in, events and replies out, tickets in flight, cancellation.
//!
//! One [`Engine`] lives in one worker. It answers each ticket from a task of its own, so
//! that a long query does not hold up the grid of another; cancelling a ticket drops its
//! task, and with it the requests to hosts.

mod answer;
mod arrange;
mod flow;
pub mod hand;
mod handover;
mod results;
mod save;
mod tables;
mod warm;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::error::{Error, Kind};
use crate::http::{Disk, HttpStore, Stored, Transport};
use crate::protocol::{Body, Envelope, Event, Message, Options, Outcome, Reply, Request, Ticket};
use crate::query::Session;
use crate::query::crew::{Crew, Hands, Worth};
use crate::query::spill::Spill;
use crate::runtime::{self, Task};
use flow::Flows;
use handover::Handover;
use results::Results;

/// Without a request for so long, what was read is written to where it outlives the tab.
const IDLE: Duration = Duration::from_millis(300);

/// Where the engine's messages go, each with the buffer that travels beside it.
pub type Post = Box<dyn Fn(&Message, Option<Vec<u8>>) + Send + Sync>;

/// What an engine has around it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Through which it reads.
    pub transport: Arc<dyn Transport>,
    /// What keeps bytes beyond the tab.
    pub disk: Option<Arc<dyn Disk>>,
    /// Where other engines are to be had, which decode for this one.
    pub hands: Option<Arc<dyn Hands>>,
    /// Where the rows of large results are kept.
    pub spill: Option<Arc<dyn Spill>>,
}

impl Surroundings {
    /// Nothing but hosts to read from.
    #[must_use]
    pub fn bare(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            disk: None,
            hands: None,
            spill: None,
        }
    }
}

/// What answers the page.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    post: Post,
    surroundings: Surroundings,
    /// Writes to the disk when there is nothing else to do.
    storing: Mutex<Option<Task<()>>>,
    /// Runs once, after the start.
    warming: OnceLock<Task<()>>,
    /// Made by the first request, [`Request::Start`].
    core: OnceLock<Core>,
    tickets: Mutex<HashMap<Ticket, Task<()>>>,
}

/// What exists once the budgets are known.
struct Core {
    options: Options,
    store: Arc<HttpStore>,
    session: Session,
    crew: Option<Crew>,
    results: Results,
    flows: Flows,
    handover: Handover,
}

impl Engine {
    /// An engine that speaks through `post`.
    #[must_use]
    pub fn new(surroundings: Surroundings, post: Post) -> Self {
        Self(Arc::new(Shared {
            post,
            surroundings,
            storing: Mutex::default(),
            warming: OnceLock::new(),
            core: OnceLock::new(),
            tickets: Mutex::default(),
        }))
    }

    /// Takes one [`Envelope`] as JSON. Never fails: what is wrong with it is answered.
    pub fn receive(&self, json: &str) {
        self.receive_with(json, Bytes::new());
    }

    /// The same with the bytes that lie beside it.
    pub fn receive_with(&self, json: &str, beside: Bytes) {
        match serde_json::from_str::<Envelope>(json) {
            Ok(envelope) => self.accept(envelope, beside),
            Err(error) => {
                let ticket = ticket_of(json);
                let detail = format!("the request is not one of the protocol: {error}");
                self.reply(
                    ticket,
                    Err(Error::new(Kind::Bug, "engine", detail).with_source(error)),
                    None,
                );
            }
        }
    }

    /// The engines that decode for this one, for those who bring their messages.
    #[must_use]
    pub fn crew(&self) -> Option<&Crew> {
        self.0.core.get()?.crew.as_ref()
    }

    fn accept(&self, Envelope { ticket, request }: Envelope, beside: Bytes) {
        match request {
            Request::Start { options } => self.reply(ticket, self.start(options), None),
            Request::Ping => self.reply(ticket, Ok(Reply::Done), None),
            Request::Cancel { target } => {
                self.cancel(target);
                self.reply(ticket, Ok(Reply::Done), None);
            }
            Request::Acknowledge { target, bytes } => {
                let taken = self.core().map(|core| core.flows.acknowledge(target, bytes));
                self.reply(ticket, taken.map(|()| Reply::Done), None);
            }
            request => self.work(ticket, request, beside),
        }
    }

    fn start(&self, options: Options) -> Outcome {
        let around = &self.0.surroundings;
        let transport = Arc::clone(&around.transport);
        let disk = around.disk.clone().filter(|_| options.stored_bytes > 0);
        let store = match disk {
            Some(disk) => {
                let stored = Stored::new(disk, options.stored_bytes);
                HttpStore::with_stored(transport, options.cache_bytes, stored)
            }
            None => HttpStore::new(transport, options.cache_bytes),
        };
        let mut session = Session::new(Arc::clone(&store), &options)?;
        let hands = around.hands.clone().filter(|_| options.hands > 0);
        let crew = hands.map(|hands| Crew::new(hands, options.hands as usize, Worth::default()));
        if let Some(crew) = &crew {
            session = session.with_crew(crew.clone());
        }
        let core = Core {
            results: Results::default(),
            flows: Flows::default(),
            handover: Handover::default(),
            options,
            store,
            session,
            crew,
        };
        core.handover.begin();
        if self.0.core.set(core).is_err() {
            return Err(Error::new(Kind::Bug, "engine", "the engine was started twice"));
        }
        let engine = self.clone();
        self.0
            .warming
            .get_or_init(|| runtime::spawn(async move { engine.warm_up().await }));
        Ok(Reply::Started {
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    fn cancel(&self, target: Ticket) {
        if self.tickets().remove(&target).is_some() {
            let error = Error::new(
                Kind::Cancelled,
                "query",
                "stopped before it was finished; nothing of it is kept",
            );
            self.post(target, Body::Error(error), None);
        }
    }

    fn work(&self, ticket: Ticket, request: Request, beside: Bytes) {
        let engine = self.clone();
        // The task is known by its ticket before it runs, so that it can end by forgetting itself.
        let mut tickets = self.tickets();
        let task = runtime::spawn(async move {
            let (outcome, buffer) = match engine.answer(ticket, request, beside).await {
                Ok((reply, buffer)) => (Ok(reply), buffer),
                Err(error) => (Err(error), None),
            };
            let finished = engine.tickets().remove(&ticket);
            engine.reply(ticket, outcome, buffer);
            engine.store_soon();
            // Dropped last: dropping the task aborts what runs here.
            drop(finished);
        });
        tickets.insert(ticket, task);
    }

    /// Keeps what was read beyond the tab once nothing has been asked for a while.
    fn store_soon(&self) {
        // What is being written goes on by itself when it finds that the engine is idle again: given up in the middle of a
        // file, it would meet that file still open.
        let is_storing = self.core().is_ok_and(|core| core.store.is_storing());
        if self.0.surroundings.disk.is_none() || is_storing || !self.tickets().is_empty() {
            return;
        }
        let engine = self.clone();
        let task = runtime::spawn(async move {
            runtime::sleep(IDLE).await;
            if let Ok(core) = engine.core() {
                core.store.store_while(|| engine.tickets().is_empty()).await;
            }
        });
        // One that still waits is given up for this one.
        *self.0.storing.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    fn core(&self) -> Result<&Core, Error> {
        self.0
            .core
            .get()
            .ok_or_else(|| Error::new(Kind::Bug, "engine", "a request came before Start"))
    }

    fn tickets(&self) -> MutexGuard<'_, HashMap<Ticket, Task<()>>> {
        self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, ticket: Ticket, event: Event) {
        self.post(ticket, Body::Event(event), None);
    }

    fn reply(&self, ticket: Ticket, outcome: Outcome, buffer: Option<Vec<u8>>) {
        let body = match outcome {
            Ok(reply) => Body::Reply(reply),
            Err(error) => Body::Error(error),
        };
        self.post(ticket, body, buffer);
    }

    fn post(&self, ticket: Ticket, body: Body, buffer: Option<Vec<u8>>) {
        (self.0.post)(&Message { ticket, body }, buffer);
    }
}

/// The ticket of a request that could not be read otherwise, so that its sender learns of it; else 0.
fn ticket_of(json: &str) -> Ticket {
    #[derive(serde::Deserialize)]
    struct Bare {
        ticket: Ticket,
    }
    serde_json::from_str::<Bare>(json).map_or(0, |bare| bare.ticket)
}

#[cfg(test)]
pub(crate) mod tests;
