//! How the person reads numbers and times: numbers as the browser's language has them, times in UTC or where they are.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::asking::{keep, kept};
use super::page::Page;
use super::wording;

/// Under which name the browser keeps whether times are local.
const TIMES: &str = "limn.times";
const LOCAL: &str = "local";

/// Places behind the point for which a format is kept.
const PLACES: usize = 3;

thread_local! {
    static FORMATS: [Function; PLACES] = std::array::from_fn(format);
}

fn format(places: usize) -> Function {
    let options = Object::new();
    for name in ["minimumFractionDigits", "maximumFractionDigits"] {
        // A new object takes every property.
        let _ = Reflect::set(
            &options,
            &name.into(),
            &JsValue::from(u32::try_from(places).unwrap_or_default()),
        );
    }
    Intl::NumberFormat::new(&Array::new(), &options).format()
}

/// Has numbers written as the browser's language has them.
pub fn write_as_the_browser_does() {
    wording::write_numbers_by(|value, places| {
        FORMATS.with(|formats| {
            let written = formats
                .get(places)
                .and_then(|format| format.call1(&JsValue::UNDEFINED, &value.into()).ok());
            written
                .and_then(|text| text.as_string())
                .unwrap_or_else(|| format!("{value:.places$}"))
        })
    });
}

/// Are times read where the person is, as it was chosen here before?
pub fn reads_local_times() -> bool {
    kept(TIMES).as_deref() == Some(LOCAL)
}

impl Page {
    /// How many minutes the person's clock is ahead of UTC at a time; `None` when times are read in UTC.
    pub fn offset_at(self, millis: i64) -> Option<i32> {
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        let ahead = || -Date::new(&JsValue::from(millis as f64)).get_timezone_offset() as i32;
        self.local_times.get().then(ahead)
    }

    /// Has times read where the person is, or in UTC, also the next time.
    pub fn read_times(self, local: bool) {
        self.local_times.set(local);
        // A browser that keeps nothing forgets it.
        let _ = keep(TIMES, if local { LOCAL } else { "utc" });
    }
}
