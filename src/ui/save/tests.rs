//! What is offered, asked and said.

use super::*;
use crate::protocol::{Answer, Plan, SavedFile};

fn done(complete: bool) -> Run {
    let answer = Answer {
        result: 7,
        columns: vec![],
        rows: 1200,
        complete,
        stats: Stats::default(),
        versions: BTreeMap::from([("t".into(), 3)]),
        operators: vec![],
        fetched: vec![],
    };
    Run::Done(Plan::default(), answer)
}

fn offered(run: &Run, ran: &str, editor: &str) -> Vec<Rows> {
    let none = Values::new();
    Rows::choices(run, (ran, &none), (editor, &none))
}

#[test]
fn a_whole_result_is_written_as_it_is() {
    let choices = offered(&done(true), "select 1", " select 1\n");
    assert_eq!(choices, [Rows::Shown { result: 7, rows: 1200 }]);
    assert_eq!(choices[0].request(), SaveRows::Result(7));
    assert_eq!(
        (choices[0].label().as_str(), choices[0].statement()),
        ("The result: 1,200 rows", None)
    );
}

#[test]
fn of_a_cut_result_all_rows_are_read_again_at_the_same_versions() {
    let choices = offered(&done(false), "select 1", "select 1");
    let versions = BTreeMap::from([("t".to_owned(), 3)]);
    let request = SaveRows::Statement {
        sql: "select 1".into(),
        parameters: Values::new(),
        versions,
    };
    assert_eq!((choices.len(), choices[0].request()), (1, request));
    assert_eq!(
        choices[0].hint(),
        "Only its first 1,200 rows are kept, so the statement is run again, over the same versions."
    );
}

#[test]
fn another_statement_can_be_saved_without_running_it_first() {
    let choices = offered(&done(true), "select 1", "select 2");
    assert_eq!(choices.len(), 2);
    assert_eq!(choices[1].statement().map(|(sql, _)| sql), Some("select 2"));
    assert_eq!(offered(&Run::Idle, "", "select 2").len(), 1);
    assert_eq!(offered(&Run::Idle, "", "  "), []);
}

#[test]
fn other_values_of_parameters_are_another_statement() {
    let (none, one) = (Values::new(), Values::from([("n".into(), Some("1".into()))]));
    let both = Rows::choices(&done(true), ("select $n", &none), ("select $n", &one));
    assert_eq!(both[1].statement(), Some(("select $n", &one)));
}

#[test]
fn names_are_those_of_files() {
    for (typed, name) in [
        ("", "limn.csv"),
        ("trips", "trips.csv"),
        ("trips.csv", "trips.csv"),
        ("../a/b:c", "_a_b_c.csv"),
        ("...", "limn.csv"),
        (" . ", "limn.csv"),
        ("trips.2024", "trips.2024.csv"),
    ] {
        assert_eq!(file_name(typed, ".csv"), name, "{typed}");
    }
    assert!(file_name(&"x".repeat(500), ".csv").len() < 130);
}

#[test]
fn parts_have_names_of_their_own() {
    let names = ["trips-train.csv", "trips-validation.csv", "trips-test.csv"];
    assert_eq!(part_names("trips.csv", ".csv"), names);
}

#[test]
fn progress_and_end_are_told() {
    let written = Written {
        rows: 5000,
        bytes: 1_200_000,
        stats: Stats::default(),
    };
    let saving = Saving::Writing {
        name: "a.csv".into(),
        written,
    };
    assert_eq!(saving.words(), "Saving a.csv · 5,000 rows · 1.2 MB written");
    let saved = Saved {
        files: vec![SavedFile { rows: 1, bytes: 20 }],
        notes: vec!["i is written as text.".into()],
        ..Saved::default()
    };
    assert_eq!(
        saved_words(&["a.csv".into()], &saved),
        "Saved a.csv (1 row, 20 B). i is written as text."
    );
}
