//! Any bytes as a deletion vector: in a file, and inline.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limn::error::{Error, Kind};

mod lake;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let size = rest.len().saturating_sub(9);
    let add = |vector: &str| {
        format!(
            r#"{{"add":{{"path":"a.parquet","partitionValues":{{}},"size":1,"dataChange":true,"stats":"{{\"numRecords\":1000}}","deletionVector":{{{vector},"cardinality":{first}}}}}}}"#
        )
    };
    let stored = add(&format!(r#""storageType":"p","pathOrInlineDv":"http://lake.test/t/v.bin","offset":1,"sizeInBytes":{size}"#));
    let text: String = rest.iter().map(|byte| char::from(b'!' + byte % 90)).filter(|char| !matches!(char, '"' | '\\')).collect();
    let inline = add(&format!(r#""storageType":"i","pathOrInlineDv":"{text}","sizeInBytes":{size}"#));
    for add in [stored, inline] {
        let commit = format!("{}{add}", lake::FIRST);
        let files = [("_delta_log/00000000000000000000.json", commit.as_bytes()), ("v.bin", rest)];
        lake::with_table(&files, async |store, table| {
            let Some(deleted) = table.files.deleted(0) else { return Ok(()) };
            let rows = deleted.load(store.as_ref(), 0).await?;
            // A checksum holds by chance only; then there are as many as the log says.
            let told = rows.len() == u64::from(*first);
            told.then_some(()).ok_or_else(|| Error::new(Kind::Bug, "deletion vector", "another count than the log's"))
        });
    }
});
