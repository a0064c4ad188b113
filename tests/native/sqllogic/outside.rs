//! What a test file needs from outside: the tables that its own runner makes, and files of DataFusion's repository.

use std::path::{Path, PathBuf};

use datafusion::catalog::CatalogProvider;
use datafusion::datasource::MemTable;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;
use datafusion_sqllogictest::TestContext;

/// The data that a test file may ask for.
pub struct Outside {
    root: PathBuf,
    corpora: PathBuf,
}

impl Outside {
    /// `root` is the directory of the crate with the test files.
    pub fn new(root: &Path) -> Self {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
        let corpora = std::env::var_os("LIMN_CORPORA").map_or_else(beside, PathBuf::from);
        Self {
            root: root.to_owned(),
            corpora,
        }
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
            }
        }
        for name in fixtures.catalog_names() {
            let Some(catalog) = fixtures.catalog(&name) else {
                continue;
            };
            match context.catalog(&name) {
                Some(ours) => copy_schemas(catalog.as_ref(), ours.as_ref()).await,
                None => drop(context.register_catalog(name, catalog)),
            }
        }
    }

    /// Makes the table of a `CREATE EXTERNAL TABLE` over a file that is there, in memory.
    pub async fn load(&self, sql: &str, context: &SessionContext) -> bool {
        let Some(sql) = self.located(sql) else { return false };
        let Some(name) = external_table(&sql) else { return false };
        let reader = SessionContext::new();
        if reader.sql(&sql).await.is_err() {
            return false;
        }
        let Ok(frame) = reader.table(name.as_str()).await else {
            return false;
        };
        let schema = frame.schema().inner().clone();
        let Ok(batches) = frame.collect().await else {
            return false;
        };
        let Ok(table) = MemTable::try_new(schema, vec![batches]) else {
            return false;
        };
        context
            .register_table(name.as_str(), std::sync::Arc::new(table))
            .is_ok()
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
        let file = match (
            location.strip_prefix("../../testing/data/"),
            location.strip_prefix("../../parquet-testing/"),
        ) {
            (Some(rest), _) => self.corpora.join("arrow-testing/data").join(rest),
            (_, Some(rest)) => self.corpora.join("parquet-testing").join(rest),
            _ if location.starts_with("data/") => self.root.join(location),
            _ => return None,
        };
        file.canonicalize().ok()
    }
}

async fn copy_schemas(from: &dyn CatalogProvider, to: &dyn CatalogProvider) {
    for name in from.schema_names() {
        let Some(schema) = from.schema(&name) else { continue };
        let Some(ours) = to.schema(&name) else {
            to.register_schema(&name, schema).unwrap();
            continue;
        };
        for table in schema.table_names() {
            let provider = schema.table(&table).await.unwrap().unwrap();
            ours.register_table(table, provider).unwrap();
        }
    }
}

/// The name in a `CREATE EXTERNAL TABLE`.
pub fn external_table(sql: &str) -> Option<String> {
    created(sql, &["external", "table"])
}

/// The name of the table or view that a statement creates.
pub fn created_table(sql: &str) -> Option<String> {
    [
        &["external", "table"][..],
        &["table"],
        &["view"],
        &["unbounded", "external", "table"],
    ]
    .into_iter()
    .find_map(|kind| created(sql, kind))
}

fn created(sql: &str, kind: &[&str]) -> Option<String> {
    let mut words = sql
        .split(|c: char| c.is_whitespace() || c == '(' || c == ';')
        .filter(|word| !word.is_empty());
    let lower = |word: &str| word.to_ascii_lowercase();
    words.next().filter(|word| lower(word) == "create")?;
    let mut words = words
        .map(|word| (word, lower(word)))
        .filter(|(_, word)| !["or", "replace", "temporary", "if", "not", "exists"].contains(&word.as_str()));
    for expected in kind {
        words.next().filter(|(_, word)| word == expected)?;
    }
    words.next().map(|(name, _)| name.to_owned())
}
