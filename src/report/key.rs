//! Parts of the table by service, country and channel, and how they lie in one another.

use super::model::FlagScope;
use crate::model::{Channel, Country, ServiceSid};

/// A part of the table; `None` = all, or not split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct Key {
    pub service: Option<ServiceSid>,
    pub country: Option<Country>,
    pub channel: Option<Channel>,
}

impl Key {
    pub(super) fn place(self) -> FlagScope {
        let Self { service, country, channel } = self;
        FlagScope { service, country, channel, ..FlagScope::default() }
    }

    /// The part of a level that it lies in.
    pub(super) fn at(self, level: Level) -> Self {
        Self {
            service: self.service.filter(|_| level.holds(Dimension::Service)),
            country: self.country.filter(|_| level.holds(Dimension::Country)),
            channel: self.channel.filter(|_| level.holds(Dimension::Channel)),
        }
    }

    /// Whether another part lies in it, or is the same.
    pub(super) fn contains(self, other: Self) -> bool {
        fn fits<T: PartialEq + Copy>(of: Option<T>, other: Option<T>) -> bool {
            of.is_none() || of == other
        }
        fits(self.service, other.service) && fits(self.country, other.country) && fits(self.channel, other.channel)
    }

    /// What lies in both; `None` if nothing does.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
        let met = Self {
            service: self.service.or(other.service),
            country: self.country.or(other.country),
            channel: self.channel.or(other.channel),
        };
        (self.contains(met) && other.contains(met)).then_some(met)
    }
}

/// What a table may be split by, besides time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Channel = 1,
    Country = 2,
    Service = 4,
}

/// A set of dimensions: all parts that they cut the table into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level(u8);

impl Level {
    pub(super) const WHOLE: Self = Self(0);

    /// The set.
    pub(super) fn of(dimensions: &[Dimension]) -> Self {
        Self(dimensions.iter().fold(0, |set, dimension| set | *dimension as u8))
    }

    pub(super) const fn holds(self, dimension: Dimension) -> bool {
        self.0 & dimension as u8 != 0
    }

    pub(super) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Every part of the set, the coarsest first.
    pub(super) fn parts(self) -> Vec<Self> {
        let mut parts: Vec<Self> = (0..8).map(Self).filter(|part| part.is_within(self)).collect();
        parts.sort_by_key(|part| (part.0.count_ones(), *part));
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(country: Option<&str>, channel: Option<Channel>) -> Key {
        Key { country: country.map(|code| code.parse().unwrap()), channel, ..Key::default() }
    }

    #[test]
    fn parts_lie_in_one_another() {
        let (us, sms) = (key(Some("US"), None), key(None, Some(Channel::Sms)));
        let cell = key(Some("US"), Some(Channel::Sms));
        assert!(Key::default().contains(us) && us.contains(cell) && sms.contains(cell) && us.contains(us));
        assert!(!us.contains(sms) && !cell.contains(us) && !us.contains(key(Some("CO"), None)));
        assert_eq!((us.meet(sms), us.meet(key(Some("CO"), None))), (Some(cell), None));
        assert_eq!(cell.at(Level::of(&[Dimension::Country])), us);
    }

    #[test]
    fn levels_come_coarsest_first() {
        use Dimension::{Channel, Country, Service};
        let parts = Level::of(&[Country, Channel]).parts();
        let wanted = [&[][..], &[Channel], &[Country], &[Channel, Country]].map(Level::of);
        assert_eq!(parts, wanted);
        assert_eq!(Level::of(&[Channel, Country, Service]).parts().len(), 8);
        assert_eq!(Level::WHOLE.parts(), [Level::WHOLE]);
    }
}
