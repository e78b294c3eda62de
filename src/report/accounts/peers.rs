//! Accounts held against each other: who converts as no other does, at the same mix of countries and channels.
//!
//! What was to be expected of an account is what the others convert in each of its countries and channels, every other
//! account counting for what it is worth where attempts of one account hang together: the greatest customer is not
//! everybody's measure. Accounts are held against the middle one, and how much they differ is taken from their middle half,
//! so that outliers hide neither themselves nor one another (`stats::spread`). An outlier differs by more than that, and by
//! as much as matters. What lies outside the job's countries is left out: of each account it is another mix.

use std::collections::HashMap;

use super::digest::Digest;
use super::model::{Peers, PeersCompared};
use crate::model::{Channel, Country};
use crate::report::model::SettledCell;
use crate::report::series::real;
use crate::report::stats::{Differing, Spread, differences, q_values};

/// From fewer accounts nobody can tell how much accounts differ.
const LEAST_ACCOUNTS: usize = 10;
/// A part that fewer others have says nothing of an account.
const LEAST_OTHERS: usize = 3;
/// How much attempts of one account hang together: two of them are alike by so much more than two of different accounts.
const LIKENESS: f64 = 0.02;

/// What counts as an outlier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub false_discovery: f64,
    /// The least difference of rates.
    pub least: f64,
    /// Accounts with fewer attempts are not compared.
    pub ranked_from: i64,
}

type Part = (Option<Country>, Option<Channel>);

/// What all accounts have in a part of the table.
#[derive(Debug, Clone, Copy, Default)]
struct All {
    accounts: usize,
    weight: f64,
    /// Rates, each times its weight.
    rates: f64,
}

/// What an account has in comparable parts, and what was to be expected of it.
struct Held {
    account: usize,
    attempts: f64,
    converted: f64,
    expected: f64,
    /// By how much the expected rate may be wrong, as a variance.
    doubt: f64,
}

/// Holds each account against the others.
pub(super) fn compare(digests: &[Digest], bounds: Bounds) -> (Vec<Option<Peers>>, PeersCompared) {
    let mut parts: HashMap<Part, All> = HashMap::new();
    for cell in digests.iter().flat_map(cells) {
        let all = parts.entry(part(cell)).or_default();
        all.accounts += 1;
        all.weight += weight(cell.attempts);
        all.rates += weight(cell.attempts) * rate(cell);
    }
    let held = digests.iter().enumerate().map(|(account, digest)| hold(account, digest, &parts));
    let held: Vec<Held> = held.filter(|held| held.attempts >= real(bounds.ranked_from).max(1.0)).collect();
    let mut found = vec![None; digests.len()];
    let mut compared =
        PeersCompared { accounts: held.len(), needed: LEAST_ACCOUNTS, spread: None, least: bounds.least };
    if held.len() < LEAST_ACCOUNTS {
        return (found, compared);
    }
    let differing: Vec<Differing> = held.iter().map(differing).collect();
    let Spread { middle, tau, p_values } = differences(&differing);
    compared.spread = Some(tau);
    for ((held, p_value), q_value) in held.iter().zip(&p_values).zip(q_values(&p_values)) {
        // What the others convert is drawn by outliers among them, from the middle account as from all: that is taken back.
        let expected = (held.expected / held.attempts + middle).clamp(0.0, 1.0);
        let rate = held.converted / held.attempts;
        let is_outlier = q_value <= bounds.false_discovery && (rate - expected).abs() >= bounds.least;
        let attempts = held.attempts;
        found[held.account] = Some(Peers { attempts, rate, expected, p_value: *p_value, q_value, is_outlier });
    }
    (found, compared)
}

/// The parts of an account in which others may have the same.
fn cells(digest: &Digest) -> impl Iterator<Item = &SettledCell> {
    digest.settled.iter().filter(|cell| cell.country != Some(Country::REMAINDER))
}

const fn part(cell: &SettledCell) -> Part {
    (cell.country, cell.channel)
}

fn rate(cell: &SettledCell) -> f64 {
    cell.converted / cell.attempts
}

/// As many independent attempts as some of one account are worth.
fn weight(attempts: f64) -> f64 {
    attempts / (attempts - 1.0).max(0.0).mul_add(LIKENESS, 1.0)
}

fn hold(account: usize, digest: &Digest, parts: &HashMap<Part, All>) -> Held {
    let mut held = Held { account, attempts: 0.0, converted: 0.0, expected: 0.0, doubt: 0.0 };
    for cell in cells(digest) {
        let Some(all) = parts.get(&part(cell)).filter(|all| all.accounts > LEAST_OTHERS) else { continue };
        let own = weight(cell.attempts);
        let others = all.weight - own;
        if others <= 0.0 {
            continue;
        }
        let expected = ((all.rates - own * rate(cell)) / others).clamp(0.0, 1.0);
        held.attempts += cell.attempts;
        held.converted += cell.converted;
        held.expected += cell.attempts * expected;
        let (low, high) = within(others);
        let known = expected.clamp(low, high);
        held.doubt += cell.attempts * cell.attempts * known * (1.0 - known) / others;
    }
    held.doubt /= (held.attempts * held.attempts).max(f64::MIN_POSITIVE);
    held
}

fn differing(held: &Held) -> Differing {
    let expected = held.expected / held.attempts;
    let (low, high) = within(held.attempts);
    let rate = expected.clamp(low, high);
    Differing {
        difference: (held.converted - held.expected) / held.attempts,
        variance: rate * (1.0 - rate) / held.attempts + held.doubt,
    }
}

/// What a rate of so many attempts varies as at least: a few of which all converted, or none, say less than it seems.
fn within(attempts: f64) -> (f64, f64) {
    let least = 1.0 / (attempts + 2.0);
    (least, 1.0 - least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_customer_is_not_everybodys_measure() {
        assert!((weight(1.0) - 1.0).abs() < 1e-12);
        assert!(weight(1e9) < 50.1 && weight(100.0) > 30.0);
        assert!((weight(1e4) / weight(1e9) - 1.0).abs() < 0.01);
    }
}
