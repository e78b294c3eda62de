//! What deserves attention, judged among the places of all accounts.
//!
//! Each account has the same share of what may be told wrongly, and within it each of its tests, so that an account with
//! a thousand places drowns none of one: Benjamini's and Hochberg's method with p-values weighted by the inverse of how
//! many tests their account has (C. R. Genovese, K. Roeder and L. Wasserman, "False discovery control with p-value
//! weighting", Biometrika 93, 2006). A p-value times its account's tests is then held against the share of false flags,
//! times the rank, divided by the accounts. Of one account alone this is what its own report does with drops.
//!
//! Each kind is judged by itself. A flag without a probability, such as a new country, is told as it is.

use std::collections::BTreeSet;

use super::digest::Digest;
use super::model::{AccountFlag, AccountsAttention, LookOverAccounts};
use crate::report::attention::told;
use crate::report::model::{DropTest, Flag, FlagKind, FlagScope};
use crate::report::series::real_len;
use crate::report::stats::weighted_q_values;

const KINDS: [FlagKind; 5] =
    [FlagKind::Pumping, FlagKind::Silence, FlagKind::Outage, FlagKind::Drop, FlagKind::NewCountry];

/// What is told of all accounts, which stand in the order of the ranking.
pub(super) fn attention(digests: &[Digest], false_discovery: f64) -> AccountsAttention {
    let mut flags = Vec::new();
    for kind in KINDS {
        if kind == FlagKind::Drop {
            flags.extend(drops(digests, false_discovery));
        } else {
            flags.extend(of_kind(digests, kind, false_discovery));
        }
    }
    // News is no incident, however great.
    let is_news = |found: &AccountFlag| found.flag.kind == FlagKind::NewCountry;
    flags.sort_by(|a, b| {
        let by_weight = || b.flag.evidence.weight.total_cmp(&a.flag.evidence.weight);
        let by_place = || a.account.cmp(&b.account).then_with(|| a.flag.place.cmp(&b.flag.place));
        is_news(a).cmp(&is_news(b)).then_with(by_weight).then_with(by_place)
    });
    AccountsAttention {
        unsure: unsure(digests, &flags),
        flags,
        looks: KINDS.map(|kind| look(digests, kind)).to_vec(),
        false_discovery,
    }
}

/// How many flags of accounts' own reports are not told.
fn unsure(digests: &[Digest], flags: &[AccountFlag]) -> usize {
    let told = |is_drop: bool| flags.iter().filter(move |found| (found.flag.kind == FlagKind::Drop) == is_drop);
    let others: usize = digests.iter().map(|digest| digest.flags.len()).sum();
    let drops: BTreeSet<(usize, &FlagScope)> = told(true).map(|found| (found.account, &found.flag.place)).collect();
    let own = digests.iter().enumerate();
    let own = own.flat_map(|(account, digest)| digest.told_drops.iter().map(move |place| (account, place)));
    others.saturating_sub(told(false).count()) + own.filter(|drop| !drops.contains(drop)).count()
}

/// For each p-value, of so many tests in its account, the least share of false discoveries at which it would be one.
fn q_values(p_values: &[(f64, f64)], accounts: usize) -> Vec<f64> {
    let among_its_own: Vec<f64> = p_values.iter().map(|(p_value, tests)| p_value * tests.max(1.0)).collect();
    weighted_q_values(&among_its_own, real_len(accounts))
}

fn of_kind(digests: &[Digest], kind: FlagKind, false_discovery: f64) -> Vec<AccountFlag> {
    let found = || {
        let all = digests.iter().enumerate();
        all.flat_map(|(account, digest)| digest.flags.iter().map(move |flag| (account, flag)))
            .filter(|(_, flag)| flag.kind == kind)
    };
    let tested: Vec<(usize, &Flag, f64)> =
        found().filter_map(|(account, flag)| Some((account, flag, flag.evidence.p_value?))).collect();
    let p_values: Vec<(f64, f64)> =
        tested.iter().map(|(account, _, p_value)| (*p_value, digests[*account].tests(kind))).collect();
    let q_values = q_values(&p_values, looked_for(digests, kind));
    let told = |account: usize, flag: &Flag, q_value| AccountFlag { account, flag: flag.clone(), q_value };
    let sure = tested.into_iter().zip(q_values).filter(|(_, q_value)| *q_value <= false_discovery);
    let sure = sure.map(|((account, flag, _), q_value)| told(account, flag, Some(q_value)));
    let unquestioned = found().filter(|(_, flag)| flag.evidence.p_value.is_none());
    sure.chain(unquestioned.map(|(account, flag)| told(account, flag, None))).collect()
}

fn drops(digests: &[Digest], false_discovery: f64) -> Vec<AccountFlag> {
    // A sure fall that is too small to be told makes no other one surer.
    let candidates = digests.iter().flat_map(|digest| {
        let tests = digest.tests(FlagKind::Drop);
        digest.drops.iter().filter(|test| test.flag.is_some()).map(move |test| (test.p_value, tests))
    });
    let mut q_values = q_values(&candidates.collect::<Vec<_>>(), looked_for(digests, FlagKind::Drop)).into_iter();
    let mut flags = Vec::new();
    for (account, digest) in digests.iter().enumerate() {
        let q_value = |test: &DropTest| test.flag.as_ref().and_then(|_| q_values.next());
        let own: Vec<Option<f64>> = digest.drops.iter().map(q_value).collect();
        for flag in told(&digest.drops, |at| own[at].is_some_and(|q_value| q_value <= false_discovery)) {
            let at = digest.drops.iter().position(|test| test.place == flag.place);
            flags.push(AccountFlag { account, flag: flag.clone(), q_value: at.and_then(|at| own[at]) });
        }
    }
    flags
}

fn looked_for(digests: &[Digest], kind: FlagKind) -> usize {
    look(digests, kind).accounts
}

fn look(digests: &[Digest], kind: FlagKind) -> LookOverAccounts {
    let looks = digests.iter().flat_map(|digest| &digest.looks);
    let looked = looks.filter(|look| look.kind == kind && look.unlooked.is_none());
    let mut sum = LookOverAccounts { kind, accounts: 0, places: 0 };
    for look in looked {
        sum.accounts += 1;
        sum.places += look.judged;
    }
    sum
}
