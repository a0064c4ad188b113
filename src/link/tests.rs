//! Links, written, read, and hostile.

use super::*;
use crate::protocol::AsOf;

fn table(name: &str, urls: &[&str], version: Option<&str>) -> TableLink {
    TableLink {
        name: name.into(),
        urls: urls.iter().map(ToString::to_string).collect(),
        version: version.map(Into::into),
        elsewhere: vec![],
    }
}

fn parse(text: &str) -> Link {
    text.parse().unwrap()
}

#[test]
fn reads_what_a_person_writes() {
    let link = parse("#t.trips=https://h.example/lake/trips/&v.trips=12&q=select+count(*)%20from%0Atrips");
    assert_eq!(
        link.tables,
        [table("trips", &["https://h.example/lake/trips/"], Some("12"))]
    );
    assert_eq!(link.sql, "select count(*) from\ntrips");
    assert!(link.unknown.is_empty());
}

#[test]
fn plus_is_a_space_in_statements_only() {
    let link = parse("t.a=https://h/c++&v.a=2026-11-22T10:00:00+02:00&q=1+%2B+1");
    assert_eq!(
        link.tables,
        [table("a", &["https://h/c++"], Some("2026-11-22T10:00:00+02:00"))]
    );
    assert_eq!(link.sql, "1 + 1");
    assert_eq!(
        link.plain(),
        "t.a=https://h/c%2B%2B&v.a=2026-11-22T10:00:00%2B02:00&q=1+%2B+1"
    );
}

#[test]
fn values_of_parameters_travel_as_they_are() {
    let link = parse("q=select+$from&p.from=2026-01-01&p.city=S%26+o+P&p.from=again&p.=x");
    let expected = [("city", "S&+o+P"), ("from", "2026-01-01")];
    assert_eq!(
        link.parameters,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );
    assert_eq!(link.unknown, ["p.from=again", "p.=x"]);
    assert_eq!(
        link.plain(),
        "q=select+$from&p.city=S%26%2Bo%2BP&p.from=2026-01-01&p.from=again&p.=x"
    );
}

#[test]
fn a_repeated_table_has_several_files_and_a_nameless_one_takes_its_name() {
    let link = parse("t.p=a.parquet&t.p=b.parquet&t=lake/Parts/&t=other/parts");
    let expected = [
        table("p", &["a.parquet", "b.parquet"], None),
        table("parts", &["lake/Parts/"], None),
        table("parts_2", &["other/parts"], None),
    ];
    assert_eq!(link.tables, expected);
}

#[test]
fn keeps_what_it_does_not_know() {
    let link = parse("chart=pie&view=a/nowhere&t.a=x&theme=%7Bdark%7D&v.gone=3&flag&q=1&q=2&t.=nameless");
    assert_eq!(
        link.unknown,
        [
            "chart=pie",
            "view=a/nowhere",
            "theme=%7Bdark%7D",
            "flag",
            "q=2",
            "t.=nameless",
            "v.gone=3"
        ]
    );
    assert_eq!(
        link.to_string(),
        "t.a=x&q=1&chart=pie&view=a/nowhere&theme=%7Bdark%7D&flag&q=2&t.=nameless&v.gone=3"
    );
}

#[test]
fn the_grid_is_a_segment_of_its_own() {
    let link = parse("t.a=x&q=select+1&grid=sort:-a%20b;where:n:gt:5&grid=again");
    assert_eq!(link.grid.to_string(), "sort:-a b;where:n:gt:5");
    assert_eq!(
        link.to_string(),
        "t.a=x&q=select+1&grid=sort:-a%20b;where:n:gt:5&grid=again"
    );
}

#[test]
fn a_version_may_stand_before_its_table() {
    assert_eq!(parse("v.a=1&t.a=x").tables, [table("a", &["x"], Some("1"))]);
}

#[test]
fn versions_are_numbers_or_times() {
    assert_eq!(table("a", &["x"], None).as_of(), Ok(None));
    assert_eq!(table("a", &["x"], Some(" 7 ")).as_of(), Ok(Some(AsOf::Version(7))));
    let time = "2026-11-22T10:00:00+02:00";
    assert_eq!(
        table("a", &["x"], Some(time)).as_of(),
        Ok(Some(AsOf::Timestamp(time.into())))
    );
    for wrong in ["-1", "1.5", "yesterday", "2026-11-22", "99999999999999999999999", "<b>"] {
        assert_eq!(
            table("a", &["x"], Some(wrong)).as_of().unwrap_err().kind,
            Kind::BadLink,
            "{wrong}"
        );
    }
}

#[test]
fn pins_the_versions_that_were_read() {
    let link = parse("t.a=x&t.b=y&v.b=2026-01-01T00:00:00Z&t.c=z.parquet");
    let pinned = link.pinned(&BTreeMap::from([("a".into(), 4), ("b".into(), 9)]));
    assert_eq!(pinned.plain(), "t.a=x&v.a=4&t.b=y&v.b=9&t.c=z.parquet");
}

/// Links of every odd shape, from a generator that always gives the same ones.
fn odd_links() -> impl Iterator<Item = Link> {
    const PIECES: [&str; 16] = [
        "a", "=", "&", "#", "+", "%", "%41", " ", "\n", "é", "🦆", "\"", "<script>", ".", "z=", "\u{202e}",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let mut text = move |least: u64| {
        (0..least + next(9))
            .map(|_| PIECES[usize::try_from(next(16)).unwrap()])
            .collect::<String>()
    };
    (0..500).map(move |_| Link {
        tables: vec![
            TableLink {
                name: format!("x{}", text(1)),
                urls: vec![text(1), text(0)],
                version: Some(text(0)),
                elsewhere: vec![],
            },
            TableLink {
                name: format!("y{}", text(1)),
                urls: vec![text(3)],
                version: None,
                elsewhere: vec![],
            },
        ],
        sql: text(0),
        parameters: [(text(1), text(0))].into(),
        view: Some(View::of(&text(1), Tab::History).at(&[&text(0), &text(2)])),
        grid: text(1).parse().unwrap_or_default(),
        chart: Some(ChartLink {
            kind: ChartKind::Bar,
            x: Some(ColumnName { name: text(0), nth: 1 }),
            y: vec![ColumnName { name: text(0), nth: 0 }],
            ..ChartLink::default()
        }),
        unknown: vec!["k=%zz".into(), "flag".into()],
    })
}

#[test]
fn every_link_survives_its_text() {
    for link in odd_links() {
        assert_eq!(parse(&link.to_string()), link);
        assert_eq!(parse(&format!("#{}", compact::compress(&link.plain()))), link);
    }
}

#[test]
fn written_links_hold_nothing_that_a_browser_or_a_reader_would_change() {
    for link in odd_links() {
        let text = link.plain();
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"<>#`".contains(&byte)),
            "{text}"
        );
    }
}

#[test]
fn long_links_are_compressed_and_short_ones_are_not() {
    let mut link = parse("t.a=x&q=select+1");
    assert_eq!(link.to_string(), link.plain());
    link.sql = "select * from a union all\n".repeat(200);
    let text = link.to_string();
    assert!(text.starts_with("z=") && text.len() < 400, "{text}");
    assert_eq!(parse(&text), link);
}

#[test]
fn garbage_never_panics() {
    let mut seed = 1_u32;
    for length in 0..600 {
        let garbage: Vec<u8> = (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"tvqz.=&+%#/:AZaz09\xc3\xa9\x00\n"[(seed >> 24) as usize % 22]
            })
            .collect();
        let text = String::from_utf8_lossy(&garbage).into_owned();
        if let Ok(link) = text.parse::<Link>() {
            assert_eq!(
                parse(&link.plain().replace("z=", "%7A=")).tables.len(),
                link.tables.len()
            );
            for table in &link.tables {
                let _ = table.source("https://page.example/");
            }
        }
    }
}

#[test]
fn bounds_are_kept() {
    let many: String = (0..=LINK_TABLES)
        .flat_map(|n| ["t.a".to_owned(), n.to_string(), "=x&".to_owned()])
        .collect();
    assert_eq!(many.parse::<Link>().unwrap_err().kind, Kind::BadLink);
    assert_eq!(
        "q".repeat(LINK_BYTES + 1).parse::<Link>().unwrap_err().kind,
        Kind::BadLink
    );
}
