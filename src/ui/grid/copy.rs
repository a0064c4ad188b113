//! Cells as the clipboard takes them: tab-separated lines, quoted where a cell would break them.

/// Cells that are copied at once: some megabytes of text. More is what the export is for.
pub const COPIED_CELLS: u64 = 100_000;
/// Long cells that are fetched whole, one request each.
pub const COPIED_LONG_CELLS: usize = 500;

/// Lines of cells as text; NULL is an empty cell, as in every spreadsheet.
#[must_use]
pub fn tab_separated(rows: &[Vec<Option<String>>]) -> String {
    let line = |row: &Vec<Option<String>>| {
        row.iter()
            .map(|cell| cell.as_deref().map_or_else(String::new, quoted))
            .collect::<Vec<_>>()
            .join("\t")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn quoted(cell: &str) -> String {
    if cell.contains(['\t', '\n', '\r', '"']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_and_quotes_stay_inside_of_their_cells() {
        let rows = [
            vec![Some("a".into()), None, Some("b\tc".into())],
            vec![Some("say \"x\"\n".into()), Some(String::new()), Some("1".into())],
        ];
        assert_eq!(tab_separated(&rows), "a\t\t\"b\tc\"\n\"say \"\"x\"\"\n\"\t\t1");
        assert_eq!(tab_separated(&[]), "");
    }
}
