//! V15: what earlier runs proved is kept, and is no excuse for later lies.

use crate::case::Case;
use crate::cases;
use crate::job::{Job, into};
use crate::liar::{At, Lie, When};
use crate::question::Filter;
use crate::world::{DAY, START, World};

fn case() -> Case {
    Case::new(World::typical(14), Job::default())
}

/// A good run, and then another day.
fn next_day() -> Case {
    case()
        .job(|job| job.end = START + 3 * DAY)
        .at(Some(START + 9 * DAY))
        .exact()
        .then()
        .job(|job| job.end = START + 4 * DAY)
        .at(Some(START + 10 * DAY))
}

cases! {
    a_settled_rerun_asks_nothing => case().exact().then().exact().at_most(0);
    a_later_settled_rerun_asks_nothing =>
        case().exact().then().at(Some(START + 10 * DAY + 600)).exact().at_most(0);
    a_daily_morning => next_day().exact().at_most(60);
    a_morning_without_countries => next_day().always(Lie::Ignored(Filter::Country)).code(&[3]);
    a_morning_with_dead_countries => next_day().always(Lie::Dead(Filter::Country));
    a_morning_without_channels => next_day().always(Lie::Ignored(Filter::Channel)).code(&[3]);
    a_morning_with_dead_channels => next_day().always(Lie::Dead(Filter::Channel)).code(&[3]);
    a_morning_without_after => next_day().always(Lie::Ignored(Filter::After)).code(&[3]);
    a_morning_without_before => next_day().always(Lie::Ignored(Filter::Before)).code(&[3]);
    a_blank_morning => next_day().always(Lie::Blank).code(&[3]);
    a_blackout_in_the_morning => next_day().lie(Lie::Blank, When::During(At::Request(2), At::Request(12)));
    a_short_list_in_a_morning_with_dead_countries => next_day()
        .job(|job| job.countries = into(&["CO", "DE"]))
        .always(Lie::Dead(Filter::Country));
    other_countries_after_a_good_run => case().exact().then()
        .job(|job| job.countries = into(&["US", "CO", "DE", "BR"])).exact();
    other_channels_after_a_good_run => case().job(|job| job.channels = into(&["sms", "call"])).exact().then()
        .job(|job| job.channels = into(&["sms", "call", "whatsapp"])).exact();
    a_day_comes_late_after_a_good_run => case().exact().then().arguments(&["--refresh"])
        .world(grown()).exact();
    a_killed_blackout_is_not_believed => case().lie(Lie::Blank, When::During(At::Share(0.2), At::Share(0.45)));
}

/// Twenty more attempts on settled ground.
fn grown() -> World {
    let mut world = World::typical(14);
    world.add(&mut fastrand::Rng::with_seed(15), (START, START + 4 * DAY), 20, &crate::world::MIX, 2);
    world
}
