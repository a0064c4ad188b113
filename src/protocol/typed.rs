//! Rows as typed JSON, written once.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Error, Kind, Result};

/// JSON as it was written, which a message takes in as it is: thousands of rows are read in the page and nowhere before.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct TypedJson(Box<RawValue>);

impl TypedJson {
    /// The JSON of `value`.
    ///
    /// # Errors
    /// `Bug` when it has none.
    pub fn of(value: &impl Serialize) -> Result<Self> {
        let written = to_raw_value(value).map_err(|error| Error::new(Kind::Bug, "values", error.to_string()))?;
        Ok(Self(written))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for TypedJson {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// Through a value: what is inside of a message comes without its text.
impl<'de> Deserialize<'de> for TypedJson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        to_raw_value(&value).map(Self).map_err(serde::de::Error::custom)
    }
}
