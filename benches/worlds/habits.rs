//! How an account is used: which countries have attempts, in which channels, when, and how many of them convert.

use std::collections::HashMap;

use verify_rollup::model::{Channel, Country};

use super::{DAY, DAYS, Place};

/// Of sms, call, email, whatsapp and rbm.
const MIX: [f64; 5] = [0.70, 0.08, 0.06, 0.14, 0.02];

/// How an account is used: `attempts` spread over the first `active` of `countries` in an order of their own.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    pub attempts: usize,
    pub active: usize,
    pub countries: usize,
    pub exponent: f64,
    /// Of days, which follow the week.
    pub windows: usize,
    pub seconds: i64,
}

impl Habits {
    pub fn month(attempts: usize, active: usize, countries: usize, exponent: f64) -> Self {
        Self { attempts, active, countries, exponent, windows: DAYS, seconds: DAY }
    }

    /// Attempts and conversions of each place in a month, and the countries, as listed.
    pub(super) fn cells(self, month: usize, random: &mut fastrand::Rng) -> (HashMap<Place, (i64, i64)>, Vec<Country>) {
        let mut all: Vec<Country> = Country::all().take(self.countries).collect();
        let listed = all.clone();
        random.shuffle(&mut all);
        #[expect(clippy::cast_precision_loss, reason = "a rank")]
        let by_country = cumulated((0..self.active).map(|rank| 1.0 / ((rank + 1) as f64).powf(self.exponent)));
        let by_window = cumulated((0..self.windows).map(|window| {
            let hour = i64::try_from(window).unwrap() * self.seconds / (DAY / 24);
            let weekend = if self.seconds <= DAY && hour / 24 % 7 >= 5 { 0.6 } else { 1.0 };
            if self.seconds < DAY && hour % 24 < 8 { weekend * 0.2 } else { weekend }
        }));
        let habits: Vec<(Vec<f64>, f64)> = (0..self.active)
            .map(|_| {
                let (whatsapp, rbm) = (random.f64() < 0.5, random.f64() < 0.1);
                let has = [true, true, true, whatsapp, rbm];
                let mix = cumulated(MIX.iter().zip(has).map(|(weight, has)| if has { *weight } else { 0.0 }));
                (mix, 0.5 + 0.45 * random.f64())
            })
            .collect();
        let mut cells = HashMap::new();
        for attempt in 0..self.attempts * (month + 1) {
            if attempt == self.attempts * month {
                cells = HashMap::new();
            }
            let country = draw(random, &by_country);
            let (mix, rate) = &habits[country];
            let channel =
                [Channel::Sms, Channel::Call, Channel::Email, Channel::Whatsapp, Channel::Rbm][draw(random, mix)];
            let name = (channel != Channel::Email).then(|| all[country]);
            let cell: &mut (i64, i64) = cells.entry((name, channel, draw(random, &by_window), None)).or_default();
            cell.0 += 1;
            cell.1 += i64::from(random.f64() < *rate);
        }
        (cells, listed)
    }
}

/// The index of the drawn weight.
fn draw(random: &mut fastrand::Rng, cumulated: &[f64]) -> usize {
    let point = random.f64() * cumulated.last().copied().unwrap_or_default();
    cumulated.partition_point(|&weight| weight <= point).min(cumulated.len() - 1)
}

fn cumulated(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}
