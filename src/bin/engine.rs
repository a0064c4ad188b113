//! Starts the engine in its worker: `receive` takes requests, a global of the worker takes what it says.

#[cfg(target_arch = "wasm32")]
mod worker {
    use std::sync::Arc;

    use js_sys::{Array, Uint8Array};
    use limn::engine::Engine;
    use limn::http::{Fetch, Opfs};
    use limn::protocol::Message;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        /// Posts a message, and transfers the buffers beside it.
        #[wasm_bindgen(js_name = limn_post)]
        fn limn_post(json: &str, buffers: &Array);
    }

    thread_local! {
        static ENGINE: Engine = Engine::new(Arc::new(Fetch), Some(Arc::new(Opfs)), Box::new(post));
    }

    /// Takes one request as JSON.
    #[wasm_bindgen]
    pub fn receive(json: &str) {
        ENGINE.with(|engine| engine.receive(json));
    }

    #[allow(clippy::needless_pass_by_value, reason = "the engine gives the buffer away")]
    fn post(message: &Message, buffer: Option<Vec<u8>>) {
        // A message holds no map with keys other than text and no failing serializer: it always has a JSON form.
        let Ok(json) = serde_json::to_string(message) else {
            return;
        };
        let buffers: Array = buffer
            .iter()
            .map(|bytes| Uint8Array::from(bytes.as_slice()).buffer())
            .collect();
        limn_post(&json, &buffers);
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    console_error_panic_hook::set_once();
}
