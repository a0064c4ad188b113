//! What a test file needs from outside: the tables that its own runner makes, and files of DataFusion's repository.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::catalog::CatalogProvider;
use datafusion::datasource::MemTable;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;
use datafusion_sqllogictest::TestContext;

use super::test_files::TestFiles;

/// The data that a test file may ask for.
pub struct Outside {
    root: PathBuf,
    corpora: Option<PathBuf>,
    used: AtomicBool,
}

impl Outside {
    /// What `files` and the corpora have.
    pub fn new(files: &TestFiles) -> Self {
        Self {
            root: files.root.clone(),
            corpora: files.corpora.clone(),
            used: AtomicBool::new(false),
        }
    }

    /// Did the file get anything that statements alone do not make?
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    fn note_use(&self) {
        self.used.store(true, Ordering::Relaxed);
    }

    /// Registers the tables and functions that the crate's own runner makes for this file.
    pub async fn register_fixtures(&self, path: &str, context: &SessionContext) {
        let Some(fixtures) = TestContext::try_new_for_test_file(Path::new(path)).await else {
            return;
        };
        let fixtures = fixtures.session_ctx();
        for name in ["example", "async_abs"] {
            if let Ok(function) = fixtures.udf(name) {
                context.register_udf(function.as_ref().clone());
                self.note_use();
            }
        }
        for name in fixtures.catalog_names() {
            let Some(catalog) = fixtures.catalog(&name) else {
                continue;
            };
            if let Some(ours) = context.catalog(&name) {
                self.copy_schemas(catalog.as_ref(), ours.as_ref()).await;
            } else {
                context.register_catalog(name, catalog);
                self.note_use();
            }
        }
    }

    async fn copy_schemas(&self, from: &dyn CatalogProvider, to: &dyn CatalogProvider) {
        for name in from.schema_names() {
            let Some(schema) = from.schema(&name) else { continue };
            let Some(ours) = to.schema(&name) else {
                to.register_schema(&name, schema).unwrap();
                self.note_use();
                continue;
            };
            for table in schema.table_names() {
                let provider = schema.table(&table).await.unwrap().unwrap();
                ours.register_table(table, provider).unwrap();
                self.note_use();
            }
        }
    }

    /// Makes the table of a `CREATE EXTERNAL TABLE` over a file that is there, in memory.
    pub async fn load(&self, sql: &str, context: &SessionContext) -> bool {
        let Some(sql) = self.located(sql) else { return false };
        let is_loaded = load(&sql, context).await.is_ok();
        self.used.fetch_or(is_loaded, Ordering::Relaxed);
        is_loaded
    }

    /// The statement with its location made absolute; `None` when nothing is there.
    fn located(&self, sql: &str) -> Option<String> {
        let is_external = external_table(sql).is_some();
        let at = is_external.then(|| sql.to_ascii_lowercase().find("location '"))?? + "location '".len();
        let end = at + sql.get(at..)?.find('\'')?;
        let location = sql.get(at..end)?;
        let file = self.file(location)?;
        Some(format!("{}{}{}", sql.get(..at)?, file.display(), sql.get(end..)?))
    }

    /// Where a path of DataFusion's repository lies here.
    fn file(&self, location: &str) -> Option<PathBuf> {
        let below =
            |prefix: &str, folder: &str| Some(self.corpora.as_ref()?.join(folder).join(location.strip_prefix(prefix)?));
        let own = || location.starts_with("data/").then(|| self.root.join(location));
        let file =
            below("../../testing/", "arrow-testing").or_else(|| below("../../parquet-testing/", "parquet-testing"));
        file.or_else(own)?.canonicalize().ok()
    }
}

async fn load(sql: &str, context: &SessionContext) -> datafusion::error::Result<()> {
    let reader = SessionContext::new();
    reader.sql(sql).await?;
    let name = external_table(sql).unwrap_or_default();
    let frame = reader.table(name.as_str()).await?;
    let schema = frame.schema().inner().clone();
    let table = MemTable::try_new(schema, vec![frame.collect().await?])?;
    context.register_table(name.as_str(), Arc::new(table))?;
    Ok(())
}

/// The name in a `CREATE EXTERNAL TABLE`.
pub fn external_table(sql: &str) -> Option<String> {
    named(sql, "create", &["external", "table"])
}

/// The name of the table or view that a statement makes or fills.
pub fn written_table(sql: &str) -> Option<String> {
    let mut words = sql.split_whitespace();
    if words.next().is_some_and(|word| word.eq_ignore_ascii_case("select")) {
        return words
            .skip_while(|word| !word.eq_ignore_ascii_case("into"))
            .nth(1)
            .map(ToOwned::to_owned);
    }
    [&["external", "table"][..], &["table"], &["view"]]
        .into_iter()
        .find_map(|kind| named(sql, "create", kind))
        .or_else(|| named(sql, "insert", &["into"]))
}

fn named(sql: &str, verb: &str, kind: &[&str]) -> Option<String> {
    let code = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    let words = code.flat_map(|line| line.split(|c: char| c.is_whitespace() || c == '(' || c == ';'));
    let mut words = words
        .filter(|word| !word.is_empty())
        .map(|word| (word, word.to_ascii_lowercase()));
    words.next().filter(|(_, word)| word == verb)?;
    let modifiers = ["or", "replace", "temporary", "unbounded", "if", "not", "exists"];
    let mut words = words.filter(|(_, word)| !modifiers.contains(&word.as_str()));
    for expected in kind {
        words.next().filter(|(_, word)| word == expected)?;
    }
    words.next().map(|(name, _)| name.to_owned())
}
