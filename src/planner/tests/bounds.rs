//! What `plan` says is the most holds: honest accounts, also those that a search likes least, are asked no more.

use proptest::prelude::*;

use super::bench::{Bench, HOUR, START, country, hours, prefix, searched, service, shape, splits, terms};
use super::world::{Event, Random, World};
use crate::model::{Channel, Country, Filter, Listing, Matrix, MatrixShape, Strategy as Asking};
use crate::planner::{Plan, Terms};

const LISTED: [&str; 6] = ["CO", "DE", "US", "AR", "BR", "CL"];

/// When a country's attempts in a channel are made.
#[derive(Debug, Clone, Copy)]
enum Habit {
    /// Whenever it pleases.
    Any,
    /// In every other window, as many as are still searched for: nearly every edge must be asked for.
    EveryOther,
    /// In one of every two windows.
    OneOfTwo,
    /// In all windows.
    Always,
    /// Hardly ever.
    Rarely,
}

fn habit() -> impl Strategy<Value = Habit> {
    prop::sample::select(vec![Habit::Any, Habit::EveryOther, Habit::OneOfTwo, Habit::Always, Habit::Rarely])
}

/// The windows of a country's attempts in a channel.
fn windows_of(habit: Habit, count: usize, random: &mut Random) -> Vec<usize> {
    let (half, phase) = ((count - 1) / 2, random.below(2));
    match habit {
        Habit::Any => (0..random.below(2 * count + 1)).map(|_| random.below(count)).collect(),
        Habit::EveryOther => (0..half).map(|index| 2 * index + phase).collect(),
        Habit::OneOfTwo => (0..half).map(|index| 2 * index + random.below(2)).collect(),
        Habit::Always => (0..3 * count).map(|index| index % count).collect(),
        Habit::Rarely => (0..random.below(4)).map(|_| random.below(count)).collect(),
    }
}

/// Attempts of the listed countries by their habit, beside those of another country, where faults could hide.
fn events(habit: Habit, others: Habit, count: usize, random: &mut Random) -> Vec<Event> {
    let mut events = Vec::new();
    for code in LISTED.into_iter().chain(["FR"]) {
        for channel in Channel::ALL {
            for window in windows_of(if code == "FR" { others } else { habit }, count, random) {
                let at = START + HOUR * i64::try_from(window).unwrap() + i64::try_from(random.below(3600)).unwrap();
                let is_email = channel == Channel::Email;
                let number = match code {
                    "US" => "+12025550100",
                    "CO" => ["+573001234567", "+571234567"][random.below(2)],
                    _ => "+33612345678",
                };
                events.push(Event {
                    at,
                    shown_at: at,
                    service: service(['a', 'b'][random.below(2)]),
                    country: (!is_email).then(|| country(code)),
                    channel,
                    number: (!is_email).then(|| prefix(number)),
                    converted_at: random.chance(50).then_some(at),
                });
            }
        }
    }
    events
}

/// The most that both strategies ask, of a job that the ledger knows nothing of.
fn most(matrix: &Matrix, terms: &Terms) -> [u64; 2] {
    let outline = Plan::outline(matrix, terms);
    let all = (outline.sure().count() + outline.possible().count()) as u64 + outline.more();
    let settled = outline.settled_windows();
    [
        all,
        all + outline
            .drilled_beyond(std::iter::once(settled).filter(|count| *count > 0), outline.eased_windows().len()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(searched(48)))]

    #[test]
    fn honest_accounts_are_asked_no_more(
        seed: u64, count in prop::sample::select(vec![1, 2, 3, 5, 8, 13, 21, 31]), countries in 1usize..7,
        channels in 1usize..6, splits in splits(), habit in habit(), others in habit(), growing in 0usize..4,
    ) {
        let mut random = Random(seed);
        let listed: Vec<Country> = LISTED[..countries].iter().map(|code| country(code)).collect();
        let has = |filter| splits.contains(&filter);
        let shape = MatrixShape {
            countries: has(Filter::Country).then_some(listed),
            channels: has(Filter::Channel).then(|| Channel::ALL[..channels].to_vec()),
            ..shape(&splits)
        };
        let events = events(habit, others, count, &mut random);
        let matrix = Matrix::new(hours(count), shape);
        // The last windows have ended long enough ago for their attempts, and not for their conversions.
        let ago = 24 + 1 - i64::try_from(growing.min(count)).unwrap();
        let as_of = START + HOUR * (i64::try_from(count).unwrap() + ago);
        let is_every = has(Filter::Channel) && channels == Channel::ALL.len();
        let terms = Terms {
            channels: if is_every { Listing::Every } else { Listing::Listed },
            ..terms(as_of)
        };
        let most = most(&matrix, &terms);
        prop_assert!(2 * most[1] <= 3 * most[0], "{most:?}");
        for (strategy, most) in [Asking::Exhaustive, Asking::DrillDown].into_iter().zip(most) {
            let terms = Terms { strategy, ..terms.clone() };
            let mut bench = Bench::new(World::new(events.clone()), matrix.clone(), terms, seed);
            bench.finish();
            let asked = bench.asked.len() as u64;
            prop_assert!(asked <= most, "{strategy:?}: {asked} of {most}");
        }
    }
}

/// A search of such pairs loses whatever it begins with: without its allowance it would ask more than is said.
#[test]
fn many_countries_that_alternate_beside_a_remainder_are_asked_no_more() {
    let (count, mut random) = (31, Random(1));
    let listed: Vec<Country> = Country::all().take(30).collect();
    let mut events = Vec::new();
    for (index, &code) in listed.iter().enumerate() {
        let windows = (0..15).map(|half| 2 * half + index % 2);
        events.extend(windows.map(|window| (window, code)));
    }
    events.extend((0..5 * count).map(|index| (index % count, country("ZW"))));
    let events = events.into_iter().map(|(window, code)| {
        let at = START + HOUR * i64::try_from(window).unwrap() + i64::try_from(random.below(3600)).unwrap();
        let (service, channel) = (service('a'), Channel::Sms);
        let converted_at = random.chance(50).then_some(at);
        Event { at, shown_at: at, service, country: Some(code), channel, number: None, converted_at }
    });
    let world = World::new(events.collect());
    let shape = MatrixShape { countries: Some(listed), channels: Some(vec![Channel::Sms]), ..MatrixShape::default() };
    let matrix = Matrix::new(hours(count), shape);
    let as_of = START + HOUR * (i64::try_from(count).unwrap() + 48);
    let terms = Terms { strategy: Asking::DrillDown, ..terms(as_of) };
    let [_, most] = most(&matrix, &terms);
    let mut bench = Bench::new(world, matrix, terms, 1);
    bench.finish();
    let asked = bench.asked.len() as u64;
    assert!(asked <= most, "{asked} of {most}");
    assert!(10 * asked > 9 * most, "the bound is near: {asked} of {most}");
}
