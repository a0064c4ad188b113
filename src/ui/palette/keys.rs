//! The keys and what they do.

/// Keys of one place.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Where they work.
    pub place: &'static str,
    /// The keys, and what they do.
    pub keys: &'static [(&'static str, &'static str)],
}

/// All of them.
#[must_use]
pub fn groups() -> [Group; 5] {
    [
        Group {
            place: "Everywhere",
            keys: &[
                ("Ctrl+K", "everything that can be done"),
                ("?", "this sheet, outside of text"),
                ("Esc", "stops the statement, closes what is open"),
                ("Tab", "to the next control; Shift+Tab to the one before"),
            ],
        },
        Group {
            place: "Statement",
            keys: &[
                ("Ctrl+Enter", "runs the selection, or the statement at the cursor"),
                ("Ctrl+Shift+Enter", "shows what it would read"),
                ("Ctrl+Space", "completes names and functions"),
                ("Alt+Shift+F", "lays the text out in lines"),
                ("F8", "to the next error"),
                ("Ctrl+/", "makes lines a comment, or no comment"),
                ("Esc, then Tab", "leaves the editor"),
            ],
        },
        Group {
            place: "Query tabs and catalog",
            keys: &[
                ("← →", "another tab; in the catalog folds and unfolds"),
                ("↑ ↓", "along the catalog"),
                ("F2", "renames a query"),
                ("Delete", "closes a query, or a table"),
            ],
        },
        Group {
            place: "Rows",
            keys: &[
                ("← ↑ ↓ →", "to another cell; Shift selects"),
                ("Ctrl+arrow", "to the edge; Page Up, Page Down, Home, End"),
                ("Enter", "the whole value"),
                ("Ctrl+C", "copies the selection; with Shift its header too"),
                ("Ctrl+A", "selects everything"),
                ("Ctrl+F", "finds in the rows"),
            ],
        },
        Group {
            place: "Headers of rows",
            keys: &[
                ("Enter", "sorts; with Shift by several columns"),
                ("M", "opens the column’s menu"),
                ("Shift+← →", "makes the column narrower or wider"),
                ("Ctrl+Shift+← →", "moves the column"),
            ],
        },
    ]
}

/// Keys as this machine's keyboard names them.
#[must_use]
pub fn on_this(keys: &str, is_mac: bool) -> String {
    if is_mac {
        keys.replace("Ctrl+", "⌘ ")
            .replace("Alt+", "⌥ ")
            .replace("Shift+", "⇧ ")
    } else {
        keys.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_on_the_keyboard() {
        assert_eq!(on_this("Ctrl+Shift+Enter", true), "⌘ ⇧ Enter");
        assert_eq!(on_this("Ctrl+Shift+Enter", false), "Ctrl+Shift+Enter");
    }

    #[test]
    fn no_place_has_a_key_twice() {
        for group in groups() {
            let mut keys: Vec<&str> = group.keys.iter().map(|(keys, _)| *keys).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), group.keys.len(), "{}", group.place);
        }
    }
}
