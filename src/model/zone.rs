//! Time zones that have several names: `Europe/Kiev` and `Europe/Kyiv` are one zone, and so are `UTC` and `Etc/UTC`.
//!
//! chrono-tz knows each name as a zone of its own with the same rules, so that names are compared here. Zones that only
//! happen to agree, as London and Lisbon do today, stay apart: they may differ again tomorrow.

mod links;

use chrono_tz::Tz;

use links::LINKS;

/// Whether two names are of the same zone.
#[must_use]
pub fn is_same_zone(one: Tz, other: Tz) -> bool {
    canonical(one.name()) == canonical(other.name())
}

/// The other names of a zone, in a fixed order.
pub fn other_names(zone: Tz) -> impl Iterator<Item = Tz> {
    let own = canonical(zone.name());
    let links = LINKS.iter().filter(move |(_, target)| *target == own).map(|(name, _)| *name);
    links.chain([own]).filter_map(|name| name.parse().ok()).filter(move |name| *name != zone)
}

/// The name that the others link to.
fn canonical(name: &str) -> &str {
    LINKS.binary_search_by_key(&name, |(name, _)| *name).map_or(name, |at| LINKS[at].1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, Offset, TimeZone};
    use chrono_tz::{IANA_TZDB_VERSION, OffsetName, TZ_VARIANTS};

    use super::*;

    fn zone(name: &str) -> Tz {
        name.parse().unwrap()
    }

    #[test]
    fn names_of_one_zone_are_the_same_and_others_are_not() {
        for (one, other) in [
            ("Europe/Kiev", "Europe/Kyiv"),
            ("UTC", "Etc/UTC"),
            ("Zulu", "Etc/UCT"),
            ("US/Eastern", "America/New_York"),
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("Europe/Berlin", "Europe/Berlin"),
        ] {
            assert!(is_same_zone(zone(one), zone(other)) && is_same_zone(zone(other), zone(one)), "{one} {other}");
        }
        for (one, other) in [("Europe/London", "Europe/Lisbon"), ("UTC", "Africa/Abidjan"), ("UTC", "Etc/GMT")] {
            assert!(!is_same_zone(zone(one), zone(other)), "{one} {other}");
        }
        assert_eq!(
            other_names(zone("Europe/Kiev")).collect::<Vec<_>>(),
            [zone("Europe/Uzhgorod"), zone("Europe/Zaporozhye"), zone("Europe/Kyiv")]
        );
        assert_eq!(other_names(zone("Europe/Lisbon")).collect::<Vec<_>>(), [zone("Portugal"), zone("WET")]);
        assert_eq!(other_names(zone("Asia/Tashkent")).count(), 0);
    }

    /// Whoever takes a new release of the database into the build makes the table anew.
    #[test]
    fn the_table_is_of_the_release_that_is_built_in() {
        assert_eq!(links::RELEASE, IANA_TZDB_VERSION);
        assert!(LINKS.is_sorted());
        let targets = LINKS.iter().filter(|(_, target)| canonical(target) != *target);
        assert_eq!(targets.count(), 0, "no link leads to a link");
    }

    /// What chrono-tz holds bears the table out: names have the same clock where they are linked, and only there.
    #[test]
    fn linked_names_have_the_same_clock_and_no_others_have() {
        let mut clocks: BTreeMap<Vec<(i64, i32, String)>, Vec<Tz>> = BTreeMap::new();
        for zone in TZ_VARIANTS {
            let mut changes: Vec<(i64, i32, String)> = Vec::new();
            // From 1841 to 2079.
            for day in (-47_000..40_000).step_by(5) {
                let time = DateTime::from_timestamp(day * 86_400, 0).unwrap().naive_utc();
                let offset = zone.offset_from_utc_datetime(&time);
                let (seconds, name) = (offset.fix().local_minus_utc(), offset.abbreviation().unwrap_or_default());
                if changes.last().is_none_or(|(_, last, called)| (*last, called.as_str()) != (seconds, name)) {
                    changes.push((day, seconds, name.to_owned()));
                }
            }
            clocks.entry(changes).or_default().push(zone);
        }
        for zones in clocks.values() {
            assert!(zones.iter().all(|zone| is_same_zone(*zone, zones[0])), "{zones:?}");
        }
        for (name, target) in LINKS {
            let both = [zone(name), zone(target)];
            assert!(clocks.values().any(|zones| both.iter().all(|zone| zones.contains(zone))), "{name}");
        }
    }
}
