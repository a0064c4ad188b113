//! The part of the dialog that splits rows into files for training.

use leptos::prelude::*;

use super::parts::{PARTS, Parts};

/// What is typed of a split, and whether rows are split at all.
#[derive(Clone, Copy)]
pub struct SplitChoice {
    pub is_on: RwSignal<bool>,
    pub parts: RwSignal<Parts>,
}

impl SplitChoice {
    pub fn new() -> Self {
        Self {
            is_on: RwSignal::new(false),
            parts: RwSignal::default(),
        }
    }

    /// The split, when there is one; or what is wrong with it.
    pub fn chosen(self) -> Result<Option<crate::protocol::Split>, String> {
        if !self.is_on.get() {
            return Ok(None);
        }
        self.parts.with(Parts::split).map(Some)
    }
}

/// A box to check, and behind it shares, seed and key.
#[component]
pub fn SplitFields(choice: SplitChoice) -> impl IntoView {
    let share = move |(at, part): (usize, &'static str)| {
        let value = move || {
            choice
                .parts
                .with(|parts| parts.shares.get(at).cloned().unwrap_or_default())
        };
        let typed = move |event| {
            choice.parts.update(|parts| {
                if let Some(share) = parts.shares.get_mut(at) {
                    *share = event_target_value(&event);
                }
            });
        };
        view! {
            <label class="split-part"><span>{part}</span>
                <input type="text" inputmode="numeric" class="text-field" prop:value=value on:input=typed/></label>
        }
    };
    let key = move |event| choice.parts.update(|parts| parts.key = event_target_value(&event));
    let strata = move |event| choice.parts.update(|parts| parts.strata = event_target_value(&event));
    let seed = move |event| choice.parts.update(|parts| parts.seed = event_target_value(&event));
    let words = move || {
        match choice.chosen() {
        Err(wrong) => wrong,
        Ok(Some(split)) if !split.strata.is_empty() => "By a hash: the same rows are in the same file in every run. The shares hold exactly within each value of the strata column, counted by keys; the rows are gone through twice for it. Rows with the same key and stratum are in the same file.".to_owned(),
        Ok(_) => "By a hash: the same rows are in the same file in every run. The shares hold on average, also within every group of rows. Rows with the same key are always in the same file.".to_owned(),
    }
    };
    let expression = move || choice.parts.with(Parts::expression);
    view! {
        <fieldset class="choices">
            <legend>"Training data"</legend>
            <label class="choice">
                <input type="checkbox" prop:checked=choice.is_on on:change=move |event| choice.is_on.set(event_target_checked(&event))/>
                <span>"Split into three files"<span class="choice-hint">"train, validation and test"</span></span>
            </label>
            <div class="split" hidden=move || !choice.is_on.get()>
                <div class="shares">{PARTS.into_iter().enumerate().map(share).collect_view()}</div>
                <div class="shares">
                    <label class="split-part key"><span>"Key column"</span>
                        <input type="text" class="text-field" placeholder="the whole row" spellcheck="false" autocomplete="off" on:input=key/></label>
                    <label class="split-part key"><span>"Strata column"</span>
                        <input type="text" class="text-field" placeholder="none" spellcheck="false" autocomplete="off" on:input=strata/></label>
                    <label class="split-part"><span>"Seed"</span>
                        <input type="text" class="text-field" spellcheck="false" autocomplete="off" prop:value=move || choice.parts.with(|parts| parts.seed.clone()) on:input=seed/></label>
                </div>
                <p class="choice-note">{words}</p>
                {move || expression().map(|sql| view! {
                    <p class="choice-note">"The same split in SQL, for keys that are text or whole numbers (Spark: string for varchar):"</p>
                    <pre class="code" tabindex="0" aria-label="The split in SQL">{sql}</pre>
                })}
            </div>
        </fieldset>
    }
}
