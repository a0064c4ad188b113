//! The palette and the sheet of keys, as dialogs: the browser keeps the focus within them and closes them by Escape.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;

use super::act::Overlay;
use super::commands::{Command, commands, found};
use super::keys::{Group, groups, on_this};
use crate::ui::page::Page;

/// Commands that are listed at most: nobody reads more.
const LISTED: usize = 60;

/// What lies over the page.
#[component]
pub fn OverlayView(page: Page) -> impl IntoView {
    move || match page.overlay.get() {
        Some(Overlay::Palette) => view! { <Palette page/> }.into_any(),
        Some(Overlay::Keys) => view! { <Keys page/> }.into_any(),
        None => ().into_any(),
    }
}

/// A dialog that is open while it is there.
fn opened() -> NodeRef<Dialog> {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // It fails only for one that is open already.
            let _ = dialog.show_modal();
        }
    });
    dialog
}

fn is_mac() -> bool {
    window().navigator().platform().unwrap_or_default().starts_with("Mac")
}

#[component]
fn Palette(page: Page) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let dialog = opened();
    let listed = Memo::new(move |_| {
        let mut listed = found(commands(&page.situation()), &typed.read());
        listed.truncate(LISTED);
        listed
    });
    let run = move |at: usize| {
        let Some(command) = listed.with_untracked(|listed| listed.get(at).cloned()) else {
            return;
        };
        page.overlay.set(None);
        // The dialog gives the focus back first.
        request_animation_frame(move || page.act(command.action));
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let count = listed.with_untracked(Vec::len).max(1);
        let next = match event.key().as_str() {
            "ArrowDown" => (chosen.get_untracked() + 1) % count,
            "ArrowUp" => (chosen.get_untracked() + count - 1) % count,
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                return run(chosen.get_untracked());
            }
            _ => return,
        };
        event.prevent_default();
        chosen.set(next);
        if let Some(option) = document().get_element_by_id(&option_id(next)) {
            option.scroll_into_view_with_bool(false);
        }
    };
    let option = move |(at, command): (usize, Command)| {
        view! {
            <li class="palette-item" role="option" id=option_id(at) aria-selected=move || (chosen.get() == at).to_string() on:click=move |_| run(at)>
                <span>{command.label}</span>
                {(!command.keys.is_empty()).then(|| view! { <kbd>{on_this(command.keys, is_mac())}</kbd> })}
            </li>
        }
    };
    view! {
        <dialog class="palette" aria-label="Commands" node_ref=dialog on:close=move |_| page.overlay.set(None) on:click=move |event| close_outside(page, &event)>
            <input class="palette-field" type="text" role="combobox" aria-label="Command" aria-expanded="true" aria-controls="palette-list"
                aria-activedescendant=move || option_id(chosen.get()) placeholder="What do you want to do?" spellcheck="false" autocomplete="off"
                on:keydown=on_key on:input=move |event| { typed.set(event_target_value(&event)); chosen.set(0); }/>
            <ul class="palette-list" role="listbox" id="palette-list" aria-label="Commands">
                {move || listed.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p class="palette-none" role="status">{move || listed.with(Vec::is_empty).then_some("Nothing that can be done has these words.")}</p>
        </dialog>
    }
}

fn option_id(at: usize) -> String {
    format!("palette-{at}")
}

/// A click beside a dialog hits the dialog itself, as its backdrop belongs to it.
fn close_outside(page: Page, event: &ev::MouseEvent) {
    if event.target() == event.current_target() {
        page.overlay.set(None);
    }
}

#[component]
fn Keys(page: Page) -> impl IntoView {
    let dialog = opened();
    let group = |group: Group| {
        let key = |(keys, what): &(&'static str, &'static str)| {
            view! { <div><dt><kbd>{on_this(keys, is_mac())}</kbd></dt><dd>{*what}</dd></div> }
        };
        view! {
            <section>
                <h3>{group.place}</h3>
                <dl class="keys">{group.keys.iter().map(key).collect_view()}</dl>
            </section>
        }
    };
    view! {
        <dialog class="palette sheet-of-keys" aria-labelledby="keys-title" node_ref=dialog on:close=move |_| page.overlay.set(None) on:click=move |event| close_outside(page, &event)>
            <div class="keys-head">
                <h2 id="keys-title">"Keyboard shortcuts"</h2>
                <button class="button small" on:click=move |_| page.overlay.set(None)>"Close"</button>
            </div>
            <div class="keys-groups">{groups().map(group).collect_view()}</div>
        </dialog>
    }
}
