//! How many requests the planner's strategies need, and what planning costs: pure, no HTTP, seeded worlds.
//!
//! `make bench-planner` prints the table that stands in `docs/MEASURED.md`. Every request counts: cells, totals,
//! controls. "At least" is the bound that `docs/PLANNER.md` proves. A second table says what each search of the
//! drill-down saves.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people")]

mod worlds;

use verify_rollup::model::Strategy;
use verify_rollup::planner::Search;
use worlds::{DAYS, Habits, World, requests, requests_knowing, requests_listing, requests_without};

fn main() {
    println!(
        "| world, 31 days × 5 channels | cells | nonzero | exhaustive (0.1) | drill-down (0.1) | × nonzero | at least \
         | target |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let worlds = [
        ("200,000 attempts, 90 countries", World::long_tail(1, 200_000, 90, 90, 0.8), [14_111, 7558], "≤ 1.25"),
        ("20,000 attempts, 90 countries", World::long_tail(1, 20_000, 90, 90, 0.8), [14_111, 5930], "≤ 1.6"),
        (
            "2,000 attempts, 60 active of 249 countries",
            World::long_tail(1, 2_000, 60, 249, 0.8),
            [38_756, 2354],
            "≤ 2.2",
        ),
        ("nothing at all, 249 countries", World::long_tail(1, 0, 60, 249, 0.8), [38_760, 5], "≤ 10 requests"),
        ("every cell nonzero, 90 countries", World::full(90), [14_111, 14_002], "≤ exhaustive"),
        ("200,000 attempts, steeper tail (1/n^1.2)", World::long_tail(1, 200_000, 90, 90, 1.2), [14_111, 7308], ""),
        ("20,000 attempts, steeper tail (1/n^1.2)", World::long_tail(1, 20_000, 90, 90, 1.2), [14_111, 4946], ""),
        ("2,000 attempts, steeper tail (1/n^1.2)", World::long_tail(1, 2_000, 60, 249, 1.2), [38_756, 1918], ""),
    ];
    for (name, world, [old_exhaustive, old_drill], target) in &worlds {
        let cells = DAYS * world.countries.len() * 5;
        let (exhaustive, _) = requests(world, Strategy::Exhaustive);
        let (drilled, took) = requests(world, Strategy::DrillDown);
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let ratio =
            if world.nonzero == 0 { "–".to_owned() } else { format!("{:.2}", drilled as f64 / world.nonzero as f64) };
        println!(
            "| {name} | {cells} | {} | {exhaustive} ({old_exhaustive}) | {drilled} ({old_drill}) | {ratio} | {} | \
             {target} |",
            world.nonzero, world.support
        );
        eprintln!("  {:.2} µs a cell", took.as_secs_f64() * 1e6 / f64::from(u32::try_from(cells).unwrap()));
    }
    println!();
    println!("| other worlds | exhaustive (0.1) | drill-down (0.1) |");
    println!("| --- | --- | --- |");
    for (name, world, old) in others() {
        let (exhaustive, _) = requests(&world, Strategy::Exhaustive);
        let (drilled, _) = requests(&world, Strategy::DrillDown);
        let old = old.map_or([String::new(), String::new()], |old| old.map(|count: u32| format!(" ({count})")));
        println!("| {name} | {exhaustive}{} | {drilled}{} |", old[0], old[1]);
    }
    for (countries, old) in [(12, 68), (90, 458)] {
        let world = World::busiest_countries(1, a_day(2_000, 90), countries);
        let [exhaustive, drilled] = [Strategy::Exhaustive, Strategy::DrillDown].map(|it| requests_knowing(&world, it));
        println!("| a daily morning, {countries} of 90 countries | {exhaustive} ({old}) | {drilled} |");
    }
    list_worlds();
    ablate(
        worlds.into_iter().map(|(name, world, ..)| (name, world)).chain(others().map(|(name, world, _)| (name, world))),
    );
}

/// Four weeks, and a daily morning, by pages and by questions.
fn list_worlds() {
    println!();
    println!("| 28 days × 5 channels | exhaustive | drill-down | pages, confirmed | of these pages | target |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let weeks = |attempts, active, countries| {
        World::of_habits(1, Habits { windows: 28, ..Habits::month(attempts, active, countries, 0.8) }).fresh()
    };
    let morning = Habits { windows: 2, ..Habits::month(13_000, 90, 90, 0.8) };
    for (name, world, target) in [
        ("200,000 attempts, 90 countries", weeks(200_000, 90, 90), 365),
        ("20,000 attempts, 90 countries", weeks(20_000, 90, 90), 165),
        ("2,000 attempts, 60 active of 249 countries", weeks(2_000, 60, 249), 120),
        ("nothing at all, 249 countries", weeks(0, 60, 249), 12),
        (
            "a morning: one day settled, one growing, 6,500 attempts each, 90 countries",
            World::of_habits(1, morning).last_day_growing(),
            160,
        ),
    ] {
        let [exhaustive, drilled] = [Strategy::Exhaustive, Strategy::DrillDown].map(|it| requests(&world, it).0);
        let (listed, pages) = requests_listing(&world);
        println!("| {name} | {exhaustive} | {drilled} | {listed} | {pages} | ≤ {target} |");
    }
}

/// One day of an account.
fn a_day(attempts: usize, countries: usize) -> Habits {
    Habits { windows: 1, seconds: 24 * 3600, ..Habits::month(attempts, countries, countries, 0.8) }
}

/// Worlds in which other searches matter, each with what 0.1 asked by both strategies, where that was measured.
fn others() -> impl Iterator<Item = (&'static str, World, Option<[u32; 2]>)> {
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    let habits = |attempts, active, countries, windows, seconds| Habits {
        windows,
        seconds,
        ..Habits::month(attempts, active, countries, 0.8)
    };
    [
        (
            "a settled day, 12 of 90 countries, 2,000 attempts",
            World::few_countries(1, habits(2_000, 90, 90, 1, DAY), 12),
            Some([68, 47]),
        ),
        (
            "a settled day, the 12 busiest of 90 countries, 2,000 attempts",
            World::busiest_countries(1, a_day(2_000, 90), 12),
            None,
        ),
        (
            "a month, 12 of 90 countries, 2,000 attempts",
            World::few_countries(1, habits(2_000, 90, 90, 31, DAY), 12),
            Some([2021, 453]),
        ),
        (
            "a settled day, 249 countries, 1,000 attempts",
            World::of_habits(1, habits(1_000, 60, 249, 1, DAY)),
            Some([1253, 397]),
        ),
        (
            "this morning: a growing day, 249 countries, 200 attempts",
            World::of_habits(1, habits(200, 60, 249, 1, DAY)).growing(),
            Some([1259, 346]),
        ),
        (
            "20 growing hours, 20 countries, 100 attempts",
            World::of_habits(1, habits(100, 20, 20, 20, HOUR)).growing(),
            Some([2213, 655]),
        ),
        (
            "168 hours, 20 countries, 2,000 attempts",
            World::of_habits(1, habits(2_000, 20, 20, 168, HOUR)),
            Some([17_646, 2982]),
        ),
        (
            "168 hours, 90 countries, 200 attempts",
            World::of_habits(1, habits(200, 60, 90, 168, HOUR)),
            Some([76_447, 987]),
        ),
        (
            "31 days, 249 countries, 2,000 attempts, no e-mail",
            World::without_email(1, habits(2_000, 60, 249, 31, DAY)),
            None,
        ),
        (
            "31 days, 249 countries, 100 attempts, no e-mail",
            World::without_email(1, habits(100, 20, 249, 31, DAY)),
            None,
        ),
        (
            "8 weeks, 90 countries, 20,000 attempts",
            World::of_habits(1, habits(20_000, 90, 90, 8, 7 * DAY)),
            Some([3646, 1959]),
        ),
        ("31 days, 249 countries, 100 attempts", World::of_habits(1, habits(100, 20, 249, 31, DAY)), None),
        ("100 prefixes, one day, 10 busy", World::number_ranges(500, 10, 1), Some([603, 125])),
        ("100 prefixes, 31 days, 10 busy", World::number_ranges(500, 10, 31), Some([16_101, 756])),
        ("100 prefixes, 31 days, 1 busy", World::number_ranges(500, 1, 31), None),
        ("100 prefixes, one day, all quiet", World::number_ranges(500, 0, 1), Some([604, 106])),
    ]
    .into_iter()
}

const SEARCHES: [(&str, Search); 12] = [
    ("country totals", Search::CountryTotals),
    ("channels together", Search::ChannelsTogether),
    ("room", Search::Room),
    ("sparse columns", Search::SparseColumns),
    ("both kinds", Search::BothKinds),
    ("expected first", Search::ExpectedFirst),
    ("busy first", Search::BusyFirst),
    ("busy by window", Search::BusyByWindow),
    ("weighed edge", Search::WeighedEdge),
    ("growing", Search::Growing),
    ("short prefixes", Search::ShortPrefixes),
    ("side by side", Search::SideBySide),
];

/// Prints how many more requests each world takes without each search: what it saves of those.
fn ablate(worlds: impl Iterator<Item = (&'static str, World)>) {
    println!();
    let names: Vec<&str> = SEARCHES.iter().map(|(name, _)| *name).collect();
    println!("| saved, % | requests | {} |", names.join(" | "));
    println!("| --- | --- {}|", "| --- ".repeat(SEARCHES.len()));
    for (name, world) in worlds {
        let (sent, _) = requests(&world, Strategy::DrillDown);
        let saved = SEARCHES.map(|(_, search)| {
            let without = requests_without(&world, search);
            #[expect(clippy::cast_precision_loss, reason = "a ratio")]
            let percent = 100.0 * (1.0 - sent as f64 / without as f64);
            if without == sent { "–".to_owned() } else { format!("{percent:.1}") }
        });
        println!("| {name} | {sent} | {} |", saved.join(" | "));
    }
}
