//! A message from the engine, and its text taken apart without reading all of it: who asked reads what is in it.

use serde::{Deserialize, Serialize};

use super::{Event, Reply, Ticket};
use crate::error::Error;

/// A message from the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Whose ticket.
    pub ticket: Ticket,
    /// What is said.
    #[serde(flatten)]
    pub body: Body,
}

/// The three things that a message can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Body {
    /// Work goes on.
    Event(Event),
    /// Work is done.
    Reply(Reply),
    /// Work has failed.
    Error(Error),
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Work goes on.
    Event,
    /// Work is done.
    Reply,
    /// Work has failed.
    Error,
}

/// The ticket of a [`Message`], what it says, and the JSON of that; `None` for other texts.
///
/// The engine and its host write a message's ticket first and its body last.
#[must_use]
pub fn parts(json: &str) -> Option<(Ticket, Said, &str)> {
    let (ticket, rest) = json.strip_prefix("{\"ticket\":")?.split_once(",\"")?;
    let (said, rest) = rest.split_once("\":")?;
    let said = match said {
        "event" => Said::Event,
        "reply" => Said::Reply,
        "error" => Said::Error,
        _ => return None,
    };
    Some((ticket.parse().ok()?, said, rest.strip_suffix('}')?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn every_kind_of_message_comes_apart() {
        let cell = Reply::Cell {
            text: Some("{\"ticket\":1,\"reply\":{}}".to_owned()),
        };
        let progress = Event::Progress {
            stats: crate::protocol::Stats::default(),
            rows: 3,
        };
        let bodies = [
            (Body::Reply(cell), Said::Reply),
            (Body::Event(progress), Said::Event),
            (Body::Error(Error::new(Kind::Bug, "a", "}\"")), Said::Error),
        ];
        for (body, said) in bodies {
            let inner = match &body {
                Body::Reply(reply) => serde_json::to_value(reply),
                Body::Event(event) => serde_json::to_value(event),
                Body::Error(error) => serde_json::to_value(error),
            };
            let json = serde_json::to_string(&Message { ticket: 7, body }).unwrap();
            let (ticket, kind, body) = parts(&json).unwrap();
            assert_eq!((ticket, kind), (7, said));
            assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap(), inner.unwrap());
        }
    }

    #[test]
    fn other_texts_are_no_messages() {
        for text in [
            "",
            "{}",
            "{\"ticket\":x,\"reply\":{}}",
            "{\"ticket\":1,\"other\":{}}",
            "{\"ticket\":1,\"reply\":",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
