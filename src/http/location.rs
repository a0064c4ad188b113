//! A [`Location`]: an absolute http(s) URL, and its name inside the store.
