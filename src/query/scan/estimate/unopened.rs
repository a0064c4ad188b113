//! Files of which an estimate knows only what the log says.

use super::super::Scan;
use crate::table::parquet::footer_guess;

/// Files that are not opened.
#[derive(Debug, Default)]
pub(super) struct Unopened {
    pub(super) files: u64,
    /// Bytes of those that come whole with their footers.
    small_bytes: u64,
    /// The others.
    pub(super) large_files: u64,
    pub(super) large_bytes: u64,
    /// What is read of their ends.
    footer_bytes: u64,
}

impl Unopened {
    /// Adds a file; where no footer may be read, as far as a limit wants its rows.
    pub(super) fn add(&mut self, scan: &Scan, file: usize, size_bytes: u64, wanted: &mut Option<usize>) {
        let rows = scan
            .table
            .files
            .num_records(file)
            .filter(|rows| *rows > 0 && scan.scope.is_still);
        let bytes = match (wanted, rows) {
            (Some(wanted), Some(rows)) => {
                let taken = rows.min(*wanted as u64);
                *wanted = wanted.saturating_sub(usize::try_from(rows).unwrap_or(usize::MAX));
                let share = u128::from(size_bytes) * u128::from(taken) / u128::from(rows);
                u64::try_from(share).unwrap_or(size_bytes)
            }
            _ => size_bytes,
        };
        self.files += 1;
        let footer = footer_guess(size_bytes);
        if footer == size_bytes {
            self.small_bytes += size_bytes;
        } else {
            self.large_files += 1;
            self.large_bytes += bytes;
            self.footer_bytes += footer;
        }
    }

    /// Bytes that their footers bring.
    pub(super) fn footers(&self) -> u64 {
        self.small_bytes.saturating_add(self.footer_bytes)
    }
}
