//! How many requests the planner's strategies need, and what planning costs: pure, no HTTP, seeded worlds.
//!
//! `make bench-planner` prints the table that stands in the README. Every request counts: cells, totals, controls.
//! "At least" is the bound that `docs/PLANNER.md` proves.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people")]

mod worlds;

use verify_rollup::planner::Strategy;
use worlds::{DAYS, World, requests};

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
    for (name, world, target) in worlds {
        let cells = DAYS * world.countries.len() * 5;
        let (exhaustive, _) = requests(&world, Strategy::Exhaustive);
        let (drilled, took) = requests(&world, Strategy::DrillDown);
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let ratio =
            if world.nonzero == 0 { "–".to_owned() } else { format!("{:.2}", drilled as f64 / world.nonzero as f64) };
        println!(
            "| {name} | {cells} | {} | {exhaustive} | {drilled} | {ratio} | {} | {target} |",
            world.nonzero, world.support
        );
        eprintln!("  {:.2} µs a cell", took.as_secs_f64() * 1e6 / f64::from(u32::try_from(cells).unwrap()));
    }
}
