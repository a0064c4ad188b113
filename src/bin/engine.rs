//! Starts the engine in its worker: `receive` takes requests, two globals of the worker take what it says.

#[cfg(target_arch = "wasm32")]
mod worker {
    use std::sync::Arc;

    use js_sys::Uint8Array;
    use limn::engine::Engine;
    use limn::http::Fetch;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        /// Posts a message, and transfers the buffer beside it.
        #[wasm_bindgen(js_name = limn_post)]
        fn post(json: &str, buffer: Option<Uint8Array>);
        /// Says why the engine is about to die.
        #[wasm_bindgen(js_name = limn_fatal)]
        fn fatal(detail: &str);
    }

    thread_local! {
        static ENGINE: Engine = Engine::new(Arc::new(Fetch::default()), Box::new(|message, buffer| {
            match serde_json::to_string(message) {
                Ok(json) => post(&json, buffer.map(|bytes| Uint8Array::from(bytes.as_slice()))),
                Err(error) => fatal(&format!("a message could not be written: {error}")),
            }
        }));
    }

    /// Takes one request as JSON.
    #[wasm_bindgen]
    pub fn receive(json: &str) {
        ENGINE.with(|engine| engine.receive(json));
    }

    pub fn watch_panics() {
        std::panic::set_hook(Box::new(|panic| fatal(&panic.to_string())));
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    worker::watch_panics();
}
