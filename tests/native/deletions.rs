//! Deletion vectors: rows that are deleted never come back, whatever is pruned, limited or broken.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use limn::error::{Error, Kind, Result};
use roaring::RoaringTreemap;
use serde_json::json;

use crate::lake::Lake;
use crate::made::paged;

const ROWS: i64 = 20_000;

/// A bitmap in the portable format, as the log and `.bin` files hold it.
fn bitmap(deleted: &RoaringTreemap) -> Vec<u8> {
    let mut bytes = 1_681_511_377_u32.to_le_bytes().to_vec();
    deleted.serialize_into(&mut bytes).unwrap();
    bytes
}

/// A bitmap as an entry of a `.bin` file.
fn entry(bitmap: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bitmap.len()).unwrap();
    [&length.to_be_bytes(), bitmap, &crc32fast::hash(bitmap).to_be_bytes()].concat()
}

/// Two files of rows sorted by `id`, in row groups of 1000 rows and pages of 100, with what is deleted of each.
struct Deleted {
    lake: Lake,
    deleted: [RoaringTreemap; 2],
}

impl Deleted {
    /// `places` says where the vectors are, in `deletionVector` objects without size and cardinality.
    fn new(deleted: [RoaringTreemap; 2], places: [serde_json::Value; 2]) -> Self {
        let lake = Lake::new();
        fs::create_dir_all(lake.directory.path().join("t/_delta_log")).unwrap();
        let schema = json!({"type": "struct", "fields": [
            {"name": "id", "type": "long", "nullable": true, "metadata": {}},
            {"name": "name", "type": "string", "nullable": true, "metadata": {}},
        ]});
        let mut log = vec![
            json!({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7,
                "readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}}),
            json!({"metaData": {"id": "t", "format": {"provider": "parquet", "options": {}},
                "schemaString": schema.to_string(), "partitionColumns": [], "configuration": {}}}),
        ];
        for (file, (deleted, mut place)) in deleted.iter().zip(places).enumerate() {
            let size = write(&lake, file);
            place["sizeInBytes"] = bitmap(deleted).len().into();
            place["cardinality"] = deleted.len().into();
            let first = i64::try_from(file).unwrap() * ROWS;
            let stats = json!({"numRecords": ROWS, "tightBounds": false, "minValues": {"id": first},
                "maxValues": {"id": first + ROWS - 1}, "nullCount": {"id": 0, "name": 0}});
            log.push(
                json!({"add": {"path": format!("{file}.parquet"), "partitionValues": {}, "size": size,
                "modificationTime": 0, "dataChange": true, "stats": stats.to_string(), "deletionVector": place}}),
            );
        }
        let log: Vec<String> = log.iter().map(ToString::to_string).collect();
        let commit = lake.directory.path().join("t/_delta_log/00000000000000000000.json");
        fs::write(commit, log.join("\n")).unwrap();
        Self { lake, deleted }
    }

    /// The vectors in the log itself.
    fn inline(deleted: [RoaringTreemap; 2]) -> Self {
        let place =
            |deleted: &RoaringTreemap| json!({"storageType": "i", "pathOrInlineDv": z85::encode(bitmap(deleted))});
        let places = [place(&deleted[0]), place(&deleted[1])];
        Self::new(deleted, places)
    }

    /// Both vectors in one file, `gap` bytes apart.
    fn stored(deleted: [RoaringTreemap; 2], gap: usize) -> Self {
        let mut bytes = vec![1];
        bytes.extend(entry(&bitmap(&deleted[0])));
        bytes.extend(vec![0; gap]);
        let second = bytes.len();
        bytes.extend(entry(&bitmap(&deleted[1])));
        let place =
            |offset: usize| json!({"storageType": "u", "pathOrInlineDv": "ab^-aqEH.-t@S}K{vb[*k^", "offset": offset});
        let table = Self::new(deleted, [place(1), place(second)]);
        fs::create_dir_all(table.vectors().parent().unwrap()).unwrap();
        fs::write(table.vectors(), bytes).unwrap();
        table
    }

    fn vectors(&self) -> std::path::PathBuf {
        let name = "t/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
        self.lake.directory.path().join(name)
    }

    async fn open(&self) -> Result<()> {
        self.lake.open("t", &["t"]).await.map(|_| ())
    }

    /// Is the row still there?
    fn is_left(&self, id: i64) -> bool {
        let (file, row) = (usize::try_from(id / ROWS).unwrap(), u64::try_from(id % ROWS).unwrap());
        !self.deleted[file].contains(row)
    }

    /// The count and the sum of ids that a condition must give.
    fn expected(&self, holds: impl Fn(i64) -> bool) -> String {
        let left: Vec<i64> = (0..2 * ROWS).filter(|id| self.is_left(*id) && holds(*id)).collect();
        format!("{}|{}", left.len(), left.iter().sum::<i64>())
    }

    async fn assert_rows(&self, condition: &str, holds: impl Fn(i64) -> bool) {
        let sql = format!("select count(*), coalesce(sum(id), 0) from t where {condition}");
        let rows = self.lake.query(&sql).await.unwrap().rows();
        assert_eq!(rows, [self.expected(holds)], "{condition}");
    }
}

fn write(lake: &Lake, file: usize) -> u64 {
    let first = i64::try_from(file).unwrap() * ROWS;
    let ids: Vec<i64> = (first..first + ROWS).collect();
    let names: Vec<String> = ids.iter().map(|id| format!("name {}", id % 7)).collect();
    let columns = [
        ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
        ("name", Arc::new(StringArray::from(names))),
    ];
    let properties = paged().build();
    let name = format!("t/{file}.parquet");
    lake.write(&name, &[RecordBatch::try_from_iter(columns).unwrap()], properties);
    fs::metadata(lake.directory.path().join(name)).unwrap().len()
}

/// Single rows, runs, ends of pages and of row groups, a whole row group, and in the second file all but one.
fn patterns() -> [RoaringTreemap; 2] {
    let mut first: RoaringTreemap = (0..20_000).step_by(37).collect();
    first.insert_range(95..105);
    first.insert_range(995..1005);
    first.insert_range(7000..8000);
    first.insert(19_999);
    let mut second = RoaringTreemap::new();
    second.insert_range(0..20_000);
    second.remove(12_345);
    [first, second]
}

#[tokio::test]
async fn deleted_rows_do_not_come_back_whatever_is_pruned() {
    for table in [Deleted::inline(patterns()), Deleted::stored(patterns(), 0)] {
        table.open().await.unwrap();
        table.assert_rows("true", |_| true).await;
        table
            .assert_rows("id >= 90 and id < 110", |id| (90..110).contains(&id))
            .await;
        table
            .assert_rows("id between 990 and 2010", |id| (990..=2010).contains(&id))
            .await;
        table
            .assert_rows("id between 6990 and 8010", |id| (6990..=8010).contains(&id))
            .await;
        table.assert_rows("id between 7100 and 7200", |_| false).await;
        table.assert_rows("id >= 20000", |id| id >= 20_000).await;
        table.assert_rows("name = 'name 3'", |id| id % 7 == 3).await;
        table
            .assert_rows("name = 'name 3' and id > 30000", |id| id % 7 == 3 && id > 30_000)
            .await;
        for id in [
            0, 1, 36, 37, 94, 95, 104, 105, 999, 1005, 19_998, 19_999, 20_000, 32_344, 32_345, 32_346,
        ] {
            table.assert_rows(&format!("id = {id}"), |other| other == id).await;
        }
    }
}

#[tokio::test]
async fn counts_come_from_the_log_and_limits_are_filled() {
    let table = Deleted::inline(patterns());
    table.open().await.unwrap();
    let left = (0..2 * ROWS).filter(|id| table.is_left(*id)).count();
    let counted = table.lake.query("select count(*) from t").await.unwrap();
    assert_eq!((counted.rows(), counted.costs.requests), (vec![left.to_string()], 0));
    for limit in [1, 94, 5000, left, left + 1] {
        let limited = table
            .lake
            .query(&format!("select id from t limit {limit}"))
            .await
            .unwrap();
        let rows: Vec<i64> = limited.rows().iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(rows.len(), limit.min(left));
        assert!(rows.iter().all(|id| table.is_left(*id)), "limit {limit}");
    }
    let last = table
        .lake
        .query("select id from t order by id desc limit 2")
        .await
        .unwrap();
    assert_eq!(last.rows(), ["32345", "19998"]);
}

#[tokio::test]
async fn vectors_of_one_file_are_fetched_together_and_once() {
    let table = Deleted::stored(patterns(), 100_000);
    table.open().await.unwrap();
    let first = table
        .lake
        .query("select id from t where id = 1 or id = 32345")
        .await
        .unwrap();
    assert_eq!(first.rows(), ["1", "32345"]);
    let vectors = || {
        let asked = table.lake.host.requests();
        asked
            .into_iter()
            .filter(|(url, _)| url.contains("/deletion_vector_"))
            .count()
    };
    assert_eq!(vectors(), 1);
    table.lake.query("select sum(id) from t").await.unwrap();
    assert_eq!(vectors(), 0);
    // Only the slices: what lies far between them is not read.
    let far = Deleted::stored(patterns(), 3_000_000);
    far.open().await.unwrap();
    let read = far
        .lake
        .query("select id from t where id = 1 or id = 32345")
        .await
        .unwrap();
    assert_eq!(read.rows(), ["1", "32345"]);
    assert!(read.costs.bytes < 500_000, "{:?}", read.costs);
}

async fn failure(table: &Deleted) -> Error {
    let outcome = match table.open().await {
        Ok(()) => table
            .lake
            .query("select * from t")
            .await
            .map(|answered| answered.rows()),
        Err(error) => Err(error),
    };
    outcome.unwrap_err()
}

#[tokio::test]
async fn a_vector_that_is_missing_cut_or_flipped_gives_no_rows() {
    let table = Deleted::stored(patterns(), 0);
    let whole = fs::read(table.vectors()).unwrap();
    for cut in [0, 1, 3, whole.len() / 2, whole.len() - 1] {
        fs::write(table.vectors(), &whole[..cut]).unwrap();
        let error = failure(&Deleted::again(&table)).await;
        assert!(error.subject.contains("/deletion_vector_"), "{cut}: {error}");
    }
    for at in (0..whole.len()).step_by(whole.len() / 50) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        fs::write(table.vectors(), &flipped).unwrap();
        let error = failure(&Deleted::again(&table)).await;
        assert_eq!(error.kind, Kind::Damaged, "byte {at}: {error}");
        assert!(error.detail.contains("deletion vector"), "{error}");
    }
    fs::remove_file(table.vectors()).unwrap();
    let error = failure(&Deleted::again(&table)).await;
    assert_eq!(error.kind, Kind::NotFound, "{error}");
}

impl Deleted {
    /// The same files behind a store that has read nothing.
    fn again(other: &Self) -> Self {
        let lake = Lake::new();
        let copied = fs_copy(&other.lake.directory.path().join("t"), &lake.directory.path().join("t"));
        copied.unwrap();
        Self {
            lake,
            deleted: other.deleted.clone(),
        }
    }
}

fn fs_copy(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs_copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_vector_that_does_not_fit_its_file_gives_no_rows() {
    let beyond: RoaringTreemap = [5, 20_000].into_iter().collect();
    let error = failure(&Deleted::inline([beyond.clone(), RoaringTreemap::new()])).await;
    assert_eq!(error.kind, Kind::Damaged, "{error}");
    let mut all = RoaringTreemap::new();
    all.insert_range(0..20_001);
    let error = failure(&Deleted::inline([all, RoaringTreemap::new()])).await;
    assert_eq!(error.kind, Kind::Damaged, "{error}");
    for (place, kind) in [
        (json!({"storageType": "x", "pathOrInlineDv": "a"}), Kind::Damaged),
        (
            json!({"storageType": "i", "pathOrInlineDv": "not base 85 \""}),
            Kind::Damaged,
        ),
        (
            json!({"storageType": "u", "pathOrInlineDv": "short", "offset": 1}),
            Kind::Damaged,
        ),
        (
            json!({"storageType": "p", "pathOrInlineDv": "s3://other/x.bin", "offset": 1}),
            Kind::Elsewhere,
        ),
        (
            json!({"storageType": "p", "pathOrInlineDv": "http://evil.test/x.bin", "offset": 1}),
            Kind::Elsewhere,
        ),
    ] {
        let none: RoaringTreemap = [1].into_iter().collect();
        let table = Deleted::new([none.clone(), none], [place.clone(), place.clone()]);
        assert_eq!(failure(&table).await.kind, kind, "{place}");
    }
}

#[tokio::test]
async fn an_absolute_path_below_the_table_is_read() {
    let deleted = patterns();
    let place = |file: usize| json!({"storageType": "p", "pathOrInlineDv": format!("http://lake.test/t/{file}.bin"), "offset": 1});
    let table = Deleted::new(deleted.clone(), [place(0), place(1)]);
    for (file, deleted) in deleted.iter().enumerate() {
        let bytes = [vec![1], entry(&bitmap(deleted))].concat();
        fs::write(table.lake.directory.path().join(format!("t/{file}.bin")), bytes).unwrap();
    }
    table.open().await.unwrap();
    table.assert_rows("id > 500", |id| id > 500).await;
}
