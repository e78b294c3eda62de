#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::ledger_file::replay(bytes));
