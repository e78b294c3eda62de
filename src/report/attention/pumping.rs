//! What is said of an attack: its flag, with the evidence in numbers and in a sentence.

use super::super::cube::whole;
use super::super::format::{about, grouped, percent, place_name, when};
use super::super::key::Dimension;
use super::super::model::{Evidence, Flag, FlagKind, FlagScope, Member};
use super::prefix_job::prefix_job;
use super::usual::{Timeline, basis};
use super::view::View;
use super::watch::{Group, Watched};
use crate::model::Channel;

/// So many countries of a pool are named.
const NAMED: usize = 5;

/// The flag of an attack on a place, `members` being the countries of one that are judged together.
pub(super) fn flag(
    look: &View<'_>,
    timeline: &Timeline,
    (watched, group): (&Watched, &Group),
    place: FlagScope,
    members: Vec<Member>,
) -> Flag {
    let units: Vec<usize> = group.at.iter().map(|at| timeline.units[*at]).collect();
    let (first, last, is_provisional) = look.span(&units);
    let evidence = Evidence {
        counts: group.seen.counts(),
        usual_attempts: group.usual.attempts,
        usual_rate: watched.own_rate.map(|(rate, _)| rate),
        usual_of: watched.own_rate.map(|(_, of)| whole(of)),
        basis: basis(look, timeline, watched.expectations(&group.at)),
        p_value: Some(group.p_value),
        weight: group.excess(),
    };
    let usually =
        watched.own_rate.map_or(String::new(), |(rate, of)| format!(" (usually {} of {})", percent(rate), about(of)));
    let most: Vec<String> = members.iter().take(NAMED).map(named).collect();
    let most = if most.is_empty() { String::new() } else { format!("; most in {}", most.join(", ")) };
    let sentence = format!(
        "{}: {} {} {} where {} are usual, and {} of the {} beyond converted{usually}{most}.",
        place_name(&place),
        grouped(evidence.counts.attempts()),
        messages(look, &place),
        when(first, last),
        about(group.usual.attempts),
        percent(group.converted_beyond() / group.excess()),
        about(group.excess()),
    );
    Flag {
        kind: FlagKind::Pumping,
        job: prefix_job(look.asked, &place, first, last),
        place,
        first,
        last,
        window: None,
        is_provisional,
        evidence,
        members,
        sentence,
    }
}

pub(super) fn messages(look: &View<'_>, place: &FlagScope) -> &'static str {
    match place.channel {
        None if look.cube.has(&[Dimension::Channel]).is_some() => "text messages and calls",
        None => "messages",
        Some(Channel::Call) => "calls",
        Some(_) => "text messages",
    }
}

fn named(member: &Member) -> String {
    format!("{} ({} where {:.1} are usual)", member.country.name(), member.counts.attempts(), member.usual_attempts)
}
