//! SMS pumping: far more messages than usual, of which hardly any converts.
//!
//! Messages over the phone network are looked at (SMS and calls, where channels are split), for only these earn a share
//! of the fee: by country, and by each finer part, the coarser first, each cleared of what was found in those before.
//! Countries that are too small to be judged alone are judged together (`pool`). Then come attacks that are small on
//! every day and last for many, and last those that raise no flag and are only taken out of comparisons.
//!
//! A flag needs a least excess, and numbers that chance explains less often than once in a million (`watch`).

use super::super::cube::{Amount, Amounts, Cube};
use super::super::key::{Dimension, Key, Level};
use super::super::model::{Flag, FlagKind, FlagScope, Look, Member, Unlooked};
use super::super::series::{is_phone, real, real_len};
use super::clear::clear;
use super::everywhere::Everywhere;
use super::explained::Explained;
use super::pool::Pool;
use super::pumping;
use super::usual::{LEAST_UNITS, Timeline, Volumes};
use super::view::View;
use super::watch::{Dispersion, Group, Watched};
use crate::model::{Channel, ServiceSid};

/// Numbers as unusual as those of a flag come so often by chance.
const CHANCE: f64 = 1e-6;
/// A service that has this part of the excess is the one that was attacked.
const NEARLY_ALL: f64 = 0.9;

/// The places of a level with suspect days that are nothing by themselves.
struct Suspicious {
    level: Level,
    parts: Vec<Key>,
    pooled: Dispersion,
}

/// What is left for a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Attacks that are enough all days together.
    Slow,
    /// Those that raise no flag.
    Lesser,
}

/// A search for attacks, and what it found so far.
pub(super) struct Search<'s> {
    look: &'s View<'s>,
    timeline: Timeline,
    everywhere: Everywhere,
    cube: Cube,
    explained: Explained,
    flags: Vec<Flag>,
    taken_out: Vec<Flag>,
    judged: usize,
    tests: f64,
}

/// What the search for attacks hands on.
pub(super) struct Found {
    pub flags: Vec<Flag>,
    /// Attacks that raise no flag: lesser ones, and those of the compared period.
    pub taken_out: Vec<Flag>,
    pub look: Look,
    /// The table without them.
    pub cube: Cube,
    /// The rate of all places on an ordinary day.
    pub everywhere: f64,
    pub explained: Explained,
}

/// Finds attacks in everything that is read, and tells of those in the period.
pub(super) fn find(look: &View<'_>) -> Found {
    let timeline = Timeline::of(look);
    let all = look.cube.by_if(Level::WHOLE, |key| is_phone(key.channel)).into_values().next();
    let mut search = Search {
        everywhere: Everywhere::new(look, &timeline, all.unwrap_or_default()),
        look,
        timeline,
        cube: look.cube.clone(),
        explained: Explained::default(),
        flags: Vec::new(),
        taken_out: Vec::new(),
        judged: 0,
        tests: 0.0,
    };
    let country = Level::of(&[Dimension::Country]);
    let mut levels = look.cube.levels();
    if levels.contains(&country) {
        levels.retain(|level| level.holds(Dimension::Country));
    }
    let suspicious: Vec<Suspicious> = levels.into_iter().map(|level| search.loud(level)).collect();
    search.pools();
    for what in [Rest::Slow, Rest::Lesser] {
        for suspicious in &suspicious {
            search.rest(suspicious, what);
        }
    }
    search.finish()
}

impl Search<'_> {
    /// Takes the attacks of a level of which one day alone is enough; gives the places where there may be others.
    fn loud(&mut self, level: Level) -> Suspicious {
        let parts = self.cube.by_if(level, |key| is_phone(key.channel));
        // The coarsest level comes first.
        if self.judged == 0 {
            self.judged = parts.len();
        }
        self.tests += self.tests_of(parts.len());
        let worth = parts.iter().filter(|(_, amounts)| Watched::is_worth(&self.timeline, amounts, self.least()));
        let watched: Vec<Watched> = worth.map(|(part, amounts)| self.watch(*part, amounts)).collect();
        let pooled = Dispersion::of(&watched);
        let mut parts = Vec::new();
        for (watched, group) in self.groups(&watched, &pooled) {
            if group.is_spike && group.peak >= self.least() && group.p_value < CHANCE {
                self.take(watched, &group);
            } else {
                parts.push(watched.part);
            }
        }
        parts.dedup();
        Suspicious { level, parts, pooled }
    }

    /// Takes those that are enough all days together.
    fn rest(&mut self, Suspicious { level, parts, pooled }: &Suspicious, what: Rest) {
        let amounts = self.cube.by_if(*level, |key| is_phone(key.channel));
        let watched: Vec<Watched> =
            parts.iter().filter_map(|part| Some(self.watch(*part, amounts.get(part)?))).collect();
        for (watched, group) in self.groups(&watched, pooled) {
            let is_it = group.is_spike == (what == Rest::Slow);
            if is_it && group.excess() >= self.least() && group.p_value < CHANCE {
                self.take(watched, &group);
            }
        }
    }

    /// Each place may have been attacked on each of the period's days.
    fn tests_of(&self, places: usize) -> f64 {
        real_len(places) * real_len(self.look.scope.current.len())
    }

    fn least(&self) -> f64 {
        real(self.look.thresholds.spike_attempts)
    }

    fn watch(&self, part: Key, amounts: &[Amount]) -> Watched {
        let likeness = self.look.scope.likeness(part);
        Watched::new(self.look, &self.timeline, part, (amounts, &likeness), &self.everywhere)
    }

    /// The suspect days of some places, by their own dispersion drawn to that of all of their level.
    fn groups<'w>(&self, watched: &'w [Watched], pooled: &Dispersion) -> Vec<(&'w Watched, Group)> {
        let groups =
            |one: &'w Watched| one.groups(self.look, &self.timeline, pooled).into_iter().map(move |group| (one, group));
        watched.iter().flat_map(groups).collect()
    }

    /// Tells of an attack on a place, if it is the period's, and clears the table of it.
    fn take(&mut self, watched: &Watched, group: &Group) {
        let part = watched.part;
        let attacked = if part.service.is_none() { self.attacked_service(part, group) } else { None };
        let service = part.service.or(attacked.as_ref().map(|(service, _)| *service));
        let place = FlagScope {
            service,
            service_name: service.and_then(|service| self.look.service_name(service)),
            ..part.place()
        };
        self.tell(watched, attacked.as_ref().map_or(group, |(_, of_service)| of_service), place, Vec::new());
        self.clear(watched, group, |leaf| part.contains(leaf) && is_phone(leaf.channel));
        self.mark(group, &[part]);
    }

    /// Flags an attack of the period; a lesser one, or one of what the period is compared with, is only taken out.
    fn tell(&mut self, watched: &Watched, group: &Group, place: FlagScope, members: Vec<Member>) {
        let scope = self.look.scope;
        let any = |is_it: &dyn Fn(usize) -> bool| group.at.iter().any(|at| is_it(self.timeline.units[*at]));
        let is_current = any(&|unit| self.look.is_current(unit));
        if !is_current && !any(&|unit| scope.compared.contains(&unit)) {
            return;
        }
        let flag = pumping::flag(self.look, &self.timeline, (watched, group), place, members);
        if is_current && group.is_spike {
            self.flags.push(flag);
        } else {
            self.taken_out.push(flag);
        }
    }

    /// Notes what is explained: of a place's channels only those over the phone network.
    fn mark(&mut self, group: &Group, parts: &[Key]) {
        let is_split = self.cube.has(&[Dimension::Channel]).is_some();
        let phone = Channel::ALL.map(Some).into_iter().filter(|channel| is_phone(*channel));
        let channels = |part: &Key| -> Vec<Option<Channel>> {
            if part.channel.is_none() && is_split { phone.clone().collect() } else { vec![part.channel] }
        };
        let parts: Vec<Key> =
            parts.iter().flat_map(|part| channels(part).into_iter().map(|channel| Key { channel, ..*part })).collect();
        for (at, part) in group.at.iter().flat_map(|at| parts.iter().map(move |part| (at, part))) {
            self.explained.mark(*part, self.timeline.units[*at]);
        }
    }

    fn clear(&mut self, watched: &Watched, group: &Group, is_inside: impl Fn(Key) -> bool) {
        let left: Vec<(usize, Amount)> =
            group.at.iter().filter_map(|at| Some((self.timeline.units[*at], watched.left(*at)?))).collect();
        clear(&mut self.cube, is_inside, &left, &self.timeline.units);
    }

    /// The service that has nearly all of the excess, if one has, with its own numbers of these days.
    fn attacked_service(&self, part: Key, group: &Group) -> Option<(ServiceSid, Group)> {
        let mut dimensions = vec![Dimension::Service];
        dimensions.extend(part.country.map(|_| Dimension::Country));
        dimensions.extend(part.channel.map(|_| Dimension::Channel));
        let level = self.cube.has(&dimensions).filter(|level| self.cube.is_exact(*level))?;
        let services = self.cube.by_if(level, |key| part.contains(key) && is_phone(key.channel));
        let skip: Vec<bool> = (0..self.timeline.len()).map(|at| group.at.contains(&at)).collect();
        services.into_iter().find_map(|(key, amounts)| {
            let mut volumes = Volumes::new(&self.timeline, &amounts, &self.look.scope.likeness(key));
            let (mut seen, mut usual) = (Amount::default(), 0.0);
            for at in 0..self.timeline.len() {
                let expected = volumes.expect(at, &skip).map_or(0.0, |expected| expected.attempts);
                if skip[at] {
                    let day = amounts[self.timeline.units[at]];
                    seen.attempts += day.attempts;
                    seen.converted += day.converted;
                    usual += expected;
                }
            }
            let rate = if group.usual.attempts > 0.0 { group.usual.converted / group.usual.attempts } else { 0.0 };
            let usual = Amount { attempts: usual, converted: rate * usual };
            let of_service = Group { seen, usual, ..group.clone() };
            (of_service.excess() >= NEARLY_ALL * group.excess()).then_some((key.service?, of_service))
        })
    }

    /// Looks at the countries together that are too small to be judged alone.
    fn pools(&mut self) {
        let Some(pool) = Pool::of(self.look, &self.timeline, &self.cube) else { return };
        for level in Pool::levels(&self.cube) {
            let watch = |(part, amounts): (Key, Amounts)| {
                let likeness = self.look.scope.likeness_of_sum(part);
                Watched::new(self.look, &self.timeline, part, (&amounts, &likeness), &self.everywhere)
            };
            let watched: Vec<Watched> = pool.parts(&self.cube, level).into_iter().map(watch).collect();
            self.tests += self.tests_of(watched.len());
            let pooled = Dispersion::of(&watched);
            for (watched, group) in self.groups(&watched, &pooled) {
                if group.is_spike && group.peak >= self.least() && group.p_value < CHANCE {
                    self.take_pool(&pool, watched, &group);
                }
            }
        }
    }

    fn take_pool(&mut self, pool: &Pool, watched: &Watched, group: &Group) {
        let part = watched.part;
        let units: Vec<usize> = group.at.iter().map(|at| self.timeline.units[*at]).collect();
        let members = pool.members(&self.cube, part, &units, &self.timeline);
        let place = FlagScope {
            service_name: part.service.and_then(|service| self.look.service_name(service)),
            small_countries: Some(pool.len()),
            ..part.place()
        };
        self.tell(watched, group, place, members);
        self.clear(watched, group, |leaf| pool.holds(leaf) && part.contains(leaf) && is_phone(leaf.channel));
        let parts: Vec<Key> = pool.countries().map(|country| Key { country: Some(country), ..part }).collect();
        self.mark(group, &parts);
    }

    fn finish(self) -> Found {
        let Self { look, cube, everywhere, explained, flags, taken_out, judged, tests, .. } = self;
        let (there, units) = (look.known_units(), look.complete_units());
        let unlooked = if judged == 0 && !look.cube.leaves().keys().any(|leaf| is_phone(leaf.channel)) {
            Some(Unlooked::NoPhone)
        } else if there < LEAST_UNITS {
            Some(Unlooked::TooFewUnits { there, needed: LEAST_UNITS })
        } else if units == 0 {
            Some(Unlooked::NoneComplete)
        } else {
            None
        };
        let is_looked = unlooked.is_none();
        let look = Look {
            kind: FlagKind::Pumping,
            judged: if is_looked { judged } else { 0 },
            units: if is_looked { units } else { 0 },
            tests,
            unlooked,
        };
        Found { flags, taken_out, look, cube, everywhere: everywhere.rate, explained }
    }
}
