//! The choices of a chart. Each applies at once and is a step of the link.

use leptos::prelude::*;

use super::canvas::File;
use super::choose::{Choice, chosen};
use super::field::Field;
use super::propose::{Chart, MOST_BINS};
use super::view::Subject;
use crate::link::{Aggregate, CHART_VALUES, ChartKind};
use crate::ui::menu::Menu;
use crate::ui::page::Page;

/// What is chosen, and what came of it. A copy is the same one.
#[derive(Clone, Copy)]
pub struct Choices {
    /// The page, whose link is changed.
    pub page: Page,
    /// What is charted.
    pub subject: Memo<Option<Subject>>,
    /// The chart, or why there is none.
    pub chart: Memo<Option<Result<Chart, String>>>,
}

impl Choices {
    fn choose(self, choice: Choice) {
        let Some(subject) = self.subject.get_untracked() else {
            return;
        };
        let chart = self.chart.get_untracked().and_then(Result::ok);
        let next = chosen(&subject.link, chart.as_ref(), &subject.columns, choice);
        self.page.chart.set(Some(next));
        self.page.commit();
    }

    fn of<T>(self, part: impl FnOnce(&Chart) -> T) -> Option<T> {
        self.chart.with(|chart| chart.as_ref()?.as_ref().ok().map(part))
    }

    /// The kind that is drawn.
    fn kind(self) -> ChartKind {
        self.of(|chart| chart.kind).unwrap_or_default()
    }

    /// The kind that the link says.
    fn told(self) -> ChartKind {
        self.page
            .chart
            .with(|link| link.as_ref().map_or(ChartKind::Auto, |link| link.kind))
    }
}

/// The form above the chart.
#[component]
pub fn Form(
    choices: Choices,
    /// The columns that can be drawn.
    fields: StoredValue<Vec<Field>>,
    /// Saves the picture.
    save: Callback<File>,
    /// Is there a picture?
    can_save: Memo<bool>,
) -> impl IntoView {
    let parts = fields.with_value(|fields| parts(choices, fields));
    view! {
        <div class="chart-form" role="group" aria-label="Choices of the chart">
            {parts.into_iter().map(|part| view! { <Select part/> }).collect_view()}
            <Bins choices/>
            <div class="chart-save" hidden=Signal::derive(move || !can_save.get())>
                <Menu id="chart-menu" label="Save picture" button_class="button small" menu_class="menu narrow">
                    <button class="menu-item" popovertarget="chart-menu" on:click=move |_| save.run(File::Png)>"PNG"</button>
                    <button class="menu-item" popovertarget="chart-menu" on:click=move |_| save.run(File::Svg)>"SVG"</button>
                </Menu>
            </div>
        </div>
    }
}

fn parts(choices: Choices, fields: &[Field]) -> Vec<Part> {
    let mut parts = vec![kinds(choices), along(choices, fields), aggregates(choices)];
    parts.extend((0..CHART_VALUES).map(|nth| values(choices, fields, nth)));
    parts.push(split(choices, fields));
    parts
}

/// One choice among several; all of one type, so that the page's program has its code once.
struct Part {
    label: Signal<String>,
    is_hidden: Signal<bool>,
    /// Values and their names.
    options: Vec<(String, Signal<String>)>,
    value: Signal<String>,
    choose: Callback<String>,
}

#[component]
fn Select(part: Part) -> impl IntoView {
    let Part {
        label,
        is_hidden,
        options,
        value,
        choose,
    } = part;
    let option = |(own, name): (String, Signal<String>)| {
        let is_chosen = {
            let own = own.clone();
            Signal::derive(move || value.with(|value| *value == own))
        };
        view! { <option value=own prop:selected=is_chosen>{name}</option> }
    };
    view! {
        <label class="chart-choice" hidden=is_hidden>
            <span>{label}</span>
            <select class="field" on:change=move |event| choose.run(event_target_value(&event))>
                {options.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// Which kind; "Automatic" names the one that it came to.
fn kinds(choices: Choices) -> Part {
    let name = move |option: ChartKind| match (option, choices.told(), choices.kind()) {
        (ChartKind::Auto, ChartKind::Auto, found) if found != ChartKind::Auto => {
            format!("Automatic: {}", found.name().to_lowercase())
        }
        _ => option.name().to_owned(),
    };
    let option = |kind: ChartKind| (kind.word().to_owned(), Signal::derive(move || name(kind)));
    Part {
        label: Signal::stored("Chart".to_owned()),
        is_hidden: Signal::stored(false),
        options: ChartKind::ALL.into_iter().map(option).collect(),
        value: Signal::derive(move || choices.told().word().to_owned()),
        choose: Callback::new(move |word: String| {
            let kind = ChartKind::ALL.into_iter().find(|kind| kind.word() == word);
            if let Some(kind) = kind {
                choices.choose(Choice::Kind(kind));
            }
        }),
    }
}

fn along(choices: Choices, fields: &[Field]) -> Part {
    let label = move || {
        if choices.kind() == ChartKind::Heat {
            "Across"
        } else {
            "Along"
        }
    };
    Part {
        label: Signal::derive(move || label().to_owned()),
        is_hidden: Signal::stored(false),
        options: columns(fields, "(none)"),
        value: Signal::derive(move || place(choices.of(|chart| chart.x.as_ref().map(|x| x.place)).flatten())),
        choose: Callback::new(move |place: String| choices.choose(Choice::X(place.parse().ok()))),
    }
}

fn split(choices: Choices, fields: &[Field]) -> Part {
    let label = move || {
        if choices.kind() == ChartKind::Heat {
            "Down"
        } else {
            "Divided by"
        }
    };
    Part {
        label: Signal::derive(move || label().to_owned()),
        is_hidden: Signal::derive(move || matches!(choices.kind(), ChartKind::Auto | ChartKind::Box)),
        options: columns(fields, "(nothing)"),
        value: Signal::derive(move || {
            place(
                choices
                    .of(|chart| chart.split.as_ref().map(|split| split.place))
                    .flatten(),
            )
        }),
        choose: Callback::new(move |place: String| choices.choose(Choice::Split(place.parse().ok()))),
    }
}

fn aggregates(choices: Choices) -> Part {
    let option = |aggregate: Aggregate| (aggregate.word().to_owned(), Signal::stored(aggregate.name().to_owned()));
    Part {
        label: Signal::stored("Value".to_owned()),
        is_hidden: Signal::derive(move || !choices.kind().aggregates()),
        options: Aggregate::ALL.into_iter().map(option).collect(),
        value: Signal::derive(move || {
            let word = choices.of(|chart| chart.aggregate.word());
            word.unwrap_or_default().to_owned()
        }),
        choose: Callback::new(move |word: String| {
            let aggregate = Aggregate::ALL.into_iter().find(|known| known.word() == word);
            if let Some(aggregate) = aggregate {
                choices.choose(Choice::Aggregate(aggregate));
            }
        }),
    }
}

/// A column of values: those that are chosen are shown, and one more.
fn values(choices: Choices, fields: &[Field], nth: usize) -> Part {
    let most = move || match choices.kind() {
        ChartKind::Histogram | ChartKind::Auto => 0,
        ChartKind::Box | ChartKind::Heat => 1,
        _ => CHART_VALUES,
    };
    let count = move || choices.of(|chart| chart.y.len()).unwrap_or_default();
    let label = move || match nth {
        0 => "Of",
        nth if nth < count() => "and of",
        _ => "and more",
    };
    Part {
        label: Signal::derive(move || label().to_owned()),
        is_hidden: Signal::derive(move || nth > count() || nth >= most()),
        options: columns(fields, "(nothing)"),
        value: Signal::derive(move || place(choices.of(|chart| chart.y.get(nth).map(|y| y.place)).flatten())),
        choose: Callback::new(move |place: String| choices.choose(Choice::Y(nth, place.parse().ok()))),
    }
}

#[component]
fn Bins(choices: Choices) -> impl IntoView {
    let label = move || match choices.kind() {
        ChartKind::Histogram => "Bins",
        ChartKind::Heat => "Cells a side",
        _ => "Bars at most",
    };
    let label = Signal::derive(move || label().to_owned());
    let bins = move || choices.of(|chart| chart.bins).flatten();
    let value = Signal::derive(move || bins().map(|bins| bins.to_string()).unwrap_or_default());
    view! {
        <label class="chart-choice narrow" hidden=Signal::derive(move || !choices.kind().has_bins())>
            <span>{label}</span>
            <input class="field" type="number" min="1" max=MOST_BINS.to_string() placeholder="auto" inputmode="numeric" prop:value=value
                on:change=move |event| choices.choose(Choice::Bins(event_target_value(&event).trim().parse().ok()))/>
        </label>
    }
}

/// The columns that can be chosen, by their places, and none of them.
fn columns(fields: &[Field], none: &str) -> Vec<(String, Signal<String>)> {
    let option = |field: &Field| {
        let name = if field.name.is_empty() {
            "(no name)"
        } else {
            &field.name
        };
        (field.place.to_string(), Signal::stored(name.to_owned()))
    };
    let none = (String::new(), Signal::stored(none.to_owned()));
    std::iter::once(none).chain(fields.iter().map(option)).collect()
}

fn place(place: Option<usize>) -> String {
    place.map(|place| place.to_string()).unwrap_or_default()
}
