//! Bytes for reading, and texts that may be pictures.

use std::fmt::Write as _;

use url::Url;

use crate::link::parse_url;

/// Bytes of a line.
const LINE: usize = 16;
/// Endings of files that browsers show as pictures.
const ENDINGS: [&str; 8] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".svg", ".avif", ".bmp"];

/// Offset, hexadecimal digits and ASCII, sixteen bytes a line.
#[must_use]
pub fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, chunk) in bytes.chunks(LINE).enumerate() {
        let mut digits = String::new();
        for (place, byte) in chunk.iter().enumerate() {
            let gap = if place == LINE / 2 { "  " } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(digits, "{}{byte:02x}", if place == 0 { "" } else { gap });
        }
        let ascii: String = chunk
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() || *byte == b' ' {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        let _ = writeln!(text, "{:08x}  {digits:<48}  {ascii}", line * LINE);
    }
    text
}

/// The type of a picture by how its bytes begin.
#[must_use]
pub fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The same of a cell that shows bytes as hexadecimal digits.
#[must_use]
pub fn picture_type_of_hex(text: &str) -> Option<&'static str> {
    let pairs = text.as_bytes().chunks_exact(2).take(12);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    picture_type(&bytes?)
}

/// Where the picture lies that a text names: an https URL, one of the page's own origin, or a path below `table`.
/// `None` for what does not end as a picture does, and for what the page would not load.
#[must_use]
pub fn picture_url(text: &str, page: &str, table: Option<&str>) -> Option<Url> {
    let page = Url::parse(page).ok()?;
    let text = text.trim();
    let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    let url = if has_scheme || text.starts_with("//") {
        parse_url(text, Some(&page)).ok()?
    } else {
        // What begins with a slash means the host's root in a URL, but a place in the table in a table.
        let root = page.join(table?).ok()?;
        let mut base = root.clone();
        base.path_segments_mut().ok()?.pop_if_empty().push("");
        base.set_query(None);
        base.join(text.trim_start_matches('/'))
            .ok()
            .filter(|url| url.origin() == base.origin())?
    };
    let path = url.path().to_ascii_lowercase();
    let is_picture = ENDINGS.iter().any(|ending| path.ends_with(ending));
    let is_loaded = url.scheme() == "https" || (url.scheme() == "http" && url.origin() == page.origin());
    (is_picture && is_loaded && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_line_by_line() {
        let bytes: Vec<u8> = (60..80).collect();
        assert_eq!(
            dump(&bytes),
            "00000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK\n\
             00000010  4c 4d 4e 4f                                       LMNO\n"
        );
        assert_eq!(dump(&[]), "");
        assert!(dump(&[0, 10, 255]).ends_with("  ...\n"));
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(picture_type_of_hex("ffd8ffe000104a464946"), Some("image/jpeg"));
        assert_eq!(picture_type_of_hex("89504e470d0a1a0a0000"), Some("image/png"));
        assert_eq!(picture_type_of_hex("4749463839610100"), Some("image/gif"));
        assert_eq!(picture_type_of_hex("524946462400000057454250"), Some("image/webp"));
        for other in ["", "ff", "52494646240000005741564520", "zz", "3c737667"] {
            assert_eq!(picture_type_of_hex(other), None, "{other}");
        }
    }

    #[test]
    fn only_pictures_of_safe_places_have_a_url() {
        let at = |text: &str| {
            let url = picture_url(text, "https://page.test/app/", Some("https://lake.test/t/parts?sig=1"));
            url.map(|url| url.to_string())
        };
        assert_eq!(
            at("https://h.test/a.PNG?x=1").as_deref(),
            Some("https://h.test/a.PNG?x=1")
        );
        assert_eq!(
            at("images/a b.jpg").as_deref(),
            Some("https://lake.test/t/parts/images/a%20b.jpg")
        );
        assert_eq!(
            at("/images/a.jpg").as_deref(),
            Some("https://lake.test/t/parts/images/a.jpg")
        );
        for none in [
            "http://h.test/a.png",
            "javascript:x.png",
            "data:image/png;base64,x",
            "https://u:p@h.test/a.png",
            "a.txt",
            "",
            "//h",
        ] {
            assert_eq!(at(none), None, "{none}");
        }
        assert_eq!(picture_url("a.png", "https://page.test/", None), None);
        assert!(picture_url("http://page.test/a.png", "http://page.test/x", None).is_some());
    }
}
