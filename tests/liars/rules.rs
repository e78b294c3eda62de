//! Each rule is there for something: with it switched off the play finds what it does not find otherwise. A proof that
//! cannot fail would prove nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use verify_rollup::planner::Rule;

use crate::case::Case;
use crate::job::{Job, Split, into};
use crate::liar::Lie;
use crate::proof::STRATEGIES;
use crate::question::Filter;
use crate::random::play;
use crate::roll::liar;
use crate::world::{DAY, HOUR, START, World};

/// Each of the rules below is missed by one of the seeds below this.
const ENOUGH_SEEDS: u64 = 1_000;

/// The rules that keep final rows right, each with a seed that once missed it: the search begins there, as it takes
/// minutes from the start. Where it has to go on, the seed that it names belongs here.
const OF_FINAL_ROWS: [(Rule, u64); 7] =
    [(Rule::V2, 11), (Rule::V3, 14), (Rule::V4, 105), (Rule::V5, 904), (Rule::V6, 4), (Rule::V7, 11), (Rule::V8, 124)];

/// The first seed from `start` on, and then from 0, that finds wrong rows without a rule.
fn that_misses(rule: Rule, start: u64) -> Option<u64> {
    (start..ENOUGH_SEEDS).chain(0..start).find(|&seed| !play(seed, Some(rule), liar).1.is_empty())
}

#[test]
fn without_a_rule_random_play_finds_wrong_rows() {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(&(rule, start)) = OF_FINAL_ROWS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seed = that_misses(rule, start);
                    println!("{rule:?} is missed by seed {seed:?}");
                    assert!(seed.is_some(), "{rule:?} makes no difference to {ENOUGH_SEEDS} liars");
                }
            });
        }
    });
}

/// What is wrong with a case by either strategy.
fn complaints(case: &Case) -> Vec<String> {
    let mut complaints = Vec::new();
    for strategy in STRATEGIES {
        case.play(strategy, 0, None, &mut complaints);
    }
    complaints
}

/// The rules that keep back, or let through, what is not final: one value that costs the others, and growth that is
/// none.
#[test]
fn without_a_rule_its_own_liar_is_missed() {
    let one_value = Case::new(World::typical(1), Job { countries: into(&["US", "CO", "XK"]), ..Job::default() })
        .always(Lie::IgnoredFor(Filter::Country, "XK".to_owned()))
        .code(&[0])
        .folded("XK");
    let only_growing = Job { start: START + 3 * DAY, channels: Split::No, ..Job::default() };
    let no_growth = Case::new(World::typical(13), only_growing)
        .at(Some(START + 4 * DAY + HOUR))
        .always(Lie::HalvesWhole(Filter::Country))
        .code(&[3])
        .published(0);
    for (rule, case) in [(Rule::V10, one_value), (Rule::V11, no_growth)] {
        let found = complaints(&case);
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(!complaints(&case.without(rule)).is_empty(), "{rule:?} makes no difference to its own liar");
    }
}

/// A rule that a debug build does not know is no rule that is left out.
#[test]
fn a_name_that_is_no_rule_is_refused() {
    for rule in Rule::ALL {
        assert_eq!(format!("{rule:?}").parse(), Ok(rule));
    }
    for text in ["", "v5", "V1", "V16", "V5 "] {
        assert!(text.parse::<Rule>().unwrap_err().contains("V10"), "{text}");
    }
}
