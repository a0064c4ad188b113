//! Does what was chosen.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::commands::{Action, Situation};
use crate::link::View;
use crate::ui::asking::tabs::Tabs;
use crate::ui::editor::Editor;
use crate::ui::page::Page;
use crate::ui::run::{Consent, Run};

/// What lies over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// The palette.
    Palette,
    /// The sheet of keys.
    Keys,
}

/// Opens the palette and the sheet by their keys.
pub fn open_on_keys(page: Page) {
    window_event_listener(ev::keydown, move |event| {
        let wanted = match (event.key().as_str(), event.ctrl_key() || event.meta_key()) {
            ("k" | "K", true) if !event.shift_key() && !event.alt_key() => Overlay::Palette,
            ("?", false) if !is_text(&event) => Overlay::Keys,
            _ => return,
        };
        event.prevent_default();
        page.overlay
            .update(|shown| *shown = (*shown != Some(wanted)).then_some(wanted));
    });
}

/// Is something being written?
fn is_text(event: &ev::KeyboardEvent) -> bool {
    // The editor lies in a tree of its own, which hides what within it has the focus.
    let target = event.composed_path().get(0).dyn_into::<web_sys::Element>().ok();
    let fields = "input, textarea, select, [contenteditable]";
    target.is_some_and(|target| target.closest(fields).is_ok_and(|field| field.is_some()))
}

impl Page {
    /// What there is to act on.
    pub fn situation(self) -> Situation {
        Situation {
            tables: self
                .entries
                .with(|entries| entries.iter().map(|entry| entry.link.name.clone()).collect()),
            is_running: self.run.with(Run::is_under_way),
            shows_table: self.view.with(Option::is_some),
            has_rows: self.output.with(Option::is_some),
            local_times: self.local_times.get(),
        }
    }

    /// Does something, once what lay over the page is gone.
    pub fn act(self, action: Action) {
        match action {
            Action::Run => self.start_run(Consent::WhenCheap),
            Action::DryRun => self.start_run(Consent::PlanOnly),
            Action::Cancel => self.cancel(),
            Action::Format => self.lay_out(),
            Action::NewQuery => self.in_statement(|page| page.ask_in_new_tab("", [].into())),
            Action::CloseQuery => self.close_tab(self.asking.tabs.with_untracked(Tabs::current_id)),
            Action::ReopenQuery => self.reopen_tab(),
            Action::ToStatement => self.in_statement(|page| page.with_editor(Editor::focus)),
            Action::OpenTable => focus("location"),
            Action::Press(id) => self.in_statement(move |_| press(id)),
            Action::FirstRows(name) => self.in_statement(move |page| page.look_at(&name)),
            Action::Look(name, tab) => self.look(Some(View::of(&name, tab))),
            Action::LocalTimes(local) => self.read_times(local),
            Action::Keys => self.overlay.set(Some(Overlay::Keys)),
        }
    }

    /// Acts on the statement and its rows, which are shown for it.
    fn in_statement(self, act: impl FnOnce(Self) + 'static) {
        if self.view.with_untracked(Option::is_some) {
            self.look(None);
        }
        // A hidden control cannot be pressed or focused.
        request_animation_frame(move || act(self));
    }
}

fn element(id: &str) -> Option<HtmlElement> {
    let selector =
        format!("#{id}[role=tab], [popovertarget={id}]:not([popovertargetaction]):not(.menu-item), textarea#{id}");
    document().query_selector(&selector).ok().flatten()?.dyn_into().ok()
}

fn press(id: &str) {
    let Some(button) = element(id) else { return };
    // Where the menu lies depends on where its button is.
    button.click();
}

fn focus(id: &str) {
    let Some(field) = element(id) else { return };
    // An element that cannot be focused is left alone.
    let _ = field.focus();
}
