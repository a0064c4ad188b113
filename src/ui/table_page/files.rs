//! How a table's rows lie in files, and what that costs readers.

use leptos::prelude::*;
use serde_json::Value;

use super::asked::{Shown as ShownWhenHere, asked, inspect, spent, unexpected};
use super::findings::{Finding, depth_percent, findings};
use super::layout::Layout;
use super::shell::Shown;
use super::statements::literal;
use super::values::Row;
use crate::link::Tab;
use crate::protocol::TableInfo;
use crate::protocol::inspect::{Facts, FileFacts, Inspection, Overlap, PartitionFact};
use crate::ui::clipboard::copy;
use crate::ui::draw::{Bars, ShareBar, Treemap, ratio};
use crate::ui::wording::{bytes, count, counted, decimal};

/// Files that are listed; the statement behind them gives all.
const LISTED: u32 = 500;
/// Partitions that a treemap shows; smaller ones are summed up.
const TILES: usize = 120;

/// The fourth tab. Its detail is `file`, a path, and a row group.
#[component]
pub fn Files(shown: Shown) -> impl IntoView {
    let file = Memo::new(move |_| {
        (shown.part(0).as_deref() == Some("file"))
            .then(|| shown.part(1))
            .flatten()
    });
    move || match file.get() {
        Some(path) => view! { <Layout shown path/> }.into_any(),
        None => view! { <AllFiles shown/> }.into_any(),
    }
}

#[component]
fn AllFiles(shown: Shown) -> impl IntoView {
    let page = shown.page;
    let state = asked(
        page,
        move || shown.opened.get(),
        move |opened| async move {
            match inspect(page, opened.name, Inspection::Files).await? {
                (Facts::Files(facts), stats) => Ok((facts, stats)),
                _ => Err(unexpected()),
            }
        },
    );
    view! {
        <ShownWhenHere state let:facts let:stats>{
            shown.info.get_untracked().map(|info| view! {
                <Findings shown info=info.clone() facts=facts.clone()/>
                <Sizes facts=facts.clone()/>
                <Partitions shown info facts=facts.clone()/>
                <Overlaps facts/>
                <p class="faint">{spent(&stats)}</p>
            })
        }</ShownWhenHere>
        <FileList shown/>
    }
}

#[component]
fn Findings(shown: Shown, info: TableInfo, facts: FileFacts) -> impl IntoView {
    let found = findings(&info.name, &info.format, &facts, info.stats.requests);
    let words = if found.is_empty() {
        "Nothing about its files costs readers more than it must."
    } else {
        "What costs readers, and what would mend it:"
    };
    view! {
        <h3>"Findings"</h3>
        <p>{words}</p>
        <ul class="findings">{found.into_iter().map(|finding| view! { <FindingOf shown finding/> }).collect_view()}</ul>
    }
}

#[component]
fn FindingOf(shown: Shown, finding: Finding) -> impl IntoView {
    let page = shown.page;
    let remedy = finding.remedy.map(|remedy| {
        let text = remedy.clone();
        let take = move |_| {
            let text = text.clone();
            leptos::task::spawn_local(async move {
                page.say(if copy(&text).await { "Copied." } else { "The browser did not allow copying." });
            });
        };
        view! { <p class="remedy"><code>{remedy}</code><button class="button small quiet" on:click=take>"Copy"</button></p> }
    });
    view! { <li><p class="finding-title">{finding.title}</p><p>{finding.cost}</p>{remedy}</li> }
}

#[component]
fn Sizes(facts: FileFacts) -> impl IntoView {
    let bar = |bin: &crate::protocol::inspect::SizeBin| {
        let title = format!(
            "{} from {} to {}, together {}",
            counted(bin.files, "file"),
            bytes(bin.from_bytes),
            bytes(bin.from_bytes * 2),
            bytes(bin.bytes)
        );
        (bytes(bin.from_bytes), bin.files, title)
    };
    let bars = facts.sizes.iter().map(bar).collect();
    let summary = [
        Some(counted(facts.files, "file")),
        facts.size_bytes.map(|size| format!("{} in all", bytes(size))),
        facts
            .median_bytes
            .map(|size| format!("half of them above {}", bytes(size))),
        facts
            .largest
            .first()
            .map(|(_, size, _)| format!("the largest {}", bytes(*size))),
        (facts.deleted_rows > 0).then(|| {
            format!(
                "{} in {} deleted",
                counted(facts.deleted_rows, "row"),
                counted(facts.files_with_deleted, "file")
            )
        }),
        Some(format!("{} with statistics", counted(facts.files_with_rows, "file"))),
    ];
    view! {
        <h3>"Sizes"</h3>
        <p>{summary.into_iter().flatten().collect::<Vec<_>>().join(" · ")}</p>
        <Bars bars label="Files by size"/>
    }
}

#[component]
fn Partitions(shown: Shown, info: TableInfo, facts: FileFacts) -> impl IntoView {
    if facts.partition_count == 0 {
        return ().into_any();
    }
    let names: Vec<String> = info
        .columns
        .iter()
        .filter(|column| column.partition)
        .map(|column| column.name.clone())
        .collect();
    let words = |partition: &PartitionFact| {
        let values = partition.values.iter().map(|value| value.as_deref().unwrap_or("NULL"));
        values.collect::<Vec<_>>().join(" / ")
    };
    let part = |partition: &PartitionFact| {
        let rows = partition
            .rows
            .map_or_else(String::new, |rows| format!(", {}", counted(rows, "row")));
        let title = format!(
            "{}: {}, {}{rows}",
            words(partition),
            bytes(partition.bytes),
            counted(partition.files, "file")
        );
        (partition.bytes, words(partition), title)
    };
    let parts: Vec<_> = facts.partitions.iter().take(TILES).map(part).collect();
    let left = facts.partition_count.saturating_sub(parts.len() as u64);
    let more = (left > 0).then(|| format!(" The {} smallest are not drawn.", count(left)));
    let partitions = StoredValue::new(facts.partitions);
    let columns = StoredValue::new(info.columns);
    let choose = move |index: usize| {
        let sql = partitions.with_value(|partitions| {
            let partition = partitions.get(index)?;
            Some(columns.with_value(|columns| of_partition(&shown.name(), columns, partition)))
        });
        if let Some(sql) = sql {
            shown.ask(&sql);
        }
    };
    view! {
        <h3>"Partitions"</h3>
        <p>{format!("{} by {}. Areas are bytes; choose one to see its rows.", counted(facts.partition_count, "partition"), names.join(", "))}{more}</p>
        <Treemap parts label="Partitions by bytes" on_choose=choose/>
    }
    .into_any()
}

/// The statement that shows a partition's rows.
fn of_partition(table: &str, columns: &[crate::protocol::Column], partition: &PartitionFact) -> String {
    use crate::link::quoted;
    let partitioned = columns.iter().filter(|column| column.partition);
    let filter = partitioned.zip(&partition.values).map(|(column, value)| match value {
        None => format!("{} is null", quoted(&column.name)),
        Some(value) if column.type_name == "string" => format!("{} = {}", quoted(&column.name), literal(value)),
        Some(value) => format!(
            "{} = cast({} as {})",
            quoted(&column.name),
            literal(value),
            column.type_name
        ),
    });
    let filter = filter.collect::<Vec<_>>().join("\n  and ");
    format!("select *\nfrom {}\nwhere {filter}\nlimit 100", quoted(table))
}

/// How well each column keeps the files apart.
#[component]
fn Overlaps(facts: FileFacts) -> impl IntoView {
    if facts.overlaps.is_empty() {
        return ().into_any();
    }
    let left = facts.overlaps_left_out;
    let mut overlaps = facts.overlaps;
    overlaps.sort_by_key(depth_percent);
    let row = |overlap: Overlap| {
        let share = depth_percent(&overlap);
        let words = format!("{} of {}", decimal(overlap.depth, 1), count(overlap.files));
        let label = format!("A value may be in {words} files, {share} % of them");
        view! {
            <tr>
                <th scope="row">{overlap.column}</th><td class="number">{words}</td>
                <td><ShareBar share=overlap.depth / (ratio(overlap.files, 1)).max(1.0) label/></td>
                <td class="number">{count(overlap.deepest)}</td>
            </tr>
        }
    };
    let more = (left > 0).then(|| {
        format!(
            " {} more were not looked at: that would take long.",
            counted(left, "column")
        )
    });
    view! {
        <h3>"Clustering"</h3>
        <p>"In how many files a value may be, by the bounds of each file. The fewer, the more a filter on the column skips."{more}</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Overlap of the files by column"><table class="sheet">
            <thead><tr><th scope="col">"Column"</th><th scope="col">"Files on the average"</th><th scope="col"><span class="off-screen">"Share"</span></th><th scope="col">"At most"</th></tr></thead>
            <tbody>{overlaps.into_iter().map(row).collect_view()}</tbody>
        </table></div>
    }
    .into_any()
}

#[component]
fn FileList(shown: Shown) -> impl IntoView {
    let page = shown.page;
    let key = move || shown.opened.get();
    let sql = |table: &str| {
        format!(
            "select path, size_bytes, rows, deleted_rows\nfrom limn_files({})\norder by size_bytes desc, path",
            literal(table)
        )
    };
    let state = asked(page, key, move |opened| async move {
        let (rows, answer) = page.client().rows_of(sql(&opened.name), LISTED).await?;
        Ok(((rows, answer.rows), answer.stats))
    });
    view! {
        <ShownWhenHere state let:found let:_stats>{
            let (rows, all) = found;
            let words = if all > u64::from(LISTED) { format!("The {LISTED} largest of {} files.", count(all)) } else { format!("{}, the largest first.", counted(all, "file")) };
            view! {
                <div class="table-line"><h3 class="grow">"Files"</h3>
                    <button class="button small quiet" on:click=move |_| shown.ask(&sql(&shown.name()))>"Open as SQL"</button></div>
                <p>{words}" Choose one to see what is in it, byte by byte."</p>
                <div class="scroll" tabindex="0" role="region" aria-label="Files"><table class="sheet">
                    <thead><tr><th scope="col">"File"</th><th scope="col">"Size"</th><th scope="col">"Rows"</th><th scope="col">"Deleted rows"</th></tr></thead>
                    <tbody>{rows.into_iter().map(|row| view! { <FileRow shown row/> }).collect_view()}</tbody>
                </table></div>
            }
        }</ShownWhenHere>
    }
}

#[component]
fn FileRow(shown: Shown, row: Vec<Value>) -> impl IntoView {
    let mut row = Row::of(&row);
    let path = row.text().unwrap_or_default();
    let (size, rows, deleted) = (row.number(), row.number(), row.number());
    let place = path.clone();
    view! {
        <tr>
            <th scope="row" class="path"><button class="link-like" on:click=move |_| shown.go(Tab::Files, &["file", &place])>{path}</button></th>
            <td class="number">{size.map(bytes)}</td><td class="number">{rows.map(count)}</td>
            <td class="number">{deleted.filter(|rows| *rows > 0).map(count)}</td>
        </tr>
    }
}
