//! One filter under one whole: its values are asked one after the other, until one shows whether it narrows.
//!
//! A value that holds more than nothing and less than the whole, which was asked first, is proof. One that equals the
//! whole is no proof until others find nothing; and values that hold more than the whole together, even when it is
//! asked again after them, are not told apart: the filter is ignored.

use super::filters::{Doubt, FilterVerdict, Parameter, Sight, Value};
use super::gap::Gap;
use super::script::{Answer, Pending, Script, Topic};
use crate::model::RawSlice;

/// So many values are asked for one filter.
pub(super) const MOST_VALUES: usize = 12;

/// What the values of a case are among all that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// Every attempt that is not e-mail's has one of them.
    All,
    /// There are others.
    Part,
    /// The account's own, as the job names them: where one holds everything, those that find nothing may be dead as
    /// well.
    Own,
}

/// What is tried.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) parameter: Parameter,
    /// The question without it.
    pub(super) without: RawSlice,
    /// The attempts of that, asked before any value.
    pub(super) whole: i64,
    /// How many of them belong to no value, being e-mail's; `None` = not known.
    pub(super) email: Option<i64>,
    /// The likeliest first.
    pub(super) values: Vec<Value>,
    pub(super) listing: Listing,
    /// How many others are asked beside a value that holds everything.
    pub(super) others: usize,
}

#[derive(Debug)]
struct Trial<'a> {
    case: &'a Case,
    /// The newest answer for it.
    whole: i64,
    seen: Vec<(Value, i64)>,
    refused: Option<String>,
    missing: Option<Gap>,
}

/// What a case comes to.
pub(super) fn judge(script: &mut Script<'_>, case: &Case) -> Result<FilterVerdict, Pending> {
    let mut trial = Trial { case, whole: case.whole, seen: Vec::new(), refused: None, missing: None };
    if trial.rest() <= 0 {
        return trial.judge_by_control(script, FilterVerdict::Unknown(Gap::OnlyEmail));
    }
    let mut others = case.others;
    for value in case.values.iter().take(MOST_VALUES) {
        if trial.holds_any() {
            if others == 0 {
                break;
            }
            others -= 1;
        }
        match script.ask(Topic::Filters, value.added_to(case.without))? {
            Answer::Counted(attempts) => trial.seen.push((*value, attempts)),
            Answer::Refused(reason) => {
                trial.refused.get_or_insert(reason);
                continue;
            }
            Answer::Missing(gap) => {
                trial.missing.get_or_insert(gap);
                continue;
            }
        }
        if trial.sum() > trial.whole {
            match script.ask_again(Topic::Filters, case.without)? {
                Answer::Counted(again) if again < trial.sum() => return Ok(FilterVerdict::Ignored(trial.holders())),
                // It has grown meanwhile, by as much.
                Answer::Counted(again) => trial.whole = again,
                Answer::Refused(reason) => return Ok(FilterVerdict::Unknown(Gap::Refused(reason))),
                Answer::Missing(gap) => return Ok(FilterVerdict::Unknown(gap)),
            }
        }
        if let Some(proof) = trial.proof() {
            return Ok(FilterVerdict::Heeded(proof));
        }
    }
    match trial.verdict() {
        verdict @ FilterVerdict::Unproven(_) => trial.judge_by_control(script, verdict),
        verdict => Ok(verdict),
    }
}

impl Trial<'_> {
    /// What the values can hold.
    fn rest(&self) -> i64 {
        self.whole - self.case.email.unwrap_or(0)
    }

    fn holds_any(&self) -> bool {
        self.seen.iter().any(|(_, attempts)| *attempts > 0)
    }

    /// The attempts of all values, and e-mail's.
    fn sum(&self) -> i64 {
        self.seen.iter().map(|(_, attempts)| attempts).sum::<i64>() + self.case.email.unwrap_or(0)
    }

    fn sight(&self, seen: Vec<(Value, i64)>) -> Sight {
        Sight { whole: self.rest(), email: self.case.email.unwrap_or(0), seen }
    }

    fn holders(&self) -> Sight {
        self.sight(self.seen.iter().copied().filter(|(_, attempts)| *attempts > 0).collect())
    }

    fn proof(&self) -> Option<Sight> {
        let rest = self.rest();
        let narrowed = |(_, attempts): &&(Value, i64)| (1..rest).contains(attempts);
        if self.case.email.is_some() {
            return self.seen.iter().find(narrowed).map(|part| self.sight(vec![*part]));
        }
        // Less than the whole may be all but e-mail's: two that differ are told apart.
        let mut parts = self.seen.iter().filter(|(_, attempts)| *attempts > 0);
        let first = parts.next()?;
        let other = parts.find(|(_, attempts)| *attempts != first.1)?;
        Some(self.sight(vec![*first, *other]))
    }

    /// What all values come to where none was proof.
    fn verdict(&self) -> FilterVerdict {
        let holder = self.seen.iter().find(|(_, attempts)| *attempts > 0);
        let silent = self.seen.iter().filter(|(_, attempts)| *attempts == 0).count();
        if holder.is_some() && silent > 0 && self.case.listing != Listing::Own {
            return FilterVerdict::Heeded(self.sight(self.seen.clone()));
        }
        if let Some(gap) = &self.missing {
            return FilterVerdict::Unknown(gap.clone());
        }
        if holder.is_none() && silent > 0 && self.refused.is_none() && self.case.listing == Listing::All {
            return FilterVerdict::Dead(self.sight(self.seen.clone()));
        }
        FilterVerdict::Unproven(match (holder, &self.refused) {
            (Some((value, attempts)), _) if *attempts >= self.rest() => Doubt::Alone(*value),
            (Some(_), _) => Doubt::Alike,
            (None, Some(reason)) if silent == 0 => Doubt::Refused(reason.clone()),
            (None, None) if silent == 0 => Doubt::NoValue,
            (None, _) => Doubt::Silent(silent),
        })
    }

    /// A value that cannot occur condemns the filter where it finds attempts; else the verdict stays what it is.
    fn judge_by_control(&self, script: &mut Script<'_>, otherwise: FilterVerdict) -> Result<FilterVerdict, Pending> {
        let control = self.case.parameter.control();
        Ok(match script.ask(Topic::Filters, control.added_to(self.case.without))? {
            Answer::Counted(attempts) if attempts > 0 => {
                FilterVerdict::Ignored(Sight { whole: self.whole, email: 0, seen: vec![(control, attempts)] })
            }
            Answer::Counted(_) | Answer::Refused(_) | Answer::Missing(_) => otherwise,
        })
    }
}
