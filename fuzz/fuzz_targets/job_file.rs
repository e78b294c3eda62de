#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::job_file::replay(bytes));
