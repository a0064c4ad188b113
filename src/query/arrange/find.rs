//! Looks for a text in all cells of the shown rows.

use super::matching::Needle;
use super::rows::{ResultRows, pieces};
use crate::error::Result;
use crate::protocol::Found;
use crate::query::rules::Pacer;
use crate::query::values::Values;

/// Places that are told: more than anybody steps through.
const PLACES: usize = 10_000;

/// Where `text` is found in some columns, row by row in the order in which they are shown.
///
/// # Errors
/// `Unsupported` when a column's type cannot be read.
pub async fn find(rows: &ResultRows, columns: &[u32], text: &str) -> Result<Found> {
    let needle = Needle::new(text);
    let there = rows.schema.fields().len();
    let columns: Vec<u32> = columns
        .iter()
        .copied()
        .filter(|column| (*column as usize) < there)
        .collect();
    let places: Vec<usize> = columns.iter().map(|column| *column as usize).collect();
    let rows = rows.at_hand(&places)?;
    let pacer = Pacer::default();
    let mut found = Found::default();
    let mut first = 0_u64;
    for piece in pieces(0..rows.len()) {
        let batches = rows.stretches(piece, &places).collect::<Result<Vec<_>>>()?;
        for batch in batches {
            let mut hits = Vec::new();
            for (column, array) in columns.iter().zip(batch.columns()) {
                search(&needle, &Values::new(array)?, batch.num_rows(), |row| {
                    hits.push((row, *column));
                });
                pacer.pause_if_due().await;
            }
            found.cells += hits.len() as u64;
            // Row by row; within a row the columns stay in their order.
            hits.sort_by_key(|(row, _)| *row);
            let room = PLACES.saturating_sub(found.places.len());
            let places = hits
                .into_iter()
                .take(room)
                .map(|(row, column)| (first + row as u64, column));
            found.places.extend(places);
            first += batch.num_rows() as u64;
        }
    }
    Ok(found)
}

fn search(needle: &Needle, values: &Values<'_>, rows: usize, mut hit: impl FnMut(usize)) {
    let mut buffer = String::new();
    (0..rows)
        .filter(|row| needle.is_in(values.get(*row), &mut buffer))
        .for_each(&mut hit);
}
