//! The compressed form of a link: `z=` and its plain text, deflated (RFC 1951) and base64url-coded (RFC 4648, section 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::error::{Error, Kind, Result};

/// Deflate's highest level: links are small.
const LEVEL: u8 = 10;

/// The `z=` segment for a plain text.
pub fn compress(plain: &str) -> String {
    format!("z={}", URL_SAFE_NO_PAD.encode(compress_to_vec(plain.as_bytes(), LEVEL)))
}

/// The text with every `z=` segment replaced by what it holds; a `z=` inside of one is left as it is.
pub fn expand(text: &str) -> Result<String> {
    if !text.split('&').any(|segment| segment.starts_with("z=")) {
        return Ok(text.to_owned());
    }
    let mut expanded = String::new();
    for segment in text.split('&') {
        super::separate(&mut expanded);
        match segment.strip_prefix("z=") {
            Some(packed) => expanded.push_str(&inflate(packed)?),
            None => expanded.push_str(segment),
        }
        if expanded.len() > super::LINK_BYTES {
            return Err(super::too_large());
        }
    }
    Ok(expanded)
}

fn inflate(packed: &str) -> Result<String> {
    let bytes = URL_SAFE_NO_PAD
        .decode(packed.trim_end_matches('='))
        .map_err(|_| damaged("is not base64url"))?;
    let plain = decompress_to_vec_with_limit(&bytes, super::LINK_BYTES).map_err(|failure| match failure.status {
        miniz_oxide::inflate::TINFLStatus::HasMoreOutput => super::too_large(),
        _ => damaged("does not inflate"),
    })?;
    String::from_utf8(plain).map_err(|_| damaged("is not UTF-8"))
}

fn damaged(what: &str) -> Error {
    let detail = format!(
        "What follows z= {what}: the link was cut or changed on its way. Ask for it again. Nothing was opened."
    );
    Error::new(Kind::BadLink, "the link", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_packed() {
        let plain = "t.a=https://h/a&q=select+%27%C3%A9%27";
        assert_eq!(expand(&compress(plain)).unwrap(), plain);
        assert_eq!(
            expand(&format!("a=1&{}&b=2", compress(plain))).unwrap(),
            format!("a=1&{plain}&b=2")
        );
        assert_eq!(expand(plain).unwrap(), plain);
    }

    #[test]
    fn what_was_cut_is_said_to_be_cut() {
        let whole = compress(&"select 1, 2, 3 from nowhere where 4 = 5 ".repeat(3));
        for length in 2..whole.len() {
            let error = expand(&whole[..length]).unwrap_err();
            assert_eq!((error.kind, error.subject.as_str()), (Kind::BadLink, "the link"));
        }
        assert!(expand("z=%%%").is_err() && expand("z=_w").is_err());
    }

    #[test]
    fn a_bomb_stops_at_the_bound() {
        let bomb = compress(&"a".repeat(super::super::LINK_BYTES * 8));
        assert!(bomb.len() < 20_000);
        assert_eq!(expand(&bomb).unwrap_err(), super::super::too_large());
        let half = compress(&"a".repeat(super::super::LINK_BYTES * 2 / 3));
        assert_eq!(
            expand(&format!("{half}&{half}")).unwrap_err(),
            super::super::too_large()
        );
    }
}
