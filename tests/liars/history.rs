//! V7: history that ends inside the range, at whatever second, or is refused.

use fastrand::Rng;

use crate::case::Case;
use crate::cases;
use crate::clock::now;
use crate::job::{Job, Split};
use crate::liar::{At, Lie, When};
use crate::world::{DAY, HOUR, MIX, World};

/// Today's midnight, UTC.
pub fn midnight() -> i64 {
    now() - now().rem_euclid(DAY)
}

/// Attempts in all of the last eight weeks.
pub fn recent_world() -> World {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(7), (midnight() - 56 * DAY, midnight() + DAY), 900, &MIX, 2);
    world
}

/// The days from so many to so many days ago, as of now.
pub fn recent(from: i64, to: i64, retention: &'static str) -> Case {
    let job = Job {
        start: midnight() - from * DAY,
        end: midnight() - to * DAY,
        channels: Split::No,
        retention,
        ..Job::default()
    };
    Case::new(recent_world(), job).at(None)
}

/// It holds 30 days to the second.
fn thirty_days() -> Lie {
    Lie::HoldsFrom(now() - 30 * DAY)
}

cases! {
    retention_as_the_job_says => recent(34, 26, "30d").always(thirty_days()).code(&[0]).expired(5);
    retention_at_an_odd_second =>
        recent(34, 26, "30d").always(Lie::HoldsFrom(midnight() - 30 * DAY + 11 * HOUR + 17)).code(&[0]).expired(4);
    retention_is_shorter_than_the_job_says => recent(29, 20, "30d")
        .always(Lie::HoldsFrom(midnight() - 25 * DAY + 5 * HOUR)).excused_by("history").unproven("history").code(&[0]);
    retention_where_the_job_says_none => recent(34, 26, "none")
        .always(thirty_days()).excused_by("history").unproven("history").code(&[0]);
    retention_shrinks_while_asking => recent(29, 20, "30d")
        .lie(Lie::HoldsFrom(midnight() - 25 * DAY + 5 * HOUR), When::From(At::Share(0.5)));
    retention_with_attempts_seen_before => recent(40, 35, "none").exact().then()
        .job(|job| { job.start = midnight() - 34 * DAY; job.end = midnight() - 26 * DAY; })
        .always(thirty_days()).doubted();
    retention_took_published_days => recent(34, 26, "30d").at(Some(midnight() - 20 * DAY)).prologue().then()
        .arguments(&["--refresh"]).always(thirty_days());
    old_starts_are_refused => recent(34, 26, "30d")
        .always(Lie::RefusesOlder(now() - 30 * DAY)).always(thirty_days()).code(&[0]).expired(4);
    old_starts_are_refused_where_the_job_says_none => recent(34, 26, "none")
        .always(Lie::RefusesOlder(now() - 30 * DAY)).always(thirty_days()).code(&[0]).expired(4);
    old_starts_are_refused_inside_the_retention => recent(29, 20, "30d")
        .always(Lie::RefusesOlder(midnight() - 25 * DAY)).always(Lie::HoldsFrom(midnight() - 25 * DAY))
        .code(&[0]).expired(3);
    all_of_the_range_is_forgotten => recent(40, 35, "30d").always(thirty_days()).code(&[0]).expired(5);
    all_of_the_range_is_refused => recent(40, 35, "30d")
        .always(Lie::RefusesOlder(now() - 30 * DAY)).always(thirty_days()).code(&[0, 1]);
    all_of_the_range_is_forgotten_where_the_job_says_none => recent(40, 35, "none")
        .always(thirty_days()).excused_by("history").doubted();
    by_hours => recent(31, 29, "30d").job(|job| job.every = HOUR).always(thirty_days()).code(&[0]).expired(20);
}
