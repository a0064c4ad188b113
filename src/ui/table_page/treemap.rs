//! Rectangles whose areas are as their values: a squarified treemap (Bruls, Huizing, van Wijk, "Squarified Treemaps",
//! 2000), which keeps them as square as it can, so that areas can be compared by eye.

/// A rectangle in the unit of the area that was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tile {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// How wide.
    pub width: f64,
    /// How high.
    pub height: f64,
}

/// One tile for each of `values`, which are sorted from the largest; of what is not above zero, an empty one.
#[must_use]
pub fn tiles(values: &[f64], width: f64, height: f64) -> Vec<Tile> {
    let total: f64 = values.iter().filter(|value| **value > 0.0).sum();
    let scale = if total > 0.0 { width * height / total } else { 0.0 };
    let areas: Vec<f64> = values.iter().map(|value| value.max(0.0) * scale).collect();
    let mut left = Tile {
        x: 0.0,
        y: 0.0,
        width,
        height,
    };
    let mut placed = vec![];
    let mut rest = areas.as_slice();
    while !rest.is_empty() {
        let row = best_row(rest, left.width.min(left.height));
        let (these, others) = rest.split_at(row);
        placed.extend(lay(these, &mut left));
        rest = others;
    }
    placed
}

/// How many of the areas lie in the next row along a side: as many as make its worst rectangle more square.
fn best_row(areas: &[f64], side: f64) -> usize {
    let mut row = 1;
    while row < areas.len() && worst(areas.get(..=row), side) <= worst(areas.get(..row), side) {
        row += 1;
    }
    row
}

/// The worst ratio of sides in a row.
fn worst(areas: Option<&[f64]>, side: f64) -> f64 {
    let areas = areas.unwrap_or_default();
    let sum: f64 = areas.iter().sum();
    let largest = areas.iter().copied().fold(0.0, f64::max);
    let smallest = areas.iter().copied().fold(f64::INFINITY, f64::min);
    let (square, thick) = (side * side, sum * sum);
    (square * largest / thick).max(thick / (square * smallest))
}

/// Lays a row along the shorter side of what is left, and takes it off.
fn lay(areas: &[f64], left: &mut Tile) -> Vec<Tile> {
    let sum: f64 = areas.iter().sum();
    let is_column = left.width >= left.height;
    let side = if is_column { left.height } else { left.width };
    let thickness = if side > 0.0 { sum / side } else { 0.0 };
    let mut along = 0.0;
    let place = |area: &f64| {
        let length = if thickness > 0.0 { area / thickness } else { 0.0 };
        let tile = if is_column {
            Tile {
                x: left.x,
                y: left.y + along,
                width: thickness,
                height: length,
            }
        } else {
            Tile {
                x: left.x + along,
                y: left.y,
                width: length,
                height: thickness,
            }
        };
        along += length;
        tile
    };
    let placed = areas.iter().map(place).collect();
    if is_column {
        left.x += thickness;
        left.width -= thickness;
    } else {
        left.y += thickness;
        left.height -= thickness;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_as_values_and_fill_the_whole() {
        let values = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0];
        let placed = tiles(&values, 6.0, 4.0);
        for (value, tile) in values.iter().zip(&placed) {
            assert!((tile.width * tile.height - value).abs() < 1e-9, "{value}: {tile:?}");
            assert!(
                tile.x >= 0.0
                    && tile.y >= 0.0
                    && tile.x + tile.width <= 6.0 + 1e-9
                    && tile.y + tile.height <= 4.0 + 1e-9
            );
        }
        // The example of the paper: two columns of 3 by 2 first.
        assert_eq!((placed[0].width, placed[0].height), (3.0, 2.0));
        for (one, other) in placed
            .iter()
            .enumerate()
            .flat_map(|(at, one)| placed[at + 1..].iter().map(move |other| (one, other)))
        {
            let apart = one.x + one.width <= other.x + 1e-9
                || other.x + other.width <= one.x + 1e-9
                || one.y + one.height <= other.y + 1e-9
                || other.y + other.height <= one.y + 1e-9;
            assert!(apart, "{one:?} {other:?}");
        }
    }

    #[test]
    fn nothing_breaks_without_values() {
        assert_eq!(tiles(&[], 6.0, 4.0), []);
        assert!(
            tiles(&[0.0, 0.0], 6.0, 4.0)
                .iter()
                .all(|tile| tile.width * tile.height == 0.0)
        );
        assert_eq!(tiles(&[5.0, 0.0], 0.0, 0.0).len(), 2);
        assert!(
            tiles(&[1.0; 500], 300.0, 100.0)
                .iter()
                .all(|tile| tile.width.is_finite() && tile.height.is_finite())
        );
    }
}
