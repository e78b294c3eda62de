//! Quiet when nothing happens: of 1,000 calm months at most 5 % raise any flag.
//!
//! The months follow one another in eight worlds, with their weekends, their busy days and carriers that fail in one
//! country for a day, which the simulator has in all weathers. In eight parts, so that they run side by side.
//! `VERIFY_ROLLUP_CASES` sets how many months they are together: the thousand are `make soak`'s.

use chrono::{Datelike, Months, NaiveDate};

use super::sample::{DAY, Dataset};
use crate::job::PeriodKind;
use crate::model::UnixSeconds;
use crate::report::{Flag, PeriodName};
use crate::simulator::tests::sketch::Sketch;

const WORLDS: u32 = 8;
/// One month in so many may be loud, rounded down in each world.
const MAY_BE_LOUD: u32 = 20;

/// Months of each world.
pub fn months() -> u32 {
    let all = std::env::var("VERIFY_ROLLUP_CASES").map_or(320, |number| number.parse().expect("a number of cases"));
    all / WORLDS
}

/// The flags of each month of a world.
fn flags(seed: u64, months: u32) -> Vec<Vec<Flag>> {
    let sketch = Sketch::new(seed);
    let mut dataset = Dataset::whole_world("day");
    let mut date: NaiveDate = "2026-01-01".parse().unwrap();
    let first = date + Months::new(3);
    let last = first + Months::new(months);
    let mut found = Vec::new();
    while date < last {
        let day = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() / DAY;
        if date.day() == 1 && date > first {
            let name = PeriodName { kind: PeriodKind::Month, first: date - Months::new(1) };
            found.push(dataset.try_report(name).unwrap().attention.flags);
            dataset.forget_before(UnixSeconds((day - 61) * DAY));
        }
        dataset.add_day(day, &sketch.day(day));
        date = date.succ_opt().unwrap();
    }
    found
}

fn is_quiet(seed: u64) {
    let months = months();
    let flags = flags(seed, months + 1);
    assert_eq!(flags.len(), months as usize);
    let loud: Vec<_> = flags.iter().filter(|flags| !flags.is_empty()).collect();
    eprintln!("simulated account {seed}: {} of {months} calm months raised flags", loud.len());
    let sentences: Vec<_> = loud.iter().flat_map(|flags| flags.iter().map(|flag| &flag.sentence)).collect();
    assert!(
        loud.len() <= (months / MAY_BE_LOUD) as usize,
        "{} of {months} months raised flags: {sentences:#?}",
        loud.len()
    );
}

macro_rules! worlds {
    ($($name:ident = $seed:literal,)+) => { $(
        #[test]
        fn $name() {
            is_quiet($seed);
        }
    )+ };
}

worlds! {
    calm_months_are_quiet_1 = 101,
    calm_months_are_quiet_2 = 102,
    calm_months_are_quiet_3 = 103,
    calm_months_are_quiet_4 = 104,
    calm_months_are_quiet_5 = 105,
    calm_months_are_quiet_6 = 106,
    calm_months_are_quiet_7 = 107,
    calm_months_are_quiet_8 = 108,
}
