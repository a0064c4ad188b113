//! The sample that is open when there is no link: `lake/lake.json` beside the page names its tables and first statement.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::page::Page;
use crate::link::{Link, TableLink};

/// What the file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sample {
    /// One line about it.
    #[serde(default)]
    pub title: String,
    /// Its first statement.
    #[serde(default)]
    pub sql: String,
    /// URLs by SQL name, relative to the page.
    #[serde(default)]
    tables: BTreeMap<String, String>,
}

impl Sample {
    fn link(&self, unknown: Vec<String>) -> Link {
        let table = |(name, url): (&String, &String)| TableLink {
            name: name.clone(),
            urls: vec![url.clone()],
            version: None,
        };
        Link {
            tables: self.tables.iter().map(table).collect(),
            sql: self.sql.clone(),
            unknown,
        }
    }
}

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
