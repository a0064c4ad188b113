//! URLs as people write them, with hosts in any script.
//!
//! The tables by which such a host is spelled in ASCII (IDNA, UTS #46) are a fifth of what the page's program would
//! weigh, and every browser has them: they are left out of ours (`idna_adapter` 1.0 in Cargo.lock), and the browser is
//! asked. Outside of one such a host is refused; spelled in ASCII (`xn--...`) it is read everywhere.

use url::{ParseError, Url};

/// The URL that `text` is, relative to `base` where there is one.
pub fn parse_url(text: &str, base: Option<&Url>) -> Result<Url, ParseError> {
    match Url::options().base_url(base).parse(text) {
        Err(ParseError::IdnaError) => match in_ascii(text, base) {
            Some(spelled) => Url::parse(&spelled),
            None => Err(ParseError::IdnaError),
        },
        parsed => parsed,
    }
}

#[cfg(target_arch = "wasm32")]
fn in_ascii(text: &str, base: Option<&Url>) -> Option<String> {
    let url = match base {
        Some(base) => web_sys::Url::new_with_base(text, base.as_str()),
        None => web_sys::Url::new(text),
    };
    url.ok().map(|url| url.href())
}

#[cfg(not(target_arch = "wasm32"))]
fn in_ascii(_text: &str, _base: Option<&Url>) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_spelled_in_ascii_are_read_everywhere() {
        let url = parse_url("https://xn--bcher-kva.example/ä", None).unwrap();
        assert_eq!(url.as_str(), "https://xn--bcher-kva.example/%C3%A4");
        let below = parse_url("a", Some(&url)).unwrap();
        assert_eq!(below.as_str(), "https://xn--bcher-kva.example/a");
    }

    #[test]
    fn other_hosts_are_the_browsers_to_spell() {
        assert_eq!(parse_url("https://bücher.example/", None), Err(ParseError::IdnaError));
    }
}
