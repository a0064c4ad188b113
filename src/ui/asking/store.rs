//! What is kept in the browser, for this site only. A browser that keeps nothing (a private window, a full disk) is
//! worked with all the same.

use leptos::prelude::*;

/// The tabs with their texts.
pub const TABS: &str = "limn.tabs";
/// What was asked before.
pub const PAST: &str = "limn.past";
/// What is read without asking, in bytes.
pub const ASK_ABOVE: &str = "limn.askAbove";

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// What is kept under a name.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Keeps a text; `false` when the browser does not.
pub fn keep(name: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(name, text).is_ok())
}

/// Milliseconds since 1970.
pub fn now_millis() -> f64 {
    js_sys::Date::now()
}
