//! Errors on the screen: what happened, on what, what to do, and the details for who wants them.

use leptos::prelude::*;

use super::client::Engine;
use super::page::Page;
use super::wording;
use crate::error::Error;

/// An error; what can be done about it at once goes into `children`. With `page`, it is that of a request: when it is
/// only that the engine does not run, which is said above, one line points there.
#[component]
pub fn ErrorBox(
    error: Error,
    #[prop(optional)] page: Option<Page>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let kind = error.kind;
    let detail = error.detail.clone();
    let is_of_engine = Memo::new(move |_| {
        let engine = page.map(|page| page.engine.get());
        matches!(engine, Some(Engine::Failed { detail: why }) if why == detail)
    });
    view! {
        <p class="empty" hidden=move || !is_of_engine.get()>"Needs the engine, which does not run."</p>
        <div class="error" role="alert" hidden=move || is_of_engine.get()>
            <p class="error-heading">{wording::heading(kind)}</p>
            <p class="error-subject">{error.subject}</p>
            <p class="error-detail">{error.detail}</p>
            {children.map(|actions| view! { <div class="actions">{actions()}</div> })}
            <details class="more">
                <summary>"More"</summary>
                <p>{wording::advice(kind)}</p>
                <p class="faint">{format!("Kind of error: {kind:?}")}</p>
            </details>
        </div>
    }
}
