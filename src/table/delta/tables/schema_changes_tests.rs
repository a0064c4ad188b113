//! What counts as a change of a schema.

use super::*;

fn described(fields: &str, partitioning: &str, properties: &[(&str, &str)]) -> Described {
    let mut columns = vec![];
    collect(
        &serde_json::from_str(&format!(r#"{{"fields":[{fields}]}}"#)).unwrap(),
        "",
        &mut columns,
    );
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Described {
        columns,
        partitioning: partitioning.to_owned(),
        properties: properties.iter().map(owned).collect(),
    }
}

fn told(before: &Described, after: &Described) -> Vec<String> {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let line = |one: Difference| {
        format!(
            "{} {}: {} > {}",
            one.change,
            one.name,
            shown(one.before),
            shown(one.after)
        )
    };
    before.differences(after).into_iter().map(line).collect()
}

#[test]
fn columns_come_go_and_change() {
    let before = described(
        r#"{"name":"a","type":"integer","nullable":true,"metadata":{}},
           {"name":"b","type":"string","nullable":true,"metadata":{"comment":"old"}},
           {"name":"s","type":{"type":"struct","fields":[{"name":"x","type":"date"}]}}"#,
        "b",
        &[("k", "1"), ("gone", "x")],
    );
    let after = described(
        r#"{"name":"a","type":"long","nullable":false,"metadata":{}},
           {"name":"c","type":{"type":"array","elementType":"string","containsNull":true}},
           {"name":"s","type":{"type":"struct","fields":[{"name":"x","type":"date"},{"name":"y","type":"date"}]}}"#,
        "",
        &[("k", "2")],
    );
    assert_eq!(
        told(&before, &after),
        [
            "type a: integer > long",
            "nullable a: true > false",
            "column dropped b: string > -",
            r#"column added c: - > {"containsNull":true,"elementType":"string","type":"array"}"#,
            "column added s.y: - > date",
            "partitioning : b > ",
            "property gone: x > -",
            "property k: 1 > 2",
        ]
    );
}

#[test]
fn a_renamed_column_keeps_its_id() {
    let field = |name: &str, id: i64| {
        format!(r#"{{"name":"{name}","type":"long","metadata":{{"delta.columnMapping.id":{id}}}}}"#)
    };
    let before = described(&field("a", 1), "", &[]);
    assert_eq!(
        told(&before, &described(&field("b", 1), "", &[])),
        ["column renamed b: a > b"]
    );
    assert_eq!(
        told(&before, &described(&field("a", 2), "", &[])),
        ["column dropped a: long > -", "column added a: - > long"]
    );
}
