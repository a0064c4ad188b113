//! Saving rows as files: what can be saved, under which names, and how it is told.
//!
//! A result that is kept whole is written as it is; of a cut one, and of a statement that was
//! not run, the statement is run for the file.

use std::collections::BTreeMap;

use super::run::Run;
use super::wording::{bytes, counted, progress};
use crate::protocol::{ExportFormat, ResultId, SaveRows, Saved, Stats, Values};

mod parts;

#[cfg(target_arch = "wasm32")]
mod act;
#[cfg(target_arch = "wasm32")]
mod dialog;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod split;

#[cfg(target_arch = "wasm32")]
pub use dialog::{SaveButton, SaveLine};
#[cfg(target_arch = "wasm32")]
pub use files::download;

pub use parts::{PARTS, Parts};

/// The file's name where none is typed.
pub const STEM: &str = "limn";

/// A format as a person chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The engine's word.
    pub format: ExportFormat,
    /// What it is called.
    pub label: &'static str,
    /// What it is for.
    pub hint: &'static str,
    /// How a file's name ends.
    pub extension: &'static str,
    /// The type of its bytes.
    pub mime: &'static str,
}

/// All formats, the first of which is chosen at first.
pub const FORMATS: [Format; 5] = [
    Format {
        format: ExportFormat::Csv,
        label: "CSV",
        hint: "for programs; no value is changed",
        extension: ".csv",
        mime: "text/csv",
    },
    Format {
        format: ExportFormat::Tsv,
        label: "TSV",
        hint: "for spreadsheets; texts that they would run as formulas are marked",
        extension: ".tsv",
        mime: "text/tab-separated-values",
    },
    Format {
        format: ExportFormat::Ndjson,
        label: "JSON Lines",
        hint: "one object a line, nested values as they are",
        extension: ".ndjson",
        mime: "application/x-ndjson",
    },
    Format {
        format: ExportFormat::Parquet,
        label: "Parquet",
        hint: "typed and compressed (zstd)",
        extension: ".parquet",
        mime: "application/vnd.apache.parquet",
    },
    Format {
        format: ExportFormat::Arrow,
        label: "Arrow stream",
        hint: "typed, exactly as the engine has it",
        extension: ".arrows",
        mime: "application/vnd.apache.arrow.stream",
    },
];

/// Rows that can be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// The result that is shown, which is whole.
    Shown {
        /// Which.
        result: ResultId,
        /// How many.
        rows: u64,
    },
    /// All rows of the statement of which a part is shown.
    All {
        /// The statement.
        sql: String,
        /// What it read.
        versions: BTreeMap<String, u64>,
        /// The values of its parameters.
        parameters: Values,
        /// Rows that are shown.
        shown: u64,
    },
    /// The statement in the editor.
    Statement {
        /// As it stands.
        sql: String,
        /// The values of its parameters.
        parameters: Values,
    },
}

impl Rows {
    /// What can be saved: of what was `ran`, as far as that came, and of what stands in the `editor`.
    #[must_use]
    pub fn choices(run: &Run, ran: (&str, &Values), editor: (&str, &Values)) -> Vec<Self> {
        let answer = run.answer();
        let shown = answer.map(|answer| {
            if answer.complete {
                Self::Shown {
                    result: answer.result,
                    rows: answer.rows,
                }
            } else {
                Self::All {
                    sql: ran.0.to_owned(),
                    parameters: ran.1.clone(),
                    versions: answer.versions.clone(),
                    shown: answer.rows,
                }
            }
        });
        let is_other = answer.is_none() || editor.0.trim() != ran.0.trim() || editor.1 != ran.1;
        let statement = (is_other && !editor.0.trim().is_empty()).then(|| Self::Statement {
            sql: editor.0.to_owned(),
            parameters: editor.1.clone(),
        });
        shown.into_iter().chain(statement).collect()
    }

    /// What the engine is asked for.
    #[must_use]
    pub fn request(&self) -> SaveRows {
        match self {
            Self::Shown { result, .. } => SaveRows::Result(*result),
            Self::All {
                sql,
                versions,
                parameters,
                ..
            } => SaveRows::Statement {
                sql: sql.clone(),
                parameters: parameters.clone(),
                versions: versions.clone(),
            },
            Self::Statement { sql, parameters } => SaveRows::Statement {
                sql: sql.clone(),
                parameters: parameters.clone(),
                versions: BTreeMap::new(),
            },
        }
    }

    /// The statement that is run for it, and the values of its parameters.
    #[must_use]
    pub fn statement(&self) -> Option<(&str, &Values)> {
        match self {
            Self::Shown { .. } => None,
            Self::All { sql, parameters, .. } | Self::Statement { sql, parameters } => Some((sql, parameters)),
        }
    }

    /// What it is, beside its choice.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Shown { rows, .. } => format!("The result: {}", counted(*rows, "row")),
            Self::All { .. } => "All rows of the result".to_owned(),
            Self::Statement { .. } => "The statement in the editor".to_owned(),
        }
    }

    /// What is done for it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Shown { .. } => "Written as it is; nothing is read again.".to_owned(),
            Self::All { shown, versions, .. } => {
                let same = if versions.is_empty() {
                    ""
                } else {
                    ", over the same versions"
                };
                format!(
                    "Only its first {} are kept, so the statement is run again{same}.",
                    counted(*shown, "row")
                )
            }
            Self::Statement { .. } => "It is run for the file; its rows are not shown.".to_owned(),
        }
    }
}

/// A file's name from what was typed: no path, nothing that a file system refuses, and the format's ending.
#[must_use]
pub fn file_name(typed: &str, extension: &str) -> String {
    let refused = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let stem: String = typed
        .chars()
        .map(|c| if refused(c) { '_' } else { c })
        .take(120)
        .collect();
    let stem = stem.trim_matches([' ', '.']);
    let stem = stem.strip_suffix(extension).unwrap_or(stem);
    format!("{}{extension}", if stem.is_empty() { STEM } else { stem })
}

/// The names of files that were split: `trips-train.csv` and its like.
#[must_use]
pub fn part_names(typed: &str, extension: &str) -> Vec<String> {
    let whole = file_name(typed, extension);
    let stem = whole.strip_suffix(extension).unwrap_or(&whole);
    PARTS.iter().map(|part| format!("{stem}-{part}{extension}")).collect()
}

/// How far saving is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Saving {
    /// Nothing is saved.
    #[default]
    Idle,
    /// Rows are written.
    Writing {
        /// Into what.
        name: String,
        /// Rows and bytes written, and what they cost.
        written: Written,
    },
    /// It is over.
    Ended {
        /// How.
        words: String,
        /// Is it all there?
        well: bool,
    },
}

/// How much is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// Costs so far.
    pub stats: Stats,
    /// Rows so far.
    pub rows: u64,
    /// Bytes so far.
    pub bytes: u64,
}

impl Saving {
    /// Is a file being written?
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Writing { .. })
    }

    /// One line.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Writing { name, written } => {
                let Written {
                    stats,
                    rows,
                    bytes: size,
                } = written;
                let mut parts = vec![
                    format!("Saving {name}"),
                    counted(*rows, "row"),
                    format!("{} written", bytes(*size)),
                ];
                if stats.requests > 0 {
                    parts.extend(progress(stats, 0));
                }
                parts.join(" · ")
            }
            Self::Ended { words, .. } => words.clone(),
        }
    }
}

/// What is said of files that are complete.
#[must_use]
pub fn saved_words(names: &[String], saved: &Saved) -> String {
    let file = |(name, file): (&String, &crate::protocol::SavedFile)| {
        format!("{name} ({}, {})", counted(file.rows, "row"), bytes(file.bytes))
    };
    let files: Vec<String> = names.iter().zip(&saved.files).map(file).collect();
    let mut sentences = vec![format!("Saved {}.", files.join(", "))];
    sentences.extend(saved.notes.iter().cloned());
    sentences.join(" ")
}

#[cfg(test)]
mod tests;
