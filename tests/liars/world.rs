//! The account that is asked about: single attempts, so that the truth of any slice is a matter of counting.

use fastrand::Rng;

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;
/// 2026-10-05T00:00:00Z, a Monday: where most worlds begin.
pub const START: i64 = 1_791_158_400;

/// Attempts and conversions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub attempts: i64,
    pub converted: i64,
}

/// One message with a code.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub at: i64,
    pub service: usize,
    /// E-mail has none.
    pub country: Option<&'static str>,
    pub channel: &'static str,
    pub number: Option<String>,
    pub converted: bool,
    /// The request of a life from which on the API shows it: 0 = always.
    pub shown_from: u32,
}

/// Where attempts come from, and how often.
pub type Source = (Option<&'static str>, &'static str, usize);

/// Three countries that jobs list, two that they don't, and e-mail.
pub const MIX: [Source; 9] = [
    (Some("US"), "sms", 30),
    (Some("US"), "call", 8),
    (Some("CO"), "sms", 22),
    (Some("CO"), "whatsapp", 12),
    (Some("DE"), "sms", 14),
    (Some("DE"), "call", 4),
    (Some("BR"), "sms", 9),
    (Some("GB"), "call", 5),
    (None, "email", 8),
];

/// Nothing but e-mail.
pub const EMAIL: [Source; 1] = [(None, "email", 1)];

#[derive(Debug, Clone, Default)]
pub struct World {
    pub attempts: Vec<Attempt>,
}

/// The SID of a service by its number.
pub fn sid(service: usize) -> String {
    format!("VA{:032x}", 0xA0 + service)
}

/// The codes that numbers of a country begin with.
fn networks(country: &str) -> &'static [&'static str] {
    match country {
        "US" => &["+1202", "+1415"],
        "CO" => &["+57300", "+57305", "+57310"],
        "DE" => &["+49151", "+49170"],
        "BR" => &["+5511", "+5521"],
        "GB" => &["+447"],
        "XK" => &["+38344"],
        _ => &["+33612"],
    }
}

impl World {
    /// Four days from [`START`] of two services, with a history of a week and a week after them.
    pub fn typical(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut world = Self::default();
        world.add(&mut random, (START, START + 4 * DAY), 200, &MIX, 2);
        world.with_surroundings(&mut random, (START, START + 4 * DAY), &MIX, 2)
    }

    /// Some attempts in the week before a range and in the week after it.
    pub fn with_surroundings(
        mut self,
        random: &mut Rng,
        (start, end): (i64, i64),
        sources: &[Source],
        services: usize,
    ) -> Self {
        self.add(random, (start - 7 * DAY, start), 40, sources, services);
        self.add(random, (end, end + 7 * DAY), 40, sources, services);
        self
    }

    /// That many attempts, anywhere in a stretch of time.
    pub fn add(
        &mut self,
        random: &mut Rng,
        (start, end): (i64, i64),
        number: usize,
        sources: &[Source],
        services: usize,
    ) {
        let weights: usize = sources.iter().map(|source| source.2).sum();
        for _ in 0..number {
            let mut left = random.usize(0..weights);
            let source = sources.iter().find(|source| {
                let is_it = left < source.2;
                left = left.wrapping_sub(source.2);
                is_it
            });
            let &(country, channel, _) = source.expect("the weights add up");
            let number = country.map(|country| {
                let networks = networks(country);
                format!("{}{:07}", networks[random.usize(0..networks.len())], random.u32(0..10_000_000))
            });
            self.attempts.push(Attempt {
                at: random.i64(start..end),
                service: random.usize(0..services),
                country,
                channel,
                number,
                converted: random.u8(0..100) < 70,
                shown_from: 0,
            });
        }
    }

    /// The same world, its attempts changed or dropped one by one.
    pub fn map(mut self, mut change: impl FnMut(&mut Attempt) -> bool) -> Self {
        self.attempts.retain_mut(|attempt| change(attempt));
        self
    }

    pub fn count(&self, mut belongs: impl FnMut(&Attempt) -> bool) -> Counts {
        let mut counts = Counts::default();
        for attempt in self.attempts.iter().filter(|attempt| belongs(attempt)) {
            counts.attempts += 1;
            counts.converted += i64::from(attempt.converted);
        }
        counts
    }
}
