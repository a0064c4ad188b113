//! The slider that moves the whole page to another version.

use leptos::prelude::*;

use super::asked::{Asked, asked, inspect, unexpected};
use super::shell::Shown;
use crate::protocol::inspect::{Facts, Inspection};

/// Shown for tables of more than one version.
#[component]
pub fn VersionSlider(shown: Shown) -> impl IntoView {
    let page = shown.page;
    // Asked once a table, not once a version: the range stays.
    let name = Memo::new(move |_| {
        shown
            .opened
            .with(|opened| opened.as_ref().map(|opened| opened.name.clone()))
    });
    let known = RwSignal::new(None::<(String, u64, u64)>);
    let range = asked(
        page,
        move || name.get(),
        move |name| async move {
            match inspect(page, name.clone(), Inspection::Versions).await? {
                (Facts::Versions(versions), stats) => Ok(((name, versions.range), stats)),
                _ => Err(unexpected()),
            }
        },
    );
    Effect::new(move |_| {
        if let Asked::Here((name, Some((first, last))), _) = range.get() {
            known.set(Some((name, first, last)));
        }
    });
    let slider = move || {
        let (name, first, last) = known.get().filter(|(_, first, last)| first < last)?;
        let is_of_this = shown
            .view
            .with(|view| view.as_ref().is_some_and(|view| view.table == name));
        is_of_this.then(|| view! { <Slider shown first last/> })
    };
    view! { <div class="version-slider">{slider}</div> }
}

#[component]
fn Slider(shown: Shown, first: u64, last: u64) -> impl IntoView {
    let open = move || shown.info.with(|info| info.as_ref().and_then(|info| info.version));
    // What the thumb points at while it is dragged.
    let pointed = RwSignal::new(open().unwrap_or(last));
    Effect::new(move |_| {
        if let Some(version) = open() {
            pointed.set(version);
        }
    });
    let go = move |version: u64| {
        let typed = (version < last).then(|| version.to_string());
        shown.page.set_version(&shown.name(), typed.as_deref());
    };
    let words = move || match pointed.get() {
        version if version == last => format!("version {version}, the latest"),
        version => format!("version {version} of {last}"),
    };
    let read = |event: &leptos::ev::Event| event_target_value(event).parse::<u64>().ok();
    let step = move |by: i64| {
        let next = pointed.get_untracked().saturating_add_signed(by).clamp(first, last);
        go(next);
    };
    view! {
        <button class="icon" aria-label="The version before" title="The version before" disabled=move || pointed.get() == first on:click=move |_| step(-1)>"‹"</button>
        <input type="range" class="slider" aria-label="Version" min=first max=last prop:value=move || pointed.get().to_string()
            aria-valuetext=words
            on:input=move |event| if let Some(version) = read(&event) { pointed.set(version) }
            on:change=move |event| if let Some(version) = read(&event) { go(version) }/>
        <button class="icon" aria-label="The version after" title="The version after" disabled=move || pointed.get() == last on:click=move |_| step(1)>"›"</button>
        <span class="faint slider-words">{words}</span>
    }
}
