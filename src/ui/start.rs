//! What a page without a link begins with: the sample, when the site has one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::page::Page;
use super::sample::Sample;

impl Page {
    /// Opens the sample as if it were the link, which stays empty. A site without a sample shows an empty page.
    pub fn show_sample(self, unknown: Vec<String>) {
        let before = self.link();
        spawn_local(async move {
            let sample = fetch()
                .await
                .ok()
                .and_then(|text| serde_json::from_str::<Sample>(&text).ok());
            // What the person opened or wrote meanwhile goes before.
            if self.link() == before {
                let link = sample.as_ref().map(|sample| sample.link(unknown)).unwrap_or_default();
                self.sample.set(sample);
                self.apply(&link);
            }
        });
    }

    /// Is the sample all that is here?
    pub fn sample_is_untouched(self) -> bool {
        let sql = self.sql.get_untracked();
        self.sample
            .with_untracked(|sample| sample.as_ref().is_some_and(|sample| sample.sql == sql))
    }
}

async fn fetch() -> Result<String, JsValue> {
    let response: web_sys::Response = JsFuture::from(window().fetch_with_str("./lake/lake.json"))
        .await?
        .dyn_into()?;
    if !response.ok() {
        return Err(response.status().into());
    }
    JsFuture::from(response.text()?).await?.as_string().ok_or(JsValue::NULL)
}
