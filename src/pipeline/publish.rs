//! The publication that a conclusion amounts to.

use std::collections::BTreeMap;

use super::by_country::ByCountry;
use super::context::Context;

use crate::clock::{Clock, SystemClock};
use crate::model::{Finding, Matrix, RunId, UnixMicros, UnixSeconds, Window};
use crate::planner::{Conclusion, Verdict};
use crate::rollup::RowContext;
use crate::sink::dataset::{
    Dataset, Loss, Publication, PublishError, Published, PublishedWindow, Reconciliation, Rewrite,
};

/// What a run has to offer.
pub struct Offer<'a> {
    /// The run.
    pub context: &'a Context<'a>,
    /// What was asked for.
    pub matrix: &'a Matrix,
    /// What was found.
    pub conclusion: &'a Conclusion,
    /// Whether files are written that need not be.
    pub rewrite: Rewrite,
}

impl Offer<'_> {
    fn windows(&self, verdict: Verdict) -> impl Iterator<Item = (usize, Window)> + '_ {
        let judged = self.matrix.windows().iter().copied().zip(&self.conclusion.verdicts).enumerate();
        judged.filter(move |(_, (_, found))| **found == verdict).map(|(at, (window, _))| (at, window))
    }

    fn findings(&self, window: Window) -> impl Iterator<Item = Finding> + '_ {
        let at = self.matrix.windows().binary_search(&window);
        at.into_iter().flat_map(|at| self.conclusion.findings(at))
    }
}

/// Publishes the complete windows, and adds their rows to the totals by country, and by what they rest on.
pub fn publish(
    offer: &Offer<'_>,
    dataset: &mut Dataset,
    by_country: &mut ByCountry,
    rests_on: &mut BTreeMap<&'static str, u64>,
) -> Result<Published, PublishError> {
    let Context { order, run_id, as_of, .. } = *offer.context;
    let Offer { rewrite, .. } = offer;
    let job = &order.job;
    let run_id = run_id.unwrap_or(RunId(uuid::Uuid::nil()));
    let now = SystemClock.now();
    let rows = RowContext {
        account: order.account,
        run_id,
        published_at: UnixMicros::from(now),
        timezone: job.windows.timezone,
    };
    let mut windows = Vec::new();
    for (at, window) in offer.windows(Verdict::Complete) {
        let mut is_final = true;
        for finding in offer.conclusion.findings(at) {
            is_final &= finding.is_final;
            by_country.add(&finding);
            *rests_on.entry(finding.rests_on.name()).or_default() += 1;
        }
        windows.push(PublishedWindow { window, is_final });
    }
    let conclusion = offer.conclusion;
    let publication = Publication {
        windows,
        restored: Vec::new(),
        archived: offer.windows(Verdict::Archived).map(|(_, window)| window).collect(),
        shape: conclusion.shape(),
        run_id,
        as_of,
        now: UnixSeconds::from(now),
        reconciliation: Reconciliation {
            reconciled: conclusion.is_reconciled(),
            identities_checked: conclusion.identities_checked,
            differences: conclusion.differences.iter().map(Into::into).collect(),
        },
        interval: Some(job.source.interval.symbol().to_owned()),
        formats: job.output.formats.clone(),
        partition: job.output.partition,
        compression: job.output.compression,
        rewrite: *rewrite,
        loss: Loss::Told,
        history: job.output.history,
    };
    dataset.publish(&publication, |window| offer.findings(window).map(|finding| rows.row(&finding)))
}
