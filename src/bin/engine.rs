//! Starts the engine in its worker: `receive` takes requests, a global of the worker takes what it says. The same program
//! in a worker of another is a hand of it: `serve` takes its orders.

#[cfg(target_arch = "wasm32")]
mod worker {
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::sync::Arc;

    use bytes::Bytes;
    use js_sys::{Array, Uint8Array};
    use limn::engine::hand::Hand;
    use limn::engine::{Engine, Surroundings};
    use limn::http::{Fetch, Opfs};
    use limn::protocol::{Answered, Message, Order};
    use limn::query::crew::{Crew, Hands};
    use limn::query::spill::{Spill, Spilled};
    use serde::Serialize;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        /// A view of so many bytes that can be transferred.
        #[wasm_bindgen(js_name = limn_room)]
        fn limn_room(bytes: usize) -> Uint8Array;
        /// Posts a message, and transfers the buffers beside it.
        #[wasm_bindgen(js_name = limn_post)]
        fn limn_post(json: &str, buffers: &Array);
        /// Starts hands.
        #[wasm_bindgen(js_name = limn_hire)]
        fn limn_hire(count: usize);
        /// Posts an order to a hand, and transfers the buffers beside it.
        #[wasm_bindgen(js_name = limn_order)]
        fn limn_order(hand: usize, json: &str, buffers: &Array);
        /// A copy in memory of the worker's own; throws when there is none.
        #[wasm_bindgen(js_name = limn_copy, catch)]
        fn limn_copy(bytes: &[u8]) -> Result<Uint8Array, JsValue>;
        /// Gives such a copy's memory back.
        #[wasm_bindgen(js_name = limn_free)]
        fn limn_free(copy: &Uint8Array);
    }

    thread_local! {
        static ENGINE: Engine = Engine::new(
            Surroundings {
                transport: Arc::new(Fetch),
                disk: Some(Arc::new(Opfs)),
                hands: Some(Arc::new(Workers)),
                spill: Some(Arc::new(Heap)),
            },
            Box::new(|message: &Message, buffer: Option<Vec<u8>>| {
                // The page keeps it.
                let buffer = buffer.map(|bytes| Uint8Array::from(bytes.as_slice()).buffer());
                post(message, &buffer.into_iter().collect());
            }),
        );
        static HAND: Hand = Hand::new(Box::new(|answered, batches| {
            post(&answered, &given(batches.iter().map(Vec::as_slice)));
        }));
    }

    /// Takes one request as JSON, and the bytes beside it, if there are any.
    #[wasm_bindgen]
    pub fn receive(json: &str, beside: Option<Uint8Array>) {
        let beside = beside.map(|bytes| bytes.to_vec().into()).unwrap_or_default();
        ENGINE.with(|engine| engine.receive_with(json, beside));
    }

    /// A hand can work.
    #[wasm_bindgen]
    pub fn hand_up(hand: usize) {
        ENGINE.with(|engine| engine.crew().map(|crew| crew.up(hand)));
    }

    /// May the hands be ended, as they have nothing to do?
    #[wasm_bindgen]
    pub fn dismiss() -> bool {
        ENGINE.with(|engine| engine.crew().is_some_and(Crew::dismiss))
    }

    /// A hand died.
    #[wasm_bindgen]
    pub fn hand_died(hand: usize, detail: &str) {
        ENGINE.with(|engine| engine.crew().map(|crew| crew.died(hand, detail)));
    }

    /// Takes what a hand says as JSON, and the buffers beside it.
    ///
    /// # Errors
    /// When it is not of the protocol, which ends the worker: the hand is of another build.
    #[wasm_bindgen]
    pub fn hear(json: &str, buffers: &Array) -> Result<(), JsError> {
        let answered: Answered = serde_json::from_str(json)?;
        ENGINE.with(|engine| engine.crew().map(|crew| crew.hear(answered, taken(buffers))));
        Ok(())
    }

    /// In a hand: takes one order as JSON, and the buffers beside it.
    ///
    /// # Errors
    /// As those of [`hear`].
    #[wasm_bindgen]
    pub fn serve(json: &str, buffers: &Array) -> Result<(), JsError> {
        let order: Order = serde_json::from_str(json)?;
        HAND.with(|hand| hand.take(order, taken(buffers)));
        Ok(())
    }

    /// Workers of this worker.
    #[derive(Debug)]
    struct Workers;

    impl Hands for Workers {
        fn hire(&self, count: usize) {
            limn_hire(count);
        }

        fn send(&self, hand: usize, order: &Order, buffers: Vec<Bytes>) {
            if let Some(json) = json(order) {
                limn_order(hand, &json, &given(buffers.iter().map(AsRef::as_ref)));
            }
        }
    }

    /// The worker's memory beside the engine's.
    #[derive(Debug)]
    struct Heap;

    /// Bytes there, by their number.
    #[derive(Debug)]
    struct OnHeap(u64);

    thread_local! {
        static SPILLED: RefCell<(u64, HashMap<u64, Uint8Array>)> = RefCell::default();
    }

    impl Spill for Heap {
        fn keep(&self, bytes: &[u8]) -> Option<Arc<dyn Spilled>> {
            let copy = limn_copy(bytes).ok()?;
            SPILLED.with_borrow_mut(|(last, spilled)| {
                *last += 1;
                spilled.insert(*last, copy);
                Some(Arc::new(OnHeap(*last)) as _)
            })
        }
    }

    impl Spilled for OnHeap {
        fn bytes(&self) -> Bytes {
            SPILLED.with_borrow(|(_, spilled)| spilled.get(&self.0).map(Uint8Array::to_vec).unwrap_or_default().into())
        }
    }

    impl Drop for OnHeap {
        fn drop(&mut self) {
            let copy = SPILLED.with_borrow_mut(|(_, spilled)| spilled.remove(&self.0));
            copy.iter().for_each(limn_free);
        }
    }

    fn post(message: &impl Serialize, buffers: &Array) {
        if let Some(json) = json(message) {
            limn_post(&json, buffers);
        }
    }

    /// What crosses holds no map with keys other than text and no failing serializer: it always has a JSON form.
    fn json(message: &impl Serialize) -> Option<String> {
        serde_json::to_string(message).ok()
    }

    /// Copies that can be transferred: the engine's memory cannot.
    fn given<'a>(buffers: impl IntoIterator<Item = &'a [u8]>) -> Array {
        let filled = |bytes: &[u8]| {
            let room = limn_room(bytes.len());
            room.copy_from(bytes);
            room
        };
        buffers.into_iter().map(filled).collect()
    }

    fn taken(buffers: &Array) -> Vec<Bytes> {
        let views = buffers.iter().map(JsCast::unchecked_into::<Uint8Array>);
        views.map(|view| view.to_vec().into()).collect()
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    console_error_panic_hook::set_once();
}
