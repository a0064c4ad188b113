//! The engine as the page sees it: one asynchronous function per request over the worker's host (`www/limn.js`).
//!
//! Dropping a future gives its work up: a plan or query is stopped at once, if need be
//! with the worker; an opening is only asked to stop; the rest is quick and forgotten.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::Array;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use self::replies::{Answered, Functions, Inspected, Opened, Planned, Previewed, Ready, TypedRows};
use crate::error::{Error, Kind, Result};
use crate::protocol::inspect::{Facts, Inspection};
use crate::protocol::message::{Said, parts};
use crate::protocol::{
    Answer, Envelope, Event, Function, Plan, Preview, Request, ResultId, Source, Stats, TableInfo, Ticket, Values,
};

mod replies;
mod rows;
mod save;
mod stored;

pub use rows::Window;
pub use save::Chunk;

#[wasm_bindgen(raw_module = "./limn.js")]
extern "C" {
    /// The owner of the worker.
    type Host;
    #[wasm_bindgen(constructor)]
    fn new(on_message: &Closure<dyn FnMut(String, Array)>, on_state: &Closure<dyn FnMut(String)>) -> Host;
    #[wasm_bindgen(method)]
    fn start(this: &Host, options_json: &str);
    #[wasm_bindgen(method)]
    fn post(this: &Host, envelope_json: &str);
    #[wasm_bindgen(method)]
    fn cancel(this: &Host, ticket: Ticket);
}

/// Tickets from here on are the host's own.
const FIRST_RESERVED: Ticket = 1 << 31;

/// How far the engine is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum Engine {
    /// It is being downloaded; `total` is 0 while unknown.
    Loading {
        /// Bytes that are here.
        loaded: f64,
        /// Bytes in all.
        total: f64,
    },
    /// It is being started.
    Starting,
    /// It answers.
    Ready,
    /// It died and is started again; its tables and results are gone.
    Crashed {
        /// Why.
        detail: String,
    },
    /// It is not started again by itself.
    Failed {
        /// Why.
        detail: String,
    },
}

/// What happens to the work of a request that nobody waits for any more.
#[derive(Clone, Copy, PartialEq)]
enum Abandoned {
    /// It is stopped within a quarter of a second, if need be with the worker.
    Kill,
    /// It is asked to stop.
    Ask,
    /// It is quick: its answer is not heard.
    Ignore,
}

struct Call {
    answer: oneshot::Sender<Result<Answered>>,
    on_event: Hear,
}

/// Hears events, each with the buffers beside it.
type Hear = Rc<dyn Fn(Event, &Array)>;

#[derive(Default)]
struct Calls {
    last: Ticket,
    open: BTreeMap<Ticket, Call>,
}

/// A handle on the engine. Its clones are the same engine.
#[derive(Clone)]
pub struct Client {
    host: Rc<Host>,
    calls: Rc<RefCell<Calls>>,
}

impl Client {
    /// Begins to download and start the engine. `on_state` hears how far it is, also after a crash.
    pub fn start(on_state: impl Fn(Engine) + 'static) -> Self {
        let calls = Rc::new(RefCell::new(Calls::default()));
        let heard = Rc::clone(&calls);
        let on_message = Closure::new(move |json: String, buffers: Array| hear(&heard, &json, buffers));
        let on_state = Closure::new(move |json: String| on_state(engine_state(&json)));
        let host = Host::new(&on_message, &on_state);
        // They live as long as the page.
        on_message.forget();
        on_state.forget();
        let client = Self {
            host: Rc::new(host),
            calls,
        };
        client.start_again();
        client
    }

    /// Begins again after [`Engine::Failed`].
    pub fn start_again(&self) {
        // Budgets as they are by themselves; how many hands there are is for the host to see.
        self.host.start("{}");
    }

    /// Opens, or replaces, a table.
    pub async fn open(&self, name: String, source: Source) -> Result<TableInfo> {
        let Opened { table } = self.ask(Request::Open { name, source }, Abandoned::Ask).await?.read()?;
        Ok(table)
    }

    /// Forgets a table.
    pub async fn close(&self, name: String) -> Result<()> {
        self.ask(Request::Close { name }, Abandoned::Ignore).await.map(drop)
    }

    /// What a statement would read.
    pub async fn plan(&self, sql: String, parameters: Values) -> Result<Plan> {
        let Planned { plan } = self
            .ask(Request::Plan { sql, parameters }, Abandoned::Kill)
            .await?
            .read()?;
        Ok(plan)
    }

    /// What can be said of a statement without a request to a host.
    pub async fn preview(&self, sql: String, parameters: Values) -> Result<Preview> {
        let Previewed { preview } = self
            .ask(Request::Preview { sql, parameters }, Abandoned::Ask)
            .await?
            .read()?;
        Ok(preview)
    }

    /// Runs a statement; `on_event` hears of its columns and its progress.
    pub async fn query(&self, sql: String, parameters: Values, on_event: impl Fn(Event) + 'static) -> Result<Answer> {
        let Ready { answer } = self
            .ask_hearing(
                Request::Query { sql, parameters },
                Abandoned::Kill,
                Rc::new(move |event, _| on_event(event)),
            )
            .await?
            .read()?;
        Ok(answer)
    }

    /// What metadata tells of a table, and what finding that out cost.
    pub async fn inspect(&self, table: String, what: Inspection) -> Result<(Facts, Stats)> {
        let Inspected { facts, stats } = self
            .ask(Request::Inspect { table, what }, Abandoned::Ask)
            .await?
            .read()?;
        Ok((facts, stats))
    }

    /// The first rows of a statement that nobody sees, as typed JSON, and what they cost.
    pub async fn rows_of(&self, sql: String, most: u32) -> Result<(Vec<Vec<serde_json::Value>>, Answer)> {
        let asked = self
            .ask(
                Request::Query {
                    sql,
                    parameters: Values::default(),
                },
                Abandoned::Ask,
            )
            .await?;
        let Ready { answer } = asked.read()?;
        let result = answer.result;
        let values = Request::Values {
            result,
            start: 0,
            count: most,
        };
        let values = self.ask(values, Abandoned::Ignore).await;
        // A result that is gone already is as dropped as it can be.
        let _ = self.drop_result(result).await;
        let TypedRows { rows } = values?.read()?;
        Ok((rows, answer))
    }

    /// The rows of a statement over a result (`result`, with columns `c0`, `c1` and so on).
    pub async fn derive(&self, result: ResultId, sql: String) -> Result<Vec<Vec<serde_json::Value>>> {
        let TypedRows { rows } = self
            .ask(Request::Derive { result, sql }, Abandoned::Ask)
            .await?
            .read()?;
        Ok(rows)
    }

    /// Gives a result's memory back.
    pub async fn drop_result(&self, result: ResultId) -> Result<()> {
        self.ask(Request::Drop { result }, Abandoned::Ignore).await.map(drop)
    }

    /// The names for completion.
    pub async fn functions(&self) -> Result<Vec<Function>> {
        let Functions { functions } = self.ask(Request::Functions, Abandoned::Ignore).await?.read()?;
        Ok(functions)
    }

    async fn ask(&self, request: Request, abandoned: Abandoned) -> Result<Answered> {
        self.ask_hearing(request, abandoned, Rc::new(|_, _| ())).await
    }

    async fn ask_hearing(&self, request: Request, abandoned: Abandoned, on_event: Hear) -> Result<Answered> {
        self.begin(request, abandoned, on_event)?.1.await
    }

    /// Sends a request; its ticket, and its answer to come.
    fn begin(
        &self,
        request: Request,
        abandoned: Abandoned,
        on_event: Hear,
    ) -> Result<(Ticket, impl Future<Output = Result<Answered>> + use<>)> {
        let (answer, answered) = oneshot::channel();
        let ticket = self.calls.borrow_mut().enter(Call { answer, on_event });
        let guard = Guard {
            client: self.clone(),
            ticket,
            abandoned,
        };
        self.post(ticket, request)?;
        let answer = async move {
            let _guard = guard;
            answered
                .await
                .unwrap_or_else(|_| Err(bug("The request was forgotten.")))
        };
        Ok((ticket, answer))
    }

    fn post(&self, ticket: Ticket, request: Request) -> Result<()> {
        let envelope = serde_json::to_string(&Envelope { ticket, request })
            .map_err(|cause| bug("The request could not be written as JSON.").with_source(cause))?;
        self.host.post(&envelope);
        Ok(())
    }

    /// A ticket of its own for the request to stop another; its answer is not heard.
    fn ask_to_stop(&self, target: Ticket) {
        let ticket = self.calls.borrow_mut().next();
        // Only writing JSON can fail, and then there is nothing to stop.
        let _ = self.post(ticket, Request::Cancel { target });
    }
}

impl Calls {
    fn next(&mut self) -> Ticket {
        self.last = (self.last + 1) % FIRST_RESERVED;
        self.last
    }

    fn enter(&mut self, call: Call) -> Ticket {
        let ticket = self.next();
        self.open.insert(ticket, call);
        ticket
    }
}

/// Lives as long as someone waits.
struct Guard {
    client: Client,
    ticket: Ticket,
    abandoned: Abandoned,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let unanswered = self.client.calls.borrow_mut().open.remove(&self.ticket).is_some();
        match self.abandoned {
            Abandoned::Kill if unanswered => self.client.host.cancel(self.ticket),
            Abandoned::Ask if unanswered => self.client.ask_to_stop(self.ticket),
            _ => {}
        }
    }
}

/// Calls are looked up and let go before anything is called, which may ask again.
fn hear(calls: &RefCell<Calls>, json: &str, buffers: Array) {
    // What is no message has nobody who waits for it.
    let Some((ticket, said, body)) = parts(json) else {
        return;
    };
    let outcome = match said {
        Said::Event => {
            match serde_json::from_str(body) {
                Ok(event) => {
                    let on_event = calls.borrow().open.get(&ticket).map(|call| Rc::clone(&call.on_event));
                    if let Some(on_event) = on_event {
                        on_event(event, &buffers);
                    }
                    return;
                }
                // The bytes of files come with events: what lacks one is not whole.
                Err(cause) => Err(bug(&format!("The engine's event is not understood: {cause}."))),
            }
        }
        Said::Reply => Ok(Answered {
            reply: body.to_owned(),
            buffers,
        }),
        Said::Error => Err(serde_json::from_str(body)
            .unwrap_or_else(|cause| bug(&format!("The engine's error is not understood: {cause}.")))),
    };
    let call = calls.borrow_mut().open.remove(&ticket);
    if let Some(call) = call {
        // Nobody waits any more when the request was abandoned.
        let _ = call.answer.send(outcome);
    }
}

fn engine_state(json: &str) -> Engine {
    serde_json::from_str(json).unwrap_or_else(|cause| Engine::Failed {
        detail: format!("The engine's state is not understood: {cause}. Reload the page."),
    })
}

fn bug(detail: &str) -> Error {
    Error::new(Kind::Bug, "engine", detail)
}
