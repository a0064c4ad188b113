//! What joins wait for: small tables are fetched beside each other, over a link in time of its own.

use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use futures::{StreamExt, TryStreamExt};
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::Options;
use limn::query::Session;
use limn::table;

use crate::link::Link;

const LATENCY_MILLIS: f64 = 30.0;
const CACHE_BYTES: u64 = 64 << 20;
const TABLES: [&str; 4] = ["cameras", "inspections", "labels", "parts"];

/// The sample lake, opened, of which no data was read.
struct Sample {
    link: Link,
    session: Session,
}

/// What an answer waited for and cost.
#[derive(Debug)]
struct Cost {
    /// Answers that were waited for one after the other.
    rounds: u32,
    bytes: u64,
    requests: u64,
    rows: String,
}

impl Sample {
    async fn open(base: &str, cache_bytes: u64) -> Self {
        let lake = concat!(env!("CARGO_MANIFEST_DIR"), "/www/lake");
        // A link that no byte has to wait for.
        let link = Link::new(LocalTransport::new(base, lake), LATENCY_MILLIS, 1e6);
        let store = HttpStore::new(Arc::new(link.clone()), cache_bytes);
        let session = Session::new(Arc::clone(&store), &Options::default()).unwrap();
        let open = async {
            for name in TABLES {
                let location = Location::parse(&format!("{base}{name}")).unwrap();
                let table = table::open(&store.metered(&Meter::default()), &[location], None).await;
                session.register(name, table.unwrap()).unwrap();
            }
        };
        link.time(open).await;
        Self { link, session }
    }

    async fn ask(&self, sql: &str) -> Cost {
        let meter = Meter::default();
        let work = async {
            let running = self.session.query(sql, &meter).await.unwrap();
            running.batches.try_collect::<Vec<_>>().await.unwrap()
        };
        let (batches, millis) = self.link.time(work).await;
        Cost {
            rounds: rounds(millis),
            bytes: meter.costs().bytes,
            requests: meter.costs().requests,
            rows: pretty_format_batches(&batches).unwrap().to_string(),
        }
    }
}

fn rounds(millis: f64) -> u32 {
    let so_long = |rounds: &u32| f64::from(*rounds) * LATENCY_MILLIS > millis - LATENCY_MILLIS / 2.0;
    (0..1000).find(so_long).unwrap()
}

/// What `sql` costs at a host that answers many at once when nothing was read before.
async fn cold(sql: &str) -> Cost {
    Sample::open("https://lake.test/", CACHE_BYTES).await.ask(sql).await
}

#[tokio::test]
async fn the_sides_of_a_join_are_fetched_beside_each_other() {
    let join = "select count(*) as n, sum(i.sharpness) as s, count(l.label) as l from inspections i \
                left join labels l on l.inspection_id = i.inspection_id";
    let join = cold(join).await;
    let inspections = cold("select sum(sharpness), max(inspection_id) from inspections").await;
    let labels = cold("select max(label), max(inspection_id) from labels").await;
    assert_eq!(
        (join.bytes, join.requests),
        (inspections.bytes + labels.bytes, inspections.requests + labels.requests)
    );
    // Footers, and then rows; files of labels are so short that their footers bring them along.
    assert_eq!((inspections.rounds, labels.rounds), (2, 1));
    assert_eq!(join.rounds, 2, "{join:?}");
}

#[tokio::test]
async fn what_one_side_might_rule_out_of_a_small_one_is_not_waited_for() {
    let join = "select c.lens, count(*) as n, round(sum(i.sharpness), 6) as s from inspections i \
                join cameras c on c.camera_id = i.camera_id where c.lens_since > date '2026-10-01' \
                group by c.lens order by c.lens";
    let join = cold(join).await;
    assert_eq!(join.rounds, 2, "{join:?}");
    assert!(
        join.rows.contains("| Vario 16-40 mm | 30000 | 12167.561007 |"),
        "{join:?}"
    );
    let inspections = cold("select sum(sharpness), max(camera_id) from inspections").await;
    let cameras = cold("select max(camera_id), max(lens), max(lens_since) from cameras").await;
    assert!(
        join.bytes <= inspections.bytes + cameras.bytes,
        "{join:?}\n{inspections:?}\n{cameras:?}"
    );
}

#[tokio::test]
async fn what_was_begun_early_is_read_once_and_without_a_cache_too() {
    let joins = [
        "select count(*), sum(i.sharpness) from inspections i left join labels l on l.inspection_id = i.inspection_id",
        "select count(*) from inspections i join cameras c on c.camera_id = i.camera_id",
        "select max(a.sharpness) from inspections a join inspections b on a.inspection_id = b.inspection_id",
        "select count(*) from labels where inspection_id in (select inspection_id from inspections)",
        "select week, sharpness from inspections where sharpness > (select max(sharpness) from inspections) - 0.001 order by 1, 2",
        "select count(*) from (select camera_id from inspections union all select camera_id from cameras)",
        "select p.line, count(*) from parts p join inspections i on p.part_id = i.part_id group by 1 order by 1",
    ];
    for sql in joins {
        let (kept, forgotten) = (cold(sql).await, without_cache(sql).await);
        assert_eq!(kept.rows, forgotten.rows, "{sql}");
    }
    let both = without_cache(joins[0]).await;
    let inspections = without_cache("select sum(sharpness), max(inspection_id) from inspections").await;
    let labels = without_cache("select sum(inspection_id) from labels").await;
    assert_eq!(
        (both.bytes, both.requests),
        (inspections.bytes + labels.bytes, inspections.requests + labels.requests)
    );
}

async fn without_cache(sql: &str) -> Cost {
    Sample::open("https://lake.test/", 0).await.ask(sql).await
}

#[tokio::test]
async fn rows_that_nobody_takes_any_more_are_not_fetched() {
    let sample = Sample::open("https://lake.test/", CACHE_BYTES).await;
    let meter = Meter::default();
    let sql = "select count(*) from inspections i left join labels l on l.inspection_id = i.inspection_id";
    let mut running = sample.session.query(sql, &meter).await.unwrap();
    sample
        .link
        .time(async { assert!(futures::poll!(running.batches.next()).is_pending()) })
        .await;
    // What it did is still told.
    drop(running.batches);
    // Footers that are on their way may come; no rows follow them.
    sample.ask("select max(supplier) from parts").await;
    let files = 12 + 10;
    assert!(meter.costs().requests <= files, "{:?}", meter.costs());
    drop(running.counts);
}

#[tokio::test]
async fn what_a_recursion_found_rules_out_nothing_the_next_time() {
    let found = [
        "select max(x) as m from (select part_id as x from parts where weight_g > 100 \
         union all select part_id from inspections where sharpness > 0.1)",
        "select part_id as m from parts where weight_g > 100 order by part_id desc limit 1",
        "select max(p.part_id) as m from parts p join inspections i on i.part_id = p.part_id where i.sharpness > 0.1",
    ];
    let sample = Sample::open("https://lake.test/", CACHE_BYTES).await;
    for found in found {
        let sql = format!(
            "with recursive w(n) as (select 0 union all select w.n + 1 from w cross join ({found}) s \
             where w.n < 3 and s.m is not null) select count(*) as rounds from w"
        );
        let rows = sample.ask(&sql).await.rows;
        assert!(rows.contains("| 4      |"), "{sql}\n{rows}");
    }
}
