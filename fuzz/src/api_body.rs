//! The body of an answer of the API.

use verify_rollup::fetch::{check_body, read_body};

/// Reads a body as counts.
///
/// # Panics
/// If counts are taken that contradict themselves, or that the same body checked again would not give.
pub fn replay(bytes: &[u8]) {
    let Ok(received) = read_body(bytes) else { return };
    let counts = received.counts;
    let (attempts, converted) = (counts.attempts(), counts.converted());
    assert!((0..=attempts).contains(&converted), "{converted} of {attempts}");
    assert_eq!(attempts - converted, counts.unconverted());
    assert_eq!(check_body(&received.body), Ok(counts), "{:?}", received.body);
}
