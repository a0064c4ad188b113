//! The page as a whole: bar, catalog, editor, result.

use leptos::ev;
use leptos::prelude::*;

use super::asking::{TabBar, ValueFields};
use super::catalog::Catalog;
use super::client::Engine;
use super::editor::{Editor, EditorPane};
use super::location_bar::LocationBar;
use super::notice::ErrorBox;
use super::page::Page;
use super::results::{Results, RunBar};
use super::run::Run;
use super::share::Share;
use super::table_page::TablePage;
use super::wording::bytes;

/// Mounts the page in place of what `index.html` shows meanwhile.
pub fn mount() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let page = Page::new();
    let drawer = RwSignal::new(false);
    let shows_table = Memo::new(move |_| page.view.with(Option::is_some));
    page.read_address();
    page.keep_tabs();
    page.preview_while_typing();
    window_event_listener(ev::popstate, move |_| page.read_address());
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() {
            drawer.set(false);
        }
        if event.key() == "Escape" && !event.default_prevented() && page.run.with_untracked(Run::is_under_way) {
            page.cancel();
        }
    });
    view! {
        <a class="skip" href="#editor" on:click=move |event| to_editor(page, &event)>"Skip to the editor"</a>
        <header class="bar">
            <h1 class="brand">"Limn"</h1>
            <button class="button quiet drawer-button" aria-controls="catalog" aria-expanded=move || drawer.get().to_string()
                on:click=move |_| drawer.update(|open| *open = !*open)>"Tables"</button>
            <LocationBar page/>
            <Share page/>
        </header>
        <EngineLine page/>
        <div class="columns">
            <div class="backdrop" data-open=move || drawer.get().then_some("") on:click=move |_| drawer.set(false)></div>
            <nav class="catalog" id="catalog" aria-label="Catalog" data-open=move || drawer.get().then_some("")><Catalog page/></nav>
            <main class="work">
                <Intro page/>
                <Notice page/>
                // Hidden and not gone: the statement, its undo and its rows stay.
                <div class="asking" hidden=move || shows_table.get()>
                    <section class="statement" aria-label="Statement"><TabBar page/><EditorPane page/><ValueFields page/><RunBar page/></section>
                    <Results page/>
                </div>
                <Show when=move || shows_table.get()><TablePage page/></Show>
            </main>
        </div>
        <p class="remark" role="status" data-on=move || page.remark.with(|remark| !remark.is_empty()).then_some("")>{move || page.remark.get()}</p>
    }
}

/// A real anchor would change the address, which is the state.
fn to_editor(page: Page, event: &ev::MouseEvent) {
    event.prevent_default();
    page.with_editor(Editor::focus);
}

/// One sentence for who comes here first.
#[component]
fn Intro(page: Page) -> impl IntoView {
    let shown = Memo::new(move |_| page.sample.with(Option::is_some) || page.entries.with(Vec::is_empty));
    let title = move || {
        page.sample.with(|sample| {
            sample.as_ref().filter(|sample| !sample.title.is_empty()).map(|sample| {
                view! { <span>" You see a sample, “" {sample.title.clone()} "”: paste your own table’s URL above."</span> }
            })
        })
    };
    view! {
        <p class="intro" hidden=move || !shown.get()>
            <strong>"Query Delta Lake tables and Parquet files on any web host, right in this tab. "</strong>
            "It fetches only the bytes that a statement needs; there is no server, and nothing is uploaded."
            {title}
        </p>
    }
}

#[component]
fn Notice(page: Page) -> impl IntoView {
    move || {
        page.notice.get().map(|error| {
            view! {
                <ErrorBox error>
                    <button class="button small" on:click=move |_| page.notice.set(None)>"Dismiss"</button>
                </ErrorBox>
            }
        })
    }
}

/// A thin line while the engine comes, and words when it does not.
#[component]
fn EngineLine(page: Page) -> impl IntoView {
    let share = move || match page.engine.get() {
        Engine::Loading { loaded, total } if total > 0.0 => loaded / total,
        Engine::Loading { .. } => 0.0,
        _ => 1.0,
    };
    let words = move || match page.engine.get() {
        Engine::Loading { loaded, total } => Some(format!("Loading the engine: {}", of(loaded, total))),
        Engine::Starting => Some("Starting the engine…".to_owned()),
        Engine::Crashed { .. } => Some("The engine is started again…".to_owned()),
        Engine::Ready | Engine::Failed { .. } => None,
    };
    let failed = move || match page.engine.get() {
        Engine::Failed { detail } => Some(view! {
            <div class="engine-failed" role="alert">
                <p><strong>"The engine does not run. "</strong>{detail}</p>
                <button class="button small" on:click=move |_| page.start_engine_again()>"Try again"</button>
            </div>
        }),
        _ => None,
    };
    view! {
        <div class="engine" data-on=move || words().is_some().then_some("")>
            <div class="engine-fill" style:transform=move || format!("scaleX({})", share())></div>
            <p class="engine-words" role="status">{words}</p>
        </div>
        {failed}
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn of(loaded: f64, total: f64) -> String {
    let words = |count: f64| bytes(count.max(0.0) as u64);
    if total > 0.0 {
        format!("{} of {}", words(loaded), words(total))
    } else {
        words(loaded)
    }
}
