//! The byte ranges that were fetched, as strips of the files that they came from.

use crate::protocol::Fetched;

/// Strips that are drawn: more are not looked at.
const STRIPS: usize = 60;
/// Gaps below this share of a file cannot be seen.
const FINEST: f64 = 1.0 / 800.0;

/// A file to scale, with what was fetched of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// The end of its URL.
    pub name: String,
    /// Its URL.
    pub url: String,
    /// Its size in bytes; what was fetched ends there at the latest when it is not known.
    pub size_bytes: u64,
    /// Different bytes that were fetched.
    pub bytes: u64,
    /// Requests for them.
    pub requests: u64,
    /// Where they begin and how long they are, as shares of the file, those that cannot be told apart together.
    pub spans: Vec<(f64, f64)>,
}

/// What is drawn of all that was fetched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawn {
    /// The files of which most was fetched, the first ones first.
    pub strips: Vec<Strip>,
    /// Other files.
    pub files_left: u64,
    /// Bytes of them.
    pub bytes_left: u64,
}

/// Draws what was fetched.
#[must_use]
pub fn drawn(fetched: &[Fetched]) -> Drawn {
    let mut strips: Vec<Strip> = fetched.iter().filter_map(strip).collect();
    strips.sort_by_key(|strip| std::cmp::Reverse(strip.bytes));
    let left = strips.split_off(strips.len().min(STRIPS));
    Drawn {
        strips,
        files_left: left.len() as u64,
        bytes_left: left.iter().map(|strip| strip.bytes).sum(),
    }
}

fn strip(file: &Fetched) -> Option<Strip> {
    let mut ranges: Vec<(u64, u64)> = file.ranges.iter().copied().filter(|(start, end)| start < end).collect();
    ranges.sort_unstable();
    let mut merged: Vec<(u64, u64)> = vec![];
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let end = merged.last()?.1;
    let size = file.size_bytes.unwrap_or(end).max(end);
    let mut spans: Vec<(f64, f64)> = vec![];
    for (start, end) in &merged {
        let (from, to) = (share(*start, size), share(*end, size));
        match spans.last_mut() {
            Some(last) if from - (last.0 + last.1) < FINEST => last.1 = to - last.0,
            _ => spans.push((from, to - from)),
        }
    }
    Some(Strip {
        name: file.url.rsplit('/').find(|part| !part.is_empty())?.to_owned(),
        url: file.url.clone(),
        size_bytes: size,
        bytes: merged.iter().map(|(start, end)| end - start).sum(),
        requests: file.ranges.len() as u64,
        spans,
    })
}

#[allow(clippy::cast_precision_loss, reason = "drawn, not counted")]
fn share(at: u64, size: u64) -> f64 {
    at as f64 / size.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(url: &str, size: Option<u64>, ranges: &[(u64, u64)]) -> Fetched {
        Fetched {
            url: url.to_owned(),
            size_bytes: size,
            ranges: ranges.to_vec(),
        }
    }

    #[test]
    fn bytes_are_counted_once_and_drawn_where_they_lie() {
        let all = drawn(&[
            fetched("http://h/t/a.parquet", Some(1000), &[(900, 1000), (0, 100), (50, 200)]),
            fetched("http://h/t/_delta_log/0.json", None, &[(0, 40)]),
            fetched("http://h/t/empty", Some(5), &[]),
        ]);
        assert_eq!((all.files_left, all.strips.len()), (0, 2));
        let first = &all.strips[0];
        assert_eq!(
            (first.name.as_str(), first.bytes, first.requests),
            ("a.parquet", 300, 3)
        );
        assert_eq!(first.spans.len(), 2);
        assert!((first.spans[0].1 - 0.2).abs() < 1e-9 && (first.spans[1].0 - 0.9).abs() < 1e-9);
        assert_eq!(
            (all.strips[1].size_bytes, all.strips[1].spans.as_slice()),
            (40, [(0.0, 1.0)].as_slice())
        );
    }

    #[test]
    fn of_many_files_the_heaviest_are_drawn_and_the_others_counted() {
        let files: Vec<Fetched> = (1..=100)
            .map(|n| fetched(&format!("http://h/{n}"), Some(1000), &[(0, n)]))
            .collect();
        let all = drawn(&files);
        assert_eq!(
            (all.strips.len(), all.files_left, all.bytes_left),
            (60, 40, (1..=40).sum())
        );
        assert_eq!(all.strips[0].bytes, 100);
    }

    #[test]
    fn many_small_ranges_become_few_spans() {
        let ranges: Vec<(u64, u64)> = (0..10_000).map(|n| (n * 10, n * 10 + 5)).collect();
        let all = drawn(&[fetched("http://h/a", Some(100_000), &ranges)]);
        assert_eq!((all.strips[0].spans.len(), all.strips[0].bytes), (1, 50_000));
    }
}
