//! What of the text is run: what is selected, else the statement in which the cursor stands.

use std::ops::Range;

use super::tokens::{Kind, tokens};

/// A part of the text, in bytes, and which of its statements that is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Where it stands.
    pub range: Range<usize>,
    /// Was it selected?
    pub selected: bool,
    /// Its number among the statements, from 1.
    pub number: usize,
    /// How many statements there are.
    pub count: usize,
}

impl Target {
    /// Its text.
    #[must_use]
    pub fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Must it be said which part is meant?
    #[must_use]
    pub fn is_a_part(&self) -> bool {
        self.selected || self.count > 1
    }

    /// What the button that runs it says.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self { selected: true, .. } => "Run selection".to_owned(),
            Self { number, count, .. } if *count > 1 => format!("Run {number} of {count}"),
            _ => "Run".to_owned(),
        }
    }
}

/// A statement's place, and where what ends it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    range: Range<usize>,
    end: usize,
}

/// What is run when `selection` (in bytes) is selected; empty when there is no statement.
#[must_use]
pub fn target(sql: &str, selection: &Range<usize>) -> Target {
    let all = statements(sql);
    let at = all.iter().position(|statement| selection.start <= statement.end);
    let at = at.unwrap_or(all.len().saturating_sub(1));
    let chosen = sql.get(selection.clone()).unwrap_or_default();
    let selected = !chosen.trim().is_empty();
    let range = if selected {
        let start = selection.start + (chosen.len() - chosen.trim_start().len());
        start..start + chosen.trim().len()
    } else {
        all.get(at).map(|statement| statement.range.clone()).unwrap_or_default()
    };
    Target {
        range,
        selected,
        number: at + 1,
        count: all.len(),
    }
}

/// The statements of a text, without the semicolons between them.
fn statements(sql: &str) -> Vec<Statement> {
    let mut found = vec![];
    let (mut start, mut says) = (0, false);
    for token in tokens(sql) {
        let ends = token.kind == Kind::Sign && token.text(sql) == ";";
        if ends {
            found.extend(says.then(|| trimmed(sql, start..token.range.start, token.range.end)));
            (start, says) = (token.range.end, false);
        } else {
            says |= !token.is_silent();
        }
    }
    found.extend(says.then(|| trimmed(sql, start..sql.len(), sql.len())));
    found
}

fn trimmed(sql: &str, range: Range<usize>, end: usize) -> Statement {
    let text = sql.get(range.clone()).unwrap_or_default();
    let start = range.start + (text.len() - text.trim_start().len());
    let range = start..start + text.trim().len();
    Statement { range, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(marked: &str) -> (String, String) {
        let parts: Vec<&str> = marked.split('|').collect();
        let start = parts[0].len();
        let end = if parts.len() > 2 { start + parts[1].len() } else { start };
        let sql = parts.concat();
        let target = target(&sql, &(start..end));
        (target.text(&sql).to_owned(), target.label())
    }

    #[test]
    fn the_statement_under_the_cursor_is_run() {
        for (marked, text, label) in [
            ("", "", "Run"),
            ("  -- nothing\n", "", "Run"),
            (" select| 1 ; ", "select 1", "Run"),
            ("sel|ect ';' as a; select 2", "select ';' as a", "Run 1 of 2"),
            ("select 1;| select 2", "select 1", "Run 1 of 2"),
            ("select 1; |select 2", "select 2", "Run 2 of 2"),
            ("select 1;\n|\n-- two;\nselect 2;\n", "-- two;\nselect 2", "Run 2 of 2"),
            ("select 1;;\nselect 2;\n|", "select 2", "Run 2 of 2"),
            ("select 1; -- the end|", "select 1", "Run"),
        ] {
            assert_eq!(at(marked), (text.to_owned(), label.to_owned()), "{marked}");
        }
    }

    #[test]
    fn what_is_selected_goes_before() {
        assert_eq!(at("select a, |(select 1) |from t").0, "(select 1)");
        assert_eq!(at("select 1;| \n|select 2").1, "Run 1 of 2");
    }
}
