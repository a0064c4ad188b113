//! A column's menu: sort, filter, width, place.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};

use super::columns::is_number;
use super::state::GridState;
use super::wish::{Wish, sign};
use crate::protocol::{Comparison, Frequent, Shape, Test};
use crate::ui::wording::count;

/// Pixels that the menu is wide; it stays within the window.
const WIDTH_PX: f64 = 288.0;
/// Pixels that it is high at least, if it has as much to show; what does not fit the window is scrolled.
const HEIGHT_PX: f64 = 320.0;

/// Remembers which column's menu opens, and where.
pub fn open_menu(grid: GridState, column: u32, event: &ev::MouseEvent) {
    let button = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let Some(rect) = button.map(|button| button.get_bounding_client_rect()) else {
        return;
    };
    let length = |length: Result<JsValue, JsValue>| length.ok().and_then(|length| length.as_f64()).unwrap_or(WIDTH_PX);
    let (width, height) = (length(window().inner_width()), length(window().inner_height()));
    let left = (rect.right() - WIDTH_PX).min(width - WIDTH_PX - 4.0).max(4.0);
    // Below its button when there is room, else as high as it needs to be of use.
    let top = (rect.bottom() + 4.0).min(height - HEIGHT_PX - 8.0).max(8.0);
    grid.menu.set(Some((column, left, top)));
}

/// The one menu, for the column that it was opened for.
#[component]
pub fn HeadMenu(grid: GridState) -> impl IntoView {
    let column = Memo::new(move |_| grid.menu.get().map(|(column, _, _)| column));
    let place = move |pick: fn((u32, f64, f64)) -> f64| grid.menu.get().map(|menu| format!("{}px", pick(menu)));
    view! {
        <div id="column-menu" class="menu column-menu" popover="auto" aria-label="Column" on:toggle=|_| focus_first()
            style:left=move || place(|menu| menu.1) style:top=move || place(|menu| menu.2)
            style:max-height=move || place(|menu| menu.2).map(|top| format!("calc(100dvh - {top} - 8px)"))>
            {move || column.get().map(|column| view! { <Items grid column/> })}
        </div>
    }
}

/// Who opened the menu by the keyboard goes on in it. It is closed when it holds no focusable item on the screen.
fn focus_first() {
    let first = document()
        .query_selector("#column-menu:popover-open .menu-item")
        .ok()
        .flatten();
    if let Some(first) = first.and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An item that cannot be focused is left alone.
        let _ = first.focus();
    }
}

#[component]
fn Items(grid: GridState, column: u32) -> impl IntoView {
    let known = grid.column(column);
    let name = known.as_ref().map(|one| one.name.clone()).unwrap_or_default();
    let is_pinned = move || grid.wish.with(|wish| wish.layout.is_pinned(column));
    let position = move || grid.wish.with_untracked(|wish| wish.layout.position(column));
    let is_sorted = Memo::new(move |_| grid.wish.with(|wish| wish.sorted(column).is_some()));
    let item = move |label: &'static str, act: fn(Wish, u32) -> Wish| {
        view! {
            <button class="menu-item" popovertarget="column-menu" popovertargetaction="hide"
                on:click=move |_| grid.change(|wish| act(wish, column))>{label}</button>
        }
    };
    view! {
        <p class="menu-title">{name}</p>
        {item("Sort ascending", |mut wish, column| { wish.sort_by(column, Some(false), false); wish })}
        {item("Sort descending", |mut wish, column| { wish.sort_by(column, Some(true), false); wish })}
        {move || is_sorted.get().then(|| item("Do not sort by it", |mut wish, column| { wish.sort_by(column, None, true); wish }))}
        {item("NULL first, or last again", nulls_turned)}
        {known.map(|known| view! {
            {(known.shape == Shape::Text).then(|| view! { <PicturesItem grid column/> })}
            <FilterForm grid column shape=known.shape/>
            <FrequentValues grid column/>
        })}
        <hr/>
        <button class="menu-item" popovertarget="column-menu" popovertargetaction="hide"
            on:click=move |_| if let Some(position) = position() { grid.fit(position) }>"Fit the width"</button>
        {move || if is_pinned() {
            item("Do not keep at the left", |mut wish, column| { wish.layout = wish.layout.with_pinned(column, false); wish })
        } else {
            item("Keep at the left", |mut wish, column| { wish.layout = wish.layout.with_pinned(column, true); wish })
        }}
        {item("Move left", |mut wish, column| { wish.layout = wish.layout.with_shifted(column, false); wish })}
        {item("Move right", |mut wish, column| { wish.layout = wish.layout.with_shifted(column, true); wish })}
        {item("Hide", |mut wish, column| { wish.layout = wish.layout.with_hidden(column, true); wish })}
    }
}

/// Pictures that texts point to are loaded only when the person says so, for this column and in this tab.
#[component]
fn PicturesItem(grid: GridState, column: u32) -> impl IntoView {
    let shown = move || grid.pictures.with(|columns| columns.contains(&column));
    let toggle = move |_| {
        grid.pictures.update(|columns| {
            if !columns.remove(&column) {
                columns.insert(column);
            }
        });
    };
    view! {
        <button class="menu-item" popovertarget="column-menu" popovertargetaction="hide" on:click=toggle>
            <span>{move || if shown() { "Show texts instead of pictures" } else { "Show pictures that the texts point to" }}</span>
            <span class="menu-hint" hidden=shown>"Contacts the hosts that the cells name."</span>
        </button>
    }
}

fn nulls_turned(mut wish: Wish, column: u32) -> Wish {
    if wish.sorted(column).is_none() {
        wish.sort_by(column, Some(false), false);
    }
    for key in wish.sort.iter_mut().filter(|key| key.column == column) {
        key.nulls_first = !key.nulls_first;
    }
    wish
}

/// Tests that a person may choose from: what they are in the form, and their words.
fn choices(shape: &Shape) -> Vec<(&'static str, String)> {
    let compare = [
        ("is", Comparison::Equal),
        ("not", Comparison::NotEqual),
        ("lt", Comparison::Less),
        ("le", Comparison::LessOrEqual),
        ("gt", Comparison::Greater),
        ("ge", Comparison::GreaterOrEqual),
    ];
    let contains = ("has", "contains".to_owned());
    let mut choices: Vec<_> = compare.iter().map(|(word, is)| (*word, sign(*is).to_owned())).collect();
    let at = if is_number(shape) || matches!(shape, Shape::Date | Shape::Timestamp { .. }) {
        choices.len()
    } else {
        0
    };
    choices.insert(at, contains);
    choices.push(("null", "is NULL".to_owned()));
    choices.push(("some", "is not NULL".to_owned()));
    choices
}

fn test_of(word: &str, text: String) -> Test {
    let is = match word {
        "null" => return Test::Null,
        "some" => return Test::NotNull,
        "has" => return Test::Contains { text },
        "not" => Comparison::NotEqual,
        "lt" => Comparison::Less,
        "le" => Comparison::LessOrEqual,
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterOrEqual,
        _ => Comparison::Equal,
    };
    Test::Compare { is, value: text }
}

fn word_of(test: &Test) -> (&'static str, String) {
    match test {
        Test::Null => ("null", String::new()),
        Test::NotNull => ("some", String::new()),
        Test::Contains { text } => ("has", text.clone()),
        Test::OneOf { values } => ("is", values.first().cloned().unwrap_or_default()),
        Test::Compare { is, value } => {
            let word = match is {
                Comparison::Equal => "is",
                Comparison::NotEqual => "not",
                Comparison::Less => "lt",
                Comparison::LessOrEqual => "le",
                Comparison::Greater => "gt",
                Comparison::GreaterOrEqual => "ge",
            };
            (word, value.clone())
        }
    }
}

#[component]
fn FilterForm(grid: GridState, column: u32, shape: Shape) -> impl IntoView {
    let choices = choices(&shape);
    let now = grid.wish.with_untracked(|wish| wish.filter(column).map(word_of));
    let first = choices
        .first()
        .map(|(word, _)| (*word, String::new()))
        .unwrap_or_default();
    let (word, text) = now.unwrap_or(first);
    let word = RwSignal::new(word.to_owned());
    let field = NodeRef::<Input>::new();
    let needs_text = move || !matches!(word.get().as_str(), "null" | "some");
    let apply = move |_| {
        let text = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let test = test_of(&word.get_untracked(), text);
        grid.change(|wish| wish.filtered(column, Some(test)));
    };
    let options = choices
        .into_iter()
        .map(|(value, label)| view! { <option value=value selected=move || word.with(|word| word == value)>{label}</option> })
        .collect_view();
    view! {
        <div class="filter-form" role="group" aria-label="Filter">
            <select class="field small" aria-label="Test" on:change=move |event| word.set(event_target_value(&event))>{options}</select>
            <input class="field small" type="text" aria-label="Value" autocomplete="off" spellcheck="false" node_ref=field prop:value=text
                hidden=move || !needs_text()
                on:keydown=move |event| if event.key() == "Enter" { press("apply-filter") }/>
            <button class="button small primary" id="apply-filter" popovertarget="column-menu" popovertargetaction="hide" on:click=apply>"Filter"</button>
            <button class="button small quiet" popovertarget="column-menu" popovertargetaction="hide"
                hidden=move || grid.wish.with(|wish| wish.filter(column).is_none())
                on:click=move |_| grid.change(|wish| wish.filtered(column, None))>"Clear"</button>
        </div>
    }
}

/// The values that are there most often, to be chosen among.
#[component]
fn FrequentValues(grid: GridState, column: u32) -> impl IntoView {
    let values = RwSignal::new(Vec::<Frequent>::new());
    Effect::new(move |_| {
        if grid.page.run.with_untracked(|run| run.answer().is_some()) {
            spawn_local(async move {
                let known = grid
                    .page
                    .client()
                    .spread(grid.result, column, true)
                    .await
                    .unwrap_or_default();
                // What is shown only in part cannot be asked for.
                values.try_set(known.frequent.into_iter().filter(|one| !one.cut).collect());
            });
        }
    });
    let chosen = move || {
        grid.wish.with(|wish| match wish.filter(column) {
            Some(Test::OneOf { values }) => values.clone(),
            _ => Vec::new(),
        })
    };
    let toggle = move |value: &str| {
        let mut values = untrack(chosen);
        let before = values.len();
        values.retain(|one| one != value);
        if values.len() == before {
            values.push(value.to_owned());
        }
        let test = (!values.is_empty()).then_some(Test::OneOf { values });
        grid.change(|wish| wish.filtered(column, test));
    };
    let choice = move |one: Frequent| {
        let (value, shown) = (one.value.clone(), one.value);
        let is_chosen = {
            let value = value.clone();
            move || chosen().contains(&value)
        };
        view! {
            <label class="choice">
                <input type="checkbox" prop:checked=is_chosen on:change=move |_| toggle(&value)/>
                <span class="choice-name">{shown}</span>
                <span class="faint">{count(one.count)}</span>
            </label>
        }
    };
    view! {
        <Show when=move || values.with(|values| !values.is_empty())>
            <div class="frequent" role="group" aria-label="Only these values">{move || values.get().into_iter().map(choice).collect_view()}</div>
        </Show>
    }
}

/// As if the button of that identity were pressed.
pub fn press(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    // A button that is not there is not pressed.
    if let Some(element) = element {
        element.click();
    }
}
