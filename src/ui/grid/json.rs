//! JSON as a tree of its own texts: numbers keep every digit and names their order.

/// Values nested deeper are shown as text.
const DEPTH: usize = 100;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A number, a word, or a quoted text, as it is written.
    Leaf(String),
    /// `[…]`
    List(Vec<Node>),
    /// `{…}`: names without their quotes, and values.
    Object(Vec<(String, Node)>),
}

/// The tree of a text that is a JSON list or object; `None` when it is not, all of it.
#[must_use]
pub fn tree(text: &str) -> Option<Node> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut reader = Reader { rest: text };
    let node = reader.value(0)?;
    reader.space();
    reader.rest.is_empty().then_some(node)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.space();
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.space();
        if depth > DEPTH {
            return None;
        }
        match self.rest.chars().next()? {
            '[' => self.items('[', ']', |reader| reader.value(depth + 1)).map(Node::List),
            '{' => self
                .items('{', '}', |reader| {
                    let name = reader.quoted()?;
                    reader.take(':')?;
                    Some((serde_json::from_str(name).ok()?, reader.value(depth + 1)?))
                })
                .map(Node::Object),
            '"' => self.quoted().map(|text| Node::Leaf(text.to_owned())),
            _ => self.word().map(|text| Node::Leaf(text.to_owned())),
        }
    }

    fn items<T>(&mut self, open: char, close: char, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.take(open)?;
        let mut items = Vec::new();
        if self.take(close).is_some() {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.take(close).is_some() {
                return Some(items);
            }
            self.take(',')?;
        }
    }

    /// A text with its quotes.
    fn quoted(&mut self) -> Option<&'a str> {
        self.space();
        let inside = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = inside.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        let (text, rest) = self.rest.split_at_checked(end + 2)?;
        self.rest = rest;
        Some(text)
    }

    fn word(&mut self) -> Option<&'a str> {
        let is_end = |c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace();
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        // What serde takes for a value is one; its text stays.
        serde_json::from_str::<serde_json::Value>(word).ok()?;
        self.rest = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(text: &str) -> Node {
        Node::Leaf(text.to_owned())
    }

    #[test]
    fn digits_and_order_are_kept() {
        let node =
            tree(" {\"z\": 9007199254740993.10, \"a\\\"\\u0062\": [1, null , \"x]\\\\\"], \"e\": {}, \"l\":[]}\n");
        let expected = Node::Object(vec![
            ("z".into(), leaf("9007199254740993.10")),
            (
                "a\"b".into(),
                Node::List(vec![leaf("1"), leaf("null"), leaf("\"x]\\\\\"")]),
            ),
            ("e".into(), Node::Object(vec![])),
            ("l".into(), Node::List(vec![])),
        ]);
        assert_eq!(node, Some(expected));
    }

    #[test]
    fn what_is_no_json_has_no_tree() {
        for text in [
            "",
            "5",
            "\"x\"",
            "{",
            "[1,]",
            "[1 2]",
            "{a: 1}",
            "{\"a\"}",
            "[1] x",
            "[nope]",
            "[\"x]",
            "{\"a\":1,}",
        ] {
            assert_eq!(tree(text), None, "{text}");
        }
        assert_eq!(tree(&"[".repeat(100_000)), None);
        assert!(tree(&format!("{}{}", "[".repeat(90), "]".repeat(90))).is_some());
    }
}
