//! Any bytes as a table's first commit.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod lake;

fuzz_target!(|bytes: &[u8]| {
    let commit = "_delta_log/00000000000000000000.json";
    lake::with_table(&[(commit, bytes)], async |_, _| Ok(()));
    let after = [lake::FIRST.as_bytes(), bytes].concat();
    lake::with_table(&[(commit, &after)], async |_, _| Ok(()));
});
