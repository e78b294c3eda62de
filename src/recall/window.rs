//! What recorded answers say of a whole published window: each of its cells, and the remainders of its totals.
//!
//! Nothing is made up: a window of which one cell is unknown, or whose countries exceed their total, is not known.

use crate::model::{
    Cell, Channel, Cost, Country, Counts, Finding, MatrixShape, Provenance, RestsOn, Slice, UnixMicros, Window,
};

/// A recorded answer, as far as a row tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What was counted.
    pub counts: Counts,
    /// Asked, or inferred.
    pub provenance: Provenance,
    /// What its attempts cost, where they were listed.
    pub cost: Option<Cost>,
    /// Whether it was settled when asked.
    pub is_final: bool,
    /// When it was asked.
    pub asked_at: UnixMicros,
}

/// Whether a table has rows for what lies outside its countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainders {
    /// It has.
    Kept,
    /// It has none.
    Dropped,
}

/// The findings of a window with a matrix, in no particular order; `None` where an answer that they need is not
/// recorded. `find` looks a slice up.
///
/// # Errors
/// Those of `find`.
pub fn window_findings<E>(
    window: Window,
    shape: &MatrixShape,
    remainders: Remainders,
    mut find: impl FnMut(&Slice) -> Result<Option<Known>, E>,
) -> Result<Option<Vec<Finding>>, E> {
    let mut findings = Vec::with_capacity(shape.cells_per_window());
    for whole in series(window, shape) {
        let known = match &shape.countries {
            None => find(&Slice::from(&whole))?.map(|known| vec![finding(whole, known)]),
            Some(countries) => by_country(whole, countries, remainders, &mut find)?,
        };
        match known {
            Some(known) => findings.extend(known),
            None => return Ok(None),
        }
    }
    Ok(Some(findings))
}

/// Each service, channel and prefix of the matrix, all countries together.
fn series(window: Window, shape: &MatrixShape) -> impl Iterator<Item = Cell> + '_ {
    let services = (0..shape.service_count()).map(|index| shape.service(index));
    services.flat_map(move |service| {
        let channels = (0..shape.channel_count()).map(|index| shape.channel(index));
        channels.flat_map(move |channel| {
            let prefixes = (0..shape.prefix_count()).map(|index| shape.prefix(index));
            prefixes.map(move |prefix| Cell { window, service, country: None, channel, prefix })
        })
    })
}

fn by_country<E>(
    whole: Cell,
    countries: &[Country],
    remainders: Remainders,
    find: &mut impl FnMut(&Slice) -> Result<Option<Known>, E>,
) -> Result<Option<Vec<Finding>>, E> {
    let mut findings = Vec::with_capacity(countries.len() + 1);
    for country in countries {
        let cell = Cell { country: Some(*country), ..whole };
        match find(&Slice::from(&cell))? {
            Some(known) => findings.push(finding(cell, known)),
            // An API that refuses countries beside e-mail leaves all of it in the remainder.
            None if whole.channel == Some(Channel::Email) && findings.is_empty() => break,
            None => return Ok(None),
        }
    }
    if remainders == Remainders::Dropped {
        return Ok(Some(findings));
    }
    let Some(total) = find(&Slice::from(&whole))? else { return Ok(None) };
    let rest = findings.iter().try_fold(total, |rest, part| {
        Some(Known {
            counts: part.counts.within(rest.counts)?,
            provenance: Provenance::Implied,
            cost: rest.cost.zip(part.cost).map(|(rest, part)| rest.without(part)),
            is_final: rest.is_final && part.is_final,
            asked_at: rest.asked_at.max(part.asked_at),
        })
    });
    let rest = rest.map(|rest| {
        let cost = rest.cost.and_then(|cost| cost.among(rest.counts.attempts()));
        Known { cost, provenance: if cost.is_some() { Provenance::Listed } else { Provenance::Implied }, ..rest }
    });
    Ok(rest.map(|rest| {
        findings.push(finding(Cell { country: Some(Country::REMAINDER), ..whole }, rest));
        findings
    }))
}

const fn finding(cell: Cell, known: Known) -> Finding {
    let Known { counts, provenance, cost, is_final, asked_at } = known;
    Finding { cell, counts, provenance, cost, is_final, asked_at, rests_on: RestsOn::EarlierChecks }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::convert::Infallible;

    use super::*;
    use crate::model::UnixSeconds;

    fn shape() -> MatrixShape {
        MatrixShape {
            countries: Some(["CO", "US"].map(|code| code.parse().unwrap()).into()),
            channels: Some(vec![Channel::Sms, Channel::Email]),
            ..MatrixShape::default()
        }
    }

    /// Attempts by country and channel, all converted, each asked at its own count.
    fn found(answers: &[(&str, Channel, i64)], remainders: Remainders) -> Option<Vec<(String, i64)>> {
        let answers: HashMap<_, _> =
            answers.iter().map(|(country, channel, count)| ((country.parse().ok(), Some(*channel)), *count)).collect();
        let find = |slice: &Slice| {
            let count = answers.get(&(slice.country, slice.channel));
            Ok::<_, Infallible>(count.map(|&count| Known {
                counts: Counts::new(count, count).unwrap(),
                provenance: Provenance::Measured,
                cost: None,
                is_final: true,
                asked_at: UnixMicros(count),
            }))
        };
        let day = Window::new(UnixSeconds(0), UnixSeconds(86_400)).unwrap();
        let Ok(findings) = window_findings(day, &shape(), remainders, find);
        let text = |finding: &Finding| {
            let Cell { country, channel, .. } = finding.cell;
            (format!("{} {}", country.unwrap(), channel.unwrap()), finding.counts.attempts())
        };
        findings.map(|findings| findings.iter().map(text).collect())
    }

    const SMS: Channel = Channel::Sms;
    const EMAIL: Channel = Channel::Email;

    #[test]
    fn cells_are_taken_and_remainders_follow() {
        let answers =
            [("CO", SMS, 4), ("US", SMS, 5), ("", SMS, 10), ("CO", EMAIL, 0), ("US", EMAIL, 0), ("", EMAIL, 3)];
        let rows = |list: &[(&str, i64)]| Some(list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect());
        let cells = [("CO sms", 4), ("US sms", 5), ("ZZ sms", 1), ("CO email", 0), ("US email", 0), ("ZZ email", 3)];
        assert_eq!(found(&answers, Remainders::Kept), rows(&cells));
        let listed: Vec<_> = cells.into_iter().filter(|(name, _)| !name.starts_with("ZZ")).collect();
        assert_eq!(found(&answers, Remainders::Dropped), rows(&listed));
        let refused = [("CO", SMS, 4), ("US", SMS, 5), ("", SMS, 10), ("", EMAIL, 3)];
        assert_eq!(found(&refused, Remainders::Kept).unwrap().len(), 4, "e-mail has no countries");
    }

    #[test]
    fn a_window_is_not_known_in_part() {
        let all = [("CO", SMS, 4), ("US", SMS, 5), ("", SMS, 10), ("CO", EMAIL, 0), ("US", EMAIL, 0), ("", EMAIL, 3)];
        for missing in [0, 1, 2, 4, 5] {
            let mut answers = all.to_vec();
            answers.remove(missing);
            assert_eq!(found(&answers, Remainders::Kept), None, "without {:?}", all[missing]);
        }
        let exceeding =
            all.map(|(country, channel, count)| (country, channel, if country == "US" { 50 } else { count }));
        assert_eq!(found(&exceeding, Remainders::Kept), None);
    }
}
