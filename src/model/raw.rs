//! A question in the API's own terms: its bounds as they are sent, whatever they turn out to include.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Channel, Country, Interval, Prefix, ServiceSid, Slice, UnixSeconds};

/// Milliseconds since 1970-01-01T00:00:00Z: a bound, which may lie within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl From<UnixSeconds> for UnixMillis {
    fn from(seconds: UnixSeconds) -> Self {
        Self(seconds.0.saturating_mul(1000))
    }
}

/// `2026-10-01T00:00:00Z`, with a fraction only where there is one: `2026-10-01T00:00:00.500Z`.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let form = if self.0.rem_euclid(1000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        f.write_str(&time.to_rfc3339_opts(form, true))
    }
}

/// One request's parameters; `None` = not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RawSlice {
    /// `DateCreatedAfter`
    pub after: Option<UnixMillis>,
    /// `DateCreatedBefore`
    pub before: Option<UnixMillis>,
    /// `VerifyServiceSid`
    pub service: Option<ServiceSid>,
    /// `Country`
    pub country: Option<Country>,
    /// `Channel`
    pub channel: Option<Channel>,
    /// `DestinationPrefix`
    pub prefix: Option<Prefix>,
}

impl RawSlice {
    /// Everything between two bounds.
    #[must_use]
    pub const fn between(after: Option<UnixMillis>, before: Option<UnixMillis>) -> Self {
        Self { after, before, service: None, country: None, channel: None, prefix: None }
    }

    /// The parameters that select a slice from an API that treats its bounds so.
    #[must_use]
    pub fn selecting(slice: &Slice, interval: Interval) -> Self {
        let (after, before) = interval.on_the_wire(slice.range);
        let Slice { range: _, service, country, channel, prefix } = *slice;
        Self { after: Some(after.into()), before: Some(before.into()), service, country, channel, prefix }
    }
}

/// `after 2026-10-01T00:00:00Z before 2026-10-02T00:00:00Z US`, or `everything`.
impl fmt::Display for RawSlice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            self.after.map(|after| format!("after {after}")),
            self.before.map(|before| format!("before {before}")),
            self.service.map(|service| service.to_string()),
            self.country.map(|country| country.to_string()),
            self.channel.map(|channel| channel.to_string()),
            self.prefix.map(|prefix| prefix.to_string()),
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        f.write_str(if words.is_empty() { "everything" } else { "" })?;
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_written_only_where_there_are_any() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1, "1970-01-01T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_790_812_800_500, "2026-10-01T00:00:00.500Z"),
        ] {
            assert_eq!(UnixMillis(millis).to_string(), text);
        }
        assert_eq!(RawSlice::default().to_string(), "everything");
        let only = RawSlice { country: Some("CO".parse().unwrap()), ..RawSlice::between(Some(UnixMillis(1)), None) };
        assert_eq!(only.to_string(), "after 1970-01-01T00:00:00.001Z CO");
    }
}
