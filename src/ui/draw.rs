//! Small drawings: bars, lines, and tiles, to scale, each with its numbers as text beside or in its title.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::table_page::treemap::tiles;

/// A share of a whole as a bar.
#[component]
pub fn ShareBar(
    /// From 0 to 1.
    share: f64,
    /// What it is, for who does not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <span class="share" role="img" aria-label=label.clone() title=label>
            <span class="share-fill" style:width=format!("{}%", share.clamp(0.0, 1.0) * 100.0)></span>
        </span>
    }
}

/// A part of a whole, as a ratio.
#[allow(clippy::cast_precision_loss, reason = "drawn, not counted")]
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Bars beside each other, from zero.
#[component]
pub fn Bars(
    /// A label, a height, and the words of its title.
    bars: Vec<(String, u64, String)>,
    /// What they are.
    label: &'static str,
) -> impl IntoView {
    let highest = bars.iter().map(|(_, height, _)| *height).max().unwrap_or(0);
    let bar = |(name, height, title): (String, u64, String)| {
        view! {
            <li class="bar-of" title=title.clone()>
                <span class="bar-space"><span class="bar-fill" style:height=format!("{}%", ratio(height, highest) * 100.0)></span></span>
                <span class="bar-name" aria-hidden="true">{name}</span>
                <span class="off-screen">{title.clone()}</span>
            </li>
        }
    };
    view! { <ul class="bars" aria-label=label>{bars.into_iter().map(bar).collect_view()}</ul> }
}

/// Width and height of a line's drawing, in its own unit.
const LINE: (f64, f64) = (600.0, 120.0);

/// A stepped line from zero, over numbered points.
#[component]
pub fn Line(
    /// Places and heights, from left to right.
    points: Vec<(u64, u64)>,
    /// What it is, with its range.
    #[prop(into)]
    label: String,
    /// The place that is marked.
    marked: Option<u64>,
) -> impl IntoView {
    let title = label.clone();
    let (first, last) = (
        points.first().map_or(0, |point| point.0),
        points.last().map_or(0, |point| point.0),
    );
    let x = move |place: u64| ratio(place.saturating_sub(first), (last - first).max(1)) * LINE.0;
    let path = steps(points, x);
    let area = format!("{path}V{}H{:.1}Z", LINE.1, x(first));
    let mark = marked
        .filter(|place| (first..=last).contains(place))
        .map(|place| view! { <line class="line-mark" x1=x(place) x2=x(place) y1="0" y2=LINE.1/> });
    view! {
        <svg class="line" viewBox=format!("0 0 {} {}", LINE.0, LINE.1) preserveAspectRatio="none" role="img" aria-label=title>
            <title>{label}</title>
            <path class="line-area" d=area/>
            <path class="line-path" d=path/>
            {mark}
        </svg>
    }
}

/// A line that goes from height to height in steps, as versions do.
fn steps(points: Vec<(u64, u64)>, x: impl Fn(u64) -> f64) -> String {
    let highest = points.iter().map(|point| point.1).max().unwrap_or(0);
    let mut path = String::new();
    for (place, height) in points {
        let y = LINE.1 - ratio(height, highest) * (LINE.1 - 8.0);
        // Writing to a String cannot fail.
        let _ = if path.is_empty() {
            write!(path, "M{:.1} {y:.1}", x(place))
        } else {
            write!(path, "H{:.1}V{y:.1}", x(place))
        };
    }
    path
}

/// Width and height of a treemap, in percent of its place.
const WHOLE: f64 = 100.0;

/// A tile of a treemap: its size, its name, what its title says.
pub type Part = (u64, String, String);

/// Tiles whose areas are as sizes, the largest first. `on_choose` hears of the tile that is clicked.
#[component]
pub fn Treemap(parts: Vec<Part>, label: &'static str, on_choose: impl Fn(usize) + Copy + 'static) -> impl IntoView {
    #[allow(clippy::cast_precision_loss, reason = "drawn, not counted")]
    let sizes: Vec<f64> = parts.iter().map(|(size, ..)| *size as f64).collect();
    // Squares are square on a place twice as wide as high.
    let placed = tiles(&sizes, WHOLE * 2.0, WHOLE);
    let tile = |(index, ((_, name, title), tile)): (usize, (Part, super::table_page::treemap::Tile))| {
        view! {
            <button class="tile" title=title.clone() aria-label=title on:click=move |_| on_choose(index)
                style:left=format!("{}%", tile.x / 2.0) style:top=format!("{}%", tile.y)
                style:width=format!("{}%", tile.width / 2.0) style:height=format!("{}%", tile.height)>
                <span class="tile-name">{name}</span>
            </button>
        }
    };
    view! {
        <div class="treemap" role="group" aria-label=label>
            {parts.into_iter().zip(placed).enumerate().map(tile).collect_view()}
        </div>
    }
}
