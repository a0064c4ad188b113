//! Errors on the screen: what happened, on what, what to do, and the details for who wants them.

use leptos::prelude::*;

use super::wording;
use crate::error::Error;

/// An error; what can be done about it at once goes into `children`.
#[component]
pub fn ErrorBox(error: Error, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let kind = error.kind;
    view! {
        <div class="error" role="alert">
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
