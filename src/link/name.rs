//! SQL names: one for a table from its URL, and how any name is written in a statement.

use percent_encoding::percent_decode_str;

/// Characters of a derived name; longer ones only make statements hard to read.
const NAME_CHARS: usize = 40;

/// Words that a statement would not take as a bare name.
const RESERVED: &str = "all analyze and any as asc between by case cast create cross current_date current_time current_timestamp default \
    delete desc describe distinct drop else end except exists explain extract false fetch filter for from full group \
    having in inner insert intersect interval into is join lateral left like limit natural not null offset on or \
    order outer over partition qualify right row rows select set show table then true union unnest update user using \
    values when where window with";

/// A name for the table at `urls`: the last segment of its URL, or of its files' folder, as an identifier that needs
/// no quotes and that is not `taken`.
pub fn table_name(urls: &[String], taken: impl Fn(&str) -> bool) -> String {
    let name = identifier(&last_segment(urls));
    if !taken(&name) {
        return name;
    }
    (2..=u32::MAX)
        .map(|number| format!("{name}_{number}"))
        .find(|name| !taken(name))
        .unwrap_or(name)
}

/// The name as it is written in a statement: bare where that means the same, else in double quotes.
#[must_use]
pub fn quoted(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

fn is_plain(name: &str) -> bool {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    starts_well && name.bytes().all(is_plain_byte) && !RESERVED.split(' ').any(|word| word == name)
}

fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

/// The decoded last segment; for several files that of their folder, which says more than a part's number.
fn last_segment(urls: &[String]) -> String {
    let first = urls.first().map_or("", String::as_str);
    let path = first.split(['?', '#']).next().unwrap_or(first);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let mut segments = path
        .split('/')
        .filter(|segment| !segment.is_empty() && !matches!(*segment, "." | ".."))
        .rev();
    let file = segments.next().unwrap_or("");
    let folder = (urls.len() > 1).then(|| segments.next()).flatten();
    percent_decode_str(folder.unwrap_or(file))
        .decode_utf8_lossy()
        .into_owned()
}

fn identifier(segment: &str) -> String {
    let lower = segment.to_lowercase();
    let stem = lower.strip_suffix(".parquet").unwrap_or(&lower);
    let mut name = String::new();
    for letter in stem.chars() {
        match letter {
            'a'..='z' | '0'..='9' => name.push(letter),
            _ if !name.is_empty() && !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    name.truncate(NAME_CHARS);
    let name = name.trim_end_matches('_');
    match name {
        "" => "t".to_owned(),
        _ if is_plain(name) => name.to_owned(),
        _ => format!("t_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(url: &str) -> String {
        table_name(&[url.to_owned()], |_| false)
    }

    #[test]
    fn names_come_from_the_last_segment() {
        for (url, name) in [
            ("https://h.example/lake/trips/", "trips"),
            ("https://h.example/lake/trips?sig=a/b", "trips"),
            ("data/Yellow%20Trips-2024.parquet", "yellow_trips_2024"),
            ("../../", "t"),
            ("https://h.example", "h_example"),
            ("lake/2024", "t_2024"),
            ("lake/order", "t_order"),
            ("lake/Größe", "gr_e"),
            ("", "t"),
        ] {
            assert_eq!(named(url), name, "{url}");
        }
        assert!(named(&"x".repeat(500)).len() <= NAME_CHARS);
    }

    #[test]
    fn several_files_are_named_by_their_folder() {
        let files = [
            "https://h/trips/part-0.parquet".to_owned(),
            "https://h/trips/part-1.parquet".to_owned(),
        ];
        assert_eq!(table_name(&files, |_| false), "trips");
        assert_eq!(
            table_name(&["a.parquet".to_owned(), "b.parquet".to_owned()], |_| false),
            "a"
        );
    }

    #[test]
    fn names_are_unique() {
        let taken = ["trips", "trips_2"];
        assert_eq!(
            table_name(&["x/trips".to_owned()], |name| taken.contains(&name)),
            "trips_3"
        );
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(quoted("trips_2"), "trips_2");
        assert_eq!(quoted("VendorID"), "\"VendorID\"");
        assert_eq!(quoted("select"), "\"select\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("2x"), "\"2x\"");
        assert_eq!(quoted(""), "\"\"");
    }

    #[test]
    fn reserved_words_are_single_and_plain() {
        assert!(RESERVED.split(' ').is_sorted_by(|one, next| one < next));
        assert!(
            RESERVED
                .split(' ')
                .all(|word| !word.is_empty() && word.bytes().all(is_plain_byte))
        );
    }
}
