//! The catalog on the screen: a tree that the keyboard walks.

use std::collections::BTreeSet;

use leptos::ev;
use leptos::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::table::TableLine;
use super::tree::{Action, ColumnLine, Line, Path, lines, on_key};
use crate::ui::page::Page;
use crate::ui::sight::bring_into_sight;

/// What the tree shows beyond the page's state.
#[derive(Clone, Copy)]
pub struct Tree {
    /// The page.
    pub page: Page,
    unfolded: RwSignal<BTreeSet<Path>>,
    active: RwSignal<Path>,
}

impl Tree {
    /// Does it.
    pub fn act(self, action: Action) {
        match action {
            Action::Go(path) => self.active.set(path),
            Action::Unfold(path) => self.unfolded.update(|unfolded| {
                unfolded.insert(path);
            }),
            Action::Fold(path) => self.unfolded.update(|unfolded| {
                unfolded.remove(&path);
            }),
            Action::Insert(written) => self.page.with_editor(|editor| editor.insert(&written)),
            Action::Remove(path) => path.iter().for_each(|name| self.page.remove(name)),
        }
    }

    /// Folds what is unfolded, and the other way round.
    pub fn toggle(self, path: &Path) {
        self.active.set(path.clone());
        let open = self.unfolded.with_untracked(|unfolded| unfolded.contains(path));
        self.act(if open {
            Action::Fold(path.clone())
        } else {
            Action::Unfold(path.clone())
        });
    }

    /// Writes the name of a line that was clicked.
    pub fn insert(self, path: &Path, written: &str) {
        self.active.set(path.clone());
        self.act(Action::Insert(written.to_owned()));
    }

    /// Is it the active line?
    pub fn is_active(self, path: &Path) -> bool {
        self.active.with(|active| active == path)
    }
}

/// The identity of a line in the document.
pub fn line_id(path: &Path) -> String {
    format!("line-{}", utf8_percent_encode(&path.join("/"), NON_ALPHANUMERIC))
}

/// The tables of the page.
#[component]
pub fn Catalog(page: Page) -> impl IntoView {
    let tree = Tree {
        page,
        unfolded: RwSignal::default(),
        active: RwSignal::default(),
    };
    let shown = Memo::new(move |_| {
        page.entries
            .with(|entries| tree.unfolded.with(|unfolded| lines(entries, unfolded)))
    });
    unfold_only_table(tree);
    let on_keydown = move |event: ev::KeyboardEvent| {
        let of_the_tree = event.target() == event.current_target();
        let action =
            shown.with_untracked(|lines| tree.active.with_untracked(|active| on_key(lines, active, &event.key())));
        if let Some(action) =
            action.filter(|_| of_the_tree && !event.ctrl_key() && !event.alt_key() && !event.meta_key())
        {
            event.prevent_default();
            tree.act(action);
            scroll_to_active(tree);
        }
    };
    view! {
        <h2 class="section-title">"Tables"</h2>
        <Show when=move || page.entries.with(Vec::is_empty)>
            <Nothing/>
        </Show>
        <div
            class="tree"
            role="tree"
            aria-label="Tables and columns"
            tabindex="0"
            hidden=move || page.entries.with(Vec::is_empty)
            aria-activedescendant=move || active_id(tree, shown)
            on:keydown=on_keydown
        >
            <For each=move || shown.get() key=Line::clone let:line>
                {match line.column.clone() {
                    None => view! { <TableLine tree line/> }.into_any(),
                    Some(column) => view! { <ColumnRow tree line column/> }.into_any(),
                }}
            </For>
        </div>
    }
}

/// The identity of the active line, if it is shown: none is before the first key or click.
fn active_id(tree: Tree, shown: Memo<Vec<Line>>) -> Option<String> {
    let is_shown = |path: &Path| shown.with(|lines| lines.iter().any(|line| line.path == *path));
    tree.active.with(|path| is_shown(path).then(|| line_id(path)))
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <p class="empty">
            "No table is open. Paste the URL of a Delta table’s folder, or of one or several Parquet files, into the bar above."
        </p>
        <p class="empty">"Any web host will do that allows other pages to read from it and answers byte ranges."</p>
    }
}

#[component]
fn ColumnRow(tree: Tree, line: Line, column: ColumnLine) -> impl IntoView {
    let path = StoredValue::new(line.path.clone());
    let level = line.path.len();
    let written = line.written.clone();
    let comment = column
        .comment
        .map(|comment| view! { <span class="column-comment">{comment}</span> });
    let partition = column
        .partition
        .then(|| view! { <span class="tag" title="Files are split by this column">"partition"</span> });
    view! {
        <div
            class="tree-line column"
            role="treeitem"
            id=line_id(&line.path)
            attr:aria-level=level
            aria-posinset=line.position.0
            aria-setsize=line.position.1
            aria-expanded=line.unfolded.map(|open| open.to_string())
            data-level=level.min(8)
            data-active=move || path.with_value(|path| tree.is_active(path)).then_some("")
            title=column.type_name
        >
            <span
                class="chevron"
                data-open=line.unfolded.map(|open| open.to_string())
                on:click=move |_| path.with_value(|path| tree.toggle(path))
            ></span>
            <span class="insert" on:click=move |_| path.with_value(|path| tree.insert(path, &written))>
                <span class="column-name">{line.name().to_owned()}</span>
                <span class="column-type">{column.brief}</span>
                {partition}
                {comment}
            </span>
        </div>
    }
}

/// One table alone shows its columns at once.
fn unfold_only_table(tree: Tree) {
    Effect::new(move |done: Option<bool>| {
        let only = tree.page.entries.with(|entries| match entries.as_slice() {
            [entry] if entry.info().is_some() => Some(vec![entry.link.name.clone()]),
            _ => None,
        });
        let before = done.unwrap_or(false);
        if let Some(path) = only.clone().filter(|_| !before) {
            tree.act(Action::Unfold(path));
        }
        before || only.is_some()
    });
}

fn scroll_to_active(tree: Tree) {
    let id = tree.active.with_untracked(line_id);
    if let Some(line) = document().get_element_by_id(&id) {
        bring_into_sight(&line);
    }
}
