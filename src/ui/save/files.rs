//! Where the bytes go: files on disk, or a download (`www/save.js`).

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::prelude::*;

use crate::error::{Error, Kind, Result};

#[wasm_bindgen(raw_module = "./save.js")]
extern "C" {
    /// Files under way.
    pub type Files;
    #[wasm_bindgen(js_name = chooseFiles, catch)]
    async fn choose_files(names: Array, mime: String) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = write, catch)]
    async fn write_bytes(this: &Files, number: u32, bytes: ArrayBuffer) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = close, catch)]
    async fn close_all(this: &Files) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = abort)]
    fn abort_all(this: &Files);
    #[wasm_bindgen(method, getter, js_name = names)]
    fn given_names(this: &Files) -> Array;
    #[wasm_bindgen(js_name = download, catch)]
    fn download_blob(blob: web_sys::Blob, name: &str) -> std::result::Result<(), JsValue>;
}

/// Offers bytes as a download. False when the browser does not let us.
#[must_use]
pub fn download(bytes: &ArrayBuffer, name: &str, mime: &str) -> bool {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(mime);
    let blob = web_sys::Blob::new_with_buffer_source_sequence_and_options(&Array::of1(bytes), &options);
    blob.and_then(|blob| download_blob(blob, name)).is_ok()
}

/// Files that are given up unless they are closed.
pub struct Target {
    files: Files,
    is_closed: bool,
}

impl Target {
    /// Asks the person where, as far as the browser lets us; `None` when they chose nothing.
    pub async fn choose(names: &[String], mime: &str) -> Result<Option<Self>> {
        let names: Array = names.iter().map(|name| JsValue::from_str(name)).collect();
        let chosen = choose_files(names, mime.to_owned())
            .await
            .map_err(|cause| refused(&cause))?;
        Ok((!chosen.is_null()).then(|| Self {
            files: chosen.unchecked_into(),
            is_closed: false,
        }))
    }

    /// What the files are called now.
    pub fn names(&self) -> Vec<String> {
        self.files
            .given_names()
            .iter()
            .filter_map(|name| name.as_string())
            .collect()
    }

    /// Writes; done when it is taken.
    pub async fn write(&self, number: u32, bytes: ArrayBuffer) -> Result<()> {
        let written = self.files.write_bytes(number, bytes).await;
        written.map(drop).map_err(|cause| refused(&cause))
    }

    /// The files are complete.
    pub async fn close(mut self) -> Result<()> {
        self.files.close_all().await.map_err(|cause| refused(&cause))?;
        self.is_closed = true;
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.is_closed {
            self.files.abort_all();
        }
    }
}

fn refused(cause: &JsValue) -> Error {
    let words = js_sys::Reflect::get(cause, &"message".into())
        .ok()
        .and_then(|words| words.as_string());
    let words = words.unwrap_or_else(|| "The browser did not allow it.".to_owned());
    Error::new(Kind::Blocked, "the file", words)
}
