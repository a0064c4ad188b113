//! A button and the menu below it. The browser opens, closes and focuses it (the popover attribute); we only place it.

use leptos::html::Button;
use leptos::prelude::*;

/// A menu; its items close it by `popovertarget`.
#[component]
pub fn Menu(
    /// Its identity in the document.
    id: &'static str,
    /// What the button says.
    label: &'static str,
    /// The button's look.
    #[prop(default = "button")]
    button_class: &'static str,
    /// The menu's look.
    #[prop(default = "menu")]
    menu_class: &'static str,
    children: Children,
) -> impl IntoView {
    let button = NodeRef::<Button>::new();
    // Below the button, their right edges in line.
    let corner = RwSignal::new((0.0, 0.0));
    let place = move |_| {
        let Some(button) = button.get_untracked() else { return };
        let rect = button.get_bounding_client_rect();
        let width = window()
            .inner_width()
            .ok()
            .and_then(|width| width.as_f64())
            .unwrap_or(rect.right());
        corner.set((rect.bottom() + 4.0, (width - rect.right()).max(0.0)));
    };
    view! {
        <button class=button_class popovertarget=id aria-haspopup="true" node_ref=button on:click=place>{label}</button>
        <div
            id=id
            class=menu_class
            popover="auto"
            aria-label=label
            style:top=move || format!("{}px", corner.get().0)
            style:right=move || format!("{}px", corner.get().1)
            style:max-height=move || format!("calc(100dvh - {}px)", corner.get().0 + 8.0)
        >
            {children()}
        </div>
    }
}
