//! Nested types taken apart for the tree: `struct<a: int, b: list<string>>` has two fields.

/// A field of a nested type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, or what it is: `item`, `key`, `value`.
    pub name: String,
    /// Its type.
    pub type_name: String,
    part: Part,
}

/// What it is to the value that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Field,
    Item,
    Key,
    Value,
}

impl Field {
    /// How a statement names it, when `parent` names what holds it.
    #[must_use]
    pub fn written(&self, parent: &str) -> String {
        match self.part {
            Part::Field => format!("{parent}['{}']", self.name.replace('\'', "''")),
            Part::Item => format!("{parent}[1]"),
            Part::Key => format!("map_keys({parent})"),
            Part::Value => format!("map_values({parent})"),
        }
    }
}

/// The fields of a type; none when it is not nested, or written in a way that is not understood.
#[must_use]
pub fn fields(type_name: &str) -> Vec<Field> {
    let Some((outer, inner)) = type_name.strip_suffix('>').and_then(|rest| rest.split_once('<')) else {
        return Vec::new();
    };
    let parts = split(inner, ',');
    let named = |part: Part, name: &str, type_name: &str| Field {
        name: name.to_owned(),
        type_name: type_name.trim().to_owned(),
        part,
    };
    match (outer.trim().to_ascii_lowercase().as_str(), parts.as_slice()) {
        ("struct", parts) => parts.iter().filter_map(|part| field(part)).collect(),
        ("list" | "array", [item]) => vec![named(Part::Item, "item", item)],
        ("map", [key, value]) => vec![named(Part::Key, "key", key), named(Part::Value, "value", value)],
        _ => Vec::new(),
    }
}

/// The type without its fields: `struct`, `list<struct>`.
#[must_use]
pub fn brief(type_name: &str) -> String {
    match type_name.split_once('<') {
        Some((outer, _)) if outer.eq_ignore_ascii_case("struct") => outer.to_owned(),
        Some((outer, _)) => match fields(type_name).as_slice() {
            [item] => format!("{outer}<{}>", brief(&item.type_name)),
            [key, value] => format!("{outer}<{}, {}>", brief(&key.type_name), brief(&value.type_name)),
            _ => type_name.to_owned(),
        },
        None => type_name.to_owned(),
    }
}

fn field(part: &str) -> Option<Field> {
    let colon = split(part, ':');
    let name = colon.first()?;
    let type_name = part.get(name.len() + 1..)?.trim();
    Some(Field {
        name: name.trim().to_owned(),
        type_name: type_name.to_owned(),
        part: Part::Field,
    })
}

/// The parts between the separators that are not inside of brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    let outside = |letter: char| {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && letter == separator
    };
    text.split(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(type_name: &str) -> Vec<(String, String)> {
        fields(type_name)
            .into_iter()
            .map(|field| (field.name, field.type_name))
            .collect()
    }

    fn pair(name: &str, type_name: &str) -> (String, String) {
        (name.into(), type_name.into())
    }

    #[test]
    fn takes_one_level_apart() {
        let nested = "struct<a: int, b c: list<struct<x: string, y: decimal(10, 2)>>, m: map<string, int>>";
        assert_eq!(
            names(nested),
            [
                pair("a", "int"),
                pair("b c", "list<struct<x: string, y: decimal(10, 2)>>"),
                pair("m", "map<string, int>")
            ]
        );
        assert_eq!(names("list<int>"), [pair("item", "int")]);
        assert_eq!(
            names("map<string, struct<a: int>>"),
            [pair("key", "string"), pair("value", "struct<a: int>")]
        );
        assert!(names("decimal(10, 2)").is_empty() && names("int").is_empty());
    }

    #[test]
    fn parts_are_written_as_expressions() {
        let written = |type_name: &str| {
            fields(type_name)
                .iter()
                .map(|field| field.written("c"))
                .collect::<Vec<_>>()
        };
        assert_eq!(written("struct<it's: int>"), ["c['it''s']"]);
        assert_eq!(written("map<string, int>"), ["map_keys(c)", "map_values(c)"]);
        assert_eq!(written("list<int>"), ["c[1]"]);
    }

    #[test]
    fn is_brief() {
        assert_eq!(brief("struct<a: int>"), "struct");
        assert_eq!(brief("list<struct<a: int>>"), "list<struct>");
        assert_eq!(brief("map<string, list<int>>"), "map<string, list<int>>");
        assert_eq!(brief("decimal(10, 2)"), "decimal(10, 2)");
    }

    #[test]
    fn odd_types_are_no_trouble() {
        for odd in [
            "<",
            ">",
            "struct<",
            "struct<>",
            "struct<a>",
            "list<<>",
            "map<a>",
            "struct<é: <>:,>",
            "x<y>",
        ] {
            let _ = (names(odd), brief(odd));
        }
        assert_eq!(names("struct<a>"), []);
    }
}
