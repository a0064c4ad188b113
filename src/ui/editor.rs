//! The SQL editor: `www/editor.js` (CodeMirror) as the page uses it.

use std::ops::Range;

use js_sys::{Object, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::asking::tabs::TabId;
use super::page::Page;
use super::run::{Consent, Run};
use crate::protocol::Function;

#[wasm_bindgen(raw_module = "./editor.js")]
extern "C" {
    #[derive(Clone)]
    type SqlEditor;
    #[wasm_bindgen(constructor)]
    fn new(host: &web_sys::Element, label: &str, hint: &str, on: &Object) -> SqlEditor;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &SqlEditor, text: &str);
    #[wasm_bindgen(method)]
    fn replace(this: &SqlEditor, from: u32, to: u32, text: &str);
    #[wasm_bindgen(method)]
    fn insert(this: &SqlEditor, text: &str);
    #[wasm_bindgen(method)]
    fn focus(this: &SqlEditor);
    #[wasm_bindgen(method)]
    fn show(this: &SqlEditor, tab: f64, text: &str);
    #[wasm_bindgen(method)]
    fn forget(this: &SqlEditor, tab: f64);
    #[wasm_bindgen(method, js_name = setTarget)]
    fn set_target(this: &SqlEditor, from: u32, to: u32, is_part: bool);
    #[wasm_bindgen(method)]
    fn mark(this: &SqlEditor, from: u32, to: u32, message: &str, fix: Option<&str>);
    #[wasm_bindgen(method)]
    fn hint(this: &SqlEditor, from: u32, to: u32, message: &str, fix: &str);
    #[wasm_bindgen(method)]
    fn unmark(this: &SqlEditor);
    #[wasm_bindgen(method, js_name = setTables)]
    fn set_tables(this: &SqlEditor, json: &str);
    #[wasm_bindgen(method, js_name = setFunctions)]
    fn set_functions(this: &SqlEditor, json: &str);
}

/// A handle on the editor. Its clones are the same editor.
#[derive(Clone)]
pub struct Editor(SqlEditor);

impl Editor {
    /// Replaces the statement in one step that can be undone.
    pub fn set_text(&self, text: &str) {
        self.0.set_text(text);
    }

    /// Puts a text in the place of a range of UTF-16 units.
    pub fn replace(&self, range: Range<u32>, text: &str) {
        self.0.replace(range.start, range.end, text);
    }

    /// Writes at the cursor.
    pub fn insert(&self, text: &str) {
        self.0.insert(text);
    }

    /// Takes the keyboard.
    pub fn focus(&self) {
        self.0.focus();
    }

    /// Shows the text of a tab, with what can be undone in it.
    #[allow(clippy::cast_precision_loss)]
    pub fn show(&self, tab: TabId, text: &str) {
        self.0.show(tab as f64, text);
    }

    /// Forgets what can be undone in a tab.
    #[allow(clippy::cast_precision_loss)]
    pub fn forget(&self, tab: TabId) {
        self.0.forget(tab as f64);
    }

    /// Marks what would be run, when it is a part of the text.
    pub fn set_target(&self, range: Range<u32>, is_part: bool) {
        self.0.set_target(range.start, range.end, is_part);
    }

    /// Underlines a range of UTF-16 units, says why, and offers a text in its place.
    pub fn mark(&self, range: Range<u32>, message: &str, fix: Option<&str>) {
        self.0.mark(range.start, range.end, message, fix);
    }

    /// Underlines softly what may be meant otherwise.
    pub fn hint(&self, range: Range<u32>, message: &str, fix: &str) {
        self.0.hint(range.start, range.end, message, fix);
    }

    /// Takes the underline away.
    pub fn unmark(&self) {
        self.0.unmark();
    }

    /// Tables and columns for completion.
    pub fn set_tables(&self, json: &str) {
        self.0.set_tables(json);
    }

    /// Functions for completion.
    pub fn set_functions(&self, functions: &[Function]) {
        // Functions are plain texts: writing them cannot fail.
        self.0
            .set_functions(&serde_json::to_string(functions).unwrap_or_else(|_| "[]".to_owned()));
    }
}

/// The editor's place on the page.
#[component]
pub fn EditorPane(page: Page) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(host) = host.get() {
            mount(page, &host);
        }
    });
    view! { <div class="editor" id="editor" node_ref=host></div> }
}

fn mount(page: Page, host: &web_sys::Element) {
    let on = Object::new();
    let change = move |text: String, from: u32, to: u32| page.written(text, &(from..to));
    let change = Closure::<dyn Fn(String, u32, u32)>::new(change).into_js_value();
    listen(&on, "change", &change);
    listen(&on, "run", &act(move || page.start_run(Consent::WhenCheap)));
    listen(&on, "plan", &act(move || page.start_run(Consent::PlanOnly)));
    listen(&on, "format", &act(move || page.lay_out()));
    let escape = Closure::<dyn Fn() -> bool>::new(move || {
        let under_way = page.run.with_untracked(Run::is_under_way);
        page.cancel();
        under_way
    });
    listen(&on, "escape", &escape.into_js_value());
    let hint = "Write SQL over the tables of the catalog; Ctrl+Enter runs it";
    let editor = Editor(SqlEditor::new(host, "SQL statement", hint, &on));
    page.editor.set_value(Some(editor));
    page.show_tab();
    page.tell_editor();
}

fn act(what: impl Fn() + 'static) -> JsValue {
    Closure::<dyn Fn()>::new(what).into_js_value()
}

/// Setting a property of a plain object cannot fail.
fn listen(on: &Object, name: &str, callback: &JsValue) {
    let _ = Reflect::set(on, &name.into(), callback);
}
