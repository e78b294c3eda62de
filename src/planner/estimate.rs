//! How many questions a drill-down is expected to put: for `plan`.
//!
//! The model: a pair (a country in a channel) has λ attempts in each window, spread at random, so that a window has
//! some with probability 1 − e^−λ. Every stage of the drill has a term; `docs/PLANNER.md` derives them. It knows
//! nothing of weeks, growth or countries that come and go, so it is an estimate: the tests hold it within a factor of
//! 1.2 of the real planner on the benchmark's worlds where their past is known, and of 1.5 where it is assumed.

use crate::model::{Channel, Country, MatrixShape, PAGE_SIZE};

use super::country_order;
use super::index::{ChannelIndex, CountryIndex, Each, Position, all};

/// A channel with fewer attempts than half of its windows is searched, and so is a pair beside other countries.
const SPARSE: f64 = 2.0;
/// So many pages are read for each full one's worth of attempts, as the last of a segment is not full.
const PARTIAL: f64 = 1.04;
/// So few attempts are none.
const NONE: f64 = 0.5;
/// How much less each next country has, where nothing is known: the n-th has 1/n^0.8 of the first.
const TAIL: f64 = 0.8;

/// What earlier runs read of windows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct KeptList {
    /// All their attempts.
    pub attempts: f64,
    /// How many of the job's countries may have some of them.
    pub countries: usize,
}

/// The attempts to expect in one window of one service and prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Of each pair, by its country.
    pairs: Each<CountryIndex, Each<ChannelIndex, f64>>,
    /// Of each channel, outside the countries.
    beyond: Each<ChannelIndex, f64>,
    splits_countries: bool,
    email: Option<ChannelIndex>,
    /// Whether there are channels besides, so that what a country has in all of them tells none.
    leaves_channels: bool,
}

impl Load {
    /// Nothing at all.
    #[must_use]
    pub fn none(shape: &MatrixShape) -> Self {
        let channels = shape.channel_count();
        Self {
            pairs: Each::of(shape.country_count(), Each::of(channels, 0.0)),
            beyond: Each::of(channels, 0.0),
            splits_countries: shape.countries.is_some(),
            email: all(channels).find(|&channel| name(shape, channel) == Some(Channel::Email)),
            leaves_channels: (2..Channel::ALL.len()).contains(&channels),
        }
    }

    /// Where nothing is known: `attempts` a window in all services and prefixes, with a long tail of all countries, of
    /// which a job lists the first, and mostly text messages. Services and prefixes are taken to be alike.
    #[must_use]
    pub fn prior(shape: &MatrixShape, attempts: f64) -> Self {
        let mut load = Self::none(shape);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (groups, countries) = ((shape.service_count() * shape.prefix_count()) as f64, shape.country_count());
        let channels = load.beyond.positions();
        let of_channel: Vec<f64> = channels.clone().map(|channel| share(name(shape, channel))).collect();
        let shares: f64 = of_channel.iter().sum();
        // Others follow those that a job lists: what they have leaves no listed one to be told by what is left.
        let ranks = if load.splits_countries { Country::all().len() } else { 1 };
        #[expect(clippy::cast_precision_loss, reason = "a rank")]
        let weights: Vec<f64> = (0..ranks.max(countries)).map(|rank| ((rank + 1) as f64).powf(-TAIL)).collect();
        let (listed, others) = weights.split_at(countries);
        let sum: f64 = weights.iter().sum();
        for (channel, part) in channels.zip(of_channel.iter().map(|part| attempts / groups * part / shares)) {
            if load.splits_countries && load.email == Some(channel) {
                load.beyond[channel] = part;
                continue;
            }
            for (&country, weight) in country_order::order(shape, |_| 0).iter().zip(listed) {
                load.pairs[country][channel] = part * weight / sum;
            }
            load.beyond[channel] = part * others.iter().sum::<f64>() / sum;
        }
        load
    }

    /// The share of a channel, where nothing is known.
    pub(super) const fn usual_share(channel: Channel) -> f64 {
        share(Some(channel))
    }

    /// Sets what a country and channel, by their indices in the shape, have in a window.
    pub fn set(&mut self, country: usize, channel: usize, attempts: f64) {
        self.pairs[CountryIndex::at(country)][ChannelIndex::at(channel)] = attempts.max(0.0);
    }

    /// Sets what a channel, by its index in the shape, has in a window outside the shape's countries.
    pub fn set_beyond(&mut self, channel: usize, attempts: f64) {
        self.beyond[ChannelIndex::at(channel)] = attempts.max(0.0);
    }

    /// The questions to expect of a block of so many windows.
    #[must_use]
    pub fn questions(&self, windows: usize) -> f64 {
        if windows == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (n, channels) = (windows as f64, self.beyond.len() as f64);
        let whole = if self.beyond.len() > 1 { 1.0 } else { 0.0 };
        let of_channel: Vec<f64> = self.channels().map(|channel| self.of_channel(channel)).collect();
        let exists = some(n * of_channel.iter().sum::<f64>());
        whole + exists * channels + self.pair_questions(n) + self.window_questions(windows)
    }

    /// What confirming so many listed windows takes instead, with `unread` attempts that are still to be read, page by page:
    /// pages, and every window and country once.
    #[must_use]
    pub fn listed(shape: &MatrixShape, windows: usize, unread: f64, kept: KeptList) -> f64 {
        let attempts = unread + kept.attempts;
        if windows == 0 || attempts < NONE {
            return 0.0;
        }
        let countries = if unread < NONE { kept.countries } else { shape.country_count() };
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (windows, countries) = (windows as f64, countries as f64);
        let confirmed = if shape.countries.is_some() { countries.min(attempts) } else { 0.0 };
        Self::pages(unread) + windows + confirmed
    }

    /// The pages that so many attempts take, of which the last of each segment is not full.
    #[must_use]
    pub fn pages(attempts: f64) -> f64 {
        if attempts < NONE { 0.0 } else { attempts / f64::from(PAGE_SIZE) * PARTIAL + 1.0 }
    }

    /// Those of them that look for windows, once all pairs' totals are known.
    pub(super) fn window_questions(&self, windows: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let n = windows as f64;
        let of_channel: Vec<f64> = self.channels().map(|channel| self.of_channel(channel)).collect();
        channel_window_questions(&of_channel, n) + self.pair_window_questions(n)
    }

    fn channels(&self) -> impl Iterator<Item = ChannelIndex> + Clone + use<> {
        self.beyond.positions()
    }

    fn countries(&self) -> impl ExactSizeIterator<Item = CountryIndex> + use<> {
        all(if self.splits_countries { self.pairs.len() } else { 0 })
    }

    fn of_channel(&self, channel: ChannelIndex) -> f64 {
        self.pairs.values().map(|of| of[channel]).sum::<f64>() + self.beyond[channel]
    }

    /// Countries in all channels, then each country's channels from the largest on, until none has anything left. The
    /// last one needs no question where there are no other channels. With a single channel a country's total is its pair.
    fn pair_questions(&self, n: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let countries = self.countries().len() as f64;
        let mut order: Vec<(bool, f64, ChannelIndex)> = self
            .channels()
            .map(|channel| (self.email == Some(channel), self.of_channel(channel), channel))
            .filter(|(_, attempts, _)| *attempts > 0.0)
            .collect();
        order.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let exists = some(n * order.iter().map(|(_, attempts, _)| attempts).sum::<f64>());
        let pairs: f64 = self
            .countries()
            .map(|country| {
                let mut left: f64 = 0.0;
                let mut questions = 0.0;
                for (place, (_, _, channel)) in order.iter().enumerate().rev() {
                    left += self.pairs[country][*channel];
                    let is_told = place + 1 == order.len() && !self.leaves_channels;
                    questions += if is_told { 0.0 } else { some(n * left) };
                }
                questions
            })
            .sum();
        exists * countries + pairs
    }

    /// Each pair's search, the largest first: a window is searched only if pairs that are not known yet have some
    /// there. Beside attempts of other countries busy pairs are asked window by window, and of the windows that a search
    /// finds those are asked, too, that it told without a question: about half.
    fn pair_window_questions(&self, n: f64) -> f64 {
        if !self.splits_countries {
            return 0.0;
        }
        let of_channel = |channel: ChannelIndex| {
            let mut pairs: Vec<f64> = self.pairs.values().map(|of| of[channel]).collect();
            pairs.sort_by(f64::total_cmp);
            let is_beside_others = self.beyond[channel] > 0.0;
            let mut unknown = self.beyond[channel];
            let mut questions = 0.0;
            for pair in pairs {
                let is_last = unknown == 0.0;
                unknown += pair;
                questions += match pair {
                    _ if is_last => 0.0,
                    pair if is_beside_others && pair * SPARSE >= 1.0 => n,
                    pair if is_beside_others => search(pair, n, n * some(unknown)) + n * some(pair) / 2.0,
                    pair => search(pair, n, n * some(unknown)),
                };
            }
            questions
        };
        self.channels().map(of_channel).sum()
    }
}

/// Each channel's windows one by one; those of a sparse one are searched, and asked where found.
fn channel_window_questions(of_channel: &[f64], n: f64) -> f64 {
    let of = |&attempts: &f64| match attempts {
        _ if n <= 1.0 => 0.0,
        attempts if attempts * SPARSE < 1.0 => search(attempts, n, n) + n * some(attempts),
        _ => n,
    };
    of_channel.iter().map(of).sum()
}

/// How much of a blind search is left where converted and unconverted attempts are told apart, other countries bound
/// each window, and a country's channels are searched together: measured in the worlds of `benches/`, 0.62 to 0.65.
const SEARCHED: f64 = 0.63;

/// The questions of finding the windows with attempts among those with room: cutting a pair down to its m pieces takes
/// m − 1, and finding them among r windows m·log2(r/m) more, were it blind. Never more than r − 1.
fn search(attempts: f64, n: f64, room: f64) -> f64 {
    let exists = some(n * attempts);
    if exists <= 0.0 || room <= 1.0 {
        return 0.0;
    }
    let found = (n * some(attempts) / exists).clamp(1.0, room);
    exists * (SEARCHED * found * (room / found).log2() + found - 1.0).min(room - 1.0)
}

/// The probability that there is at least one attempt where `attempts` are expected.
fn some(attempts: f64) -> f64 {
    -(-attempts).exp_m1()
}

fn name(shape: &MatrixShape, channel: ChannelIndex) -> Option<Channel> {
    shape.channel(channel.number())
}

/// How attempts are shared among channels, where nothing is known.
const fn share(channel: Option<Channel>) -> f64 {
    match channel {
        None => 1.0,
        Some(Channel::Sms) => 0.70,
        Some(Channel::Whatsapp) => 0.14,
        Some(Channel::Call) => 0.08,
        Some(Channel::Email) => 0.06,
        Some(Channel::Rbm) => 0.02,
        Some(Channel::Control) => 0.0,
    }
}
