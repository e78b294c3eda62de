//! What a newcomer meets in the first minutes: the demo, a job file of one's own, and what is said of a slip.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::Command;

/// Optimising takes most of a first build, and the demo is done in seconds without it. What it builds the tests use too.
#[test]
fn the_demo_builds_what_the_tests_build() {
    let recipe = |target: &str| {
        let mut make = Command::new("make");
        make.args(["--dry-run", "--no-print-directory", target]).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = make.env_remove("CARGO_TARGET_DIR").env_remove("MAKEFLAGS").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(recipe("demo"), "cargo build --locked\nsh scripts/demo.sh target/debug/verify-rollup\n");
    assert_eq!(recipe("install"), "cargo install --path . --locked\n");
}
