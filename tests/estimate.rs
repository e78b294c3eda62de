//! The estimate of `plan` against what the real planner asks, on the benchmark's worlds.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../benches/worlds/mod.rs"]
mod worlds;

use verify_rollup::model::{Channel, Country, MatrixShape, Strategy};
use verify_rollup::planner::{KeptList, Load};
use worlds::{DAYS, Habits, World, requests, requests_listing, requests_listing_without};

/// From history, and from a prior that fits.
const TOLD: f64 = 1.1;
const ASSUMED: f64 = 1.5;

fn shape(world: &World) -> MatrixShape {
    world.matrix.shape().clone()
}

/// What a world's past tells of it: each lane's attempts a window.
fn known(world: &World) -> Load {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let daily = |attempts: i64| attempts as f64 / DAYS as f64;
    let mut load = Load::none(&shape(world));
    for (index, channel) in shape(world).channels.unwrap().into_iter().enumerate() {
        let mut beyond = world.attempts(None, channel);
        for (country, &code) in world.countries.iter().enumerate() {
            let attempts = world.attempts(Some(code), channel);
            load.set(country, index, daily(attempts));
            beyond -= attempts;
        }
        load.set_beyond(index, daily(beyond));
    }
    load
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn asked(world: &World) -> f64 {
    requests(world, Strategy::DrillDown).0 as f64
}

fn is_near(expected: f64, asked: f64, factor: f64) -> bool {
    expected <= asked * factor && asked <= expected * factor
}

#[test]
fn from_history_it_is_within_a_tenth_of_what_is_asked() {
    for (attempts, active, countries, exponent) in [
        (200_000, 90, 90, 0.8),
        (20_000, 90, 90, 0.8),
        (2_000, 60, 249, 0.8),
        (200_000, 90, 90, 1.2),
        (20_000, 90, 90, 1.2),
        (2_000, 60, 249, 1.2),
        (200, 10, 20, 0.8),
    ] {
        // This month is told by the month before: another draw from the same account.
        let world = World::long_tail(1, attempts, active, countries, exponent);
        let before = World::another_month(1, 1, attempts, active, countries, exponent);
        let (expected, asked) = (known(&before).questions(DAYS), asked(&world));
        println!("{attempts} attempts, {countries} countries, tail {exponent}: {expected:.0} of {asked}");
        assert!(
            is_near(expected, asked, TOLD),
            "{attempts} attempts, {countries} countries: {expected:.0}, asked {asked}"
        );
    }
    let world = World::full(90);
    let (expected, asked) = (known(&world).questions(DAYS), asked(&world));
    assert!(is_near(expected, asked, TOLD), "{expected:.0}, asked {asked}");
}

/// Of other countries' attempts none is left to be told by what is left: a job of some countries was announced far less
/// than it took.
#[test]
fn beside_other_countries_it_is_as_near() {
    for (attempts, listed) in [(200_000, 90), (20_000, 90), (200_000, 6), (20_000, 6), (2_000, 6), (200, 6)] {
        let world = World::busiest_countries(3, Habits::month(attempts, 249, 249, 0.8), listed);
        let (expected, asked) = (known(&world).questions(DAYS), asked(&world));
        println!("{attempts} attempts, {listed} of 249 countries: {expected:.0} of {asked}");
        assert!(
            is_near(expected, asked, TOLD),
            "{attempts} attempts, {listed} countries: {expected:.0}, asked {asked}"
        );
    }
}

/// What a country has in all channels tells the last of them only where the job has them all.
#[test]
fn beside_other_channels_each_pair_is_asked() {
    let countries: Vec<_> = Country::all().take(60).collect();
    for (channels, pairs) in [(&[Channel::Call, Channel::Sms][..], 2), (&Channel::ALL, 4), (&[Channel::Sms], 0)] {
        let (countries, channels) = (Some(countries.clone()), Some(channels.to_vec()));
        let shape = MatrixShape { countries, channels, ..MatrixShape::default() };
        let mut load = Load::none(&shape);
        (0..60).for_each(|country| (0..shape.channel_count()).for_each(|channel| load.set(country, channel, 1e3)));
        let whole = usize::from(shape.channel_count() > 1);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let expected = (whole + shape.channel_count() + 60 + 60 * pairs) as f64;
        assert!((load.questions(1) - expected).abs() < 1e-6, "{} not {expected}", load.questions(1));
    }
}

#[test]
fn the_prior_fits_an_account_that_is_as_assumed() {
    for (attempts, listed) in [2_000, 20_000, 200_000].into_iter().flat_map(|it| [(it, 6), (it, 90)]) {
        let world = World::busiest_countries(7, Habits::month(attempts, 249, 249, 0.8), listed);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let daily = attempts as f64 / DAYS as f64;
        let (expected, asked) = (Load::prior(&shape(&world), daily).questions(DAYS), asked(&world));
        println!("{attempts} attempts, {listed} of 249 countries: {expected:.0} of {asked}");
        assert!(is_near(expected, asked, ASSUMED), "{attempts} attempts, {listed}: {expected:.0}, asked {asked}");
    }
}

#[test]
fn more_attempts_never_cost_less_and_never_more_than_every_cell_and_total() {
    let world = World::long_tail(1, 0, 60, 249, 0.8);
    let shape = shape(&world);
    assert!((Load::none(&shape).questions(DAYS) - 1.0).abs() < 1e-9, "one question tells that there is nothing");
    assert!(Load::prior(&shape, 1e4).questions(0).abs() < 1e-9);
    let most = 250.0 * 5.0 * 31.0 + 250.0 * 5.0 + 250.0 + 6.0;
    let mut before = 0.0;
    for power in -6..=24 {
        let questions = Load::prior(&shape, 2f64.powi(power)).questions(DAYS);
        assert!(questions >= before * 0.98 && questions <= most, "2^{power}: {questions} after {before}");
        before = questions;
    }
}

/// Four weeks of the benchmark's accounts: pages, confirmed, take what was promised, and what `plan` says.
#[test]
fn pages_take_no_more_requests_than_promised() {
    for (attempts, active, countries, most) in
        [(200_000, 90, 90, 365), (20_000, 90, 90, 165), (2_000, 60, 249, 120), (0, 60, 249, 12)]
    {
        let habits = Habits { windows: 28, ..Habits::month(attempts, active, countries, 0.8) };
        let world = World::of_habits(1, habits).fresh();
        let (sent, pages) = requests_listing(&world);
        println!("{attempts} attempts: {sent} requests, {pages} of them pages");
        assert!(sent <= most, "{attempts} attempts: {sent}");
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let (expected, sent) = (Load::listed(&shape(&world), 28, attempts as f64, KeptList::default()), sent as f64);
        // Countries without attempts are taken for some that have some.
        let is_told = active < countries || (expected <= sent && sent <= expected + 25.0);
        assert!(is_told, "{attempts} attempts: {expected} and evidence, {sent}");
    }
    let morning = Habits { windows: 2, ..Habits::month(13_000, 90, 90, 0.8) };
    let (sent, _) = requests_listing(&World::of_habits(1, morning).last_day_growing());
    assert!(sent <= 160, "a daily morning: {sent}");
}

/// What a list lacks costs little more than never listing, even the channel that has most attempts.
#[test]
fn a_list_that_lacks_a_channel_costs_thirty_requests_at_most() {
    for (attempts, active, countries) in [(20_000, 90, 90), (2_000, 60, 249)] {
        let habits = Habits { windows: 28, ..Habits::month(attempts, active, countries, 0.8) };
        let world = World::of_habits(1, habits).fresh();
        let (drilled, _) = requests(&world, Strategy::DrillDown);
        for channel in Channel::ALL {
            let sent = requests_listing_without(&world, channel);
            println!("{attempts} attempts, no {channel}: {sent}, drilled {drilled}");
            assert!(sent <= drilled + 30, "{attempts} attempts, no {channel}: {sent}, drilled {drilled}");
        }
    }
}
