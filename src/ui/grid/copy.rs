//! Cells as the clipboard takes them: one as it is, several as tab-separated lines for a spreadsheet.

/// Cells that are copied at once: some megabytes of text. More is what the export is for.
pub const COPIED_CELLS: u64 = 100_000;
/// Long cells that are fetched whole, one request each.
pub const COPIED_LONG_CELLS: usize = 500;

/// The clipboard's text for a block of cells. `is_number` says it of each column.
///
/// One cell is copied exactly. In several, NULL is an empty cell, breaks and quotes are quoted, and a text that a
/// spreadsheet would run as a formula is guarded by an apostrophe, as in the export.
#[must_use]
pub fn clipboard_text(rows: &[Vec<Option<String>>], is_number: &[bool]) -> String {
    if let [row] = rows
        && let [cell] = row.as_slice()
    {
        return cell.clone().unwrap_or_default();
    }
    rows.iter()
        .map(|row| line(row, is_number))
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(row: &[Option<String>], is_number: &[bool]) -> String {
    let cells = row.iter().zip(is_number.iter().chain(std::iter::repeat(&false)));
    let text = |(cell, is_number): (&Option<String>, &bool)| match cell {
        None => String::new(),
        Some(text) if *is_number => text.clone(),
        Some(text) => quoted(&guarded(text)),
    };
    cells.map(text).collect::<Vec<_>>().join("\t")
}

fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['\t', '\n', '\r', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<const N: usize>(cells: [Option<&str>; N]) -> Vec<Option<String>> {
        cells.map(|cell| cell.map(str::to_owned)).to_vec()
    }

    #[test]
    fn breaks_and_quotes_stay_inside_of_their_cells() {
        let rows = [
            row([Some("a"), None, Some("b\tc")]),
            row([Some("say \"x\"\n"), Some(""), Some("1")]),
        ];
        assert_eq!(clipboard_text(&rows, &[]), "a\t\t\"b\tc\"\n\"say \"\"x\"\"\n\"\t\t1");
        assert_eq!(clipboard_text(&[], &[]), "");
    }

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        let rows = [row([Some("=1+1"), Some("-5"), Some("@x"), Some("a=b")])];
        assert_eq!(
            clipboard_text(&rows, &[false, true, false, false]),
            "'=1+1\t-5\t'@x\ta=b"
        );
    }

    #[test]
    fn one_cell_is_copied_as_it_is() {
        assert_eq!(clipboard_text(&[row([Some("=say \"x\"\n")])], &[false]), "=say \"x\"\n");
        assert_eq!(clipboard_text(&[row([None])], &[true]), "");
    }
}
