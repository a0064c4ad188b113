//! Which file is read next, and which are opened meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{DynamicFilterPhysicalExpr, DynamicFilterTracking};
use datafusion::physical_expr::utils::reassign_expr_columns;
use datafusion::physical_expr_common::physical_expr::snapshot_generation;

use super::super::filter::is_final;
use super::super::next::Next;
use super::super::now::now;
use super::super::open::{Opened, open};
use super::super::outward;
use super::super::top::bounded;
use super::Walk;
use crate::http::{IN_FLIGHT, small_in_flight};
use crate::query::texts;
use crate::runtime::spawn;
use crate::table::prune::{has_subquery, prune};

/// Files whose footers, and what the allowance has room for of their data, are on their way while one is read, where a few
/// may still be ruled out; and files that a plan opens at once.
pub(in crate::query::scan) const FILES_AHEAD: usize = IN_FLIGHT;

/// The same while a filter may still grow narrower. One hides the round trip between files; more would read footers that
/// it makes needless.
const FILES_AHEAD_IN_DOUBT: usize = 1;

/// Times in a row that a narrower predicate rules out no file, after which it is not expected to: files that all hold
/// values of the whole range are held against it in vain, and many of them take long.
const SETTLED_AFTER: usize = 3;

impl Walk {
    /// Opens the next file, and starts opening the ones after it.
    pub(super) async fn next_file(&mut self) -> Result<bool> {
        if self.wanted == Some(0) {
            return Ok(false);
        }
        let is_other = self.divide().await?;
        self.skip_files(is_other)?;
        self.open_ahead(1 + self.files_ahead());
        let Some(next) = self.opening.pop_front() else {
            return Ok(false);
        };
        let opened = next.open().await?;
        if !opened.is_known {
            self.source.scan.tally.open(&opened.metadata);
        }
        if let Some(wanted) = &mut self.wanted {
            *wanted = wanted.saturating_sub(opened.rows());
        } else {
            self.find_hands(&opened);
            self.open_ahead(self.files_ahead());
        }
        self.file = Some(opened);
        Ok(true)
    }

    /// Puts what bounds tell to be enough before the rest, and goes on to that when it was read: are the files others now?
    async fn divide(&mut self) -> Result<bool> {
        if !std::mem::replace(&mut self.is_divided, true)
            && let Some(first) = bounded(&self.source, self.files.make_contiguous()).await?
        {
            let rest = self.source.without(&first.source);
            let files = std::mem::replace(&mut self.files, first.files.into());
            self.source = first.source;
            self.rest = Some((rest, files));
        }
        if !self.files.is_empty() || !self.opening.is_empty() {
            return Ok(false);
        }
        let Some(rest) = self.rest.take() else { return Ok(false) };
        (self.source, self.files) = rest;
        Ok(true)
    }

    /// The walk, the first files of which are on their way.
    pub(in crate::query::scan) fn opening(mut self) -> Self {
        self.open_ahead(1 + self.files_ahead());
        self
    }

    /// How many files may be opened before it is their turn.
    fn files_ahead(&self) -> usize {
        if self.wanted.is_some() {
            return 0;
        }
        let may_grow_narrower = matches!(self.tracking, DynamicFilterTracking::Watching(_))
            && self
                .source
                .predicate
                .as_ref()
                .is_some_and(|predicate| !is_final(predicate));
        if !may_grow_narrower {
            self.at_once()
        } else if self.source.is_early() {
            // The others are for what is read before it.
            self.at_once() / 2
        } else if self.source.is_first() {
            FILES_AHEAD
        } else {
            FILES_AHEAD_IN_DOUBT
        }
    }

    /// How many requests the host of the next file answers at once.
    fn at_once(&self) -> usize {
        let next = self
            .files
            .front()
            .map(|file| self.source.scan.table.files.location(*file));
        next.and_then(Result::ok)
            .map_or(FILES_AHEAD, |file| small_in_flight(file.origin()))
    }

    /// Passes over files that a predicate which grew narrower, or knows more than when the scan was planned, rules out by the
    /// table's own metadata; `is_due` when they were not held against it yet.
    fn skip_files(&mut self, is_due: bool) -> Result<()> {
        let Some(predicate) = &self.source.predicate else {
            return Ok(());
        };
        let has_narrowed = match &mut self.tracking {
            DynamicFilterTracking::Watching(tracker) => tracker.changed(),
            DynamicFilterTracking::AllComplete | DynamicFilterTracking::Static => false,
        };
        let is_begun = std::mem::replace(&mut self.is_begun, true);
        let has_changed = has_narrowed || !is_begun && has_found(predicate);
        if self.files.is_empty() || self.fruitless == SETTLED_AFTER || !has_changed && !is_due {
            return Ok(());
        }
        let table = &self.source.scan.table;
        let schema = texts::schema(table);
        let predicate = reassign_expr_columns(now(predicate)?, &schema)?;
        let pruned = prune(table, &schema, &predicate).map_err(outward)?;
        let kept: HashSet<usize> = pruned.kept.into_iter().collect();
        let before = self.files.len();
        self.files.retain(|file| kept.contains(file));
        self.source.scan.tally.pass(before - self.files.len());
        self.fruitless = if self.files.len() < before {
            0
        } else {
            self.fruitless + 1
        };
        Ok(())
    }

    /// Looks for hands once what is left of the scan is worth them, if all files are as this one.
    fn find_hands(&mut self, opened: &Opened) {
        if self.crew.is_some() {
            return;
        }
        let files = self.files.len() + self.opening.len() + 1;
        let bytes = opened.shared_bytes().saturating_mul(files as u64);
        self.crew = self.source.scan.crew().filter(|crew| crew.is_worth(bytes)).cloned();
    }

    fn open_ahead(&mut self, count: usize) {
        while self.opening.len() < count {
            let Some(file) = self.files.pop_front() else {
                return;
            };
            let (source, wanted) = (self.source.clone(), self.wanted);
            self.opening.push_back(Next::Opening(spawn(async move {
                let opened = open(&source, file, wanted).await?;
                if !opened.is_known {
                    source.scan.scope.counts.add_opened(opened.metadata.num_row_groups());
                }
                if wanted.is_none() {
                    opened.reads.fetch_ahead(opened.upcoming());
                }
                Ok(opened)
            })));
        }
    }
}

/// Does `predicate` know more than when the scan was planned: what a subquery found, or the other side of a join that was
/// read before?
fn has_found(predicate: &Arc<dyn PhysicalExpr>) -> bool {
    let mut filters = 0;
    let visited = predicate.apply(|node| {
        filters += u64::from(node.downcast_ref::<DynamicFilterPhysicalExpr>().is_some());
        Ok(TreeNodeRecursion::Continue)
    });
    // Each of them is of generation 1 as long as it knows nothing.
    visited.is_err() || snapshot_generation(predicate) > filters || has_subquery(predicate)
}
