//! What an attack cost, in its sentence: its attempts beyond the usual, at the mean of its country and channel.

use super::format::grouped;
use super::model::{Attention, Cost, Costs, Flag, FlagKind};
use super::priced::money;
use super::series::is_phone;
use crate::model::{Currency, Money};

/// Adds to the sentence of each attack what its attempts cost about, where that is known in one currency.
pub(super) fn tell_fees(attention: &mut Attention, costs: Option<&Costs>) {
    let Some(costs) = costs else { return };
    let attacks = attention.flags.iter_mut().chain(&mut attention.taken_out);
    for flag in attacks.filter(|flag| flag.kind == FlagKind::Pumping) {
        if let Some((currency, fee)) = fee(flag, costs) {
            let sentence = flag.sentence.trim_end_matches('.');
            flag.sentence = format!("{sentence}; the attempts beyond cost about {}.", about(currency, fee));
        }
    }
}

/// `USD 312`, and of less than ten `USD 3.12`.
fn about(currency: Currency, fee: Money) -> String {
    const UNIT: i64 = 1_000_000;
    match fee.millionths() {
        Some(fee) if fee >= 10 * UNIT => format!("{currency} {}", grouped((fee + UNIT / 2) / UNIT)),
        _ => money(currency, fee.to_cents()),
    }
}

/// Of small countries together no mean would be theirs.
fn fee(flag: &Flag, costs: &Costs) -> Option<(Currency, Money)> {
    let place = &flag.place;
    if place.small_countries.is_some() {
        return None;
    }
    let mut of_place = costs.currencies.iter().filter_map(|of| {
        let lines = of.lines.iter().filter(|line| {
            place.country.is_none_or(|country| line.country == Some(country))
                && place.channel.map_or(is_phone(line.channel), |channel| line.channel == Some(channel))
        });
        let cost = Cost::sum(lines.map(|line| &line.cost));
        (cost.counts.attempts() > 0).then_some((of.currency, cost))
    });
    let (currency, cost) = of_place.next()?;
    if of_place.next().is_some() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "fewer attempts than were counted, and only about so many")]
    let beyond = flag.evidence.weight.round() as i64;
    Some((currency, cost.attempts.share(beyond, cost.counts.attempts())?))
}
