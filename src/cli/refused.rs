//! What is said of an end that somebody has to mend first. Of credentials that the API refused: the variables that they
//! came from and what to check, never a value.

use super::load::Loaded;
use crate::fetch::{RunEnd, Signing};
use crate::run::GiveUp;

/// Why the run ended, and what to do.
pub fn hopeless(give_up: &GiveUp, loaded: &Loaded) -> String {
    if give_up.end != RunEnd::Unauthorized {
        return give_up.to_string();
    }
    let environment = &loaded.environment;
    let from = |name: &str| format!("{name} (from {})", environment.place(name));
    let account = from("TWILIO_ACCOUNT_SID");
    let (used, check) = match Signing::chosen(|name| environment.get(name)) {
        Signing::AuthToken { token } => {
            (format!("{account} and {}", from(token)), "the token is this account's present one")
        }
        Signing::ApiKey { key, secret } => (
            format!("{account}, {} and {}", from(key), from(secret)),
            "the key is this account's, is not revoked and may read Verify, and that the secret is the key's",
        ),
    };
    format!("{give_up}; used were {used}; check that {check}, and that {} is the account's API", loaded.origin)
}
