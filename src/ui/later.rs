//! Parts of the page's program that come after its first: a table's page, charts, and what rows and their tools need, each
//! a file of its own (`wasm-split-cli`), with what two of them share in a third. Few parts, as every sharing is a file.
#![allow(
    unsafe_code,
    clippy::unnecessary_wraps,
    reason = "the macro declares what its tool links, and loading may fail. In one piece the program weighs 800 kB \
              compressed; the page may weigh 350 before anything is asked"
)]

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::asking::{PastPanel, Tools, ValueFields};
use super::chart::ChartPane;
use super::grid::GridPane;
use super::notice::ErrorBox;
use super::page::Page;
use super::palette::OverlayView;
use super::plan::PlanView;
use super::save::{SaveButton, SaveLine};
use super::snippet::SnippetButton;
use super::stored::StoredLine;
use super::table_page::TablePage;
use crate::error::{Error, Kind, Result};

/// Draws a part, once it is here.
type Draw = fn(Page) -> AnyView;

impl From<SplitLoaderError> for Error {
    fn from(_: SplitLoaderError) -> Self {
        let detail =
            "A part of Limn’s own program could not be loaded. Reload the page: what is written in the editor is kept.";
        Self::new(Kind::Blocked, "this page", detail)
    }
}

#[wasm_split(explorer, fallible)]
fn table_page() -> Result<Draw> {
    Ok(|page| view! { <TablePage page/> }.into_any())
}

#[wasm_split(charts, fallible)]
fn chart() -> Result<Draw> {
    Ok(|page| view! { <ChartPane page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn plan() -> Result<Draw> {
    Ok(|page| view! { <PlanView page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn rows() -> Result<Draw> {
    Ok(|page| view! { <GridPane page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn files() -> Result<Draw> {
    Ok(|page| view! { <SnippetButton page/><SaveButton page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn saving() -> Result<Draw> {
    Ok(|page| view! { <SaveLine page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn tools() -> Result<Draw> {
    Ok(|page| view! { <PastPanel page/><Tools page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn values() -> Result<Draw> {
    Ok(|page| view! { <ValueFields page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn stored() -> Result<Draw> {
    Ok(|page| view! { <StoredLine page/> }.into_any())
}

#[wasm_split(rows, fallible)]
fn overlay() -> Result<Draw> {
    Ok(|page| view! { <OverlayView page/> }.into_any())
}

/// A part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A table's own page.
    TablePage,
    /// The chart of a result.
    Chart,
    /// The plan.
    Plan,
    /// The rows of a result.
    Rows,
    /// What makes files and code of a query.
    Files,
    /// How far a file is.
    Saving,
    /// The history of queries, and what else can be done with their texts.
    Tools,
    /// The values of a statement's parameters.
    Values,
    /// What the browser keeps beyond the tab.
    Stored,
    /// The palette and the sheet of keys.
    Overlay,
}

impl Part {
    async fn load(self) -> Result<Draw> {
        match self {
            Self::TablePage => table_page().await,
            Self::Chart => chart().await,
            Self::Plan => plan().await,
            Self::Rows => rows().await,
            Self::Files => files().await,
            Self::Saving => saving().await,
            Self::Tools => tools().await,
            Self::Values => values().await,
            Self::Stored => stored().await,
            Self::Overlay => overlay().await,
        }
    }
}

impl Part {
    /// Does it say when it does not come? Tools that lie in one file with the rows leave that to them.
    fn tells(self) -> bool {
        !matches!(
            self,
            Self::Files | Self::Saving | Self::Tools | Self::Values | Self::Stored
        )
    }
}

/// A part, as soon as it is here.
#[component]
pub fn Later(page: Page, part: Part) -> impl IntoView {
    let draw = RwSignal::new(None::<Result<Draw>>);
    spawn_local(async move {
        let loaded = part.load().await;
        // Nothing is left to draw into when it is not shown any more.
        draw.try_set(Some(loaded));
    });
    move || match draw.get() {
        Some(Ok(draw)) => draw(page),
        Some(Err(error)) if part.tells() => view! { <ErrorBox error/> }.into_any(),
        None | Some(Err(_)) => ().into_any(),
    }
}
