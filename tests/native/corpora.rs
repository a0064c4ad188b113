//! Tables that other systems wrote, where they are there: unpacked once a run, served like a host would.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use limn::error::Result;
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::{AsOf, Options};
use limn::query::crew::local::crew;
use limn::query::{Session, sql_error};
use limn::table::{self, Table};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;

/// Bytes that the store's cache keeps in tests.
const CACHE_BYTES: u64 = 64 << 20;

/// The folder of the corpora, unless it is not there; then says so.
pub fn corpora() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    let folder = std::env::var_os("LIMN_CORPORA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

/// Archives `<name>.tar.zst` of a folder, sorted by name.
pub fn archives(folder: &Path) -> Vec<(String, PathBuf)> {
    entries(folder)
        .into_iter()
        .filter_map(|(name, path)| Some((name.strip_suffix(".tar.zst")?.to_owned(), path)))
        .collect()
}

/// What a folder holds, sorted by name.
pub fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut entries: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    entries.sort();
    entries
}

/// Unpacks an archive into a folder.
pub fn unpack(archive: &Path, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let file = zstd::Decoder::new(fs::File::open(archive).unwrap()).unwrap();
    tar::Archive::new(file).unpack(folder).unwrap();
}

/// Every folder below `root`, itself included, that holds a `_delta_log`.
pub fn delta_tables(root: &Path) -> Vec<PathBuf> {
    if root.join("_delta_log").is_dir() {
        return vec![root.to_owned()];
    }
    let folders = entries(root)
        .into_iter()
        .map(|(_, path)| path)
        .filter(|path| path.is_dir());
    folders.flat_map(|path| delta_tables(&path)).collect()
}

/// A host that serves one folder, and a session over it.
pub struct Host {
    store: Arc<HttpStore>,
    session: OnceLock<Session>,
}

impl Host {
    pub fn new(folder: &Path) -> Self {
        let store = HttpStore::new(Arc::new(LocalTransport::new("http://lake.test/", folder)), CACHE_BYTES);
        Self {
            store,
            session: OnceLock::new(),
        }
    }

    fn session(&self) -> &Session {
        self.session.get_or_init(|| {
            Session::new(Arc::clone(&self.store), &Options::default())
                .unwrap()
                .with_crew(crew(2))
        })
    }

    /// Opens the table at `path` of the host.
    pub async fn open(&self, path: &str, as_of: Option<&AsOf>) -> Result<Table> {
        let location = Location::parse(&format!("http://lake.test/{path}")).unwrap();
        table::open(&self.store.metered(&Meter::default()), &[location], as_of).await
    }

    /// The positions of deleted rows of a table's file.
    pub async fn deleted(&self, table: &Table, file: usize) -> Vec<u64> {
        let Some(deleted) = table.files.deleted(file) else {
            return vec![];
        };
        let store = self.store.metered(&Meter::default());
        deleted.load(store.as_ref(), file).await.unwrap().into_iter().collect()
    }

    /// All rows of a table.
    pub async fn rows(&self, table: Table) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        self.session().register("it", table)?;
        self.query("select * from it").await
    }

    /// What a statement over the last table gives, under the name `it`.
    pub async fn query(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let session = self.session();
        let running = session.query(sql, &Meter::default()).await?;
        let schema = Arc::clone(&running.schema);
        let batches = running
            .batches
            .try_collect()
            .await
            .map_err(|error| sql_error(error, sql))?;
        Ok((schema, batches))
    }
}
