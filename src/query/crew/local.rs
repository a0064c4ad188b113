//! Hands in this process, for native tests: what they are told takes the same way as between workers, as JSON.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use super::{Crew, Hands, Worth};
use crate::engine::hand::Hand;
use crate::protocol::Order;

/// Hands that are tasks of this process.
#[derive(Debug, Default)]
struct Local {
    crew: OnceLock<Crew>,
    hands: OnceLock<Vec<Hand>>,
    orders: Orders,
}

/// What hands were told.
pub type Orders = Arc<Mutex<Vec<Order>>>;

/// A crew of `count` hands in this process, for whatever there is to decode.
#[must_use]
pub fn crew(count: usize) -> Crew {
    listened(count).0
}

/// The same, and what its hands are told.
#[must_use]
pub fn listened(count: usize) -> (Crew, Orders) {
    let worth = Worth {
        scan_bytes: 0,
        row_group_bytes: 0,
    };
    let local = Arc::<Local>::default();
    let crew = Crew::new(Arc::clone(&local) as _, count, worth);
    // It was made just now and has none.
    let _ = local.crew.set(crew.clone());
    (crew, Arc::clone(&local.orders))
}

impl Hands for Local {
    fn hire(&self, count: usize) {
        let Some(crew) = self.crew.get() else {
            return;
        };
        self.hands.get_or_init(|| {
            let hand = |_| {
                let crew = crew.clone();
                Hand::new(Box::new(move |answered, buffers| {
                    crew.hear(answered, buffers.into_iter().map(Bytes::from).collect());
                }))
            };
            (0..count).map(hand).collect()
        });
        (0..count).for_each(|hand| crew.up(hand));
    }

    fn send(&self, hand: usize, order: &Order, buffers: Vec<Bytes>) {
        let told = serde_json::to_string(order).and_then(|json| serde_json::from_str::<Order>(&json));
        let (Some(crew), Some(hands)) = (self.crew.get(), self.hands.get()) else {
            return;
        };
        match (told, hands.get(hand)) {
            (Ok(order), Some(hand)) => {
                let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
                orders.push(order.clone());
                drop(orders);
                hand.take(order, buffers);
            }
            (Err(error), _) => crew.died(hand, &error.to_string()),
            (Ok(_), None) => {}
        }
    }
}
