//! What can be done now, and which of it is meant by what is typed.

use crate::link::Tab;

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Runs the statement.
    Run,
    /// Shows what it would read.
    DryRun,
    /// Stops it.
    Cancel,
    /// Lays its text out.
    Format,
    /// An empty query beside the others.
    NewQuery,
    /// Closes the query that is shown.
    CloseQuery,
    /// Brings the last one back.
    ReopenQuery,
    /// To the statement, from wherever one is.
    ToStatement,
    /// To the field where tables are opened.
    OpenTable,
    /// Presses the button with this identity, or the one that opens the menu or dialog of that identity.
    Press(&'static str),
    /// The first rows of a table.
    FirstRows(String),
    /// A page of a table.
    Look(String, Tab),
    /// Reads times where the person is, or in UTC.
    LocalTimes(bool),
    /// Shows the keys.
    Keys,
}

/// An action with its name and its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it says.
    pub label: String,
    /// Keys that do the same at once; empty when there are none.
    pub keys: &'static str,
    /// What it does.
    pub action: Action,
}

/// What there is to act on.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// Names of the open tables.
    pub tables: Vec<String>,
    /// Is a statement under way?
    pub is_running: bool,
    /// Is a table's page shown instead of the statement?
    pub shows_table: bool,
    /// Are there rows?
    pub has_rows: bool,
    /// Are times local?
    pub local_times: bool,
}

/// Everything that can be done, the usual first.
#[must_use]
pub fn commands(now: &Situation) -> Vec<Command> {
    let command = |label: &str, keys: &'static str, action: Action| Command {
        label: label.to_owned(),
        keys,
        action,
    };
    let mut all = vec![];
    if now.is_running {
        all.push(command("Cancel the statement", "Esc", Action::Cancel));
    } else {
        all.push(command("Run the statement", "Ctrl+Enter", Action::Run));
        all.push(command(
            "Dry run: show what it would read",
            "Ctrl+Shift+Enter",
            Action::DryRun,
        ));
    }
    if now.shows_table {
        all.push(command("Back to the statement and its rows", "", Action::ToStatement));
    } else {
        all.push(command("Write the statement", "", Action::ToStatement));
    }
    all.push(command("Open a table", "", Action::OpenTable));
    all.push(command("Show the rows", "", Action::Press("tab-rows")));
    all.push(command("Show a chart", "", Action::Press("tab-chart")));
    all.push(command("Show the plan", "", Action::Press("tab-plan")));
    all.push(command("Copy the link", "", Action::Press("share-menu")));
    if now.has_rows {
        all.push(command("Export rows as a file", "", Action::Press("save-dialog")));
    }
    all.push(command(
        "Use the query elsewhere: Spark, DuckDB, Polars",
        "",
        Action::Press("snippet-dialog"),
    ));
    all.push(command("Format the statement", "Alt+Shift+F", Action::Format));
    all.push(command("New query", "", Action::NewQuery));
    all.push(command("Close this query", "", Action::CloseQuery));
    all.push(command("Reopen the query closed last", "", Action::ReopenQuery));
    all.push(command("History of queries", "", Action::Press("past-menu")));
    for name in &now.tables {
        all.push(command(
            &format!("{name}: first rows"),
            "",
            Action::FirstRows(name.clone()),
        ));
        for (words, tab) in [
            ("overview", Tab::Overview),
            ("columns", Tab::Columns),
            ("history", Tab::History),
            ("files", Tab::Files),
            ("log", Tab::Log),
        ] {
            all.push(command(
                &format!("{name}: {words}"),
                "",
                Action::Look(name.clone(), tab),
            ));
        }
    }
    all.push(if now.local_times {
        command("Show times in UTC", "", Action::LocalTimes(false))
    } else {
        command("Show times where I am", "", Action::LocalTimes(true))
    });
    all.push(command("Keyboard shortcuts", "?", Action::Keys));
    all
}

/// Those that have every word that is typed, those first in which the words begin words.
#[must_use]
pub fn found(all: Vec<Command>, typed: &str) -> Vec<Command> {
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut ranked: Vec<(usize, Command)> = all
        .into_iter()
        .filter_map(|command| Some((misfit(&command.label.to_lowercase(), &words)?, command)))
        .collect();
    ranked.sort_by_key(|(misfit, _)| *misfit);
    ranked.into_iter().map(|(_, command)| command).collect()
}

/// How many of the words stand only within words; `None` when one is missing.
fn misfit(label: &str, words: &[String]) -> Option<usize> {
    let begins = |at: usize| {
        let before = label.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric())
    };
    let mut within = 0;
    for word in words {
        let mut places = label.match_indices(word.as_str()).map(|(at, _)| at).peekable();
        places.peek()?;
        within += usize::from(!places.any(begins));
    }
    Some(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Situation {
        Situation {
            tables: vec!["parts".to_owned(), "Überlauf".to_owned()],
            has_rows: true,
            ..Situation::default()
        }
    }

    fn labels(typed: &str) -> Vec<String> {
        found(commands(&now()), typed)
            .into_iter()
            .map(|command| command.label)
            .collect()
    }

    #[test]
    fn every_table_has_its_pages() {
        assert_eq!(
            labels("parts "),
            [
                "parts: first rows",
                "parts: overview",
                "parts: columns",
                "parts: history",
                "parts: files",
                "parts: log"
            ]
        );
        assert_eq!(labels("log ÜBER"), ["Überlauf: log"]);
        assert!(labels("no such thing").is_empty());
    }

    #[test]
    fn words_that_begin_words_come_first() {
        assert_eq!(labels("ru")[0], "Run the statement");
        let rows = labels("row");
        assert_eq!(rows[..2], ["Show the rows", "Export rows as a file"]);
        assert!(labels("un").contains(&"Run the statement".to_owned()));
    }

    #[test]
    fn what_cannot_be_done_is_not_offered() {
        let running = Situation {
            is_running: true,
            local_times: true,
            shows_table: true,
            ..Situation::default()
        };
        let actions: Vec<Action> = commands(&running).into_iter().map(|command| command.action).collect();
        assert!(actions.contains(&Action::Cancel) && !actions.contains(&Action::Run));
        assert!(!actions.contains(&Action::Press("save-dialog")));
        assert!(actions.contains(&Action::LocalTimes(false)));
    }
}
