//! Both ways against attacks that are known.

use super::*;
use crate::model::{AttemptId, Country, Listed, Number, Slice, UnixSeconds, Window, calling_code};
use crate::simulator::World;
use crate::simulator::tests::attacks::{Attack, attack, attempts};

const DAY: i64 = 86_400;
/// 2026-10-01.
const FIRST: i64 = 20_727;

struct Case {
    slice: Slice,
    attack: Attack,
    usual: Usual,
    world: World,
}

/// The first attack of a seed's world.
fn case(seed: u64) -> Case {
    let (day, attack) = (FIRST..).find_map(|day| Some((day, attack(seed, day)?))).unwrap();
    let start = UnixSeconds(day * DAY);
    let range = Window::new(start, start.plus_seconds(DAY)).unwrap();
    let slice = Slice { country: Some(attack.country), ..Slice::whole(range) };
    let world = World::new(seed);
    let usual = usual(&world, slice, 2);
    Case { slice, attack, usual, world }
}

/// From so many weeks before a slice.
fn usual(world: &World, slice: Slice, weeks: i64) -> Usual {
    let start = slice.range.start();
    let week =
        |ago: i64| Window::new(start.plus_seconds(-7 * DAY * ago), start.plus_seconds(-7 * DAY * (ago - 1))).unwrap();
    let count = |ago| world.count(&Slice { range: week(ago), ..slice }, UnixSeconds(i64::MAX / 2));
    Usual::of(&(1..=weeks).map(count).collect::<Vec<_>>())
}

impl Case {
    fn count(&self, prefix: Option<Prefix>) -> Counts {
        self.world.count(&Slice { prefix, ..self.slice }, UnixSeconds(i64::MAX / 2))
    }

    fn listed(&self) -> Tally {
        let mut tally = Tally::new(self.slice);
        let all = attempts(&self.world, &self.slice);
        for (index, (created, number, is_converted)) in (0_u32..).zip(all) {
            tally.add(&Listed {
                id: AttemptId::of(&index.to_string()),
                created,
                is_converted,
                service: None,
                country: self.slice.country,
                channel: None,
                number: number.and_then(|number| Number::parse(&number.to_string())),
                price: None,
                carrier: None,
                message_status: None,
                error_code: None,
            });
        }
        tally
    }
}

#[test]
fn the_block_of_an_attack_is_found_in_a_hundred_worlds_from_the_list_and_by_prefix_within_sixty_questions() {
    for seed in 0..100 {
        let case = case(seed);
        let tally = case.listed();
        assert_eq!(tally.counts, case.count(None), "seed {seed}");
        let block = tally.block(case.usual).unwrap_or_else(|| panic!("seed {seed}: nothing found"));
        assert!(block.prefix.is_start_of(case.attack.block), "seed {seed}: {} for {}", block.prefix, case.attack.block);
        assert_eq!(block.prefix.digits().ilog10(), 6, "seed {seed}: the seven digits that may be told");
        assert_eq!(block.counts, case.count(Some(block.prefix)), "seed {seed}");

        let begin = calling_code(case.attack.country).and_then(Prefix::from_digits);
        let mut descent = Descent::new(case.count(None), case.usual, begin, 60);
        let mut questions = 0;
        while let Some(prefix) = descent.next() {
            questions += 1;
            descent.learn(prefix, Some(case.count(Some(prefix))));
        }
        assert_eq!(descent.conclude(), (Some(block), Told::Whole), "seed {seed}");
        assert!(questions <= 50, "seed {seed}: {questions}");
    }
}

/// In that world the same small country was pumped a week before, too: hardly any of its attempts convert.
#[test]
fn an_attack_of_another_week_is_not_usual() {
    let (all_weeks, case) = (usual(&World::new(49), case(49).slice, 4), case(49));
    assert!(all_weeks.conversion() > 0.35, "{all_weeks:?}");
    assert!(case.listed().block(all_weeks).is_some());
}

#[test]
fn an_ordinary_day_has_no_block() {
    for seed in 0..6 {
        let case = case(seed);
        let Some(calm) = (1..30).find(|ago| attack(seed, case.slice.range.start().0 / DAY - ago).is_none()) else {
            continue;
        };
        for country in ["US", "IN", "BR", "ID"] {
            let start = case.slice.range.start().plus_seconds(-calm * DAY);
            let range = Window::new(start, start.plus_seconds(DAY)).unwrap();
            let slice = Slice { country: Some(country.parse::<Country>().unwrap()), ..Slice::whole(range) };
            let usual = usual(&case.world, slice, 1);
            let case = Case { slice, usual, attack: case.attack, world: World::new(seed) };
            let whole = case.count(None);
            // A carrier that fails leaves its whole country behind, and that is told.
            if !usual.stands_out(whole) {
                assert_eq!(case.listed().block(usual), None, "seed {seed} {country}");
                assert_eq!(Descent::new(whole, usual, None, 60).next(), None);
            }
        }
    }
}

#[test]
fn questions_that_run_out_or_fail_leave_the_block_found_so_far() {
    let counts = |attempts, converted| Counts::new(attempts, converted).unwrap();
    let usual = Usual::of(&[counts(10_000, 7_000)]);
    let begin = "+261".parse().unwrap();
    let mut descent = Descent::new(counts(1_000, 10), usual, Some(begin), 3);
    descent.learn(begin, Some(counts(1_000, 10)));
    for digit in ["+2610", "+2611"] {
        descent.learn(digit.parse().unwrap(), Some(Counts::ZERO));
    }
    assert_eq!(descent.next(), None);
    assert_eq!(descent.conclude(), (Some(Block { prefix: begin, counts: counts(1_000, 10) }), Told::OutOfQuestions));
    let mut failing = Descent::new(counts(1_000, 10), usual, Some(begin), 60);
    while let Some(prefix) = failing.next() {
        failing.learn(prefix, None);
    }
    assert_eq!(failing.conclude(), (None, Told::Whole));
}

#[test]
fn what_is_not_of_the_slice_is_not_counted() {
    let case = case(1);
    let mut tally = Tally::new(case.slice);
    let mut attempt = Listed {
        id: AttemptId::of("1"),
        created: case.slice.range.end(),
        is_converted: false,
        service: None,
        country: None,
        channel: None,
        number: None,
        price: "0.005".parse().ok().zip("USD".parse().ok()),
        carrier: Some("A".into()),
        message_status: None,
        error_code: None,
    };
    tally.add(&attempt);
    attempt.created = case.slice.range.start();
    attempt.country = "US".parse().ok();
    tally.add(&attempt);
    assert_eq!((tally.foreign, tally.counts), (2, Counts::ZERO));
    attempt.country = None;
    tally.add(&attempt);
    attempt.is_converted = true;
    tally.add(&attempt);
    assert_eq!((tally.foreign, tally.counts), (2, Counts::new(2, 1).unwrap()));
    let cost = tally.costs.values().next().unwrap();
    assert_eq!(
        (cost.all.to_string(), cost.unconverted.to_string(), cost.priced),
        ("0.01".to_owned(), "0.005".to_owned(), 2)
    );
    assert_eq!(Groups::of(&tally.carriers), Groups { named: Vec::new(), others: Counts::new(2, 1).unwrap() });
}
