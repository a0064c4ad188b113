//! A table in memory, of files that a target makes up.

use std::sync::Arc;

use limn::error::{Error, Kind, Result};
use limn::http::Location;
use limn::table::{self, Table};
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

/// The first commit of a table that may have deletion vectors.
pub const FIRST: &str = concat!(
    r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}"#,
    "\n",
    r#"{"metaData":{"id":"t","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}}"#,
    "\n",
);

/// Opens the table of `files`, paths below its root with their bytes, and does `work` with it.
pub fn with_table(files: &[(&str, &[u8])], work: impl AsyncFnOnce(&Arc<dyn ObjectStore>, Table) -> Result<()>) {
    let root = Location::parse("http://lake.test/t").expect("a URL");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let outcome = runtime.block_on(async {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for (path, bytes) in files {
            let place = root.child(path)?.path();
            let put = store.put(&place, bytes.to_vec().into()).await;
            put.map_err(|cause| Error::new(Kind::Bug, "memory", cause.to_string()))?;
        }
        let table = table::open(&store, std::slice::from_ref(&root), None).await?;
        // What pruning and planning ask of every table.
        let _ = (table.files.total_records(), table.files.total_size_bytes());
        for field in table.schema.fields() {
            let statistics = table.files.statistics();
            let _ = (statistics.min(field.name()), statistics.max(field.name()), statistics.null_count(field.name()));
        }
        work(&store, table).await
    });
    // An error is what damaged bytes should give; a mistake of ours is not.
    assert!(!outcome.is_err_and(|error| error.kind == Kind::Bug), "a mistake of Limn's own");
}
