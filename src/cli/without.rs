//! Which rule of evidence a run leaves out: none, or, in a debug build, the one that `VERIFY_ROLLUP_WITHOUT=V5` names.
//!
//! This is for tests that show what each rule is there for: a release build does not look at the variable.

use crate::planner::Rule;

/// The rule, if there is one.
///
/// # Errors
/// The variable names no rule.
#[cfg(debug_assertions)]
pub fn rule() -> Result<Option<Rule>, String> {
    const VARIABLE: &str = "VERIFY_ROLLUP_WITHOUT";
    match std::env::var(VARIABLE) {
        Ok(text) => text.parse().map(Some).map_err(|error: String| format!("{VARIABLE}: {error}")),
        Err(_) => Ok(None),
    }
}

/// Release builds leave none out.
#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "debug builds refuse unknown names")]
pub fn rule() -> Result<Option<Rule>, String> {
    Ok(None)
}
