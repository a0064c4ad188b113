//! How the rows are shown, in a link: `grid=sort:-price,name;where:city:has:ams;pin:id;hide:note;order:id,price`.
//!
//! Columns go by their names; `name*2` is the second of that name. `-` sorts descending, `!` puts NULL first. `~` takes
//! the next character as it is. What is not understood is kept and changes nothing.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::column::{ColumnName, escaped, plain, split};
use crate::protocol::{Comparison, Test};

/// Items of one kind that are read: more than anybody sets by hand.
const ITEMS: usize = 1000;

/// A column that rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortName {
    /// The column.
    pub column: ColumnName,
    /// The largest first?
    pub descending: bool,
    /// NULL before everything else?
    pub nulls_first: bool,
}

/// How the rows are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GridLink {
    /// By what they are sorted.
    pub sort: Vec<SortName>,
    /// What they must pass.
    pub filters: Vec<(ColumnName, Test)>,
    /// Columns that stay at the left.
    pub pinned: Vec<ColumnName>,
    /// Columns that are not shown.
    pub hidden: Vec<ColumnName>,
    /// The columns' order, when it is not that of the result.
    pub order: Vec<ColumnName>,
    /// Items that are only kept.
    pub unknown: Vec<String>,
}

impl GridLink {
    /// Are the rows shown as they came?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn read(&mut self, item: &str) -> bool {
        let parts: Vec<&str> = split(item, ':').collect();
        match parts.as_slice() {
            ["sort", keys] => self.sort.extend(split(keys, ',').take(ITEMS).map(sort_name)),
            ["pin", names] => self.pinned.extend(split(names, ',').take(ITEMS).map(ColumnName::read)),
            ["hide", names] => self.hidden.extend(split(names, ',').take(ITEMS).map(ColumnName::read)),
            ["order", names] => self.order.extend(split(names, ',').take(ITEMS).map(ColumnName::read)),
            ["where", name, test @ ..] if self.filters.len() < ITEMS => match read_test(test) {
                Some(test) => self.filters.push((ColumnName::read(name), test)),
                None => return false,
            },
            _ => return false,
        }
        true
    }
}

fn read_test(parts: &[&str]) -> Option<Test> {
    let compare = |is, value: &str| Test::Compare {
        is,
        value: plain(value),
    };
    Some(match parts {
        ["null"] => Test::Null,
        ["some"] => Test::NotNull,
        ["has", text] => Test::Contains { text: plain(text) },
        ["in", values] => Test::OneOf {
            values: split(values, ',').take(ITEMS).map(plain).collect(),
        },
        [word, value] => compare(COMPARISONS.iter().find(|(_, known)| known == word)?.0, value),
        _ => return None,
    })
}

const COMPARISONS: [(Comparison, &str); 6] = [
    (Comparison::Equal, "is"),
    (Comparison::NotEqual, "not"),
    (Comparison::Less, "lt"),
    (Comparison::LessOrEqual, "le"),
    (Comparison::Greater, "gt"),
    (Comparison::GreaterOrEqual, "ge"),
];

fn sort_name(text: &str) -> SortName {
    let (text, descending) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let (text, nulls_first) = match text.strip_suffix('!') {
        Some(rest) if !ends_escaped(rest) => (rest, true),
        _ => (text, false),
    };
    SortName {
        column: ColumnName::read(text),
        descending,
        nulls_first,
    }
}

/// Does an odd number of `~` stand at the end, so that the next character is meant as it is?
fn ends_escaped(text: &str) -> bool {
    text.chars().rev().take_while(|c| *c == '~').count() % 2 == 1
}

fn value(text: &str) -> String {
    escaped(text, &[';', ':', ','])
}

impl fmt::Display for SortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, behind] =
            [(self.descending, "-"), (self.nulls_first, "!")].map(|(is, mark)| if is { mark } else { "" });
        write!(f, "{before}{}{behind}", self.column)
    }
}

fn test_text(test: &Test) -> String {
    match test {
        Test::Null => "null".to_owned(),
        Test::NotNull => "some".to_owned(),
        Test::Contains { text } => format!("has:{}", value(text)),
        Test::OneOf { values } => {
            let values: Vec<String> = values.iter().map(|one| value(one)).collect();
            format!("in:{}", values.join(","))
        }
        Test::Compare { is, value: other } => {
            let word = COMPARISONS
                .iter()
                .find(|(known, _)| known == is)
                .map_or("is", |(_, word)| word);
            format!("{word}:{}", value(other))
        }
    }
}

fn list<T: ToString>(verb: &str, items: &[T]) -> Option<String> {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| format!("{verb}:{}", texts.join(",")))
}

impl fmt::Display for GridLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items = Vec::new();
        items.extend(list("sort", &self.sort));
        items.extend(
            self.filters
                .iter()
                .map(|(column, test)| format!("where:{column}:{}", test_text(test))),
        );
        items.extend(list("pin", &self.pinned));
        items.extend(list("hide", &self.hidden));
        items.extend(list("order", &self.order));
        items.extend(self.unknown.iter().cloned());
        f.write_str(&items.join(";"))
    }
}

impl FromStr for GridLink {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut grid = Self::default();
        for item in split(text, ';').filter(|item| !item.is_empty()).take(ITEMS) {
            if !grid.read(item) {
                grid.unknown.push(item.to_owned());
            }
        }
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> GridLink {
        text.parse().unwrap_or_default()
    }

    fn name(name: &str) -> ColumnName {
        ColumnName {
            name: name.into(),
            nth: 0,
        }
    }

    #[test]
    fn reads_what_a_person_writes() {
        let text = "sort:-price,name!;where:city:has:ams;where:n:ge:5;where:k:in:a,b;where:x:null;pin:id;hide:id*2;order:a,b;later:1";
        let grid = parse(text);
        assert_eq!(grid.sort.len(), 2);
        assert!(grid.sort[0].descending && !grid.sort[0].nulls_first && grid.sort[1].nulls_first);
        assert_eq!(grid.filters[0], (name("city"), Test::Contains { text: "ams".into() }));
        assert_eq!(
            grid.filters[2].1,
            Test::OneOf {
                values: vec!["a".into(), "b".into()]
            }
        );
        assert_eq!(
            (grid.hidden[0].nth, grid.unknown.as_slice()),
            (1, ["later:1".to_owned()].as_slice())
        );
        assert_eq!(grid.to_string(), text);
    }

    #[test]
    fn every_grid_survives_its_text() {
        for odd in [
            "a;b", "-x", "~", "x!", "n*2", "a:b,c", "", "ü 🦆", "~;~:", "!", "*", "-",
        ] {
            for nth in [0, 3] {
                let column = ColumnName { name: odd.into(), nth };
                let grid = GridLink {
                    sort: vec![
                        SortName {
                            column: column.clone(),
                            descending: true,
                            nulls_first: true,
                        },
                        SortName {
                            column: column.clone(),
                            descending: false,
                            nulls_first: false,
                        },
                    ],
                    filters: vec![
                        (column.clone(), Test::Contains { text: odd.into() }),
                        (
                            column.clone(),
                            Test::OneOf {
                                values: vec![odd.into(), "x".into()],
                            },
                        ),
                        (
                            column.clone(),
                            Test::Compare {
                                is: Comparison::Less,
                                value: odd.into(),
                            },
                        ),
                        (column.clone(), Test::NotNull),
                    ],
                    pinned: vec![column.clone(), name("b")],
                    hidden: vec![column.clone()],
                    order: vec![name("z"), column],
                    unknown: vec![],
                };
                assert_eq!(parse(&grid.to_string()), grid, "{odd}");
            }
        }
    }

    #[test]
    fn nonsense_is_kept_and_harms_nothing() {
        for nonsense in [
            "sort",
            "where:a",
            "where:a:near:5",
            "where::::",
            "~",
            "x;;y",
            "sort:a:b",
            "*;!;-",
            "pin:*0,*x",
        ] {
            let grid = parse(nonsense);
            assert_eq!(parse(&grid.to_string()), grid, "{nonsense}");
        }
        assert!(parse("").is_empty());
        assert_eq!(parse(&"sort:a;".repeat(5000)).sort.len(), ITEMS);
    }
}
