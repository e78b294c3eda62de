#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::bucket_file::replay(bytes));
