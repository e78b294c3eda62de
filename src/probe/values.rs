//! Services, channels, countries and prefixes, each alone: which values are asked, and of which whole.
//!
//! Values are real ones, the likeliest first. The channels are judged before countries and prefixes, as e-mail has
//! neither: only where its own attempts are known can they be taken off the whole.

use super::filters::{Doubt, FilterFinding, FilterVerdict, Parameter, Sight, Value};
use super::range::FoundStretch;
use super::script::{Answer, Pending, Script, Topic};
use super::trial::{self, Case, Listing, MOST_VALUES};
use crate::model::{Channel, Country, MatrixShape, Prefix, RawSlice};

/// The channels that a number has, the likeliest first.
pub(super) const PHONE_CHANNELS: [Channel; 4] = [Channel::Sms, Channel::Whatsapp, Channel::Call, Channel::Rbm];
/// The digits of the longest number.
const LONGEST_NUMBER: usize = 15;

/// `+1` to `+9`: every number begins with one of them.
pub(super) fn first_digits() -> impl Iterator<Item = Value> {
    (1..=9).filter_map(Prefix::from_digits).map(Value::Prefix)
}

/// The job's countries, then all others, each in order of size.
fn countries(shape: &MatrixShape) -> Vec<Value> {
    let listed = shape.countries.as_deref().unwrap_or_default();
    let mut first = listed.to_vec();
    first.sort_by_cached_key(|country| Country::by_size().position(|other| other == *country));
    let others = Country::by_size().filter(|country| !listed.contains(country));
    first.into_iter().chain(others).map(Value::Country).take(MOST_VALUES).collect()
}

/// Judges the four, in the order of [`Parameter`].
pub(super) fn judge(
    script: &mut Script<'_>,
    stretch: &FoundStretch,
    shape: &MatrixShape,
) -> Result<[FilterFinding; 4], Pending> {
    let parameters = [Parameter::Service, Parameter::Country, Parameter::Channel, Parameter::Prefix];
    let stretch = match stretch {
        Ok(stretch) => stretch,
        Err(gap) => {
            return Ok(parameters.map(|it| FilterFinding::alone(it, FilterVerdict::Unknown(gap.clone()))));
        }
    };
    let case = |parameter, values, listing, email| Case {
        parameter,
        without: stretch.question(),
        whole: stretch.attempts,
        email,
        values,
        listing,
        others: MOST_VALUES,
    };
    let services = shape.services.iter().flatten().copied().map(Value::Service).collect();
    let service = trial::judge(script, &case(Parameter::Service, services, Listing::Own, Some(0)))?;

    let channels = PHONE_CHANNELS.into_iter().chain([Channel::Email]).map(Value::Channel).collect();
    let channel = trial::judge(script, &case(Parameter::Channel, channels, Listing::All, Some(0)))?;

    let email = if matches!(channel, FilterVerdict::Heeded(_)) {
        let question = Value::Channel(Channel::Email).added_to(stretch.question());
        match script.ask(Topic::Filters, question)? {
            Answer::Counted(attempts) => Some(attempts),
            Answer::Refused(_) | Answer::Missing(_) => None,
        }
    } else {
        None
    };
    let country = trial::judge(script, &case(Parameter::Country, countries(shape), Listing::Part, email))?;

    let prefixes = first_digits().collect();
    let prefix = trial::judge(script, &case(Parameter::Prefix, prefixes, Listing::All, email))?;
    let prefix = all_digits(script, stretch.question(), shape, prefix)?;

    let [of_service, of_country, of_channel, of_prefix] = parameters;
    Ok([
        FilterFinding::alone(of_service, service),
        FilterFinding::alone(of_country, country),
        FilterFinding::alone(of_channel, channel),
        FilterFinding::alone(of_prefix, prefix),
    ])
}

/// Whether a prefix that narrows does so by all of its digits: continued by nines to a number of full length, it holds
/// less. The job's longest one with attempts shows it best.
fn all_digits(
    script: &mut Script<'_>,
    without: RawSlice,
    shape: &MatrixShape,
    verdict: FilterVerdict,
) -> Result<FilterVerdict, Pending> {
    let FilterVerdict::Heeded(sight) = &verdict else { return Ok(verdict) };
    let listed = shape.prefixes.iter().flatten().max_by_key(|prefix| prefix.digits());
    let listed = match listed {
        Some(prefix) => match script.ask(Topic::Filters, Value::Prefix(*prefix).added_to(without))? {
            Answer::Counted(attempts @ 1..) => Some((*prefix, attempts)),
            Answer::Counted(_) | Answer::Refused(_) | Answer::Missing(_) => None,
        },
        None => None,
    };
    let held = sight.seen.iter().find_map(|part| match part {
        (Value::Prefix(prefix), attempts @ 1..) => Some((*prefix, *attempts)),
        _ => None,
    });
    let Some((prefix, attempts)) = listed.or(held) else { return Ok(verdict) };
    let digits = format!("{:9<LONGEST_NUMBER$}", prefix.digits());
    let continued = digits.parse().ok().and_then(Prefix::from_digits).filter(|continued| *continued != prefix);
    let Some(continued) = continued.map(Value::Prefix) else { return Ok(verdict) };
    Ok(match script.ask(Topic::Filters, continued.added_to(without))? {
        Answer::Counted(found) if found >= attempts => {
            let seen = vec![(Value::Prefix(prefix), attempts), (continued, found)];
            FilterVerdict::Ignored(Sight { seen, ..sight.clone() })
        }
        Answer::Refused(reason) => FilterVerdict::Unproven(Doubt::Length(reason)),
        Answer::Counted(_) | Answer::Missing(_) => verdict,
    })
}
