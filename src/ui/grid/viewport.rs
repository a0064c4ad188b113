//! Which rows are seen, and where: ten million rows in an element of bounded height.
//!
//! The truth is `offset`, exact pixels into a content that may be taller than any
//! element. Below [`CONTENT_PX`] the element scrolls one to one. Above, its scroll bar
//! is a proportional lever, while wheel, keys and touch move the offset exactly.

use std::ops::Range;

/// Height of every row, in CSS pixels.
pub const ROW_PX: f64 = 28.0;
/// Height of the scrolled element at most: Firefox stops at 17.8 million pixels, Chromium at 33.5.
const CONTENT_PX: f64 = 8_000_000.0;
/// Rows that are kept beyond the edges, so that a fast wheel does not show a gap.
const OVERSCAN_ROWS: u64 = 6;

/// The window onto the rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Viewport {
    rows: u64,
    height: f64,
    offset: f64,
    anchor: f64,
}

/// Rows are counted in 53 bits everywhere in the page.
#[allow(clippy::cast_precision_loss)]
fn pixels(rows: u64) -> f64 {
    rows as f64 * ROW_PX
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn row_at(pixels: f64) -> u64 {
    (pixels / ROW_PX).max(0.0) as u64
}

impl Viewport {
    /// Height of the element that holds the rows.
    #[must_use]
    pub fn content_height(&self) -> f64 {
        pixels(self.rows).min(CONTENT_PX)
    }

    /// Is the content taller than its element?
    #[must_use]
    pub fn is_scaled(&self) -> bool {
        pixels(self.rows) > CONTENT_PX
    }

    fn farthest_offset(&self) -> f64 {
        (pixels(self.rows) - self.height).max(0.0)
    }

    fn farthest_scroll(&self) -> f64 {
        (self.content_height() - self.height).max(0.0)
    }

    /// Where the element has to be scrolled to for the present offset.
    #[must_use]
    pub fn scroll_top(&self) -> f64 {
        if !self.is_scaled() {
            return self.offset;
        }
        self.offset / self.farthest_offset() * self.farthest_scroll()
    }

    /// The element was scrolled by us and stands at `scroll_top`, which browsers round.
    pub fn placed(&mut self, scroll_top: f64) {
        self.anchor = scroll_top;
    }

    /// The element was scrolled by the person; `exact` when by touch. An echo of [`Self::placed`] changes nothing.
    pub fn scrolled(&mut self, scroll_top: f64, exact: bool) {
        let moved = scroll_top - self.anchor;
        self.anchor = scroll_top;
        if !self.is_scaled() {
            self.offset = scroll_top.clamp(0.0, self.farthest_offset());
        } else if moved.abs() < 1.0 {
            // The echo, rounded.
        } else if exact && scroll_top > 0.0 && scroll_top < self.farthest_scroll() {
            self.scroll_by(moved);
        } else {
            // At its ends the element can move no further, so that even a touch reaches the content's ends.
            let share = scroll_top / self.farthest_scroll();
            self.offset = (share * self.farthest_offset()).clamp(0.0, self.farthest_offset());
        }
    }

    /// Moves by exact pixels.
    pub fn scroll_by(&mut self, moved: f64) {
        self.offset = (self.offset + moved).clamp(0.0, self.farthest_offset());
    }

    /// The window has another height.
    pub fn resize(&mut self, height: f64) {
        self.height = height.max(0.0);
        self.scroll_by(0.0);
    }

    /// There are more rows now, or fewer.
    pub fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
        self.scroll_by(0.0);
    }

    /// Scrolls as little as is needed to see all of `row`.
    pub fn reveal(&mut self, row: u64) {
        let top = pixels(row);
        let least = top + ROW_PX - self.height;
        if self.offset > top {
            self.offset = top;
        } else if self.offset < least {
            self.offset = least;
        }
        self.scroll_by(0.0);
    }

    /// Rows that a page key moves by.
    #[must_use]
    pub fn rows_per_page(&self) -> u64 {
        row_at(self.height).saturating_sub(1).max(1)
    }

    /// Rows that are at least partly seen.
    #[must_use]
    pub fn visible(&self) -> Range<u64> {
        let end = row_at(self.offset + self.height).saturating_add(1).min(self.rows);
        row_at(self.offset).min(end)..end
    }

    /// Rows that are in the document: those seen and a few beyond. They are as many wherever one is, but at the ends: what
    /// comes into the document and leaves it costs more than what changes there.
    #[must_use]
    pub fn rendered(&self) -> Range<u64> {
        let start = self.visible().start;
        let most = row_at((self.height / ROW_PX).ceil() * ROW_PX).saturating_add(1);
        start.saturating_sub(OVERSCAN_ROWS)..start.saturating_add(most + OVERSCAN_ROWS).min(self.rows)
    }

    /// Where a row lies in the element.
    #[must_use]
    pub fn row_top(&self, row: u64) -> f64 {
        if self.is_scaled() {
            self.anchor + pixels(row) - self.offset
        } else {
            pixels(row)
        }
    }
}

/// Which of the numbers seen is shown by a slot of a pool: elements are used again for what comes into sight.
#[must_use]
pub fn in_slot(seen: &Range<u64>, slot: u64, pool: u64) -> Option<u64> {
    let behind = seen.start.checked_rem(pool)?;
    let number = seen.start + (slot + pool - behind) % pool;
    (number < seen.end).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_MILLION: u64 = 10_000_000;

    fn viewport(rows: u64, height: f64) -> Viewport {
        let mut viewport = Viewport::default();
        viewport.resize(height);
        viewport.set_rows(rows);
        viewport
    }

    #[test]
    fn few_rows_scroll_one_to_one() {
        let mut view = viewport(1000, 280.0);
        assert_eq!(
            (view.content_height(), view.is_scaled(), view.visible()),
            (28_000.0, false, 0..11)
        );
        view.scrolled(2800.0, false);
        assert_eq!((view.visible(), view.rendered()), (100..111, 94..117));
        assert!((view.row_top(100) - 2800.0).abs() < f64::EPSILON && (view.scroll_top() - 2800.0).abs() < f64::EPSILON);
        view.scrolled(1e9, false);
        assert_eq!(view.visible(), 990..1000);
    }

    #[test]
    fn as_many_rows_are_rendered_wherever_one_is() {
        for height in [270.0, 279.5, 280.0, 281.0] {
            let mut view = viewport(1000, height);
            for offset in 280..320 {
                view.scrolled(f64::from(offset), false);
                let (seen, rendered) = (view.visible(), view.rendered());
                assert!(rendered.start <= seen.start && rendered.end >= seen.end + OVERSCAN_ROWS);
                let most = if height > 280.0 { 12 } else { 11 };
                assert_eq!(
                    rendered.end - rendered.start,
                    most + 2 * OVERSCAN_ROWS,
                    "{height} {offset}"
                );
            }
        }
    }

    #[test]
    fn the_scroll_bar_reaches_both_ends_of_ten_million_rows() {
        let mut view = viewport(TEN_MILLION, 600.0);
        assert!((view.content_height() - CONTENT_PX).abs() < f64::EPSILON);
        view.scrolled(CONTENT_PX - 600.0, false);
        assert_eq!(view.visible().end, TEN_MILLION);
        view.scrolled(0.0, false);
        assert_eq!(view.visible().start, 0);
        view.scrolled((CONTENT_PX - 600.0) / 2.0, false);
        assert!(view.visible().contains(&(TEN_MILLION / 2)));
    }

    #[test]
    fn the_wheel_is_exact_wherever_it_turns() {
        let mut view = viewport(TEN_MILLION, 600.0);
        view.scrolled(4_000_000.0, false);
        let before = view.visible().start;
        for _ in 0..10 {
            view.scroll_by(28.0);
            let echo = view.scroll_top().round();
            view.placed(echo);
            view.scrolled(echo + 0.4, false);
        }
        assert_eq!(view.visible().start, before + 10);
        assert!((view.row_top(view.visible().start) - view.anchor).abs() <= ROW_PX);
    }

    #[test]
    fn touch_moves_exactly_and_every_row_can_be_reached_by_steps() {
        let mut view = viewport(TEN_MILLION, 600.0);
        view.scrolled(100.0, true);
        assert_eq!(view.visible().start, 3);
        view.reveal(TEN_MILLION - 1);
        view.scroll_by(-28.0);
        assert_eq!(view.visible().end, TEN_MILLION);
        assert!(view.scroll_top() <= view.farthest_scroll());
        view.scrolled(view.farthest_scroll(), true);
        assert_eq!(view.visible().end, TEN_MILLION);
    }

    #[test]
    fn reveals_with_the_least_movement() {
        let mut view = viewport(TEN_MILLION, 280.0);
        view.reveal(5);
        assert_eq!(view.visible().start, 0);
        view.reveal(10);
        assert!((view.offset - 28.0).abs() < f64::EPSILON);
        view.reveal(7_654_321);
        assert!(view.visible().contains(&7_654_321));
        view.reveal(0);
        assert!(view.offset.abs() < f64::EPSILON);
    }

    #[test]
    fn every_number_seen_has_one_slot() {
        for (start, end, pool) in [(0, 5, 5), (7, 12, 5), (7, 9, 5), (1_000_003, 1_000_040, 40), (3, 3, 4)] {
            let mut shown: Vec<u64> = (0..pool)
                .filter_map(|slot| in_slot(&(start..end), slot, pool))
                .collect();
            shown.sort_unstable();
            assert_eq!(shown, (start..end).collect::<Vec<_>>());
        }
        assert_eq!(in_slot(&(10..15), 2, 5), Some(12));
        assert_eq!(
            in_slot(&(11..16), 2, 5),
            Some(12),
            "what stays in sight stays in its slot"
        );
        assert_eq!(in_slot(&(0..5), 0, 0), None);
    }

    #[test]
    fn nothing_breaks_without_rows_or_height() {
        let mut view = viewport(0, 0.0);
        view.scrolled(50.0, false);
        view.reveal(3);
        view.scroll_by(f64::from(-5));
        assert_eq!((view.visible(), view.rendered(), view.rows_per_page()), (0..0, 0..0, 1));
        assert!(view.scroll_top().abs() < f64::EPSILON);
    }

    #[test]
    fn fewer_rows_pull_the_window_back() {
        let mut view = viewport(1000, 280.0);
        view.reveal(999);
        view.set_rows(20);
        assert_eq!(view.visible(), 10..20);
    }
}
