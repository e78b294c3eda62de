//! Parameters beside others, as the cells of a table ask them: an API may heed a channel, and forget it where a country
//! is given too.
//!
//! Judged at the busiest country and channel that were seen, with few questions: each filter was seen to narrow alone.
//! Which of two is at fault does not always show; that they can't be given together does.

use super::filters::{FilterFinding, Parameter, Value};
use super::range::FoundStretch;
use super::script::{Answer, Pending, Script, Topic};
use super::trial::{self, Case, Listing, MOST_VALUES};
use super::values::{PHONE_CHANNELS, first_digits};
use crate::model::{Channel, Country};

/// So many others are asked beside a value that holds everything.
const MOST_OTHERS: usize = 2;

/// Judges channel beside country, country beside channel, and prefix beside both, as far as each is seen to narrow.
pub(super) fn judge(
    script: &mut Script<'_>,
    stretch: &FoundStretch,
    alone: &[FilterFinding; 4],
) -> Result<Vec<FilterFinding>, Pending> {
    let [_, country, channel, prefix] = alone;
    let mut found = Vec::new();
    let (Ok(stretch), Some((place, in_place))) = (stretch, country.largest()) else { return Ok(found) };
    if !channel.is_heeded() {
        return Ok(found);
    }
    let of_place = place.added_to(stretch.question());
    let likeliest = channel.largest().map(|(value, _)| value);
    let channels = starting_with(likeliest, PHONE_CHANNELS.into_iter().map(Value::Channel));
    let channels = channels.filter(|value| *value != Value::Channel(Channel::Email)).collect();
    let case = Case {
        parameter: Parameter::Channel,
        without: of_place,
        whole: in_place,
        email: Some(0),
        values: channels,
        listing: Listing::All,
        others: MOST_OTHERS,
    };
    let beside = finding(script, &[Parameter::Country], &case)?;
    let busiest = beside.largest();
    found.push(beside);
    let Some((way, in_both)) = busiest else { return Ok(found) };

    let of_way = way.added_to(stretch.question());
    if let Answer::Counted(whole) = script.ask(Topic::Filters, of_way)? {
        let countries = starting_with(Some(place), Country::by_size().take(MOST_VALUES).map(Value::Country)).collect();
        let case = Case {
            parameter: Parameter::Country,
            without: of_way,
            whole,
            values: countries,
            listing: Listing::Part,
            ..case
        };
        found.push(finding(script, &[Parameter::Channel], &case)?);
    }
    let Some((start, _)) = prefix.largest() else { return Ok(found) };
    let of_both = way.added_to(of_place);
    let prefixes = starting_with(Some(start), first_digits()).collect();
    let case = Case { parameter: Parameter::Prefix, without: of_both, whole: in_both, values: prefixes, ..case };
    found.push(finding(script, &[Parameter::Country, Parameter::Channel], &case)?);
    Ok(found)
}

fn finding(script: &mut Script<'_>, beside: &'static [Parameter], case: &Case) -> Result<FilterFinding, Pending> {
    Ok(FilterFinding { parameter: case.parameter, beside, verdict: trial::judge(script, case)? })
}

/// A value that is known to hold attempts in front of the others.
fn starting_with(known: Option<Value>, values: impl Iterator<Item = Value>) -> impl Iterator<Item = Value> {
    known.into_iter().chain(values.filter(move |value| Some(*value) != known))
}
