//! The fields below the editor, one for each parameter of the statement.

use leptos::prelude::*;

use super::values::{field, is_number};
use crate::protocol::{Parameter, Shape};
use crate::ui::page::Page;
use crate::ui::run::Consent;

/// The fields; nothing when there are no parameters.
#[component]
pub fn ValueFields(page: Page) -> impl IntoView {
    let names = page.asking.names;
    view! {
        <div class="parameters" role="group" aria-label="Values of the parameters" hidden=move || names.with(Vec::is_empty)>
            <For each=move || names.get() key=Clone::clone let:name><ValueField page name/></For>
        </div>
    }
}

#[component]
fn ValueField(page: Page, name: String) -> impl IntoView {
    let name = StoredValue::new(name);
    let told = Memo::new(move |_| {
        let is_it = |parameter: &&Parameter| name.with_value(|name| parameter.name == *name);
        page.asking.parameters.with(|all| all.iter().find(is_it).cloned())
    });
    let value = Memo::new(move |_| {
        page.asking.tabs.with(|tabs| {
            let tab = tabs.current()?;
            name.with_value(|name| tab.values.get(name).cloned())
        })
    });
    let give = move |text: String| {
        let is_text = told.with_untracked(|told| told.as_ref().is_none_or(|told| told.shape == Shape::Text));
        let value = Some(text).filter(|text| is_text || !text.trim().is_empty());
        name.with_value(|name| page.give(name, value));
    };
    let id = name.with_value(|name| format!("parameter-{name}"));
    let shown = move || value.get().unwrap_or_default();
    let is_missing = move || value.with(Option::is_none).then_some("");
    let type_name = move || told.with(|told| told.as_ref().map(|told| told.type_name.clone()).unwrap_or_default());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            page.start_run(Consent::WhenCheap);
        }
    };
    let kind = Memo::new(move |_| told.with(|told| field(told.as_ref()).input));
    let example = move || told.with(|told| field(told.as_ref()).example);
    let digits = move || told.with(|told| is_number(told.as_ref())).then_some("decimal");
    // Made anew only for another kind of field: who is typing keeps the place.
    let input = move || {
        match kind.get() {
        Some(kind) => view! {
            <input class="field small" id=id.clone() type=kind placeholder=example inputmode=digits autocomplete="off" spellcheck="false"
                prop:value=shown data-missing=is_missing on:keydown=on_key on:input=move |event| give(event_target_value(&event))/>
        }
        .into_any(),
        None => view! {
            <select class="field small" id=id.clone() prop:value=shown data-missing=is_missing on:change=move |event| give(event_target_value(&event))>
                <option value=""></option>
                <option value="true">"true"</option>
                <option value="false">"false"</option>
            </select>
        }
        .into_any(),
    }
    };
    let label_for = name.with_value(|name| format!("parameter-{name}"));
    view! {
        <span class="parameter">
            <label for=label_for>"$" {name.get_value()}</label>
            {input}
            <span class="parameter-type">{type_name}</span>
        </span>
    }
}
