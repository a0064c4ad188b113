//! Tabs beside a link, across windows, and within their bounds.

use super::*;

const NONE: BTreeMap<String, String> = BTreeMap::new();

fn tab(id: TabId, sql: &str, linked: &str) -> Tab {
    Tab {
        id,
        sql: sql.into(),
        linked: linked.into(),
        ..Tab::default()
    }
}

fn tabs(open: &[(&str, &str)], current: TabId) -> Tabs {
    let open = (1..).zip(open).map(|(id, (sql, linked))| tab(id, sql, linked));
    Tabs {
        open: open.collect(),
        current,
        closed: vec![],
    }
}

fn texts(tabs: &Tabs) -> Vec<&str> {
    tabs.open.iter().map(|tab| tab.sql.as_str()).collect()
}

#[test]
fn a_link_never_replaces_what_was_not_run() {
    for (open, current, step, sql, expected, shown) in [
        // A blank tab takes it.
        (&[("", "")][..], 1, None, "a", &["a"][..], 1),
        // From outside it gets a tab of its own, behind the one that is shown.
        (&[("x", "x"), ("y", "")], 1, None, "a", &["x", "a", "y"], 9),
        // The tab that holds it already is shown.
        (&[("x", "x"), ("a", "")], 1, None, "a", &["x", "a"], 2),
        // Back within a tab changes it, unless something was written that was not run.
        (&[("x", "x")], 1, Some(1), "a", &["a"], 1),
        (&[("draft", "x")], 1, Some(1), "a", &["draft", "a"], 9),
        // A reload finds the draft.
        (&[("draft", "a"), ("y", "y")], 2, Some(1), "a", &["draft", "y"], 1),
        // A link without a statement leaves a text alone.
        (&[("x", "x")], 1, None, "", &["x", ""], 9),
        // A step of a tab that was closed.
        (&[("x", "x")], 1, Some(7), "a", &["x", "a"], 9),
    ] {
        let mut tabs = tabs(open, current);
        tabs.arrive(step, sql, &NONE, 9);
        assert_eq!(
            (texts(&tabs), tabs.current_id()),
            (expected.to_vec(), shown),
            "{open:?} {step:?} {sql}"
        );
    }
}

#[test]
fn closed_tabs_come_back() {
    let mut tabs = tabs(&[("a", ""), ("b", ""), ("", "")], 2);
    assert_eq!(tabs.close(3, 9), None);
    assert_eq!(tabs.close(2, 9).map(|tab| tab.sql).as_deref(), Some("b"));
    assert_eq!(tabs.current_id(), 1);
    assert!(tabs.close(1, 9).is_some() && tabs.close(5, 9).is_none());
    assert_eq!((texts(&tabs), tabs.current_id()), (vec![""], 9));
    assert!(tabs.reopen() && tabs.reopen() && !tabs.reopen());
    assert_eq!((texts(&tabs), tabs.current_id()), (vec!["", "a", "b"], 2));
    for id in 100..200 {
        tabs.add(tab(id, "more", ""));
    }
    assert_eq!((tabs.open.len(), tabs.closed.len()), (MOST_TABS, MOST_CLOSED));
    assert_eq!(tabs.current_id(), 199);
}

#[test]
fn titles() {
    for (sql, label) in [
        ("", "New query"),
        ("\n-- top cities\nselect 1", "top cities select 1"),
        ("select  *\nfrom t", "select * from t"),
        ("select ääääääääääääääääääääää, b", "select äääääääääääääääää…"),
    ] {
        assert_eq!(tab(1, sql, "").label(), label);
    }
    let mut tabs = tabs(&[("a", ""), ("b", "")], 1);
    tabs.rename(1, "  Mine ");
    assert_eq!(tabs.current().map(Tab::label).as_deref(), Some("Mine"));
    tabs.rename(1, " ");
    assert_eq!(tabs.current().map(Tab::label).as_deref(), Some("a"));
    assert_eq!((tabs.beside(1, false), tabs.beside(2, true)), (2, 1));
}

#[test]
fn what_was_kept_is_read_with_care() {
    let kept = tabs(&[("a", "b")], 1);
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(Tabs::kept(&text), Some(kept));
    for text in ["", "[]", "{\"open\":[],\"current\":1}", "{\"open\":1}"] {
        assert_eq!(Tabs::kept(text), None);
    }
    let lost = Tabs::kept("{\"open\":[{\"id\":4}],\"current\":1}").unwrap();
    assert_eq!(lost.current_id(), 4);
}

#[test]
fn what_is_kept_is_bounded() {
    let large = "x".repeat(KEPT_BYTES / 2);
    let mut ours = tabs(
        &[
            (large.as_str(), ""),
            ("small", ""),
            (large.as_str(), "more than fits"),
            ("last", ""),
        ],
        1,
    );
    ours.close(4, 9);
    let all = merged(None, &ours.clone(), &mut ours, || 9);
    assert_eq!((all.open.len(), all.closed.len()), (2, 0));
    assert_eq!(ours.open.len(), 3);
}

#[test]
fn two_windows_lose_nothing() {
    let seen = tabs(&[("a", ""), ("b", ""), ("c", "")], 1);
    // Another window changed 1 and 2 and opened a tab; this one changed 1 and closed 3.
    let mut theirs = tabs(&[("theirs", ""), ("b2", ""), ("c", "")], 1);
    theirs.open.push(tab(7, "new", ""));
    let mut ours = tabs(&[("ours", ""), ("b", "")], 1);
    let all = merged(Some(theirs), &seen, &mut ours, || 9);
    assert_eq!((texts(&ours), ours.current_id()), (vec!["ours", "b2"], 9));
    assert_eq!(texts(&all), ["ours", "b2", "theirs", "new"]);
    assert_eq!(texts(&merged(None, &seen, &mut ours, || 9)), ["ours", "b2"]);
}
