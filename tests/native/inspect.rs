//! What is told of tables from metadata alone, held against their rows and bytes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use limn::error::Kind;
use limn::protocol::AsOf;
use limn::protocol::inspect::{
    Bound, Certainty, ColumnFact, ColumnFacts, Facts, FileFacts, Inspection, Layout, RegionKind,
};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::corpora::corpora;
use crate::kernel::tables;
use crate::lake::write;
use crate::relations::Lake;

async fn columns(lake: &Lake, footers: bool) -> ColumnFacts {
    match lake.inspect(Inspection::Columns { footers }).await {
        Ok(Facts::Columns(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

async fn files(lake: &Lake) -> FileFacts {
    match lake.inspect(Inspection::Files).await {
        Ok(Facts::Files(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

async fn layout(lake: &Lake, path: &str, row_group: Option<u32>) -> Layout {
    let path = path.to_owned();
    match lake.inspect(Inspection::Layout { path, row_group }).await {
        Ok(Facts::Layout(layout)) => layout,
        other => panic!("{other:?}"),
    }
}

fn column<'a>(facts: &'a ColumnFacts, name: &str) -> &'a ColumnFact {
    facts.columns.iter().find(|column| column.path == [name]).unwrap()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Holds what is told of a flat column against its rows; what cannot be asked of it is passed over.
async fn hold(lake: &Lake, name: &str, fact: &ColumnFact) -> Result<usize, String> {
    let column = quoted(fact.path.last().unwrap());
    let mut held = 0;
    if let Some(nulls) = fact.nulls
        && let Ok(rows) = lake
            .ask(&format!("select count(*) - count({column}) from t where random() >= 0"))
            .await
    {
        let there: u64 = crate::lake::lines(&rows)[0].parse().unwrap();
        let right = match nulls.certainty {
            Certainty::Exact => there == nulls.value,
            Certainty::AtLeast => there >= nulls.value,
            Certainty::AtMost => there <= nulls.value,
            Certainty::Estimate => true,
        };
        held += 1;
        if !right {
            return Err(format!("{name}: {column} has {there} NULLs, told {nulls:?}"));
        }
    }
    if let Some(distinct) = fact.distinct
        && let Ok(rows) = lake.ask(&format!("select count(distinct {column}) from t")).await
    {
        let there: u64 = crate::lake::lines(&rows)[0].parse().unwrap();
        let right = match distinct.certainty {
            Certainty::Exact => there == distinct.value,
            Certainty::AtMost => there <= distinct.value,
            _ => true,
        };
        held += 1;
        if !right {
            return Err(format!("{name}: {column} has {there} values, told {distinct:?}"));
        }
    }
    for (bound, extreme, beyond) in [(&fact.min, "min", "<"), (&fact.max, "max", ">")] {
        let Some(bound) = bound else { continue };
        held += hold_bound(lake, (name, &column, &fact.type_name), bound, (extreme, beyond)).await?;
    }
    Ok(held)
}

async fn hold_bound(
    lake: &Lake,
    (name, column, type_name): (&str, &str, &str),
    bound: &Bound,
    (extreme, beyond): (&str, &str),
) -> Result<usize, String> {
    if bound.certainty == Certainty::Exact {
        let sql = format!("select {extreme}({column}) from t where random() >= 0");
        let Ok(rows) = lake.ask(&sql).await else { return Ok(0) };
        let there = crate::lake::lines(&rows).concat();
        // Arrow's own text differs from ours in the separators of times and in the infinities.
        let plain = |text: &str| {
            text.replace(['T', 'Z'], " ")
                .replace("Infinity", "inf")
                .trim()
                .to_owned()
        };
        if plain(&there) == plain(&bound.text) {
            return Ok(1);
        }
        return Err(format!("{name}: {extreme} of {column} is {there}, told {bound:?}"));
    }
    let text = format!("'{}'", bound.text.replace('\'', "''"));
    let value = match type_name {
        "string" => text,
        other => format!("cast({text} as {other})"),
    };
    let without_nan = format!("select count(*) from t where {column} {beyond} {value}");
    let outside = format!("{without_nan} and not isnan(try_cast({column} as double))");
    let rows = match lake.ask(&outside).await {
        Ok(rows) => rows,
        Err(_) => match lake.ask(&without_nan).await {
            Ok(rows) => rows,
            Err(_) => return Ok(0),
        },
    };
    match crate::lake::lines(&rows).concat().as_str() {
        "0" => Ok(1),
        more => Err(format!("{name}: {more} values of {column} are {beyond} {bound:?}")),
    }
}

/// Holds everything that is told of the table called `t` against its rows and files.
async fn hold_table(lake: &Lake, name: &str) -> Result<usize, String> {
    lake.host.clear();
    let (facts, about_files) = (columns(lake, false).await, files(lake).await);
    let asked = lake.host.requests();
    assert!(
        asked.is_empty(),
        "{name}: the log was read already, and {asked:?} is asked for"
    );
    assert_eq!(
        about_files.sizes.iter().map(|bin| bin.files).sum::<u64>(),
        about_files.files,
        "{name}"
    );
    let bytes: u64 = about_files.sizes.iter().map(|bin| bin.bytes).sum();
    assert_eq!(Some(bytes), about_files.size_bytes, "{name}");
    for overlap in &about_files.overlaps {
        let known = overlap.files;
        assert!(
            overlap.depth >= 1.0 && overlap.deepest >= 1 && overlap.deepest <= known,
            "{name}: {overlap:?}"
        );
    }
    let in_partitions: u64 = about_files.partitions.iter().map(|partition| partition.files).sum();
    assert!(
        in_partitions == about_files.files || about_files.partition_count == 0,
        "{name}"
    );
    let mut held = 0;
    for fact in &facts.columns {
        held += hold(lake, name, fact).await?;
    }
    Ok(held)
}

/// Opens every file of the table called `t`: every byte has its place, and every page.
async fn hold_layouts(lake: &Lake, name: &str) -> Result<usize, String> {
    let paths = lake.rows("select path from limn_files('t')").await;
    let facts = columns(lake, true).await;
    let mut bytes_of_chunks = 0;
    for path in &paths {
        let told = layout(lake, path, None).await;
        let mut at = 0;
        for region in &told.regions {
            assert_eq!(region.start, at, "{name}: {path}");
            assert!(region.start < region.end, "{name}: {path}");
            at = region.end;
        }
        assert_eq!(at, told.size_bytes, "{name}: {path}");
        bytes_of_chunks += told.row_groups.iter().map(|group| group.size_bytes).sum::<u64>();
        for (number, group) in (0..).zip(&told.row_groups) {
            let chunks = layout(lake, path, Some(number)).await.chunks;
            let all: u64 = chunks.iter().map(|chunk| chunk.size_bytes).sum();
            assert_eq!(all, group.size_bytes, "{name}: {path}");
            for chunk in chunks.iter().filter(|chunk| !chunk.pages.is_empty()) {
                let rows: u64 = chunk.pages.iter().map(|page| page.rows).sum();
                assert_eq!(rows, group.rows, "{name}: {path}, {}", chunk.column);
                let pages: u64 = chunk.pages.iter().map(|page| page.size_bytes).sum();
                let whole = pages + chunk.dictionary_bytes.unwrap_or(0);
                assert_eq!(whole, chunk.size_bytes, "{name}: {path}, {}", chunk.column);
            }
        }
    }
    let flat = facts.columns.iter().filter(|column| !column.encodings.is_empty());
    let told: u64 = flat.filter_map(|column| column.size_bytes).sum();
    // Files keep columns that the table has dropped.
    assert!(told <= bytes_of_chunks, "{name}: {told} of {bytes_of_chunks}");
    Ok(paths.len())
}

#[tokio::test]
async fn what_is_told_of_columns_and_files_holds_for_their_rows() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta");
    let mut folders: Vec<_> = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let unpacked = tempfile::tempdir().unwrap();
    if let Some(corpora) = corpora() {
        folders.extend(tables(&corpora, unpacked.path()).into_iter().map(|(_, folder)| folder));
    }
    folders.sort();
    let (mut held, mut laid_out, mut wrong) = (0, 0, vec![]);
    for folder in folders {
        // Its log counts values of columns that its files lack.
        if folder.ends_with("kernel/tests/data/parsed-stats") {
            continue;
        }
        let lake = Lake::over(&folder);
        let name = folder.display().to_string();
        if lake.try_open("t", "").await.is_err() || lake.ask("select * from t").await.is_err() {
            continue;
        }
        match hold_table(&lake, &name).await {
            Ok(more) => held += more,
            Err(told) => wrong.push(told),
        }
        match hold_layouts(&lake, &name).await {
            Ok(more) => laid_out += more,
            Err(told) => wrong.push(told),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        held > 200 && laid_out > 60,
        "{held} figures and {laid_out} files were held"
    );
}

/// A file of 200,000 rows with page indexes, the footer of which is far from its data.
fn large_file(folder: &Path) -> u64 {
    let ids: ArrayRef = Arc::new((0..200_000).collect::<Int64Array>());
    let texts: ArrayRef = Arc::new(
        (0..200_000_u64)
            .map(|n| Some(format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
            .collect::<StringArray>(),
    );
    let kinds: ArrayRef = Arc::new(
        (0..200_000)
            .map(|n| Some(format!("kind {}", n % 40)))
            .collect::<StringArray>(),
    );
    let batch = RecordBatch::try_from_iter([("id", ids), ("text", texts), ("kind", kinds)]).unwrap();
    let properties = WriterProperties::builder()
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(100_000))
        .set_bloom_filter_enabled(true)
        .build();
    write(&folder.join("large.parquet"), &[batch], properties);
    fs::metadata(folder.join("large.parquet")).unwrap().len()
}

#[tokio::test]
async fn no_byte_of_data_is_fetched_to_tell_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let size = large_file(folder.path());
    let lake = Lake::over(folder.path());
    lake.open("t", "large.parquet", None).await;
    let path = lake.rows("select path from limn_files('t')").await.concat();
    lake.host.clear();
    let told = layout(&lake, &path, None).await;
    assert_eq!(
        lake.host.requests().len(),
        0,
        "the footer was read when the table was opened"
    );
    assert_eq!((told.rows, told.row_groups.len(), told.size_bytes), (200_000, 2, size));
    let data: Vec<_> = told
        .regions
        .iter()
        .filter(|region| matches!(region.kind, RegionKind::Data | RegionKind::Dictionary))
        .map(|region| region.start..region.end)
        .collect();
    assert!(told.regions.iter().any(|region| region.kind == RegionKind::BloomFilter));
    assert!(told.regions.iter().all(|region| region.kind != RegionKind::Unused));

    let second = layout(&lake, &path, Some(1)).await;
    for (_, range) in lake.host.requests() {
        let range = range.expect("a range");
        let begins_in_data = data
            .iter()
            .any(|data| data.contains(&range.start) || data.contains(&(range.end - 1)));
        assert!(!begins_in_data, "{range:?} of {size}");
    }
    let text = &second.chunks[1];
    assert!(text.pages.len() > 1 && text.has_column_index && text.bloom_bytes > Some(0));
    assert_eq!(text.nulls, Some(0));
    let kind = &second.chunks[2];
    assert_eq!(
        (
            kind.min.as_ref().unwrap().text.as_str(),
            kind.dictionary_bytes.is_some()
        ),
        ("kind 0", true)
    );

    let facts = columns(&lake, true).await;
    let id = column(&facts, "id");
    assert_eq!(
        id.min,
        Some(Bound {
            text: "0".into(),
            certainty: Certainty::Exact
        })
    );
    assert_eq!(id.max.as_ref().unwrap().text, "199999");
    assert!(id.size_bytes > Some(0) && !id.encodings.is_empty() && !id.codecs.is_empty());
}

#[tokio::test]
async fn a_table_tells_what_it_is() {
    let lake = Lake::with("deletion-vectors").await;
    lake.host.clear();
    let Ok(Facts::Overview(overview)) = lake.inspect(Inspection::Overview).await else {
        panic!("no overview")
    };
    assert_eq!(overview.protocol, Some((3, 7)));
    assert!(overview.id.is_some_and(|id| !id.is_empty()));
    let vectors = overview
        .features
        .iter()
        .find(|feature| feature.name == "deletionVectors");
    assert!(vectors.is_some_and(|feature| feature.readers && feature.is_read));
    assert!(
        overview
            .properties
            .iter()
            .any(|(name, value)| name == "delta.enableDeletionVectors" && value == "true")
    );
    let facts = files(&lake).await;
    assert!(facts.files_with_deleted > 0 && facts.deleted_rows > 0 && !facts.most_deleted.is_empty());
    assert!(lake.host.requests().is_empty());
}

#[tokio::test]
async fn versions_are_told_also_those_after_the_one_that_is_open() {
    let lake = Lake::with("log-cleaned").await;
    let latest = lake
        .rows("select max(version), min(version) from limn_history('t')")
        .await;
    let Ok(Facts::Versions(versions)) = lake.inspect(Inspection::Versions).await else {
        panic!("no versions")
    };
    let (first, last) = versions.range.unwrap();
    assert_eq!(latest, [format!("{last}|{first}")]);
    lake.open("t", "log-cleaned", Some(AsOf::Version(last - 1))).await;
    let Ok(Facts::Versions(versions)) = lake.inspect(Inspection::Versions).await else {
        panic!("no versions")
    };
    assert_eq!(versions.range, Some((first, last)));
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let lake = Lake::with("commits").await;
    let layout = |path: &str, row_group| Inspection::Layout {
        path: path.to_owned(),
        row_group,
    };
    let error = lake.inspect(layout("no-such.parquet", None)).await.unwrap_err();
    assert_eq!(
        (error.kind, error.subject.as_str()),
        (Kind::NotFound, "no-such.parquet")
    );
    let path = lake.rows("select path from limn_files('t') limit 1").await.concat();
    assert_eq!(
        lake.inspect(layout(&path, Some(99))).await.unwrap_err().kind,
        Kind::NotFound
    );
}

/// Files that the commits of a table remove and do not add again, each with its deletion vector; nothing when the log
/// does not begin at the beginning.
fn removed(table: &Path) -> Option<u64> {
    let mut commits: Vec<_> = fs::read_dir(table.join("_delta_log"))
        .ok()?
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .filter(|path| path.file_stem().unwrap().len() == 20)
        .collect();
    commits.sort();
    if !commits.first()?.ends_with("00000000000000000000.json") {
        return None;
    }
    let mut removed = std::collections::BTreeSet::new();
    for line in commits.iter().flat_map(|commit| {
        fs::read_to_string(commit)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    }) {
        let action: serde_json::Value = serde_json::from_str(&line).ok()?;
        let key = |file: &serde_json::Value| format!("{} {}", file["path"], file["deletionVector"]["pathOrInlineDv"]);
        if action["add"].is_object() {
            removed.remove(&key(&action["add"]));
        } else if action["remove"].is_object() {
            removed.insert(key(&action["remove"]));
        }
    }
    Some(removed.len() as u64)
}

#[tokio::test]
async fn files_that_the_log_names_as_removed_are_counted() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta");
    let mut compared = vec![];
    for entry in fs::read_dir(&data).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let lake = Lake::over(&data);
        let Some(expected) = removed(&data.join(&name)) else {
            continue;
        };
        if lake.try_open("t", &name).await.is_ok() {
            let Some(told) = files(&lake).await.removed_files else {
                continue;
            };
            assert_eq!(told, expected, "{name}");
            compared.push((name, told));
        }
    }
    println!("{compared:?}");
    for with_removed in ["commits", "commits-checkpoint"] {
        let found = compared.iter().find(|(name, _)| name == with_removed);
        assert!(
            found.is_some_and(|(_, removed)| *removed > 0),
            "{with_removed}: {compared:?}"
        );
    }
}
