//! A trial with what it is about, and the names in what is told of it.

use crate::model::{Channel, Counts, Filter, Slice};
use crate::planner::evidence::{Candidate, Part, Ruling, Trial};
use crate::planner::index::Lane;

/// A trial, and what it is about.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) filter: Filter,
    /// The lanes whose rows rest on it; empty: all.
    pub(super) lanes: Vec<Lane>,
    /// What the values are compared under, for messages.
    pub(super) scope: Slice,
    pub(super) trial: Trial,
    pub(super) ruling: Option<Ruling>,
}

/// A whole that must be asked before its filter can be tried.
#[derive(Debug)]
pub(super) struct Awaited {
    pub(super) filter: Filter,
    pub(super) whole: Slice,
    pub(super) parts: Vec<Part>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) lanes: Vec<Lane>,
}

impl Case {
    pub(super) const fn new(filter: Filter, lanes: Vec<Lane>, scope: Slice, trial: Trial) -> Self {
        Self { filter, lanes, scope, trial, ruling: None }
    }

    /// Whether its whole was asked after its parts, so that they can't exceed it. Identities speak of the others.
    pub(super) fn is_asked_after_its_parts(&self) -> bool {
        self.filter == Filter::Service
            || (self.filter == Filter::Channel && (self.scope.country.is_some() || self.scope.prefix.is_some()))
    }

    /// Whether it would ask something.
    pub(super) fn is_open(&self) -> bool {
        !self.trial.is_shown()
    }
}

/// A slice without its range, for names of notes and messages.
pub(super) fn filters_of(slice: &Slice) -> String {
    let parts = [
        slice.service.map(|it| it.to_string()),
        slice.country.map(|it| it.to_string()),
        slice.channel.map(|it| it.to_string()),
        slice.prefix.map(|it| it.to_string()),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "all".to_owned() } else { text }
}

/// The note of what a value held that the job does not list.
pub(super) fn control_note(slice: &Slice) -> String {
    format!("control {}", filters_of(slice))
}

/// For messages; empty where channels are not split.
pub(super) fn channel_name(channel: Option<Channel>) -> String {
    channel.map_or_else(String::new, |channel| channel.to_string())
}

/// Listed values, in their order.
pub(super) fn parts(values: impl Iterator<Item = (String, Counts)>) -> Vec<Part> {
    values.enumerate().map(|(index, (name, counts))| Part { name, index, counts }).collect()
}
