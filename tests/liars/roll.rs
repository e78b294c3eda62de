//! Random worlds, jobs and lies, each from a seed and small enough for a run of a tenth of a second.

use fastrand::Rng;

use crate::case::Case;
use crate::job::{CHANNELS, Job, Split};
use crate::liar::{At, EVERYTHING, Lie, Lost, Told, When, Zero};
use crate::question::Filter;
use crate::world::{DAY, HOUR, MIX, START, World, sid};

const INDIA: (&str, i64) = ("Asia/Kolkata", 5 * HOUR + HOUR / 2);

/// More rows than that take too long.
const MOST_KEYS: usize = 90;

fn some(random: &mut Rng, of: &[&str], most: usize) -> Split {
    let mut values: Vec<String> = of.iter().map(ToString::to_string).collect();
    random.shuffle(&mut values);
    values.truncate(random.usize(1..=most.min(of.len())));
    Split::Into(values)
}

fn random_job(random: &mut Rng) -> Job {
    loop {
        let every = if random.u8(0..4) == 0 { HOUR } else { DAY };
        let zone = if random.u8(0..6) == 0 { INDIA } else { ("UTC", 0) };
        let start = START - zone.1 + if every == HOUR { 9 * HOUR } else { 0 };
        let countries = match random.u8(0..5) {
            0 => Split::No,
            _ => some(random, &["US", "CO", "DE", "PE", "XK"], 4),
        };
        let channels = match random.u8(0..6) {
            0..=2 => Split::No,
            3 => Split::All,
            _ => some(random, &CHANNELS, 3),
        };
        let services = match random.u8(0..5) {
            0 => some(random, &[&sid(0), &sid(1)], 2),
            _ => Split::No,
        };
        let prefixes = match random.u8(0..6) {
            0 => some(random, &["+57300", "+57305", "+1202", "+49"], 3),
            _ => Split::No,
        };
        let job = Job {
            start,
            end: start + random.i64(2..=6) * every,
            every,
            zone,
            countries,
            channels,
            services,
            prefixes,
            remainder: random.u8(0..8) > 0,
            retention: if random.bool() { "none" } else { "30d" },
            ..Job::default()
        };
        if job.keys().len() <= MOST_KEYS {
            return job;
        }
    }
}

fn random_world(random: &mut Rng, job: &Job) -> World {
    let mut sources = MIX.to_vec();
    random.shuffle(&mut sources);
    sources.truncate(random.usize(1..=MIX.len()));
    let services = random.usize(1..=2);
    let mut world = World::default();
    let number = [3, 20, 60, 150][random.usize(0..4)];
    world.add(random, (job.start, job.end), number, &sources, services);
    if random.u8(0..3) > 0 {
        world = world.with_surroundings(random, (job.start, job.end), &sources, services);
    }
    if random.u8(0..3) == 0 {
        // Some at the very second at which a window begins.
        world = world.map(|attempt| {
            if random.u8(0..3) == 0 {
                attempt.at -= (attempt.at - job.start).rem_euclid(job.every);
            }
            true
        });
    }
    world
}

/// An honest account, and a job that suits it or doesn't.
pub fn honest(random: &mut Rng) -> Case {
    let job = random_job(random);
    let world = random_world(random, &job);
    let mut as_of = START + 10 * DAY;
    let mut case = Case::new(world, job);
    let act = &mut case.acts[0];
    if random.u8(0..5) == 0 {
        // The last windows are not settled, and most of them grow.
        as_of = act.job.end + random.i64(0..2) * HOUR;
        act.job.settle = act.job.every;
        let from = if random.bool() { as_of - act.job.every } else { i64::MAX };
        act.world = act.world.clone().map(|attempt| {
            attempt.shown_from = if attempt.at >= from { random.u32(0..60) } else { 0 };
            true
        });
    }
    act.as_of = Some(as_of);
    act.arguments = vec!["--concurrency", if random.u8(0..3) == 0 { "4" } else { "1" }];
    act.expect.exact = true;
    act.expect.may_doubt = true;
    act.expect.codes = &[0];
    case
}

fn when(random: &mut Rng) -> When {
    let from = random.u32(1..60);
    match random.u8(0..6) {
        0 | 1 => When::Always,
        2 => When::From(At::Request(from)),
        3 => When::Nth(random.u32(1..12)),
        _ => When::During(At::Request(from), At::Request(from + random.u32(1..25))),
    }
}

/// A filter, and a value of it that the job asks for.
fn listed(random: &mut Rng, job: &Job) -> Option<(Filter, String)> {
    let all = Split::Into(CHANNELS.iter().map(ToString::to_string).collect());
    let channels = if job.channels == Split::All { &all } else { &job.channels };
    let splits = [
        (Filter::Country, &job.countries),
        (Filter::Channel, channels),
        (Filter::Service, &job.services),
        (Filter::Prefix, &job.prefixes),
    ];
    let listed: Vec<(Filter, &String)> = splits
        .into_iter()
        .flat_map(|(filter, split)| match split {
            Split::Into(values) => values.iter().map(|value| (filter, value)).collect(),
            _ => Vec::new(),
        })
        .collect();
    let (filter, value) = listed.get(random.usize(0..listed.len().max(1)))?;
    Some((*filter, (*value).clone()))
}

/// Lies that `docs/EVIDENCE.md` calls not provable are left out, or marked by the caller.
fn random_lie(random: &mut Rng, job: &Job) -> Vec<Told> {
    let when = when(random);
    let fields = [Filter::Country, Filter::Channel, Filter::Service, Filter::Prefix];
    let (one, other) = (fields[random.usize(0..4)], fields[random.usize(0..4)]);
    let bound = if random.bool() { Filter::After } else { Filter::Before };
    let value = listed(random, job);
    let instant = random.i64(job.start..job.end);
    let day = Lost { from: instant, to: instant + DAY, ..EVERYTHING };
    let newest = Lost { from: instant, ..EVERYTHING };
    let country = Lost { country: Some(["US", "CO", "DE"][random.usize(0..3)]), ..EVERYTHING };
    let from = When::From(At::Request(random.u32(2..50)));
    let zero = [Zero::LeftOut, Zero::Null, Zero::EmptyObject, Zero::Minus][random.usize(0..4)];
    let shift = if random.bool() { random.i64(-3 * DAY..3 * DAY) } else { random.i64(-3 * HOUR..3 * HOUR) };
    let half = Lost { percent: 50, ..[EVERYTHING, day, country][random.usize(0..3)] };
    match (random.u8(0..34), value) {
        (0 | 1, _) => vec![(Lie::Ignored(one), when)],
        (2, _) => vec![(Lie::Ignored(bound), when)],
        (3, _) => vec![(Lie::IgnoredWith(bound, one), when)],
        (4, _) if one != other => vec![(Lie::IgnoredWith(one, other), when)],
        (5, _) if one != other => vec![(Lie::IgnoredWithout(one, other), when)],
        (6 | 7, _) => vec![(Lie::Dead(one), when)],
        (8, _) if one != other => vec![(Lie::DeadWith(one, other), when)],
        (9 | 10, Some((filter, value))) => vec![(Lie::IgnoredFor(filter, value), when)],
        (11 | 12, Some((filter, value))) => vec![(Lie::DeadFor(filter, value), when)],
        (13, _) => vec![(Lie::Validates(one), When::Always), (Lie::Ignored(one), when)],
        (14 | 15, _) => vec![(Lie::Blank, when)],
        (16, _) => vec![(Lie::Blank, when), (Lie::Zeros(zero), when)],
        (17, _) => vec![(Lie::Lacks(day), when)],
        (18, _) => vec![(Lie::Lacks(newest), when)],
        (19, _) => vec![(Lie::Lacks(country), from)],
        (20, _) => vec![(Lie::HoldsFrom(instant), when)],
        (21, _) => vec![(Lie::RefusesOlder(instant), When::Always), (Lie::HoldsFrom(instant), When::Always)],
        (22, _) => {
            let unit = if random.bool() { DAY } else { HOUR };
            vec![(Lie::Cut(Filter::After, unit), when), (Lie::Cut(Filter::Before, unit), when)]
        }
        (23, _) => vec![(Lie::Cut(bound, if random.bool() { DAY } else { HOUR }), when)],
        (24, Some((filter, value))) => vec![(Lie::Refuses(filter, value), when)],
        (25, _) => vec![(Lie::HalvesWhole(Filter::Country), when)],
        (26, _) => vec![(Lie::Zeros(zero), When::Always)],
        (28, _) => vec![(Lie::Clock(shift), When::Always)],
        (29 | 30, _) => vec![(Lie::Lacks(half), when)],
        (31, _) => vec![(Lie::HalvesWhole(one), when)],
        (32, _) => vec![([Lie::ErrorInBody, Lie::CodeInBody, Lie::Floats][random.usize(0..3)].clone(), when)],
        (27, _) => vec![(Lie::RefusesWith(one, Filter::Channel, "email".to_owned()), When::Always)],
        _ => vec![(Lie::NoDate, When::Always)],
    }
}

/// A liar, and where its run is killed.
pub fn liar(random: &mut Rng) -> (Case, Option<u32>) {
    let mut case = honest(random);
    let act = &mut case.acts[0];
    act.lies = random_lie(random, &act.job);
    if random.u8(0..4) == 0 {
        act.lies.extend(random_lie(random, &act.job));
    }
    // One answer that is too large for its cell and not for its whole: no sum of a single window shows it.
    for (lie, when) in &mut act.lies {
        let may_enlarge =
            matches!(lie, Lie::Ignored(_) | Lie::IgnoredWith(..) | Lie::IgnoredWithout(..) | Lie::Cut(..));
        *when = match *when {
            When::Nth(request) if may_enlarge => When::From(At::Request(request)),
            // Bounds that are cut for a while move attempts from window to window, and every sum stays what it was.
            When::During(from, _) if matches!(lie, Lie::Cut(..)) => When::From(from),
            other => other,
        };
    }
    act.expect.exact = false;
    act.expect.may_doubt = false;
    act.expect.codes = &[0, 3];
    if act.lies.iter().any(|(lie, _)| {
        matches!(lie, Lie::Refuses(..) | Lie::RefusesOlder(_) | Lie::Validates(_) | Lie::ErrorInBody | Lie::CodeInBody)
    }) {
        act.expect.codes = &[0, 1, 3];
    }
    // A lone service, history that ends inside the range, and bounds without attempts to see them by.
    act.expect.excuses = act
        .lies
        .iter()
        .filter_map(|(lie, _)| match lie {
            Lie::Ignored(Filter::Service)
            | Lie::IgnoredFor(Filter::Service, _)
            | Lie::IgnoredWith(Filter::Service, _)
            | Lie::IgnoredWithout(Filter::Service, _) => Some("VerifyServiceSid"),
            Lie::HoldsFrom(_) => Some("history"),
            Lie::Cut(..) => Some("bounds"),
            _ => None,
        })
        .collect();
    let kill = (random.u8(0..5) < 2).then(|| random.u32(1..60));
    (case, kill)
}
