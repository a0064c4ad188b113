//! Where a chart is drawn: `www/chart.js` as the page uses it, loaded with the first chart.

use js_sys::ArrayBuffer;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::Picture;
use crate::error::{Error, Kind};

#[wasm_bindgen(raw_module = "./lazy.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = openChart)]
    async fn open_chart(host: &web_sys::Element) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A chart on the page.
    #[derive(Clone)]
    type Drawing;
    #[wasm_bindgen(method)]
    fn draw(this: &Drawing, json: &str);
    #[wasm_bindgen(method, catch)]
    async fn png(this: &Drawing) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn svg(this: &Drawing) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn dispose(this: &Drawing);
}

/// A picture as a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Pixels.
    Png,
    /// Lines.
    Svg,
}

/// The chart of a page; its copies are the same one.
#[derive(Clone, Copy)]
pub struct Canvas {
    drawing: StoredValue<Option<Drawing>, LocalStorage>,
    is_ready: RwSignal<bool>,
}

impl Canvas {
    /// A chart that is not loaded yet.
    pub fn new() -> Self {
        Self {
            drawing: StoredValue::new_local(None),
            is_ready: RwSignal::new(false),
        }
    }

    /// The picture as a file; `None` when the browser cannot write it.
    pub async fn file(self, file: File) -> Option<ArrayBuffer> {
        let drawing = self.drawing.try_get_value().flatten()?;
        let bytes = match file {
            File::Png => drawing.png().await,
            File::Svg => drawing.svg(),
        };
        bytes.ok()?.dyn_into().ok()
    }

    async fn open(self, host: web_sys::Element, failure: RwSignal<Option<Error>>) {
        match open_chart(&host).await {
            Ok(opened) => {
                // Nothing is kept when the chart has gone meanwhile.
                self.drawing.try_set_value(Some(opened.unchecked_into()));
                self.is_ready.try_set(true);
            }
            Err(cause) => {
                let detail = format!(
                    "The program that draws charts could not be loaded: {}. Check the connection and reload the page.",
                    js_sys::Object::from(cause).to_string()
                );
                failure.try_set(Some(Error::new(Kind::NotFound, "the chart", detail)));
            }
        }
    }
}

/// The picture, for who sees it and, in words, for who does not.
#[component]
pub fn Drawn(canvas: Canvas, picture: Memo<Option<Picture>>, failure: RwSignal<Option<Error>>) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(host) = host.get() {
            spawn_local(canvas.open(host.into(), failure));
        }
    });
    Effect::new(move |_| {
        let json = picture.with(|picture| picture.as_ref().and_then(|picture| serde_json::to_string(picture).ok()));
        if let (true, Some(json)) = (canvas.is_ready.get(), json) {
            canvas.drawing.with_value(|drawing| {
                if let Some(drawing) = drawing {
                    drawing.draw(&json);
                }
            });
        }
    });
    on_cleanup(move || {
        if let Some(drawing) = canvas.drawing.try_update_value(Option::take).flatten() {
            drawing.dispose();
        }
    });
    let words = move || picture.with(|picture| picture.as_ref().map(|picture| picture.description.clone()));
    view! { <div class="chart-canvas" role="img" aria-label=words node_ref=host></div> }
}
