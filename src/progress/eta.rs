//! How long a run will take, as far as that can be told. Pure.
//!
//! Under a limit the bucket tells when the last of the questions may be sent: tokens that were out before count, whoever
//! took them, and so does a pause. Where it is not the limit that holds a run back (slow answers, stages that wait for
//! one another, others who use the account, failures), the speed so far tells more.

use std::time::Duration;

use super::rate::{CYCLE, Gain};
use super::total::Prospect;
use crate::fetch::Outlook;
use crate::run::{Basis, Snapshot};

/// Before so much time has passed the speed tells nothing, where there is a limit.
const TOO_SHORT: Duration = Duration::from_secs(5);
/// The same without a limit.
const TOO_SHORT_UNLIMITED: Duration = Duration::from_secs(1);
/// A run that uses so much of the limit is held back by it.
const HELD_BACK: f64 = 0.9;
/// Less is not worth telling.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// What is told of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: it is near, or nobody knows.
    Untold,
    /// No usable answer has come, and perhaps none will.
    Unanswered,
    /// About so long.
    About(Duration),
    /// How much is left is assumed: no longer than this, at the limit.
    AtMost(Duration),
}

/// What is known of the speed so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speed {
    pub(super) running: Duration,
    pub(super) gain: Option<Gain>,
    pub(super) limit: Option<u32>,
    /// How long nobody asks, for another reason than the limit.
    pub(super) pause: Duration,
}

/// How long it takes until all questions of a prospect are done with.
pub(super) fn left(snapshot: &Snapshot, prospect: Prospect, speed: &Speed) -> Left {
    if snapshot.is_unanswered() {
        return Left::Unanswered;
    }
    let (questions, left): (u64, fn(Duration) -> Left) = match prospect.basis {
        Basis::Known => (prospect.all, Left::About),
        Basis::Assumed => (prospect.most, Left::AtMost),
    };
    let open = questions.saturating_sub(snapshot.done);
    let unsent = open.saturating_sub(snapshot.in_flight as u64);
    let by_limit = snapshot.outlook.map(|outlook: Outlook| outlook.time_for(unsent));
    let by_speed = is_telling(snapshot, speed).then(|| by_speed(open, speed)).flatten();
    let Some(time) = by_limit.max(by_speed) else { return Left::Untold };
    let time = time.max(speed.pause);
    if open > 0 && time >= WORTH_TELLING { left(time) } else { Left::Untold }
}

/// Whether the speed so far says something that the limit does not.
fn is_telling(snapshot: &Snapshot, speed: &Speed) -> bool {
    match (speed.limit, speed.gain) {
        (None, _) => speed.running >= TOO_SHORT_UNLIMITED,
        (Some(limit), Some(gain)) if speed.running >= CYCLE => {
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let used = gain.sent as f64 / f64::from(limit);
            used < HELD_BACK
        }
        // The first tokens are spent at once: what is waited for then is the limit.
        _ => speed.running >= TOO_SHORT && snapshot.token_in.is_none(),
    }
}

fn by_speed(open: u64, speed: &Speed) -> Option<Duration> {
    let gain = speed.gain.filter(|gain| gain.done > 0)?;
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = gain.within.as_secs_f64() * open as f64 / gain.done as f64;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::fetch::{Bucket, Completion, Limit};
    use crate::run::Tally;

    const SECOND: Duration = Duration::from_secs(1);
    const NOW: Duration = Duration::from_secs(1_000);

    fn limit() -> Limit {
        Limit::new(NonZeroU32::new(100).unwrap(), None, 20 * SECOND)
    }

    /// What a bucket of 100 allows of which some were used a while ago.
    fn used(tokens: u32, ago: u32) -> Outlook {
        let (mut bucket, then) = (Bucket::default(), NOW.saturating_sub(ago * SECOND));
        for _ in 0..tokens {
            let token = bucket.claim(then, &limit()).unwrap();
            bucket.release(token, Completion::Complete, then, &limit());
        }
        bucket.outlook(NOW, &limit())
    }

    fn unlimited(done: u64) -> Snapshot {
        let tally = Tally { sent: done, answered: done, ..Tally::default() };
        Snapshot { done, tally, ..Snapshot::default() }
    }

    fn snapshot(done: u64, outlook: &Outlook) -> Snapshot {
        Snapshot { outlook: Some(*outlook), ..unlimited(done) }
    }

    fn known(all: u64) -> Prospect {
        Prospect { all, most: 10 * all, basis: Basis::Known }
    }

    fn speed(running: u32, done: u64, within: u32) -> Speed {
        let gain = Some(Gain { sent: done, done, within: within * SECOND });
        Speed { running: running * SECOND, gain, limit: Some(100), pause: Duration::ZERO }
    }

    fn millis(left: Left) -> u128 {
        match left {
            Left::About(time) => time.as_millis(),
            other => panic!("{other:?}"),
        }
    }

    /// 970 of 1,220 at the limit: two and a half minutes, not thirteen.
    #[test]
    fn what_is_expected_counts_and_not_what_there_may_be_at_most() {
        let at_limit = speed(600, 107, 66);
        let told = left(&snapshot(970, &used(70, 30)), Prospect { all: 1_220, most: 2_331, ..known(0) }, &at_limit);
        assert!((120_000..180_000).contains(&millis(told)), "{told:?}");
    }

    #[test]
    fn tokens_that_others_spent_before_count() {
        let begun = Speed { gain: None, ..speed(0, 0, 0) };
        assert_eq!(left(&snapshot(0, &used(0, 0)), known(90), &begun), Left::Untold);
        assert_eq!(left(&snapshot(0, &used(100, 10)), known(90), &begun), Left::About(51 * SECOND));
        assert_eq!(millis(left(&snapshot(0, &used(100, 10)), known(150), &begun)), 51_000 + 60_050);
    }

    #[test]
    fn a_run_that_the_limit_does_not_hold_back_takes_as_long_as_it_took() {
        let slow = speed(300, 33, 66);
        assert_eq!(millis(left(&snapshot(200, &used(30, 30)), known(300), &slow)), 200_000);
        // At the limit a burst says nothing of the speed.
        let fast = speed(300, 100, 66);
        assert_eq!(millis(left(&snapshot(200, &used(100, 0)), known(300), &fast)), 61_000);
    }

    #[test]
    fn in_the_first_minute_the_speed_counts_only_while_no_token_is_waited_for() {
        let early = speed(30, 10, 30);
        assert_eq!(millis(left(&snapshot(10, &used(10, 30)), known(50), &early)), 120_000);
        let waiting = Snapshot { token_in: Some(31 * SECOND), ..snapshot(100, &used(100, 30)) };
        assert_eq!(millis(left(&waiting, known(150), &speed(30, 100, 30))), 31_000);
    }

    #[test]
    fn while_nothing_is_known_of_the_account_the_most_is_told() {
        let assumed = Prospect { all: 300, most: 1_000, basis: Basis::Assumed };
        let told = left(&snapshot(0, &used(0, 0)), assumed, &speed(1, 0, 1));
        assert_eq!(told, Left::AtMost(Duration::from_millis(9 * 60_050)));
    }

    #[test]
    fn nothing_is_told_of_the_end_before_an_answer_and_when_there_is_none_to_wait_for() {
        let unanswered = Snapshot { tally: Tally { sent: 16, ..Tally::default() }, ..snapshot(0, &used(16, 1)) };
        assert_eq!(left(&unanswered, known(900), &speed(20, 0, 20)), Left::Unanswered);
        assert_eq!(left(&snapshot(300, &used(100, 0)), known(300), &speed(300, 100, 66)), Left::Untold);
        let paused = Speed { pause: 40 * SECOND, ..speed(300, 100, 66) };
        assert_eq!(left(&snapshot(290, &used(10, 0)), known(300), &paused), Left::About(40 * SECOND));
    }

    #[test]
    fn without_a_limit_the_speed_so_far_tells() {
        let so_far = |running, done, within| Speed { limit: None, ..speed(running, done, within) };
        assert_eq!(left(&unlimited(50), known(150), &so_far(10, 50, 10)), Left::About(20 * SECOND));
        assert_eq!(left(&unlimited(50), known(150), &so_far(0, 50, 0)), Left::Untold);
    }
}
