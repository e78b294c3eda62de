//! What signs requests, and what to check when the API refuses it: the variables that it came from, never a value.

use super::environment::Environment;
use crate::fetch::Signing;

/// The variables that are used, and where each comes from; what to check of them.
fn signing(environment: &Environment) -> (String, &'static str) {
    let from = |name: &str| format!("{name} (from {})", environment.place(name));
    let account = from("TWILIO_ACCOUNT_SID");
    match Signing::chosen(|name| environment.is_set(name)) {
        Signing::AuthToken { token } => {
            (format!("{account} and {}", from(token)), "the token is this account's present one")
        }
        Signing::ApiKey { key, secret } => (
            format!("{account}, {} and {}", from(key), from(secret)),
            "the key is this account's, is not revoked and may read Verify, and that the secret is the key's",
        ),
    }
}

/// The variables that are used, and where each comes from.
pub fn used(environment: &Environment) -> String {
    signing(environment).0
}

/// What was used, and what to check.
pub fn hint(environment: &Environment, origin: &str) -> String {
    let (used, check) = signing(environment);
    let unread = environment.unread();
    format!("used were {used}; check that {check}, and that {origin} is the account's API{unread}")
}
