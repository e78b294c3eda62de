//! V11: attempts that come in while they are asked, and what growth does not explain.

use crate::case::Case;
use crate::cases;
use crate::job::{Job, Split};
use crate::liar::{At, EVERYTHING, Lie, Lost, When};
use crate::question::Filter;
use crate::world::{DAY, HOUR, START, World};

/// The last two of four days are not settled, and grow with every request.
fn growing(seed: u64) -> World {
    let mut random = fastrand::Rng::with_seed(seed);
    World::typical(seed).map(|attempt| {
        if attempt.at >= START + 3 * DAY && random.bool() {
            attempt.shown_from = random.u32(0..80);
        }
        true
    })
}

fn case() -> Case {
    Case::new(growing(13), Job::default()).at(Some(START + 4 * DAY + HOUR))
}

fn only_growing() -> Case {
    case().job(|job| job.start = START + 3 * DAY)
}

const HALF: Lost = Lost { percent: 50, from: START + 3 * DAY, ..EVERYTHING };

cases! {
    growth_is_no_error => case().code(&[0]);
    growth_without_channels_is_no_error => case().job(|job| job.channels = Split::No).code(&[0]);
    growth_alone_is_no_error => only_growing().code(&[0]);
    growth_of_hours_is_no_error =>
        only_growing().job(|job| {
            job.every = HOUR;
            job.start = START + 3 * DAY + HOUR;
            job.channels = Split::No;
            job.end = START + 3 * DAY + 8 * HOUR;
        }).code(&[0]);
    a_younger_whole_is_half => only_growing().always(Lie::HalvesWhole(Filter::Country)).code(&[3]);
    a_younger_whole_is_half_without_channels => only_growing().job(|job| job.channels = Split::No)
        .always(Lie::HalvesWhole(Filter::Country)).code(&[3]);
    a_younger_whole_of_settled_days_is_half => case().at(Some(START + 10 * DAY))
        .always(Lie::HalvesWhole(Filter::Country)).code(&[3]);
    half_is_lost_while_it_grows => only_growing().lie(Lie::Lacks(HALF), When::From(At::Share(0.6)));
    the_country_filter_is_ignored_while_it_grows =>
        only_growing().always(Lie::Ignored(Filter::Country)).code(&[3]);
}
