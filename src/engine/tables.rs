//! What is asked of tables and of the names of statements.

use std::ops::ControlFlow;

use super::Core;
use super::answer::Clock;
use crate::error::Result;
use crate::http::{Location, Meter};
use crate::protocol::{Reply, Request, Source, Stats, TableInfo};
use crate::query;
use crate::table::{self, RowField, Table};

impl Core {
    /// Does what is asked of tables; gives back a request for something else.
    pub(super) async fn of_tables(&self, request: Request) -> Result<ControlFlow<Reply, Request>> {
        Ok(ControlFlow::Break(match request {
            Request::Open { name, source } => Reply::Opened {
                table: self.open(&name, &source).await?,
            },
            Request::Close { name } => {
                self.session.deregister(&name)?;
                self.handover.closed(&name);
                Reply::Done
            }
            Request::Plan { sql, parameters } => Reply::Planned {
                plan: self.session.plan_with(&sql, &parameters, &Meter::default()).await?,
            },
            Request::Inspect { table, what } => {
                let clock = Clock::new();
                Reply::Inspected {
                    facts: self.session.inspect(&table, &what, &clock.meter).await?,
                    stats: clock.spent(),
                }
            }
            Request::Preview { sql, parameters } => Reply::Previewed {
                preview: self.session.preview(&sql, &parameters).await,
            },
            Request::Functions => Reply::Functions {
                functions: query::functions(self.session.context()),
            },
            other => return Ok(ControlFlow::Continue(other)),
        }))
    }

    async fn open(&self, name: &str, source: &Source) -> Result<TableInfo> {
        let clock = Clock::new();
        let urls = source
            .urls
            .iter()
            .map(|url| Location::parse(url))
            .collect::<Result<Vec<_>>>()?;
        // What is opened is read anew: the table may have new commits, the file new bytes.
        for url in &urls {
            self.store.forget(url);
        }
        let store = self.store.metered(&clock.meter);
        let elsewhere = source.elsewhere.as_slice().into();
        let table = table::open_with(&store, &urls, source.version.as_ref(), &elsewhere).await?;
        let info = describe(name, &table, clock.spent());
        self.session.register(name, table)?;
        self.handover.opened(source, &info);
        Ok(info)
    }
}

fn describe(name: &str, table: &Table, stats: Stats) -> TableInfo {
    TableInfo {
        name: name.to_owned(),
        format: table.format.name().to_owned(),
        version: table.version.map(|version| version.number),
        timestamp_millis: table.version.and_then(|version| version.timestamp_millis),
        comment: table.comment.clone(),
        note: table.note.clone(),
        columns: query::columns(&table.schema, &table.partition_columns),
        row_fields: table.row_fields().into_iter().map(RowField::column).collect(),
        files: table.files.len() as u64,
        rows: table.files.total_records(),
        size_bytes: table.files.total_size_bytes(),
        stats,
    }
}
