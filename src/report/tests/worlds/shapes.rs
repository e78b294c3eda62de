//! The shapes of the worlds: small and large, by day, hour and week, with all that calm accounts do.

use super::{Shock, World};
use crate::model::{Channel, Country};

const PHONE: [(Option<Channel>, f64); 2] = [(Some(Channel::Sms), 0.85), (Some(Channel::Call), 0.15)];

fn few(scale: f64) -> Vec<(&'static str, f64, f64)> {
    let some = [
        ("US", 60.0, 0.86),
        ("BR", 35.0, 0.74),
        ("MX", 22.0, 0.78),
        ("CO", 12.0, 0.72),
        ("DE", 7.0, 0.9),
        ("NG", 3.0, 0.55),
        ("ZZ", 9.0, 0.7),
    ];
    some.map(|(code, daily, rate)| (code, daily * scale, rate)).to_vec()
}

/// Four busy countries, and all others with a few attempts a day, fewer and fewer.
fn everywhere() -> Vec<(&'static str, f64, f64)> {
    let mut all = few(10.0);
    all.truncate(4);
    let known: Vec<&str> = all.iter().map(|country| country.0).collect();
    let small = Country::all().map(|country| country.code().to_owned().leak() as &'static str);
    let small = small.filter(|code| !known.contains(code));
    all.extend((0_u32..).zip(small).map(|(number, code)| (code, 12.0 / f64::from(1 + number / 10), 0.72)));
    all
}

fn plain(name: &'static str, scale: f64) -> World {
    World {
        name,
        every: "day",
        countries: few(scale),
        channels: PHONE.to_vec(),
        services: 0,
        weekend: 0.7,
        rate_sd: 0.025,
        shock: Shock::Cell,
        volume_sd: 0.1,
        growth: 0.0,
        drift: 0.0,
        campaigns: 0.0,
        holidays: 0.0,
        newcomer: None,
    }
}

/// All of them.
pub fn shapes() -> Vec<World> {
    vec![
        plain("small", 1.0),
        World { weekend: 1.3, rate_sd: 0.03, ..plain("large", 300.0) },
        World { campaigns: 2.0, ..plain("campaigns", 10.0) },
        World { holidays: 2.0, weekend: 0.4, ..plain("holidays", 10.0) },
        World { growth: 0.008, drift: -0.0005, ..plain("growing", 10.0) },
        World { growth: -0.008, ..plain("shrinking", 30.0) },
        World { newcomer: Some((Channel::Whatsapp, 0.6)), ..plain("a new channel", 20.0) },
        World { countries: everywhere(), ..plain("everywhere", 1.0) },
        World { services: 3, shock: Shock::Country, rate_sd: 0.02, ..plain("services", 20.0) },
        World { shock: Shock::Channel, rate_sd: 0.03, ..plain("luck by channel", 50.0) },
        World {
            shock: Shock::Account,
            campaigns: 1.0,
            holidays: 1.0,
            growth: 0.004,
            newcomer: Some((Channel::Whatsapp, 0.3)),
            ..plain("everything at once", 30.0)
        },
        World { volume_sd: 0.4, rate_sd: 0.05, ..plain("wild", 20.0) },
        World { channels: vec![(None, 1.0)], campaigns: 1.0, ..plain("countries alone", 10.0) },
        World { countries: vec![("", 400.0, 0.8)], holidays: 1.0, ..plain("channels alone", 1.0) },
        World { every: "hour", campaigns: 1.0, holidays: 1.0, ..plain("hours", 10.0) },
        World { every: "week", ..plain("weeks", 10.0) },
    ]
}
