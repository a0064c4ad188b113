//! Any bytes as a checkpoint.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod lake;

fuzz_target!(|bytes: &[u8]| {
    let hint = format!(r#"{{"version":0,"size":1,"sizeInBytes":{}}}"#, bytes.len());
    let files = [
        ("_delta_log/_last_checkpoint", hint.as_bytes()),
        ("_delta_log/00000000000000000000.checkpoint.parquet", bytes),
    ];
    lake::with_table(&files, async |_, _| Ok(()));
});
