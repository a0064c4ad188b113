//! One file from its first byte to its last: row groups, column chunks, pages, indexes, drawn to scale.

use leptos::prelude::*;

use super::asked::{Shown as ShownWhenHere, asked, inspect, spent, unexpected};
use super::columns::Mark;
use super::shell::Shown;
use crate::link::Tab;
use crate::protocol::Stats;
use crate::protocol::inspect::{
    Bound, ChunkFact, Facts, Inspection, Layout as Facts_, PageFact, Region, RegionKind, RowGroupFact,
};
use crate::ui::draw::{ShareBar, ratio};
use crate::ui::wording::{bytes, count, counted, decimal};

/// Parts that are drawn one by one; of more, neighbors are drawn as one.
const DRAWN: usize = 1500;

/// A file of the table.
#[component]
pub fn Layout(shown: Shown, path: String) -> impl IntoView {
    let page = shown.page;
    let row_group = Memo::new(move |_| shown.part(2).and_then(|number| number.parse::<u32>().ok()));
    let place = StoredValue::new(path.clone());
    let key = move || shown.opened.get().map(|opened| (opened, row_group.get()));
    let state = asked(page, key, move |(opened, row_group)| async move {
        let what = Inspection::Layout {
            path: place.get_value(),
            row_group,
        };
        match inspect(page, opened.name, what).await? {
            (Facts::Layout(layout), stats) => Ok((layout, stats)),
            _ => Err(unexpected()),
        }
    });
    view! {
        <div class="table-line">
            <button class="button quiet small" on:click=move |_| shown.go(Tab::Files, &[])>"← All files"</button>
            <h3 class="grow path">{path}</h3>
        </div>
        <ShownWhenHere state let:layout let:stats>{view! { <Whole shown layout stats row_group=row_group.get_untracked()/> }}</ShownWhenHere>
    }
}

#[component]
fn Whole(shown: Shown, layout: Facts_, stats: Stats, row_group: Option<u32>) -> impl IntoView {
    let facts = [
        Some(bytes(layout.size_bytes)),
        Some(counted(layout.rows, "row")),
        (layout.deleted_rows > 0).then(|| format!("{} of them deleted", count(layout.deleted_rows))),
        Some(counted(layout.row_groups.len() as u64, "row group")),
        layout.created_by.clone().map(|by| format!("written by {by}")),
        Some(format!("format version {}", layout.format_version)),
    ];
    let kinds = kinds(&layout.regions);
    let size = layout.size_bytes;
    let path = layout.path.clone();
    let notes = (!layout.notes.is_empty()).then(|| {
        let note = |(key, length): (String, u64)| format!("{key} ({})", bytes(length));
        view! { <p class="faint">"Notes of the writer: "{layout.notes.into_iter().map(note).collect::<Vec<_>>().join(", ")}</p> }
    });
    view! {
        <p>{facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")}</p>
        <ByteMap regions=layout.regions size/>
        <Legend kinds size/>
        {notes}
        <RowGroups shown path groups=layout.row_groups chosen=row_group size/>
        {(!layout.chunks.is_empty()).then(|| view! { <Chunks chunks=layout.chunks number=row_group.unwrap_or(0)/> })}
        <p class="faint">{spent(&stats)}</p>
    }
}

fn word(kind: RegionKind) -> &'static str {
    match kind {
        RegionKind::Magic => "mark",
        RegionKind::Dictionary => "dictionary",
        RegionKind::Data => "data pages",
        RegionKind::BloomFilter => "bloom filter",
        RegionKind::ColumnIndex => "column index",
        RegionKind::OffsetIndex => "offset index",
        RegionKind::Footer => "footer",
        RegionKind::Tail => "end",
        RegionKind::Unused => "not pointed at",
    }
}

/// Bytes of each kind, the most first.
fn kinds(regions: &[Region]) -> Vec<(RegionKind, u64)> {
    let mut sums = std::collections::BTreeMap::<RegionKind, u64>::new();
    for region in regions {
        *sums.entry(region.kind).or_default() += region.end - region.start;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    sums
}

/// Neighbors of one kind and row group as one, where there are too many to draw.
fn drawn(regions: Vec<Region>) -> Vec<Region> {
    if regions.len() <= DRAWN {
        return regions;
    }
    let mut drawn: Vec<Region> = vec![];
    for region in regions {
        match drawn.last_mut() {
            Some(last) if last.row_group == region.row_group => {
                last.end = region.end;
                last.column = None;
            }
            _ => drawn.push(region),
        }
    }
    drawn
}

#[component]
fn ByteMap(regions: Vec<Region>, size: u64) -> impl IntoView {
    let part = |region: Region| {
        let of = [
            region.column.clone(),
            region.row_group.map(|group| format!("row group {group}")),
        ];
        let of = of.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let title = format!(
            "{} {of}\nbytes {} to {}, {}",
            word(region.kind),
            count(region.start),
            count(region.end - 1),
            bytes(region.end - region.start)
        );
        view! {
            <span class="byte-part" data-kind=format!("{:?}", region.kind) data-odd=region.row_group.is_some_and(|group| group % 2 == 1).then_some("") title=title
                style:width=format!("{}%", ratio(region.end - region.start, size) * 100.0)></span>
        }
    };
    let label = format!("The {} of the file, to scale from left to right", bytes(size));
    view! { <div class="byte-map" role="img" aria-label=label>{drawn(regions).into_iter().map(part).collect_view()}</div> }
}

#[component]
fn Legend(kinds: Vec<(RegionKind, u64)>, size: u64) -> impl IntoView {
    let kind = |(kind, length): (RegionKind, u64)| {
        view! {
            <li><span class="swatch" data-kind=format!("{kind:?}") aria-hidden="true"></span>{word(kind)}" "
                <span class="faint">{format!("{} ({} %)", bytes(length), decimal(ratio(length, size) * 100.0, 1))}</span></li>
        }
    };
    view! { <ul class="legend" aria-label="What the bytes are">{kinds.into_iter().map(kind).collect_view()}</ul> }
}

#[component]
fn RowGroups(shown: Shown, path: String, groups: Vec<RowGroupFact>, chosen: Option<u32>, size: u64) -> impl IntoView {
    let path = StoredValue::new(path);
    let row = |(number, group): (u32, RowGroupFact)| {
        let is_chosen = chosen == Some(number);
        let sorted = group
            .sorted_by
            .iter()
            .map(|(column, descends)| format!("{column}{}", if *descends { " descending" } else { "" }))
            .collect::<Vec<_>>()
            .join(", ");
        let go = move |_| path.with_value(|path| shown.go(Tab::Files, &["file", path, &number.to_string()]));
        view! {
            <tr aria-current=is_chosen.then_some("true")>
                <th scope="row"><button class="link-like" on:click=go>{format!("Row group {number}")}</button></th>
                <td class="number">{count(group.rows)}</td>
                <td class="number">{bytes(group.size_bytes)}<ShareBar share=ratio(group.size_bytes, size) label=format!("{} of {}", bytes(group.size_bytes), bytes(size))/></td>
                <td class="number">{bytes(group.raw_bytes)}</td>
                <td class="number">{count(group.span.0)}</td>
                <td>{sorted}</td>
            </tr>
        }
    };
    view! {
        <h3>"Row groups"</h3>
        <p>"Choose one to see its column chunks and pages; their indexes are read for it, no data."</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Row groups"><table class="sheet">
            <thead><tr><th scope="col">"Row group"</th><th scope="col">"Rows"</th><th scope="col">"Bytes"</th><th scope="col">"Decompressed"</th><th scope="col">"Begins at byte"</th><th scope="col">"Sorted by"</th></tr></thead>
            <tbody>{(0..).zip(groups).map(row).collect_view()}</tbody>
        </table></div>
    }
}

#[component]
fn Chunks(chunks: Vec<ChunkFact>, number: u32) -> impl IntoView {
    let size: u64 = chunks.iter().map(|chunk| chunk.size_bytes).sum();
    view! {
        <h3>{format!("Column chunks of row group {number}")}</h3>
        <div class="scroll" tabindex="0" role="region" aria-label="Column chunks"><table class="sheet">
            <thead><tr>
                <th scope="col">"Column"</th><th scope="col">"Type"</th><th scope="col">"Bytes"</th><th scope="col">"Decompressed"</th><th scope="col">"Codec"</th>
                <th scope="col">"Encodings"</th><th scope="col">"NULL"</th><th scope="col">"Least"</th><th scope="col">"Greatest"</th>
                <th scope="col">"Dictionary"</th><th scope="col">"Bloom filter"</th><th scope="col">"Pages"</th>
            </tr></thead>
            <tbody>{chunks.into_iter().map(|chunk| view! { <ChunkRow chunk size/> }).collect_view()}</tbody>
        </table></div>
    }
}

#[component]
fn ChunkRow(chunk: ChunkFact, size: u64) -> impl IntoView {
    let bound = |bound: Option<Bound>| bound.map(|bound| view! { <Mark certainty=bound.certainty/>{bound.text} });
    let bloom = chunk
        .bloom_bytes
        .map(|size| if size > 0 { bytes(size) } else { "yes".to_owned() });
    let pages = match (chunk.pages.len(), chunk.has_column_index) {
        (0, _) => "no index tells".to_owned(),
        (pages, true) => counted(pages as u64, "page"),
        (pages, false) => format!("{}, without bounds", counted(pages as u64, "page")),
    };
    let raw = bytes(chunk.raw_bytes);
    view! {
        <tr>
            <th scope="row">{chunk.column}</th><td>{chunk.type_name}</td>
            <td class="number">{bytes(chunk.size_bytes)}<ShareBar share=ratio(chunk.size_bytes, size) label=format!("{} of {}", bytes(chunk.size_bytes), bytes(size))/></td>
            <td class="number">{raw}</td><td>{chunk.codec}</td><td>{chunk.encodings.join(", ")}</td>
            <td class="number">{chunk.nulls.map(count)}</td><td class="value">{bound(chunk.min)}</td><td class="value">{bound(chunk.max)}</td>
            <td class="number">{chunk.dictionary_bytes.map(bytes)}</td><td class="number">{bloom}</td>
            <td><Pages words=pages pages=chunk.pages/></td>
        </tr>
    }
}

#[component]
fn Pages(words: String, pages: Vec<PageFact>) -> impl IntoView {
    if pages.is_empty() {
        return view! { <span class="faint">{words}</span> }.into_any();
    }
    let row = |page: PageFact| {
        view! {
            <tr><td class="number">{count(page.start)}</td><td class="number">{bytes(page.size_bytes)}</td><td class="number">{count(page.first_row)}</td>
                <td class="number">{count(page.rows)}</td><td class="number">{page.nulls.map(count)}</td></tr>
        }
    };
    view! {
        <details class="more"><summary>{words}</summary>
            <table class="sheet">
                <thead><tr><th scope="col">"At byte"</th><th scope="col">"Bytes"</th><th scope="col">"First row"</th><th scope="col">"Rows"</th><th scope="col">"NULL"</th></tr></thead>
                <tbody>{pages.into_iter().map(row).collect_view()}</tbody>
            </table>
        </details>
    }
    .into_any()
}
