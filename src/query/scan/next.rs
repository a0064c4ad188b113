//! [`Next`]: a file that is being opened while another one is read.

use datafusion::error::{DataFusionError, Result};
use futures::FutureExt;

use super::open::Opened;
use crate::runtime::Task;

/// A file that is read after the present one.
pub(super) enum Next {
    /// Its footer is on its way.
    Opening(Task<Result<Opened>>),
    /// It was opened.
    Open(Box<Result<Opened>>),
}

impl Next {
    /// What was opened, if it is by now.
    pub(super) fn opened(&mut self) -> Option<&mut Opened> {
        if let Self::Opening(task) = self
            && let Some(opened) = task.now_or_never()
        {
            *self = Self::Open(Box::new(opened.unwrap_or_else(|| Err(given_up()))));
        }
        match self {
            Self::Open(opened) => opened.as_mut().as_mut().ok(),
            Self::Opening(_) => None,
        }
    }

    /// What was opened, when it is.
    pub(super) async fn open(self) -> Result<Opened> {
        match self {
            Self::Opening(task) => task.await.unwrap_or_else(|| Err(given_up())),
            Self::Open(opened) => *opened,
        }
    }
}

fn given_up() -> DataFusionError {
    DataFusionError::Execution("reading a footer was given up".to_owned())
}
