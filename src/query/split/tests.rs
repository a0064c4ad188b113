use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::Int64Type;

use super::*;

fn split(shares: &[u32], seed: &str, key: &[&str]) -> Split {
    Split {
        shares: shares.to_vec(),
        seed: seed.to_owned(),
        key: key.iter().map(|name| (*name).to_owned()).collect(),
        strata: vec![],
    }
}

fn rows() -> RecordBatch {
    let ids: ArrayRef = Arc::new(
        (0..10_000)
            .map(|n| (n % 97 != 0).then_some(n / 2))
            .collect::<Int64Array>(),
    );
    let texts: ArrayRef = Arc::new((0..10_000).map(|n| Some(format!("t{n}"))).collect::<StringArray>());
    RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("text", texts, true)]).unwrap()
}

/// The numbers are those of other implementations of MD5, of "1:", "1:42" and "seed:ü" + U+001F + "x".
#[test]
fn the_hash_is_fixed_for_ever() {
    assert_eq!(number("1", ""), NUMBERS[0]);
    assert_eq!(number("1", "42"), NUMBERS[1]);
    assert_eq!(number("seed", "ü\u{1f}x"), NUMBERS[2]);
}

const NUMBERS: [u64; 3] = [0x3afc_dbfe_b6ec_fbdd, 0xa15a_53f9_499e_a498, 0x63ea_2fa4_1383_77b1];

#[test]
fn parts_are_cut_where_their_shares_end() {
    assert_eq!(cuts(&[1, 1]).unwrap(), [1 << 63]);
    assert_eq!(
        cuts(&[80, 10, 10]).unwrap(),
        [0xcccc_cccc_cccc_cccc, 0xe666_6666_6666_6666]
    );
    assert_eq!(cuts(&[0, 1, 0]).unwrap(), [0, u64::MAX]);
    assert_eq!(cuts(&[0, 0]).unwrap_err().kind, Kind::Sql);
}

#[test]
fn equal_keys_stay_together_and_shares_hold() {
    let splitter = Splitter::new(&rows().schema(), &split(&[80, 10, 10], "1", &["id"])).unwrap();
    let parts = splitter.split(&rows()).unwrap();
    let counts: Vec<usize> = parts.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(counts.iter().sum::<usize>(), 10_000);
    assert!(
        (7_800..8_200).contains(&counts[0]) && counts[1] > 850 && counts[2] > 850,
        "{counts:?}"
    );
    let ids = |part: &RecordBatch| -> std::collections::BTreeSet<Option<i64>> {
        part.column(0).as_primitive::<Int64Type>().iter().collect()
    };
    assert!(ids(&parts[0]).is_disjoint(&ids(&parts[1])) && ids(&parts[1]).is_disjoint(&ids(&parts[2])));
    let pieces = [rows().slice(0, 3), rows().slice(3, 9_997)].map(|piece| splitter.split(&piece).unwrap());
    assert_eq!(pieces[0][0].num_rows() + pieces[1][0].num_rows(), counts[0]);
}

#[test]
fn in_every_stratum_the_shares_hold_to_the_key() {
    let ids: ArrayRef = Arc::new((0..1_000).collect::<Int64Array>());
    // One stratum in a hundred, one in ten, and the rest.
    let class = |n: i64| match n {
        n if n % 100 == 0 => Some("rare"),
        n if n % 10 == 1 => None,
        _ => Some("common"),
    };
    let classes: ArrayRef = Arc::new((0..1_000).map(class).collect::<StringArray>());
    let rows = RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("class", classes, true)]).unwrap();
    let mut wanted = split(&[80, 10, 10], "1", &["id"]);
    wanted.strata = vec!["class".to_owned()];
    let splitter = |pieces: &[RecordBatch]| {
        let mut splitter = Splitter::new(&rows.schema(), &wanted).unwrap();
        assert!(splitter.wants_survey());
        for piece in pieces {
            splitter.survey(piece).unwrap();
        }
        splitter.settle();
        splitter.split(&rows).unwrap()
    };
    let parts = splitter(std::slice::from_ref(&rows));
    let count = |part: &RecordBatch, class: Option<&str>| {
        part.column(1)
            .as_string::<i32>()
            .iter()
            .filter(|one| *one == class)
            .count()
    };
    let counts = [Some("rare"), None, Some("common")].map(|class| [0, 1, 2].map(|at| count(&parts[at], class)));
    assert_eq!(counts, [[8, 1, 1], [80, 10, 10], [712, 89, 89]]);
    // In which order rows come, and how often a key, is no matter.
    let again = splitter(&[rows.slice(500, 500), rows.slice(0, 600)]);
    assert_eq!(parts, again);
}

#[test]
fn another_seed_splits_otherwise_and_no_key_is_the_whole_row() {
    let count = |seed: &str, key: &[&str]| {
        let splitter = Splitter::new(&rows().schema(), &split(&[1, 1], seed, key)).unwrap();
        splitter.split(&rows()).unwrap()[0].clone()
    };
    assert_ne!(count("1", &["id"]), count("2", &["id"]));
    assert_eq!(count("1", &[]), count("1", &["id", "text"]));
    let missing = Splitter::new(&rows().schema(), &split(&[1], "1", &["ID"]));
    assert!(missing.is_err_and(|error| error.detail.contains("They have: id, text.")));
}
