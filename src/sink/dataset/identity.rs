//! What makes two runs belong to one dataset.

use std::fmt;

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;
use crate::model::{AccountSid, MatrixShape, is_same_zone, printable, with_plain_host};

/// A dataset's identity. Range and values may differ from run to run; what the columns mean may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetIdentity {
    /// The account.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub account_sid: AccountSid,
    /// The base URL's origin, or `simulator`.
    pub base_url: String,
    /// The job's zone.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub timezone: Tz,
    /// How windows are cut: `hour`, `day`, …, as in the job file.
    pub every: String,
    /// Which dimensions are split.
    pub split: Split,
    /// Whether the `ZZ` rows stand in the table.
    pub remainder: bool,
}

/// Which dimensions a table splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four independent dimensions, each split or not")]
pub struct Split {
    /// Whether each service has rows of its own.
    pub services: bool,
    /// Whether each country has.
    pub countries: bool,
    /// Whether each channel has.
    pub channels: bool,
    /// Whether each destination prefix has.
    pub destination_prefixes: bool,
}

impl From<&MatrixShape> for Split {
    fn from(shape: &MatrixShape) -> Self {
        Self {
            services: shape.services.is_some(),
            countries: shape.countries.is_some(),
            channels: shape.channels.is_some(),
            destination_prefixes: shape.prefixes.is_some(),
        }
    }
}

/// Each dimension with whether it is split.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dimensions = [
            (self.services, "services"),
            (self.countries, "countries"),
            (self.channels, "channels"),
            (self.destination_prefixes, "destination_prefixes"),
        ];
        let names: Vec<_> = dimensions.into_iter().filter(|(split, _)| *split).map(|(_, name)| name).collect();
        if names.is_empty() { f.write_str("nothing") } else { f.write_str(&names.join(", ")) }
    }
}

impl DatasetIdentity {
    /// What differs, for people: `timezone is UTC there and Europe/Paris here`. Empty when nothing does.
    #[must_use]
    pub fn differences(&self, here: &Self) -> Vec<String> {
        let there = self;
        // By whichever of its names.
        let zone = if is_same_zone(there.timezone, here.timezone) { there.timezone } else { here.timezone };
        let pairs = [
            ("account", there.account_sid.to_string(), here.account_sid.to_string()),
            ("base_url", plain(&there.base_url), plain(&here.base_url)),
            ("timezone", there.timezone.to_string(), zone.to_string()),
            ("every", there.every.clone(), here.every.clone()),
            ("the matrix splits", there.split.to_string(), here.split.to_string()),
            ("remainder", there.remainder.to_string(), here.remainder.to_string()),
        ];
        let differing = pairs.into_iter().filter(|(_, there, here)| there != here);
        differing
            .map(|(what, there, here)| format!("{what}: {} there, {} here", printable(&there), printable(&here)))
            .collect()
    }
}

/// A base URL as it is written today: a host was once kept with its final dot.
fn plain(base_url: &str) -> String {
    let url = base_url.parse().ok().and_then(with_plain_host);
    url.map_or_else(|| base_url.to_owned(), |url| url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_is_named() {
        let one = DatasetIdentity {
            account_sid: AccountSid::ZEROS,
            base_url: "simulator".into(),
            timezone: Tz::UTC,
            every: "day".into(),
            split: Split { services: false, countries: true, channels: true, destination_prefixes: false },
            remainder: true,
        };
        assert!(one.differences(&one).is_empty());
        // Manifests were written that keep a host's final dot.
        for (old, new) in [("https://a.example.", "https://a.example"), ("https://a.:8/v", "https://a:8/v")] {
            let [old, new] = [old, new].map(|base_url| DatasetIdentity { base_url: base_url.into(), ..one.clone() });
            assert!(old.differences(&new).is_empty() && new.differences(&old).is_empty());
        }
        for name in ["Etc/UTC", "Zulu"] {
            let renamed = DatasetIdentity { timezone: name.parse().unwrap(), ..one.clone() };
            assert!(one.differences(&renamed).is_empty() && renamed.differences(&one).is_empty());
        }
        let other = DatasetIdentity {
            account_sid: format!("AC{}", "1".repeat(32)).parse().unwrap(),
            base_url: "https://verify.twilio.com".into(),
            timezone: chrono_tz::Europe::Paris,
            every: "hour".into(),
            split: Split { services: false, countries: false, channels: false, destination_prefixes: false },
            remainder: false,
        };
        let named = one.differences(&other);
        assert_eq!(named.len(), 6);
        assert_eq!(named[2], "timezone: UTC there, Europe/Paris here");
        assert_eq!(named[4], "the matrix splits: countries, channels there, nothing here");
    }
}
