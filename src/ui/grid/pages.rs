//! Which cells are here: the pages of a result that were fetched, those under way, and those to fetch next.
//!
//! A page is a tile of rows and columns, so that a table of a thousand columns costs no
//! more than what is seen of it. What nobody looks at any more is never asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::protocol::Cell;

/// Rows of a page: some three screens, so that a request serves many wheel turns.
pub const PAGE_ROWS: u64 = 128;
/// Columns of a page: more than a wide screen shows.
pub const PAGE_COLUMNS: u32 = 32;
/// Pages that are kept: 260,000 cells, some 10 MB of usual text and 70 MB at worst.
const KEPT_PAGES: usize = 64;
/// Requests under way: enough for a screen's corner of four pages.
const IN_FLIGHT: usize = 4;

/// A page's place among the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    row: u64,
    column: u32,
}

impl Page {
    fn of(row: u64, column: u32) -> Self {
        Self {
            row: row / PAGE_ROWS,
            column: column / PAGE_COLUMNS,
        }
    }

    /// Its first row.
    #[must_use]
    pub fn first_row(self) -> u64 {
        self.row * PAGE_ROWS
    }

    /// Its first column.
    #[must_use]
    pub fn first_column(self) -> u32 {
        self.column * PAGE_COLUMNS
    }
}

#[derive(Debug)]
struct Kept {
    rows: Vec<Vec<Cell>>,
    last_used: u64,
}

/// The pages of one result.
#[derive(Debug, Default)]
pub struct Pages {
    rows: u64,
    kept: BTreeMap<Page, Kept>,
    pending: BTreeSet<Page>,
    failed: BTreeSet<Page>,
    clock: u64,
    generation: u64,
    /// The rows that were seen when the waiting began.
    waits: Option<Range<u64>>,
}

impl Pages {
    /// The result has that many rows now.
    pub fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
    }

    /// Which cells are meant: another number once rows or columns stand otherwise.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Is it the first that wants to fetch since the last fetching? Then it waits for all that want it meanwhile. `seen` are
    /// the rows that are seen now.
    pub fn begins_to_wait(&mut self, seen: Range<u64>) -> bool {
        let begins = self.waits.is_none();
        self.waits.get_or_insert(seen);
        begins
    }

    /// The waiting is over. Is something still seen of what was seen when it began? Else it only scrolled by.
    pub fn waited(&mut self, seen: &Range<u64>) -> bool {
        let before = self.waits.take().unwrap_or_default();
        before.start < seen.end && seen.start < before.end
    }

    /// Rows or columns stand otherwise: nothing that is here is right any more.
    pub fn reset(&mut self) {
        *self = Self {
            rows: self.rows,
            generation: self.generation + 1,
            waits: self.waits.take(),
            ..Self::default()
        };
    }

    /// A cell, when it is here.
    #[must_use]
    pub fn cell(&self, row: u64, column: u32) -> Option<&Cell> {
        let page = Page::of(row, column);
        let in_page = usize::try_from(row - page.first_row()).ok()?;
        let in_row = usize::try_from(column - page.first_column()).ok()?;
        self.kept.get(&page)?.rows.get(in_page)?.get(in_row)
    }

    /// What to fetch next for the cells that are seen, within the bound of requests under way. Marks it as such.
    pub fn request(&mut self, rows: &Range<u64>, columns: &Range<u32>) -> Vec<Page> {
        let free = IN_FLIGHT.saturating_sub(self.pending.len());
        let seen = covering(rows, columns);
        self.clock += 1;
        for page in &seen {
            if let Some(kept) = self.kept.get_mut(page) {
                kept.last_used = self.clock;
            }
        }
        let wanted: Vec<Page> = seen.into_iter().filter(|page| self.lacks(*page)).take(free).collect();
        self.pending.extend(&wanted);
        wanted
    }

    /// Neither whole nor under way; what failed is not asked for again by itself.
    fn lacks(&self, page: Page) -> bool {
        let whole = self
            .kept
            .get(&page)
            .is_some_and(|kept| kept.rows.len() as u64 >= self.rows_of(page));
        !whole && !self.pending.contains(&page) && !self.failed.contains(&page)
    }

    fn rows_of(&self, page: Page) -> u64 {
        self.rows.saturating_sub(page.first_row()).min(PAGE_ROWS)
    }

    /// A page has come.
    pub fn arrived(&mut self, page: Page, rows: Vec<Vec<Cell>>) {
        self.pending.remove(&page);
        if rows.is_empty() {
            self.failed.insert(page);
            return;
        }
        self.clock += 1;
        self.kept.insert(
            page,
            Kept {
                rows,
                last_used: self.clock,
            },
        );
        while self.kept.len() > KEPT_PAGES {
            let oldest = self
                .kept
                .iter()
                .min_by_key(|(_, kept)| kept.last_used)
                .map(|(page, _)| *page);
            oldest.map(|page| self.kept.remove(&page));
        }
    }

    /// A page could not be had.
    pub fn failed(&mut self, page: Page) {
        self.pending.remove(&page);
        self.failed.insert(page);
    }
}

/// The pages that cover a window of cells.
fn covering(rows: &Range<u64>, columns: &Range<u32>) -> Vec<Page> {
    if rows.is_empty() || columns.is_empty() {
        return Vec::new();
    }
    let first = Page::of(rows.start, columns.start);
    let last = Page::of(rows.end - 1, columns.end - 1);
    let across = |row| (first.column..=last.column).map(move |column| Page { row, column });
    (first.row..=last.row).flat_map(across).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<Vec<Cell>> {
        vec![
            vec![
                Cell {
                    text: Some("x".into()),
                    cut: false
                };
                2
            ];
            count
        ]
    }

    fn pages(total: u64) -> Pages {
        Pages {
            rows: total,
            ..Pages::default()
        }
    }

    #[test]
    fn asks_once_for_what_is_seen() {
        let mut pages = pages(10_000_000);
        let wanted = pages.request(&(5_000_000..5_000_040), &(0..2));
        assert_eq!(wanted, [Page { row: 39062, column: 0 }]);
        assert!(pages.request(&(5_000_000..5_000_040), &(0..2)).is_empty());
        pages.arrived(wanted[0], rows(128));
        assert!(pages.request(&(5_000_000..5_000_040), &(0..2)).is_empty());
        assert!(pages.cell(5_000_000, 1).is_some() && pages.cell(5_000_000, 2).is_none() && pages.cell(0, 0).is_none());
    }

    #[test]
    fn a_corner_needs_four_pages_and_wide_tables_are_tiled() {
        let mut pages = pages(1000);
        let wanted = pages.request(&(120..140), &(30..34));
        let places: Vec<_> = wanted
            .iter()
            .map(|page| (page.first_row(), page.first_column()))
            .collect();
        assert_eq!(places, [(0, 0), (0, 32), (128, 0), (128, 32)]);
    }

    #[test]
    fn requests_under_way_are_bounded_and_what_scrolled_by_is_never_asked_for() {
        let mut pages = pages(1_000_000);
        let asked: usize = (0..100)
            .map(|screen| pages.request(&(screen * 1000..screen * 1000 + 40), &(0..2)).len())
            .sum();
        assert_eq!(asked, IN_FLIGHT);
        let under_way: Vec<_> = pages.pending.iter().copied().collect();
        pages.arrived(under_way[0], rows(128));
        assert_eq!(
            pages
                .request(&(999_000..999_010), &(0..2))
                .iter()
                .map(|page| page.first_row())
                .collect::<Vec<_>>(),
            [998_912]
        );
    }

    #[test]
    fn a_page_that_was_short_is_asked_for_again_when_there_are_more_rows() {
        let mut pages = pages(10);
        let page = pages.request(&(0..10), &(0..2))[0];
        pages.arrived(page, rows(10));
        assert!(pages.request(&(0..10), &(0..2)).is_empty());
        pages.set_rows(500);
        assert_eq!(pages.request(&(0..40), &(0..2)), [page]);
        assert!(pages.cell(9, 0).is_some(), "what was here stays meanwhile");
    }

    #[test]
    fn keeps_a_bounded_number_of_pages_and_forgets_the_oldest() {
        let mut pages = pages(10_000_000);
        for screen in 0..200 {
            for page in pages.request(&(screen * PAGE_ROWS..screen * PAGE_ROWS + 40), &(0..2)) {
                pages.arrived(page, rows(128));
            }
        }
        assert_eq!(pages.kept.len(), KEPT_PAGES);
        assert!(pages.cell(0, 0).is_none() && pages.cell(199 * PAGE_ROWS, 0).is_some());
    }

    #[test]
    fn what_failed_or_came_empty_is_not_asked_for_in_circles() {
        let mut pages = pages(1000);
        let first = pages.request(&(0..40), &(0..2))[0];
        pages.failed(first);
        let second = pages.request(&(130..140), &(0..2))[0];
        pages.arrived(second, Vec::new());
        assert!(pages.request(&(0..200), &(0..2)).is_empty());
    }

    #[test]
    fn one_waits_for_all() {
        let mut pages = pages(10);
        assert!(pages.begins_to_wait(0..10) && !pages.begins_to_wait(2..12));
        pages.reset();
        assert!(!pages.begins_to_wait(4..14));
        assert!(pages.waited(&(9..19)));
        assert!(pages.begins_to_wait(9..19));
    }

    #[test]
    fn what_only_scrolls_by_is_not_fetched() {
        let mut pages = pages(1000);
        assert!(pages.begins_to_wait(0..10) && !pages.waited(&(10..20)));
        assert!(pages.begins_to_wait(10..20) && pages.waited(&(10..20)));
        assert!(!pages.waited(&(10..20)), "nobody waits");
    }

    #[test]
    fn another_order_forgets_all_and_counts_on() {
        let mut pages = pages(1000);
        let page = pages.request(&(0..10), &(0..2))[0];
        pages.arrived(page, rows(128));
        pages.reset();
        assert_eq!((pages.generation(), pages.cell(0, 0)), (1, None));
        assert_eq!(pages.request(&(0..10), &(0..2)), [page]);
    }

    #[test]
    fn nothing_seen_needs_nothing() {
        assert!(pages(10).request(&(0..0), &(0..2)).is_empty() && pages(10).request(&(0..5), &(0..0)).is_empty());
    }
}
