//! Text onto the clipboard.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Copies a text. False when the browser does not let us: on plain http it has no clipboard.
pub async fn copy(text: &str) -> bool {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    let there = clipboard.is_ok_and(|clipboard| clipboard.is_object());
    let written = there
        && JsFuture::from(window().navigator().clipboard().write_text(text))
            .await
            .is_ok();
    written || copy_by_selection(text).unwrap_or(false)
}

/// The old way: a selected text field and the browser's own command.
fn copy_by_selection(text: &str) -> Result<bool, JsValue> {
    let document = document();
    let field: web_sys::HtmlTextAreaElement = document.create_element("textarea")?.dyn_into()?;
    field.set_value(text);
    field.set_class_name("off-screen");
    let focused = document.active_element();
    document.body().ok_or(JsValue::NULL)?.append_child(&field)?;
    field.select();
    let command: js_sys::Function = js_sys::Reflect::get(&document, &"execCommand".into())?.dyn_into()?;
    let copied = command.call1(&document, &"copy".into())?.is_truthy();
    field.remove();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        focused.focus()?;
    }
    Ok(copied)
}
