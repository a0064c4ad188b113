//! An engine as its page has it: requests in, messages out.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::engine::{Engine, Surroundings};
use crate::http::LocalTransport;

pub(super) const HOST: &str = "http://lake.test/";
/// A message that takes longer never comes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    pub(super) engine: Engine,
    pub(super) transport: LocalTransport,
    pub(super) messages: Receiver<(Value, Option<Vec<u8>>)>,
}

impl Client {
    pub(super) fn new() -> Self {
        Self::over("www/lake")
    }

    pub(super) fn over(directory: &str) -> Self {
        Self::serving(format!("{}/{directory}", env!("CARGO_MANIFEST_DIR")))
    }

    pub(super) fn serving(directory: impl Into<std::path::PathBuf>) -> Self {
        Self::on(LocalTransport::new(HOST, directory))
    }

    /// Another one on the same host, started.
    pub(super) fn beside(&self) -> Self {
        Self::on(self.transport.clone()).start()
    }

    fn on(transport: LocalTransport) -> Self {
        let (sender, messages) = channel();
        let post = move |message: &_, buffer| {
            sender.send((serde_json::to_value(message).unwrap(), buffer)).ok();
        };
        Self {
            engine: Engine::new(Surroundings::bare(Arc::new(transport.clone())), Box::new(post)),
            transport,
            messages,
        }
    }

    pub(crate) fn started() -> Self {
        Self::started_over("www/lake")
    }

    pub(super) fn started_over(directory: &str) -> Self {
        Self::over(directory).start()
    }

    pub(super) fn start(self) -> Self {
        assert_eq!(self.ask(1, &json!({"type": "start"}))["reply"]["type"], "started");
        self
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone()
    }

    pub(super) fn send(&self, ticket: u32, request: &Value) {
        self.engine
            .receive(&json!({"ticket": ticket, "request": request}).to_string());
    }

    pub(super) fn next(&self) -> (Value, Option<Vec<u8>>) {
        self.messages.recv_timeout(PATIENCE).expect("a message")
    }

    /// The ticket's last message, and the buffer beside it; events are passed over.
    pub(super) fn last(&self, ticket: u32) -> (Value, Option<Vec<u8>>) {
        loop {
            let (message, buffer) = self.next();
            if message["ticket"] == ticket && message.get("event").is_none() {
                return (message, buffer);
            }
        }
    }

    pub(crate) fn ask(&self, ticket: u32, request: &Value) -> Value {
        self.send(ticket, request);
        self.last(ticket).0
    }

    pub(super) fn open(&self, name: &str) -> Value {
        let source = json!({"urls": [format!("{HOST}{name}")]});
        self.ask(2, &json!({"type": "open", "name": name, "source": source}))
    }
}
