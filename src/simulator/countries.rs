//! The destinations of the simulated account: how much traffic each country has, over which channels and numbers, and
//! how well it converts.
//!
//! Volumes have a long tail: the first countries see hundreds of attempts a day, the last a handful a month. Rates are
//! plausible, not measured. Countries that share a calling code (US and CA, KZ and RU) are in, because prefixes and
//! countries then cut the same traffic differently.

use std::sync::LazyLock;

use super::random::Random;
use crate::model::{Channel, Country, Prefix};

/// What one country's traffic looks like.
#[derive(Debug)]
pub(super) struct Profile {
    code: &'static str,
    pub(super) calling_code: Prefix,
    /// Digits after the calling code.
    national_digits: u32,
    /// How its mobile numbers begin, after the calling code.
    mobile: &'static [u64],
    /// Attempts on an ordinary day, all services together.
    pub(super) daily: f64,
    /// Hours ahead of UTC.
    pub(super) utc_offset: i32,
    /// Conversions in a thousand attempts, before channel and hour.
    pub(super) converts: f64,
    /// A channel for each percent of the traffic.
    channels: [Channel; 100],
}

#[expect(clippy::too_many_arguments, reason = "the columns of the table below, which is read as a table")]
const fn profile(
    code: &'static str,
    calling_code: u64,
    national_digits: u32,
    mobile: &'static [u64],
    daily: f64,
    utc_offset: i32,
    converts: u32,
    mix: [usize; 4],
) -> Profile {
    let calling_code = Prefix::from_digits(calling_code).expect("the table has one to three digits");
    let (converts, channels) = (converts as f64, spread(mix));
    Profile { code, calling_code, national_digits, mobile, daily, utc_offset, converts, channels }
}

/// Percentages of sms, call, whatsapp and rbm, each channel as often as it has a part.
const fn spread([sms, call, whatsapp, rbm]: [usize; 4]) -> [Channel; 100] {
    assert!(sms + call + whatsapp + rbm == 100);
    let mut channels = [Channel::Rbm; 100];
    let mut at = 0;
    while at < sms + call + whatsapp {
        channels[at] = match at {
            _ if at < sms => Channel::Sms,
            _ if at < sms + call => Channel::Call,
            _ => Channel::Whatsapp,
        };
        at += 1;
    }
    channels
}

impl Profile {
    /// The channel of a number below 100.
    pub(super) const fn channel(&self, percentile: u32) -> Channel {
        self.channels[percentile as usize]
    }

    /// Each channel with its part of the traffic.
    #[cfg(test)]
    pub(super) fn parts(&self) -> [(Channel, f64); 4] {
        [Channel::Sms, Channel::Call, Channel::Whatsapp, Channel::Rbm].map(|channel| {
            let percent = self.channels.iter().filter(|it| **it == channel).count();
            (channel, f64::from(u32::try_from(percent).unwrap_or(0)) / 100.0)
        })
    }

    /// Numbers that [`Profile::number`] draws.
    pub(super) const DRAWS_OF_NUMBER: u64 = 2;

    /// A mobile number.
    pub(super) fn number(&self, random: &mut Random) -> Prefix {
        let mobile = *random.pick(self.mobile);
        let free = self.free_digits(mobile);
        self.assemble(mobile, free, u64::from(random.below(10u32.pow(free))))
    }

    /// A block of a thousand neighbouring numbers, as attackers rent them; `index` is below 1000.
    pub(super) fn block(&'static self, random: &mut Random) -> impl Fn(u32) -> Prefix + use<> {
        let mobile = *random.pick(self.mobile);
        let free = self.free_digits(mobile);
        let first = u64::from(random.below(10u32.pow(free - 3))) * 1000;
        move |index| self.assemble(mobile, free, first + u64::from(index))
    }

    const fn free_digits(&self, mobile: u64) -> u32 {
        self.national_digits - mobile.ilog10() - 1
    }

    fn assemble(&self, mobile: u64, free: u32, rest: u64) -> Prefix {
        let digits = self.calling_code.digits() * 10u64.pow(self.national_digits) + mobile * 10u64.pow(free) + rest;
        Prefix::from_digits(digits).expect("the table's numbers have 9 to 14 digits")
    }
}

/// The place of attempts that belong to no country: e-mail. Countries have the places below it.
pub(super) const NOWHERE: u8 = 64;

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    PROFILES.iter().map(|profile| profile.code.parse().expect("the table holds ISO 3166-1 codes")).collect()
});

/// The country of a place; `None` of [`NOWHERE`].
pub(super) fn country_of(place: u8) -> Option<Country> {
    COUNTRIES.get(usize::from(place)).copied()
}

/// The place of a country; `None` if the account sends nothing there.
pub(super) fn place_of(country: Country) -> Option<u8> {
    let index = COUNTRIES.iter().position(|known| *known == country)?;
    u8::try_from(index).ok()
}

/// The countries, busiest first.
#[rustfmt::skip]
pub(super) static PROFILES: [Profile; NOWHERE as usize] = [
    // code, calling code, national digits, mobile prefixes, attempts a day, hours from UTC, ‰ converted,
    // sms call whatsapp rbm
    profile("US", 1, 10, &[212, 310, 415, 512, 646, 702, 786, 917], 1500.0, -6, 868, [78, 14, 3, 5]),
    profile("BR", 55, 11, &[119, 219, 319, 419, 519, 619, 719, 819], 620.0, -3, 802, [46, 6, 45, 3]),
    profile("IN", 91, 10, &[70, 78, 81, 88, 90, 94, 98, 99], 560.0, 5, 741, [55, 5, 38, 2]),
    profile("GB", 44, 10, &[7400, 7500, 7700, 7800, 7900], 420.0, 0, 884, [80, 8, 8, 4]),
    profile("MX", 52, 10, &[55, 33, 81, 222, 442, 664], 380.0, -6, 779, [57, 7, 34, 2]),
    profile("DE", 49, 11, &[151, 152, 157, 160, 170, 176], 330.0, 1, 871, [76, 7, 14, 3]),
    profile("CO", 57, 10, &[300, 301, 304, 305, 310, 311, 312, 313, 314, 315, 316, 317, 318, 320, 321, 322, 323],
        300.0, -5, 793, [52, 6, 41, 1]),
    profile("ID", 62, 11, &[811, 812, 813, 821, 852, 857, 878], 270.0, 7, 664, [38, 4, 57, 1]),
    profile("FR", 33, 9, &[6, 7], 250.0, 1, 858, [81, 8, 7, 4]),
    profile("ES", 34, 9, &[6, 7], 220.0, 1, 849, [70, 7, 21, 2]),
    profile("CA", 1, 10, &[416, 438, 514, 587, 604, 647], 200.0, -5, 872, [79, 14, 4, 3]),
    profile("IT", 39, 10, &[320, 328, 333, 340, 347, 349], 180.0, 1, 843, [68, 6, 25, 1]),
    profile("PH", 63, 10, &[905, 915, 917, 920, 927, 949], 160.0, 8, 712, [72, 5, 22, 1]),
    profile("NG", 234, 10, &[703, 803, 805, 806, 810, 813], 150.0, 1, 611, [60, 9, 31, 0]),
    profile("AU", 61, 9, &[4], 120.0, 10, 881, [82, 10, 6, 2]),
    profile("AR", 54, 11, &[911, 9221, 9261, 9341, 9351], 110.0, -3, 774, [39, 5, 55, 1]),
    profile("TR", 90, 10, &[530, 532, 542, 544, 553], 100.0, 3, 733, [70, 6, 23, 1]),
    profile("ZA", 27, 9, &[60, 71, 72, 82, 83, 84], 90.0, 2, 769, [55, 8, 37, 0]),
    profile("PL", 48, 9, &[50, 51, 60, 66, 72, 79], 85.0, 1, 862, [82, 7, 10, 1]),
    profile("PK", 92, 10, &[300, 301, 321, 333, 345], 80.0, 5, 581, [66, 6, 28, 0]),
    profile("NL", 31, 9, &[6], 70.0, 1, 879, [75, 8, 15, 2]),
    profile("PE", 51, 9, &[9], 65.0, -5, 757, [50, 6, 43, 1]),
    profile("CL", 56, 9, &[9], 60.0, -4, 796, [51, 6, 42, 1]),
    profile("VN", 84, 9, &[32, 35, 70, 79, 90, 98], 55.0, 7, 648, [78, 6, 16, 0]),
    profile("MY", 60, 9, &[12, 13, 16, 17, 19], 50.0, 8, 742, [54, 5, 40, 1]),
    profile("EG", 20, 10, &[100, 101, 106, 111, 122], 48.0, 2, 634, [64, 7, 29, 0]),
    profile("SA", 966, 9, &[50, 53, 54, 55, 56], 45.0, 3, 719, [68, 7, 25, 0]),
    profile("AE", 971, 9, &[50, 52, 54, 55, 56], 42.0, 4, 738, [64, 8, 28, 0]),
    profile("JP", 81, 10, &[70, 80, 90], 40.0, 9, 867, [88, 9, 1, 2]),
    profile("TH", 66, 9, &[6, 8, 9], 36.0, 7, 731, [82, 6, 11, 1]),
    profile("KE", 254, 9, &[710, 720, 722, 733, 790], 34.0, 3, 652, [69, 7, 24, 0]),
    profile("UA", 380, 9, &[50, 63, 67, 68, 93, 97], 30.0, 2, 764, [76, 7, 17, 0]),
    profile("SE", 46, 9, &[70, 72, 73, 76], 28.0, 1, 886, [82, 8, 8, 2]),
    profile("BD", 880, 10, &[15, 17, 18, 19], 26.0, 6, 547, [84, 6, 10, 0]),
    profile("PT", 351, 9, &[91, 92, 93, 96], 24.0, 0, 852, [75, 7, 17, 1]),
    profile("BE", 32, 9, &[47, 48, 49], 22.0, 1, 866, [75, 7, 17, 1]),
    profile("EC", 593, 9, &[9], 20.0, -5, 751, [48, 6, 46, 0]),
    profile("RO", 40, 9, &[72, 73, 74, 75, 76], 18.0, 2, 817, [79, 7, 14, 0]),
    profile("CH", 41, 9, &[76, 77, 78, 79], 16.0, 1, 882, [74, 8, 17, 1]),
    profile("GH", 233, 9, &[20, 24, 26, 54, 55], 15.0, 0, 608, [70, 8, 22, 0]),
    profile("MA", 212, 9, &[61, 62, 66, 67], 13.0, 1, 629, [62, 7, 31, 0]),
    profile("IL", 972, 9, &[50, 52, 53, 54, 58], 12.0, 2, 844, [62, 8, 30, 0]),
    profile("AT", 43, 10, &[660, 664, 676, 699], 10.0, 1, 869, [77, 8, 14, 1]),
    profile("GR", 30, 10, &[69], 9.0, 2, 831, [80, 7, 12, 1]),
    profile("CZ", 420, 9, &[60, 72, 73, 77], 8.0, 1, 863, [84, 7, 8, 1]),
    profile("LK", 94, 9, &[70, 71, 76, 77], 7.0, 5, 597, [79, 7, 14, 0]),
    profile("DO", 1, 10, &[809, 829, 849], 6.0, -4, 748, [51, 8, 41, 0]),
    profile("SG", 65, 8, &[8, 9], 5.0, 8, 876, [70, 9, 19, 2]),
    profile("KZ", 7, 10, &[700, 701, 705, 747, 777], 4.5, 5, 702, [78, 7, 15, 0]),
    profile("IE", 353, 9, &[83, 85, 86, 87], 4.0, 0, 883, [78, 8, 12, 2]),
    profile("NZ", 64, 9, &[21, 22, 27], 3.0, 12, 879, [84, 9, 6, 1]),
    profile("DK", 45, 8, &[2, 4, 5], 2.5, 1, 889, [85, 8, 5, 2]),
    profile("GT", 502, 8, &[3, 4, 5], 2.0, -6, 742, [47, 6, 47, 0]),
    profile("TN", 216, 8, &[2, 5, 9], 1.5, 1, 617, [76, 9, 15, 0]),
    profile("CR", 506, 8, &[6, 7, 8], 1.2, -6, 779, [49, 6, 45, 0]),
    profile("RU", 7, 10, &[903, 912, 916, 925, 985], 1.0, 3, 655, [84, 9, 7, 0]),
    profile("UZ", 998, 9, &[90, 91, 93, 97], 0.8, 5, 512, [88, 8, 4, 0]),
    profile("TJ", 992, 9, &[91, 92, 93], 0.6, 5, 431, [90, 8, 2, 0]),
    profile("LV", 371, 8, &[2], 0.5, 2, 835, [84, 8, 8, 0]),
    profile("AZ", 994, 9, &[50, 51, 55, 70], 0.4, 4, 588, [80, 9, 11, 0]),
    profile("IS", 354, 7, &[6, 7, 8], 0.25, 0, 891, [86, 9, 5, 0]),
    profile("MG", 261, 9, &[32, 33, 34], 0.15, 3, 522, [83, 10, 7, 0]),
    profile("BT", 975, 8, &[17, 77], 0.08, 6, 603, [90, 8, 2, 0]),
    profile("FJ", 679, 7, &[7, 9], 0.04, 12, 688, [86, 10, 4, 0]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_makes_distinct_valid_numbers_of_its_country() {
        let mut random = Random::new(1);
        for (index, profile) in PROFILES.iter().enumerate() {
            let place = u8::try_from(index).unwrap();
            assert_eq!(place_of(country_of(place).unwrap()), Some(place), "{}", profile.code);
            let code = profile.calling_code;
            let digits = profile.national_digits + code.digits().ilog10() + 1;
            for _ in 0..20 {
                let number = profile.number(&mut random);
                assert!(code.is_start_of(number), "{number} {}", profile.code);
                assert_eq!(number.digits().ilog10() + 1, digits, "{number} {}", profile.code);
            }
            let block = profile.block(&mut random);
            assert_eq!(block(0).digits() + 999, block(999).digits());
        }
        assert_eq!(country_of(NOWHERE), None);
    }

    #[test]
    fn volumes_have_a_long_tail() {
        assert!(PROFILES.is_sorted_by(|a, b| a.daily >= b.daily));
        let total: f64 = PROFILES.iter().map(|profile| profile.daily).sum();
        let tail = PROFILES.iter().filter(|profile| profile.daily < 10.0).count();
        assert!((6000.0..8000.0).contains(&total) && tail >= 15, "{total} {tail}");
    }
}
