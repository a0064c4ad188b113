//! Reads the typed JSON of a row: integers of 64 bits come as text, everything may be NULL.

use serde_json::Value;

/// A row, read from its first value to its last.
#[derive(Debug)]
pub struct Row<'a>(std::slice::Iter<'a, Value>);

impl<'a> Row<'a> {
    /// The values of a row.
    #[must_use]
    pub fn of(values: &'a [Value]) -> Self {
        Self(values.iter())
    }

    /// The next value.
    pub fn value(&mut self) -> &'a Value {
        self.0.next().unwrap_or(&Value::Null)
    }

    /// The next value as a number that is not negative.
    pub fn number(&mut self) -> Option<u64> {
        self.integer().and_then(|number| u64::try_from(number).ok())
    }

    /// The next value as a whole number.
    pub fn integer(&mut self) -> Option<i64> {
        match self.value() {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The next value as text.
    pub fn text(&mut self) -> Option<String> {
        self.value().as_str().map(str::to_owned)
    }

    /// The next value as a map from text to text; empty when it is NULL.
    pub fn pairs(&mut self) -> Vec<(String, String)> {
        let pair = |pair: &Value| {
            let [key, value] = pair.as_array()?.as_slice() else {
                return None;
            };
            Some((key.as_str()?.to_owned(), value.as_str().unwrap_or("NULL").to_owned()))
        };
        self.value().as_array().into_iter().flatten().filter_map(pair).collect()
    }
}

/// A value as it is shown; `None` for NULL.
#[must_use]
pub fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_the_engine_writes() {
        let row = json!(["12", 3, null, "a", [["k", "v"], ["n", null]], "-4"]);
        let mut row = Row::of(row.as_array().unwrap());
        assert_eq!((row.number(), row.number(), row.number()), (Some(12), Some(3), None));
        assert_eq!(row.text().as_deref(), Some("a"));
        assert_eq!(row.pairs(), [("k".into(), "v".into()), ("n".into(), "NULL".into())]);
        assert_eq!(row.number(), None);
        assert_eq!((row.text(), row.pairs()), (None, vec![]));
        assert_eq!(shown(&json!([1])), Some("[1]".into()));
    }
}
