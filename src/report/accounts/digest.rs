//! An account's report in short: what is kept of it until all accounts are known. Some twenty kilobytes.

use crate::model::{AccountSid, Channel, Country, Counts, Currency};
use crate::report::model::{
    Cost, Countries, DropTest, Figure, Flag, FlagKind, FlagScope, Look, Mover, Note, Report, SettledCell,
};
use crate::report::model::{Period, TrendPoint};

/// What is kept of an account's report.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    pub(super) name: String,
    pub(super) account: AccountSid,
    /// Whom it was asked of.
    pub(super) source: String,
    pub(super) compared: Option<Period>,
    pub(super) figure: Figure,
    pub(super) days: usize,
    pub(super) covered: usize,
    pub(super) absent: usize,
    pub(super) provisional: usize,
    pub(super) trend: Vec<TrendPoint>,
    pub(super) channels: Vec<(Channel, Counts)>,
    /// The remainder among them.
    pub(super) countries: Vec<(Country, Counts)>,
    pub(super) settled: Vec<SettledCell>,
    pub(super) moved: Option<Mover>,
    /// Attempts of the compared days, where it had none before.
    pub(super) came: Option<f64>,
    /// Those of its flags that are no drops.
    pub(super) flags: Vec<Flag>,
    pub(super) drops: Vec<DropTest>,
    /// Of which places its own report tells a drop.
    pub(super) told_drops: Vec<FlagScope>,
    pub(super) looks: Vec<Look>,
    /// `None` if nobody knows what its attempts cost.
    pub(super) costs: Option<Vec<(Currency, Cost)>>,
    pub(super) notes: Vec<Note>,
    pub(super) damage: Vec<String>,
}

impl Digest {
    /// Of the report of an account of this name.
    #[must_use]
    pub fn of(name: String, report: Report) -> Self {
        let is_drop = |flag: &Flag| flag.kind == FlagKind::Drop;
        let (drops_told, flags): (Vec<Flag>, Vec<Flag>) = report.attention.flags.into_iter().partition(is_drop);
        let coverage = &report.coverage;
        let countries = |countries: &Countries| countries.all().map(|(country, of)| (country, of.counts)).collect();
        let costs = |costs: &crate::report::model::Costs| {
            costs.currencies.iter().map(|of| (of.currency, of.total)).collect::<Vec<_>>()
        };
        Self {
            name,
            account: report.account,
            source: report.source,
            compared: report.compared,
            figure: report.totals,
            days: coverage.days,
            covered: coverage.covered,
            absent: coverage.absent.len(),
            provisional: coverage.provisional.len(),
            channels: report.channels.iter().map(|line| (line.channel, line.figure.counts)).collect(),
            countries: report.countries.as_ref().map_or_else(Vec::new, countries),
            trend: report.trend,
            settled: report.settled,
            moved: report.movers.whole,
            came: report.came,
            flags,
            drops: needed(report.attention.drops),
            told_drops: drops_told.into_iter().map(|flag| flag.place).collect(),
            looks: report.attention.looks,
            costs: report.costs.as_ref().map(costs),
            notes: report.notes,
            damage: report.origin.damage,
        }
    }

    /// In how many ways chance might have raised such a flag.
    pub(super) fn tests(&self, kind: FlagKind) -> f64 {
        self.looks.iter().filter(|look| look.kind == kind).map(|look| look.tests).sum()
    }
}

/// An account in which nothing can be told, as nothing fell, needs no places.
fn needed(drops: Vec<DropTest>) -> Vec<DropTest> {
    if drops.iter().any(|test| test.flag.is_some()) { drops } else { Vec::new() }
}
