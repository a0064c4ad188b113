//! A column's distribution as rectangles in a field of 100 by 24, and in words.

use crate::protocol::Distribution;
use crate::ui::wording::{count, counted};

/// Height of the bars; below them is the share of NULL.
const BARS: f64 = 20.0;

/// A rectangle.
struct Part {
    /// Its look.
    class: &'static str,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

#[allow(clippy::cast_precision_loss)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// What is drawn: bars of numbers and times, else the shares of the values that are there most often, and that of NULL.
fn parts(known: &Distribution) -> Vec<Part> {
    let mut parts = if known.bars.is_empty() {
        shares(known)
    } else {
        bars(&known.bars)
    };
    parts.push(Part {
        class: "spread-null",
        x: 0.0,
        y: BARS + 1.0,
        width: share(known.nulls, known.rows) * 100.0,
        height: 3.0,
    });
    parts.retain(|part| part.width > 0.0 && part.height > 0.0);
    parts
}

/// The same as one outline a look, in the words of SVG: headers are drawn in the midst of scrolling, where each element costs.
#[must_use]
pub fn outlines(known: &Distribution) -> Vec<(&'static str, String)> {
    let mut outlines: Vec<(&'static str, String)> = Vec::new();
    for part in parts(known) {
        let Part {
            class,
            x,
            y,
            width,
            height,
        } = part;
        let outline = format!("M{x:.2} {y:.2}h{width:.2}v{height:.2}h-{width:.2}z");
        match outlines.iter_mut().find(|(other, _)| *other == class) {
            Some((_, outlines)) => outlines.push_str(&outline),
            None => outlines.push((class, outline)),
        }
    }
    outlines
}

fn bars(bars: &[u64]) -> Vec<Part> {
    let most = bars.iter().copied().max().unwrap_or_default();
    let width = 100.0 / f64::from(u32::try_from(bars.len()).unwrap_or(1));
    let places = (0_u32..).zip(bars);
    places
        .map(|(place, count)| {
            // What is there is seen, however little it is.
            let height = if *count == 0 {
                0.0
            } else {
                (share(*count, most) * BARS).max(1.0)
            };
            Part {
                class: "spread-bar",
                x: f64::from(place) * width,
                y: BARS - height,
                width: width * 0.85,
                height,
            }
        })
        .collect()
}

fn shares(known: &Distribution) -> Vec<Part> {
    let mut x = 0.0;
    let frequent = known.frequent.iter().map(|one| one.count);
    let rest = (known.rows - known.nulls.min(known.rows)).saturating_sub(frequent.clone().sum());
    let mut parts: Vec<Part> = Vec::new();
    for (place, count) in frequent.chain([rest]).enumerate() {
        let width = share(count, known.rows) * 100.0;
        let class = match place {
            place if place == known.frequent.len() => "spread-rest",
            place if place % 2 == 0 => "spread-bar",
            _ => "spread-other",
        };
        parts.push(Part {
            class,
            x,
            y: 4.0,
            width: (width - 0.6).max(0.0),
            height: BARS - 8.0,
        });
        x += width;
    }
    parts
}

/// The same in words.
#[must_use]
pub fn title(known: &Distribution) -> String {
    let mut words = Vec::new();
    if let (Some(low), Some(high)) = (&known.low, &known.high) {
        words.push(format!("From {low} to {high}."));
    }
    let often = known.frequent.iter().take(4).map(|one| {
        let value: String = one.value.chars().take(30).collect();
        format!("{value} {}", percent(one.count, known.rows))
    });
    let often: Vec<String> = often.collect();
    if !often.is_empty() {
        words.push(format!("Most often: {}.", often.join(", ")));
    }
    words.push(format!("NULL {}.", percent(known.nulls, known.rows)));
    words.push(if known.step > 1 {
        format!(
            "Counted in every {} row: {} of them.",
            ordinal(known.step),
            count(known.rows)
        )
    } else {
        format!("Counted in {}.", counted(known.rows, "row"))
    });
    words.join(" ")
}

fn percent(part: u64, whole: u64) -> String {
    let percent = share(part, whole) * 100.0;
    match percent {
        0.0 => "0%".to_owned(),
        percent if percent < 0.1 => "under 0.1%".to_owned(),
        percent if percent < 10.0 => format!("{percent:.1}%"),
        percent => format!("{percent:.0}%"),
    }
}

fn ordinal(number: u64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Frequent;

    fn frequent(value: &str, count: u64) -> Frequent {
        Frequent {
            value: value.into(),
            cut: false,
            count,
        }
    }

    #[test]
    fn bars_are_as_high_as_they_are_many() {
        let known = Distribution {
            rows: 100,
            nulls: 25,
            step: 1,
            bars: vec![50, 0, 24, 1],
            low: Some("1".into()),
            high: Some("9".into()),
            frequent: vec![],
        };
        let drawn = parts(&known);
        assert_eq!(
            drawn
                .iter()
                .map(|part| (part.class, part.x, part.height))
                .collect::<Vec<_>>(),
            [
                ("spread-bar", 0.0, 20.0),
                ("spread-bar", 50.0, 9.6),
                ("spread-bar", 75.0, 1.0),
                ("spread-null", 0.0, 3.0),
            ]
        );
        let bars = "M0.00 0.00h21.25v20.00h-21.25zM50.00 10.40h21.25v9.60h-21.25z";
        let drawn = outlines(&known);
        assert!(drawn.len() == 2 && drawn[0].0 == "spread-bar" && drawn[0].1.starts_with(bars));
        assert_eq!(drawn[1], ("spread-null", "M0.00 21.00h25.00v3.00h-25.00z".to_owned()));
        assert_eq!(title(&known), "From 1 to 9. NULL 25%. Counted in 100 rows.");
    }

    #[test]
    fn words_are_as_wide_as_their_shares() {
        let known = Distribution {
            rows: 1000,
            nulls: 0,
            step: 5,
            frequent: vec![frequent("a", 500), frequent("b", 5)],
            ..Distribution::default()
        };
        let drawn = parts(&known);
        assert_eq!(
            drawn.iter().map(|part| part.class).collect::<Vec<_>>(),
            ["spread-bar", "spread-rest"]
        );
        assert_eq!(
            title(&known),
            "Most often: a 50%, b 0.5%. NULL 0%. Counted in every 5th row: 1,000 of them."
        );
        assert_eq!(
            [1, 2, 3, 11, 22, 113].map(ordinal),
            ["1st", "2nd", "3rd", "11th", "22nd", "113th"]
        );
        assert!(parts(&Distribution::default()).is_empty());
    }
}
