//! Does a text hold another, in upper or lower case?

use crate::query::values::Value;

/// What is looked for.
#[derive(Debug)]
pub struct Needle {
    text: String,
    is_ascii: bool,
}

impl Needle {
    /// Looks for `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_lowercase(),
            is_ascii: text.is_ascii(),
        }
    }

    /// Is it there? NULL holds nothing. `buffer` is room for the text of what is not text itself.
    pub fn is_in(&self, value: Value<'_>, buffer: &mut String) -> bool {
        match value {
            Value::Null => false,
            Value::Text(text) => self.is_in_text(text),
            other => {
                buffer.clear();
                // Writing to a String does not fail; a damaged variant holds nothing.
                other.write(buffer).is_ok() && self.is_in_text(buffer)
            }
        }
    }

    fn is_in_text(&self, text: &str) -> bool {
        if self.text.is_empty() {
            return true;
        }
        if !self.is_ascii {
            return text.to_lowercase().contains(&self.text);
        }
        let needle = self.text.as_bytes();
        let first = needle.first().copied().unwrap_or_default();
        text.as_bytes().windows(needle.len()).any(|window| {
            window.first().is_some_and(|byte| byte.to_ascii_lowercase() == first) && window.eq_ignore_ascii_case(needle)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_means_nothing_and_null_holds_nothing() {
        let mut buffer = String::new();
        let mut holds = |text: &str, needle: &str| Needle::new(needle).is_in(Value::Text(text), &mut buffer);
        assert!(holds("Amsterdam", "STER") && holds("Ärger", "äRG") && holds("x", "") && holds("aab", "ab"));
        assert!(!holds("Amsterdam", "stern") && !holds("", "a") && !holds("a", "aa"));
        assert!(!Needle::new("").is_in(Value::Null, &mut buffer));
        assert!(Needle::new("TRU").is_in(Value::Boolean(true), &mut buffer));
    }
}
