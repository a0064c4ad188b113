//! Kinds of errors in words.

use crate::error::Kind;

/// What happened, as a heading.
#[must_use]
pub fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => "Nothing is there",
        Kind::Denied => "The host refused",
        Kind::Blocked => "The browser could not read the answer",
        Kind::NoRanges => "The host ignores byte ranges",
        Kind::Changed => "The file changed while it was read",
        Kind::Elsewhere => "The table’s files lie elsewhere",
        Kind::NotATable => "Not a table that Limn knows",
        Kind::Unsupported => "Not supported yet",
        Kind::Damaged => "The file is damaged",
        Kind::Sql => "The statement does not work",
        Kind::TooBig => "Too big",
        Kind::Cancelled => "Stopped",
        Kind::BadLink => "The link cannot be understood",
        Kind::Crashed => "The engine stopped",
        Kind::Incomplete => "A part of Limn could not be loaded",
        Kind::Bug => "A mistake of Limn’s own",
    }
}

/// What usually helps.
#[must_use]
pub fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => {
            "Open the URL in a new tab: it should give the file, or for a Delta table the folder that holds _delta_log. Some stores answer the same when they hide what you may not see."
        }
        Kind::Denied => {
            "Sign in with the host, ask its owner for access, or get a fresh signed URL: signed URLs expire."
        }
        Kind::Blocked => {
            "The host must allow pages of other origins: Access-Control-Allow-Origin for this page, GET, and the Range header. A page on https cannot read from http. The browser’s console names the cause."
        }
        Kind::NoRanges => {
            "Serve the files from a host that answers 206 to a Range request; object stores and nginx do."
        }
        Kind::Changed => "Someone wrote to the table meanwhile. Open it again to read its new state.",
        Kind::Elsewhere => {
            "The tab reads from another place than the table’s only when you say so. The host there must allow this page, too."
        }
        Kind::NotATable => "Give the folder that holds _delta_log, or one or several .parquet files.",
        Kind::Unsupported => {
            "Rows are not shown because they could be wrong. Read an older version, or have the table written without that feature."
        }
        Kind::Damaged => "The bytes break the format’s rules. Another version of the table may still be readable.",
        Kind::Sql => "Limn speaks the SQL of Apache DataFusion and only reads.",
        Kind::TooBig => "Add a filter or a LIMIT, name fewer columns, or aggregate.",
        Kind::Cancelled => "Run it again whenever you like.",
        Kind::BadLink => "Correct it in the address bar or ask for the link again.",
        Kind::Crashed => "What stopped is started again, with its tables. If it happens again, ask for less.",
        Kind::Incomplete => {
            "Run the statement again when this page’s host can be reached, or load the page again. Statements that do without that part still work."
        }
        Kind::Bug => "Please report it together with these details.",
    }
}
