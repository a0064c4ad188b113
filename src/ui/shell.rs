//! The page as a whole: bar, catalog, editor, result.

use leptos::ev;
use leptos::prelude::*;

use super::asking::TabBar;
use super::catalog::Catalog;
use super::client::Engine;
use super::editor::{Editor, EditorPane};
use super::later::{Later, Part};
use super::location_bar::LocationBar;
use super::notice::ErrorBox;
use super::page::Page;
use super::palette::{Overlay, open_on_keys};
use super::results::{Results, RunBar};
use super::run::Run;
use super::share::Share;
use super::wording::bytes;

/// Mounts the page in place of what `index.html` shows meanwhile.
pub fn mount() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    super::manner::write_as_the_browser_does();
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
    open_on_keys(page);
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
            <button class="button quiet commands-button" aria-haspopup="dialog" title="Everything that can be done (Ctrl+K)"
                on:click=move |_| page.overlay.set(Some(Overlay::Palette))>"Commands"</button>
            <Share page/>
        </header>
        <EngineLine page/>
        <div class="columns">
            <div class="backdrop" data-open=move || drawer.get().then_some("") on:click=move |_| drawer.set(false)></div>
            <nav class="catalog" id="catalog" aria-label="Catalog" data-open=move || drawer.get().then_some("")><Catalog page/><Later page part=Part::Stored/></nav>
            <main class="work">
                <Intro page/>
                <Notice page/>
                // Hidden and not gone: the statement, its undo and its rows stay.
                <div class="asking" hidden=move || shows_table.get()>
                    <section class="statement" aria-label="Statement"><TabBar page/><EditorPane page/><Later page part=Part::Values/><RunBar page/></section>
                    <Results page/>
                </div>
                <Show when=move || shows_table.get()><Later page part=Part::TablePage/></Show>
            </main>
        </div>
        <Show when=move || page.overlay.with(Option::is_some)><Later page part=Part::Overlay/></Show>
        <p class="remark" role="status" data-on=move || page.remark.with(|remark| !remark.is_empty()).then_some("")>{move || page.remark.get()}</p>
    }
}

/// A real anchor would change the address, which is the state.
fn to_editor(page: Page, event: &ev::MouseEvent) {
    event.prevent_default();
    page.with_editor(Editor::focus);
}

/// What this is, for who comes here first.
#[component]
fn Intro(page: Page) -> impl IntoView {
    let is_hidden = RwSignal::new(false);
    let shown =
        Memo::new(move |_| !is_hidden.get() && (page.sample.with(Option::is_some) || page.entries.with(Vec::is_empty)));
    let sample = move || {
        page.sample.with(|sample| {
            sample.as_ref().filter(|sample| !sample.title.is_empty()).map(|sample| {
                let words = format!(
                    "Open now is a sample, “{}”: change it, run it, or open a table of your own.",
                    sample.title
                );
                view! { <p class="intro-sample">{words}</p> }
            })
        })
    };
    view! {
        <section class="intro" aria-label="What this is" hidden=move || !shown.get()>
            <div class="intro-words">
                <h2 class="intro-title">"Query Delta Lake tables and Parquet files on any web host, right in this tab"</h2>
                <p>"Only the bytes that a statement needs are fetched. There is no server, and nothing is uploaded or installed."</p>
                {sample}
            </div>
            <ol class="intro-steps">
                <li><strong>"Open"</strong>" a table: paste its URL above."</li>
                <li><strong>"Ask"</strong>" in SQL, or explore its columns, history and files."</li>
                <li><strong>"Send"</strong>" the link: whoever opens it gets the same answer."</li>
            </ol>
            <button class="icon intro-close" aria-label="Hide what this is" title="Hide" on:click=move |_| is_hidden.set(true)>"×"</button>
        </section>
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
