//! V8 and V9: clocks that differ, bounds that are cut, ignored or sent otherwise.

use fastrand::Rng;
use verify_rollup::clock::{Clock, SystemClock};

use crate::case::Case;
use crate::cases;
use crate::history::{midnight, recent, recent_world};
use crate::job::{Job, Split, into};
use crate::liar::{At, Lie, When};
use crate::question::Filter;
use crate::world::{DAY, HOUR, MIX, START, World};

/// The host's.
pub fn now() -> i64 {
    SystemClock.now().timestamp()
}

const INDIA: (&str, i64) = ("Asia/Kolkata", 5 * HOUR + HOUR / 2);

fn case() -> Case {
    Case::new(World::typical(4), Job { channels: Split::No, ..Job::default() })
}

/// Days that begin half past 18 o'clock.
fn indian_days() -> Case {
    case().job(|job| {
        job.zone = INDIA;
        job.start = START - INDIA.1;
        job.end = START + 3 * DAY - INDIA.1;
    })
}

fn hours() -> Case {
    case().job(|job| {
        job.every = HOUR;
        job.start = START + 6 * HOUR;
        job.end = START + 18 * HOUR;
    })
}

fn cut(case: Case, unit: i64) -> Case {
    case.always(Lie::Cut(Filter::After, unit)).always(Lie::Cut(Filter::Before, unit))
}

/// Attempts at the very seconds at which windows begin and end.
fn on_the_edges() -> World {
    let mut world = World::typical(6);
    let mut attempts = world.attempts.clone();
    for (index, attempt) in attempts.iter_mut().enumerate() {
        attempt.at = START + DAY * i64::try_from(index % 6).unwrap_or(0) - i64::from(index % 2 == 0);
    }
    world.attempts.append(&mut attempts);
    world
}

/// All of the range's attempts lie where bounds that are cut to days don't reach.
fn behind_the_cut() -> World {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(8), (START + 6 * HOUR, START + 12 * HOUR), 30, &MIX, 1);
    world.add(&mut Rng::with_seed(9), (START - 20 * DAY, START - 10 * DAY), 30, &MIX, 1);
    world
}

/// Nothing at all on the days around the range.
fn long_before() -> World {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(9), (START - 20 * DAY, START - 10 * DAY), 30, &MIX, 1);
    world
}

cases! {
    indian_days_are_honest => indian_days().exact();
    hours_are_honest => hours().exact();
    the_server_is_three_days_behind => recent(6, 0, "none").always(Lie::Clock(-3 * DAY)).code(&[0]).doubted();
    the_server_is_an_hour_behind => recent(3, 0, "none").job(|job| job.settle = 60)
        .always(Lie::Clock(-HOUR - now().rem_euclid(DAY))).code(&[0]).doubted();
    the_server_is_three_days_ahead => recent(6, 2, "none").world(ahead()).always(Lie::Clock(3 * DAY)).exact().doubted();
    the_server_is_a_year_ahead => recent(6, 2, "none").world(ahead()).always(Lie::Clock(365 * DAY)).exact().doubted();
    the_server_has_no_date => case().always(Lie::NoDate).exact().doubted();
    the_clock_jumps_while_asking =>
        recent(6, 0, "none").lie(Lie::Clock(-3 * DAY), When::From(At::Share(0.5)));
    after_is_ignored => case().always(Lie::Ignored(Filter::After)).code(&[3]).told("DateCreatedAfter").published(0);
    before_is_ignored => case().always(Lie::Ignored(Filter::Before)).code(&[3]).told("DateCreatedBefore").published(0);
    after_is_ignored_late => case().lie(Lie::Ignored(Filter::After), When::From(At::Share(0.6)));
    before_is_ignored_late => case().lie(Lie::Ignored(Filter::Before), When::From(At::Share(0.6)));
    before_is_ignored_from_the_eleventh_request => case().job(|job| job.countries = into(&["DE"]))
        .lie(Lie::Ignored(Filter::Before), When::From(At::Request(11))).code(&[3]);
    after_is_ignored_from_the_eleventh_request => case().job(|job| job.countries = into(&["DE"]))
        .lie(Lie::Ignored(Filter::After), When::From(At::Request(11))).code(&[3]);
    after_is_ignored_with_country => case().always(Lie::IgnoredWith(Filter::After, Filter::Country)).code(&[3]);
    before_is_ignored_with_country => case().always(Lie::IgnoredWith(Filter::Before, Filter::Country)).code(&[3]);
    both_are_cut_to_days => cut(case(), DAY).exact();
    both_are_cut_to_hours => cut(hours(), HOUR).exact();
    both_are_cut_to_days_under_indian_days => cut(indian_days(), DAY).code(&[3]).published(0);
    both_are_cut_to_hours_under_indian_days => cut(indian_days(), HOUR).code(&[3]).published(0);
    both_are_cut_to_days_under_hours => cut(hours(), DAY).code(&[3]).published(0);
    after_is_cut_to_days_under_indian_days => indian_days().always(Lie::Cut(Filter::After, DAY)).code(&[3]);
    before_is_cut_to_days_under_indian_days => indian_days().always(Lie::Cut(Filter::Before, DAY)).code(&[3]);
    after_is_cut_to_hours_under_indian_days => indian_days().always(Lie::Cut(Filter::After, HOUR));
    before_is_cut_to_hours_under_indian_days => indian_days().always(Lie::Cut(Filter::Before, HOUR));
    one_indian_day_is_cut => cut(indian_days().job(|job| job.end = job.start + DAY), DAY).code(&[3]).published(0);
    a_zero_by_cut_bounds => cut(
        indian_days().world(behind_the_cut()).job(|job| {
            job.start = START - INDIA.1 + DAY;
            job.end = job.start + DAY;
        }),
        DAY,
    );
    a_zero_day_by_cut_bounds => cut(
        indian_days().world(behind_the_cut()).job(|job| {
            job.start = START - INDIA.1;
            job.end = job.start + DAY;
        }),
        DAY,
    );
    no_attempts_to_see_bounds_by => indian_days().world(long_before()).code(&[0]).unproven("bounds");
    edges_differ_closed => Case::new(on_the_edges(), Job::default()).always(Lie::Edges("[]")).code(&[3]);
    edges_differ_open => Case::new(on_the_edges(), Job::default()).always(Lie::Edges("()")).code(&[3]);
    a_corrected_interval_asks_anew => Case::new(on_the_edges(), Job::default())
        .always(Lie::Edges("(]")).prologue()
        .then().job(|job| job.interval = "(]").always(Lie::Edges("(]")).exact();
}

/// Stamped by a clock that is ahead.
fn ahead() -> World {
    let mut world = recent_world();
    world.add(&mut Rng::with_seed(10), (midnight(), midnight() + 4 * DAY), 60, &MIX, 2);
    world
}
