//! Text onto the clipboard, and bytes into a file.

use js_sys::{Array, ArrayBuffer};
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

/// Offers bytes as a file to save.
pub fn save(bytes: &ArrayBuffer, name: &str, mime: &str) -> Result<(), JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(mime);
    let blob =
        web_sys::Blob::new_with_u8_array_sequence_and_options(&Array::of1(&js_sys::Uint8Array::new(bytes)), &options)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let anchor: web_sys::HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    web_sys::Url::revoke_object_url(&url)
}
