//! Worlds of many shapes, none of which is the simulator's: of calm months at most 5 % raise a flag, of calm weeks at most
//! 5 % list what moved, and what is planted is found in at least 95 %.
//!
//! `VERIFY_ROLLUP_CASES` sets how many months there are, as in `calm`. What was measured is printed: `--nocapture`.

use super::calm::months;
use super::worlds::{Planted, World, shapes};
use crate::report::{Flag, FlagKind};

/// One month or week in so many may be loud.
const MAY_BE_LOUD: usize = 20;
/// Attacks are planted in cells with so many attempts a day or more: three times as many are the least that is told.
const ATTACKED_FROM: f64 = 20.0;
/// Silence where so many are to be expected or more: what is expected is an estimate, and 50 is the bound.
const SILENT_FROM: f64 = 55.0;

fn shape(name: &str) -> World {
    shapes().into_iter().find(|world| world.name == name).expect("a shape of that name")
}

fn is_quiet(name: &str) {
    let world = shape(name);
    let (mut months, mut taken_out, mut weeks) = (Vec::new(), Vec::new(), Vec::new());
    let seeds = super::calm::months();
    for seed in 0..seeds.into() {
        let dataset = world.calm(seed);
        let said = |flags: Vec<Flag>| flags.into_iter().map(|flag| flag.sentence).collect::<Vec<_>>();
        let attention = dataset.report("2026-10").attention;
        months.push(said(attention.flags));
        taken_out.push(said(attention.taken_out));
        let movers = dataset.report("2026-W43").movers;
        weeks.push(movers.best.iter().chain(&movers.worst).map(|mover| format!("{mover:?}")).collect::<Vec<_>>());
    }
    let all = [("months raised flags", months), ("months were cleared of attacks", taken_out), ("weeks moved", weeks)];
    for (what, said) in all {
        let loud: Vec<_> = said.iter().filter(|said| !said.is_empty()).collect();
        eprintln!("{name}: {} of {seeds} calm {what}", loud.len());
        assert!(loud.len() <= seeds as usize / MAY_BE_LOUD, "{name}: {} of {seeds} {what}: {loud:#?}", loud.len());
    }
}

/// What was planted in all shapes is found, and little else is told.
fn is_found(what: &str, plant: impl Fn(&World, u64) -> Option<Planted>, is_it: impl Fn(&Planted, &Flag) -> bool) {
    let (mut all, mut all_found, mut others) = (0, 0, 0);
    // As many as there are calm ones, spread over the shapes that have days.
    for world in shapes().iter().filter(|world| world.every != "week") {
        let (mut planted, mut found) = (0, 0);
        for seed in 0..u64::from(months() / 2) {
            let Some(month) = plant(world, 1000 + seed) else { continue };
            let flags = month.dataset.report("2026-10").attention.flags;
            let its = flags.iter().filter(|flag| is_it(&month, flag)).count();
            planted += 1;
            found += usize::from(its > 0);
            others += flags.len() - its;
        }
        eprintln!("{}: {found} of {planted} {what}", world.name);
        assert!(10 * found >= 8 * planted, "{}: {found} of {planted} {what}", world.name);
        (all, all_found) = (all + planted, all_found + found);
    }
    eprintln!("all: {all_found} of {all} {what}, {others} others");
    assert!(100 * all_found >= 95 * all, "{all_found} of {all} {what}");
    assert!(20 * others <= all, "{others} other flags in {all} months");
}

fn holds(month: &Planted, flag: &Flag) -> bool {
    flag.first <= month.date && month.date <= flag.last
}

#[test]
fn attacks_are_found_in_worlds_of_all_shapes() {
    is_found(
        "attacks",
        |world, seed| world.attacked(seed, ATTACKED_FROM),
        |month, flag| flag.kind == FlagKind::Pumping && flag.place.country == month.country && holds(month, flag),
    );
}

/// Of a day, or of eight hours, nothing is left, a twentieth or a tenth.
#[test]
fn outages_are_found_in_worlds_of_all_shapes() {
    is_found(
        "outages",
        |world, seed| world.silenced(seed, SILENT_FROM, [0.0, 0.05, 0.1][usize::try_from(seed % 3).unwrap()]),
        |month, flag| flag.kind == FlagKind::Silence && holds(month, flag),
    );
}

macro_rules! calm {
    ($($test:ident = $name:literal,)+) => {
        $(
            #[test]
            fn $test() {
                is_quiet($name);
            }
        )+

        #[test]
        fn every_shape_is_tested() {
            let names: Vec<_> = shapes().iter().map(|world| world.name).collect();
            assert_eq!(names, [$($name),+]);
        }
    };
}

calm! {
    a_small_account_is_quiet = "small",
    a_large_account_is_quiet = "large",
    campaigns_are_quiet = "campaigns",
    holidays_are_quiet = "holidays",
    growth_and_drift_are_quiet = "growing",
    shrinking_is_quiet = "shrinking",
    a_channel_that_grows_is_quiet = "a new channel",
    many_small_countries_are_quiet = "everywhere",
    services_are_quiet = "services",
    luck_that_countries_share_is_quiet = "luck by channel",
    everything_at_once_is_quiet = "everything at once",
    wild_days_are_quiet = "wild",
    countries_without_channels_are_quiet = "countries alone",
    channels_without_countries_are_quiet = "channels alone",
    hours_are_quiet = "hours",
    weeks_are_quiet = "weeks",
}
