//! How the person wants the rows shown: by columns' places here, by their names in the link.

use std::collections::HashMap;

use super::layout::Layout;
use crate::link::{ColumnName, GridLink, SortName};
use crate::protocol::{Column, Comparison, Filter, SortKey, Test};

/// What is wanted of one result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// By what rows are sorted.
    pub sort: Vec<SortKey>,
    /// What rows must pass.
    pub filters: Vec<Filter>,
    /// Where columns are.
    pub layout: Layout,
}

/// How a column sorts the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorted {
    /// The largest first?
    pub descending: bool,
    /// Which key it is, counted from one; 0 when it is the only one.
    pub rank: usize,
}

/// Names of columns, told apart where several have the same.
struct Names<'a>(HashMap<(&'a str, usize), u32>);

impl<'a> Names<'a> {
    fn of(columns: &'a [Column]) -> Self {
        let mut seen = HashMap::new();
        let named = (0..).zip(columns).map(|(place, column)| {
            let nth = seen.entry(column.name.as_str()).or_insert(0);
            let name = (column.name.as_str(), *nth);
            *nth += 1;
            (name, place)
        });
        Self(named.collect())
    }

    fn place(&self, name: &ColumnName) -> Option<u32> {
        self.0.get(&(name.name.as_str(), name.nth)).copied()
    }
}

impl Wish {
    /// What a link wants of these columns, and the names that are none of them.
    #[must_use]
    pub fn read(link: &GridLink, columns: &[Column]) -> (Self, Vec<String>) {
        let names = Names::of(columns);
        let mut unknown = Vec::new();
        let mut place = |name: &ColumnName| {
            let place = names.place(name);
            if place.is_none() && !unknown.contains(&name.name) {
                unknown.push(name.name.clone());
            }
            place
        };
        let sort = link.sort.iter().filter_map(|key| {
            Some(SortKey {
                column: place(&key.column)?,
                descending: key.descending,
                nulls_first: key.nulls_first,
            })
        });
        let sort = sort.collect();
        let filters = link.filters.iter().filter_map(|(column, test)| {
            Some(Filter {
                column: place(column)?,
                test: test.clone(),
            })
        });
        let filters = filters.collect();
        let order: Vec<u32> = link.order.iter().filter_map(&mut place).collect();
        let hidden = link.hidden.iter().filter_map(&mut place).collect();
        let pinned = link.pinned.iter().filter_map(&mut place).collect();
        let count = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        let layout = Layout::from_parts(count, &order, hidden, pinned);
        (Self { sort, filters, layout }, unknown)
    }

    /// The same for a link.
    #[must_use]
    pub fn link(&self, columns: &[Column]) -> GridLink {
        let mut names: Vec<Option<ColumnName>> = vec![None; columns.len()];
        for ((name, nth), place) in Names::of(columns).0 {
            if let Some(slot) = names.get_mut(place as usize) {
                *slot = Some(ColumnName {
                    name: name.to_owned(),
                    nth,
                });
            }
        }
        let name = |place: u32| names.get(place as usize).cloned().flatten();
        let sort = self.sort.iter().filter_map(|key| {
            Some(SortName {
                column: name(key.column)?,
                descending: key.descending,
                nulls_first: key.nulls_first,
            })
        });
        let order = if self.layout.is_natural() {
            &[]
        } else {
            self.layout.order()
        };
        GridLink {
            sort: sort.collect(),
            filters: self
                .filters
                .iter()
                .filter_map(|filter| Some((name(filter.column)?, filter.test.clone())))
                .collect(),
            pinned: self.layout.pinned().filter_map(name).collect(),
            hidden: self.layout.hidden().filter_map(name).collect(),
            order: order.iter().filter_map(|place| name(*place)).collect(),
            unknown: Vec::new(),
        }
    }

    /// Are the rows those of the result, as they came?
    #[must_use]
    pub fn keeps_rows(&self) -> bool {
        self.sort.is_empty() && self.filters.is_empty()
    }

    /// How a column sorts the rows.
    #[must_use]
    pub fn sorted(&self, column: u32) -> Option<Sorted> {
        let at = self.sort.iter().position(|key| key.column == column)?;
        Some(Sorted {
            descending: self.sort.get(at)?.descending,
            rank: if self.sort.len() > 1 { at + 1 } else { 0 },
        })
    }

    /// After a click on a header: up, down, not at all; `add` keeps the other keys.
    #[must_use]
    pub fn cycled(mut self, column: u32, add: bool) -> Self {
        let now = self.sorted(column).map(|sorted| sorted.descending);
        match now {
            None => self.sort_by(column, Some(false), add),
            Some(false) => self.sort_by(column, Some(true), add),
            Some(true) => self.sort_by(column, None, add),
        }
        self
    }

    /// Sorts by a column, up or down, or no more.
    pub fn sort_by(&mut self, column: u32, descending: Option<bool>, add: bool) {
        if !add {
            self.sort.retain(|key| key.column == column);
        }
        let Some(descending) = descending else {
            return self.sort.retain(|key| key.column != column);
        };
        match self.sort.iter_mut().find(|key| key.column == column) {
            Some(key) => key.descending = descending,
            None => self.sort.push(SortKey {
                column,
                descending,
                nulls_first: false,
            }),
        }
    }

    /// The filter of a column.
    #[must_use]
    pub fn filter(&self, column: u32) -> Option<&Test> {
        self.filters
            .iter()
            .find(|filter| filter.column == column)
            .map(|filter| &filter.test)
    }

    /// With another filter on a column, or none.
    #[must_use]
    pub fn filtered(mut self, column: u32, test: Option<Test>) -> Self {
        self.filters.retain(|filter| filter.column != column);
        self.filters.extend(test.map(|test| Filter { column, test }));
        self
    }
}

/// A test in words, as they follow a column's name.
#[must_use]
pub fn words(test: &Test) -> String {
    const SHOWN_CHARS: usize = 40;
    let short = |text: &str| match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("“{}…”", text.get(..end).unwrap_or_default()),
        None => format!("“{text}”"),
    };
    match test {
        Test::Null => "is NULL".to_owned(),
        Test::NotNull => "is not NULL".to_owned(),
        Test::Contains { text } => format!("contains {}", short(text)),
        Test::Compare { is, value } => format!("{} {}", sign(*is), short(value)),
        Test::OneOf { values } => match values.as_slice() {
            [one] => format!("= {}", short(one)),
            [one, rest @ ..] if rest.len() > 2 => format!("is {} or {} others", short(one), rest.len()),
            some => {
                let texts: Vec<String> = some.iter().map(|one| short(one)).collect();
                format!("is {}", texts.join(" or "))
            }
        },
    }
}

/// The sign of a comparison.
#[must_use]
pub fn sign(is: Comparison) -> &'static str {
    match is {
        Comparison::Equal => "=",
        Comparison::NotEqual => "≠",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "≤",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => "≥",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Shape;

    fn columns(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| Column {
            name: (*name).into(),
            type_name: "bigint".into(),
            shape: Shape::Long,
            nullable: true,
            comment: None,
            partition: false,
        };
        names.iter().map(column).collect()
    }

    #[test]
    fn a_link_is_read_by_names_and_written_by_names() {
        let columns = columns(&["id", "name", "id", "-;x"]);
        let text = "sort:-id*2,~-~;x!;where:name:has:a;pin:name;hide:id;order:id*2,id,name,~-~;x";
        let link: GridLink = text.parse().unwrap();
        let (wish, unknown) = Wish::read(&link, &columns);
        assert!(unknown.is_empty());
        assert_eq!(wish.sort.iter().map(|key| key.column).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(wish.layout.shown(), [1, 2, 3]);
        assert_eq!(wish.link(&columns), link);
    }

    #[test]
    fn names_that_are_none_are_told_and_change_nothing() {
        let link: GridLink = "sort:gone,id;where:gone:null;hide:id*2;pin:<b>".parse().unwrap();
        let (wish, unknown) = Wish::read(&link, &columns(&["id"]));
        assert_eq!(unknown, ["gone", "id", "<b>"]);
        assert_eq!(
            (wish.sort.len(), wish.filters.len(), wish.layout),
            (1, 0, Layout::of(1))
        );
    }

    #[test]
    fn clicks_go_up_down_and_back() {
        let up = Wish::default().cycled(3, false);
        assert_eq!(
            up.sorted(3),
            Some(Sorted {
                descending: false,
                rank: 0
            })
        );
        let down = up.clone().cycled(3, false);
        assert_eq!(
            down.sorted(3),
            Some(Sorted {
                descending: true,
                rank: 0
            })
        );
        assert!(down.cycled(3, false).keeps_rows());
        let both = up.clone().cycled(5, true);
        assert_eq!((both.sorted(3).unwrap().rank, both.sorted(5).unwrap().rank), (1, 2));
        assert_eq!(
            both.clone().cycled(3, true).sorted(3),
            Some(Sorted {
                descending: true,
                rank: 1
            })
        );
        assert_eq!(both.cycled(5, false).sorted(3), None);
    }

    #[test]
    fn filters_are_one_for_each_column_and_have_words() {
        let wish = Wish::default()
            .filtered(1, Some(Test::Null))
            .filtered(1, Some(Test::NotNull));
        assert_eq!(
            (wish.filters.len(), wish.filter(1).map(words)),
            (1, Some("is not NULL".into()))
        );
        assert!(wish.filtered(1, None).keeps_rows());
        let many = Test::OneOf {
            values: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        };
        assert_eq!(words(&many), "is “a” or 3 others");
        assert_eq!(words(&Test::Contains { text: "x".repeat(50) }).chars().count(), 52);
    }
}
