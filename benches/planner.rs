//! How many requests the planner's strategies need, and what planning costs: pure, no HTTP, seeded worlds.
//!
//! `make bench-planner` prints the table that stands in the README. Every request counts: cells, totals, controls.
//! "At least" is the bound that `docs/PLANNER.md` proves. A second table says what each search of the drill-down saves.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people")]

mod worlds;

use verify_rollup::planner::{Search, Strategy};
use worlds::{DAYS, Habits, World, requests, requests_without};

fn main() {
    println!(
        "| world, 31 days × 5 channels | cells | nonzero | exhaustive | drill-down | × nonzero | at least | target |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let worlds = [
        ("200,000 attempts, 90 countries", World::long_tail(1, 200_000, 90, 90, 0.8), "≤ 1.25"),
        ("20,000 attempts, 90 countries", World::long_tail(1, 20_000, 90, 90, 0.8), "≤ 1.6"),
        ("2,000 attempts, 60 active of 249 countries", World::long_tail(1, 2_000, 60, 249, 0.8), "≤ 2.2"),
        ("nothing at all, 249 countries", World::long_tail(1, 0, 60, 249, 0.8), "≤ 10 requests"),
        ("every cell nonzero, 90 countries", World::full(90), "≤ exhaustive"),
        ("200,000 attempts, steeper tail (1/n^1.2)", World::long_tail(1, 200_000, 90, 90, 1.2), ""),
        ("20,000 attempts, steeper tail (1/n^1.2)", World::long_tail(1, 20_000, 90, 90, 1.2), ""),
        ("2,000 attempts, steeper tail (1/n^1.2)", World::long_tail(1, 2_000, 60, 249, 1.2), ""),
    ];
    for (name, world, target) in &worlds {
        let cells = DAYS * world.countries.len() * 5;
        let (exhaustive, _) = requests(world, Strategy::Exhaustive);
        let (drilled, took) = requests(world, Strategy::DrillDown);
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let ratio =
            if world.nonzero == 0 { "–".to_owned() } else { format!("{:.2}", drilled as f64 / world.nonzero as f64) };
        println!(
            "| {name} | {cells} | {} | {exhaustive} | {drilled} | {ratio} | {} | {target} |",
            world.nonzero, world.support
        );
        eprintln!("  {:.2} µs a cell", took.as_secs_f64() * 1e6 / f64::from(u32::try_from(cells).unwrap()));
    }
    println!();
    println!("| other worlds | exhaustive | drill-down |");
    println!("| --- | --- | --- |");
    for (name, world) in others() {
        let (exhaustive, _) = requests(&world, Strategy::Exhaustive);
        let (drilled, _) = requests(&world, Strategy::DrillDown);
        println!("| {name} | {exhaustive} | {drilled} |");
    }
    ablate(worlds.into_iter().map(|(name, world, _)| (name, world)).chain(others()));
}

/// Worlds in which other searches matter.
fn others() -> impl Iterator<Item = (&'static str, World)> {
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
        ),
        ("a month, 12 of 90 countries, 2,000 attempts", World::few_countries(1, habits(2_000, 90, 90, 31, DAY), 12)),
        ("a settled day, 249 countries, 1,000 attempts", World::of_habits(1, habits(1_000, 60, 249, 1, DAY))),
        (
            "this morning: a growing day, 249 countries, 200 attempts",
            World::of_habits(1, habits(200, 60, 249, 1, DAY)).growing(),
        ),
        ("20 growing hours, 20 countries, 100 attempts", World::of_habits(1, habits(100, 20, 20, 20, HOUR)).growing()),
        ("168 hours, 20 countries, 2,000 attempts", World::of_habits(1, habits(2_000, 20, 20, 168, HOUR))),
        ("168 hours, 90 countries, 200 attempts", World::of_habits(1, habits(200, 60, 90, 168, HOUR))),
        ("31 days, 249 countries, 2,000 attempts, no e-mail", World::without_email(1, habits(2_000, 60, 249, 31, DAY))),
        ("31 days, 249 countries, 100 attempts, no e-mail", World::without_email(1, habits(100, 20, 249, 31, DAY))),
        ("8 weeks, 90 countries, 20,000 attempts", World::of_habits(1, habits(20_000, 90, 90, 8, 7 * DAY))),
        ("31 days, 249 countries, 100 attempts", World::of_habits(1, habits(100, 20, 249, 31, DAY))),
        ("100 prefixes, one day, 10 busy", World::number_ranges(500, 10, 1)),
        ("100 prefixes, 31 days, 10 busy", World::number_ranges(500, 10, 31)),
        ("100 prefixes, 31 days, 1 busy", World::number_ranges(500, 1, 31)),
        ("100 prefixes, one day, all quiet", World::number_ranges(500, 0, 1)),
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
