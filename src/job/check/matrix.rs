//! `[matrix]`: sorted values without duplicates, and prefixes that don't overlap.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::job::field::{AllOr, Field, List, Span};
use crate::job::mistakes::Findings;
use crate::job::raw::RawMatrix;
use crate::job::values::Service;
use crate::model::{Channel, Country, Listing, MatrixShape, Prefix, Remainder, ServiceSid};

/// What `[matrix]` gives.
pub(super) struct CheckedMatrix {
    pub(super) shape: MatrixShape,
    pub(super) service_names: BTreeMap<ServiceSid, String>,
    pub(super) countries: Listing,
    pub(super) channels: Listing,
    pub(super) remainder: Remainder,
}

pub(super) fn check_matrix(raw: RawMatrix, findings: &mut Findings) -> CheckedMatrix {
    let mut service_names = BTreeMap::new();
    let services = raw.services.value().map(|List(services)| {
        let mut sids = Vec::new();
        for (span, Service { sid, name }) in services {
            if let Some(name) = name {
                service_names.entry(sid).or_insert(name);
            }
            sids.push((span, sid));
        }
        distinct(sids, findings)
    });
    let (countries, country_listing) = all_or(raw.countries, Country::all(), findings);
    let (channels, channel_listing) = all_or(raw.channels, Channel::ALL.into_iter(), findings);
    let prefixes = raw.destination_prefixes.value().map(|List(prefixes)| distinct_prefixes(prefixes, findings));
    CheckedMatrix {
        shape: MatrixShape { services, countries, channels, prefixes },
        service_names,
        countries: country_listing,
        channels: channel_listing,
        remainder: if raw.remainder.or(true) { Remainder::Keep } else { Remainder::Drop },
    }
}

/// The values of a dimension in the table's order, and how they were written.
fn all_or<T: Ord + Copy + Display>(
    field: Field<AllOr<T>>,
    all: impl Iterator<Item = T>,
    findings: &mut Findings,
) -> (Option<Vec<T>>, Listing) {
    match field.value() {
        None => (None, Listing::Unsplit),
        Some(AllOr::All) => (Some(all.collect()), Listing::Every),
        Some(AllOr::Listed(List(values))) => (Some(distinct(values, findings)), Listing::Listed),
    }
}

/// Sorts values, and notes each that stands twice.
pub(super) fn distinct<T: Ord + Copy + Display>(mut values: Vec<(Span, T)>, findings: &mut Findings) -> Vec<T> {
    // The sort is stable: of equal values, the first of the file stays first.
    values.sort_by_key(|(_, value)| *value);
    for pair in values.windows(2) {
        if pair[0].1 == pair[1].1 {
            findings.add(pair[1].0.clone(), format!("`{}` stands here twice", pair[1].1), "remove one of them");
        }
    }
    let mut values: Vec<T> = values.into_iter().map(|(_, value)| value).collect();
    values.dedup();
    values
}

/// Like [`distinct`], and notes each prefix that begins with another: its attempts would be counted twice.
fn distinct_prefixes(mut values: Vec<(Span, Prefix)>, findings: &mut Findings) -> Vec<Prefix> {
    values.sort_by_key(|(_, prefix)| *prefix);
    // Sorted bytewise, what begins with a prefix follows it at once.
    let mut shorter: Option<Prefix> = None;
    for (span, prefix) in &values {
        match shorter {
            Some(start) if start != *prefix && start.is_start_of(*prefix) => {
                let what = format!("`{prefix}` begins with `{start}`, so its attempts would be counted twice");
                findings.add(span.clone(), what, "keep one of the two");
            }
            _ => shorter = Some(*prefix),
        }
    }
    distinct(values, findings)
}
