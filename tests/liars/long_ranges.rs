//! V12: long ranges that never get an answer.

use crate::case::Case;
use crate::cases;
use crate::job::{Job, Split, into};
use crate::liar::Lie;
use crate::world::{DAY, World};

/// A failed question costs about a second of waiting, so these are few.
fn case() -> Case {
    Case::new(World::typical(12), Job { channels: Split::No, countries: into(&["US", "CO"]), ..Job::default() })
}

const SHORT_TIMEOUT: &str = "timeout = \"1s\"\nretry_for = \"20s\"";

cases! {
    longer_than_a_window_is_a_gateway_error => case().always(Lie::TooLong(DAY, 504)).code(&[0]);
    longer_than_two_windows_is_a_server_error => case().always(Lie::TooLong(2 * DAY, 500)).code(&[0]);
    longer_than_two_windows_is_silence =>
        case().job(|job| job.limits = SHORT_TIMEOUT).always(Lie::TooLong(2 * DAY, 0)).code(&[0]);
    channels_longer_than_two_windows =>
        case().job(|job| job.channels = into(&["sms", "call"])).always(Lie::TooLong(2 * DAY, 504)).code(&[0]);
}
