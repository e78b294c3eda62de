#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::api_body::replay(bytes));
