//! Text with a bound: cells that are cut, and whole values that must fit.

use std::fmt::{self, Write};

use super::values::Value;
use crate::protocol::Cell;

/// Text that is cut after a number of characters; writing stops there.
#[derive(Debug)]
pub struct Cut {
    text: String,
    left: usize,
    is_full: bool,
}

impl Cut {
    /// Room for `chars` characters.
    #[must_use]
    pub fn after(chars: usize) -> Self {
        Self {
            text: String::new(),
            left: chars,
            is_full: false,
        }
    }

    /// The text of `value`, cut; `None` for NULL.
    #[must_use]
    pub fn cell(mut self, value: Value<'_>) -> Cell {
        if matches!(value, Value::Null) {
            return Cell { text: None, cut: false };
        }
        // The only way to fail is the cut, which is kept.
        let _ = value.write(&mut self);
        Cell {
            text: Some(self.text),
            cut: self.is_full,
        }
    }
}

impl Write for Cut {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let mut chars = more.char_indices();
        let fits = match chars.nth(self.left) {
            Some((end, _)) => more.get(..end),
            None => None,
        };
        if let Some(fits) = fits {
            self.text.push_str(fits);
            self.is_full = true;
            return Err(fmt::Error);
        }
        self.left -= more.chars().count().min(self.left);
        self.text.push_str(more);
        Ok(())
    }
}

/// Text that refuses to outgrow a number of bytes.
pub(super) struct Bounded {
    text: String,
    limit_bytes: usize,
}

impl Bounded {
    /// Room for `limit_bytes`.
    pub(super) fn to(limit_bytes: usize) -> Self {
        Self {
            text: String::new(),
            limit_bytes,
        }
    }

    /// The text.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len() + more.len() > self.limit_bytes {
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}
