//! `[report]`: what a report shows, and from where on something deserves attention.

use std::time::Duration;

use super::prices::Prices;
use crate::model::words;

words! {
    /// How long a report's period is.
    PeriodKind {
        /// A calendar month.
        Month = "month",
        /// Monday to Sunday.
        Week = "week",
        /// A date.
        Day = "day",
    }
}

words! {
    /// A form of the report.
    ReportFormat {
        /// A page for people: one file with charts and tables.
        Html = "html",
        /// A workbook for spreadsheets.
        Xlsx = "xlsx",
        /// Markdown, for chat and e-mail.
        Md = "md",
    }
}

/// A part of a whole in parts per million, at most the whole: `"5%"` in the job file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// The form, as a regular expression: up to four decimals.
    pub(super) const PATTERN: &str = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%$";

    /// So many hundredths of the whole, at most all of them.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self(if percent > 100 { 1_000_000 } else { percent * 10_000 })
    }

    /// `"5%"`, `"0.1%"`; `None` of anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = {
            let number = text.strip_suffix('%')?;
            number.split_once('.').map_or((number, None), |(whole, decimals)| (whole, Some(decimals)))
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = match decimals {
            None => "",
            Some(decimals) if (1..=4).contains(&decimals.len()) => decimals,
            Some(_) => return None,
        };
        if !(1..=3).contains(&whole.len()) || !digits(whole) || !digits(decimals) {
            return None;
        }
        let parts: u32 = format!("{whole}{decimals:0<4}").parse().ok()?;
        (parts <= 1_000_000).then_some(Self(parts))
    }

    /// From 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1_000_000.0
    }
}

/// `[report]`, with its defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// At least one, each once, in the order of [`ReportFormat::ALL`].
    pub formats: Vec<ReportFormat>,
    /// How long the period is.
    pub period: PeriodKind,
    /// Countries that are listed one by one; at least 1.
    pub top_countries: usize,
    /// Attempts from which on a rate is ranked against others; at least 1.
    pub ranked_from: u32,
    /// What attempts cost; `None` if the job does not say.
    pub prices: Option<Prices>,
    /// What deserves attention.
    pub attention: AttentionSettings,
}

/// `[report.attention]`, with its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionSettings {
    /// How far before the period a cell's own history is read; whole days.
    pub history: Duration,
    /// The share of false flags among the drops that is accepted.
    pub false_discovery: Share,
    /// The least fall of a rate that is a drop.
    pub drop: Share,
    /// Attempts, in the period and before, from which on a cell is tested for a drop.
    pub drop_attempts: u32,
    /// How many times the usual attempts of a day are a spike; at least 2.
    pub spike_factor: u32,
    /// The least attempts beyond the usual that are a spike.
    pub spike_attempts: u32,
    /// The greatest conversion rate of the attempts beyond the usual that looks like pumping.
    pub spike_rate: Share,
    /// A channel has failed while its rate is below this part of its usual one.
    pub failed_below: Share,
    /// Attempts have fallen away where they are below this part of what was to be expected.
    pub silent_below: Share,
    /// Where fewer attempts were to be expected, nothing is said of their absence.
    pub silent_attempts: u32,
    /// The least attempts of a country that appeared.
    pub new_country_attempts: u32,
}

impl ReportSettings {
    /// The greatest `top_countries`.
    pub const MOST_COUNTRIES: u32 = 250;
}

impl AttentionSettings {
    /// The longest `history`.
    pub const LONGEST_HISTORY: Duration = Duration::from_hours(24 * 366);
    /// The greatest `failed_below`.
    pub const MOST_FAILED: Share = Share::percent(60);
    /// The greatest `silent_below`: days of half the usual attempts are no outage.
    pub const MOST_SILENT: Share = Share::percent(40);
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            formats: vec![ReportFormat::Html, ReportFormat::Xlsx],
            period: PeriodKind::Month,
            top_countries: 15,
            ranked_from: 100,
            prices: None,
            attention: AttentionSettings::default(),
        }
    }
}

impl Default for AttentionSettings {
    fn default() -> Self {
        Self {
            history: Duration::from_hours(24 * 56),
            false_discovery: Share::percent(1),
            drop: Share::percent(5),
            drop_attempts: 200,
            spike_factor: 3,
            spike_attempts: 50,
            spike_rate: Share::percent(20),
            failed_below: Share::percent(25),
            silent_below: Share::percent(20),
            silent_attempts: 50,
            new_country_attempts: 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_with_at_most_four_decimals() {
        for (text, parts) in [("5%", 50_000), ("0.1%", 1000), ("100%", 1_000_000), ("0%", 0), ("12.3456%", 123_456)] {
            assert_eq!(Share::parse(text), Some(Share(parts)), "{text}");
        }
        for text in ["5", "101%", "100.1%", "%", "-1%", "+1%", "1.%", ".5%", "1.23456%", "5 %", "five%", "1000%", ""] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
        assert!((Share::percent(25).fraction() - 0.25).abs() < 1e-15);
    }
}
