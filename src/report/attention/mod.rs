//! What deserves attention: pumping, attempts that fell away, failed channels, conversion drops, new countries.
//!
//! Each search takes out what an earlier one has explained, of the period and of all that it is compared with: the days
//! of an attack don't count as a failed channel, and neither counts as a drop. A window that may still change never
//! raises a drop or a failed channel, for conversions come hours late; it may raise what rests on attempts.
//!
//! Of each kind it is said whether it was looked for, and in how much.

mod blocks;
mod clear;
mod drops;
mod everywhere;
mod explained;
mod fresh;
mod nested;
mod newcomers;
mod outages;
mod pool;
mod prefix_job;
mod pumping;
mod silence;
mod spikes;
mod time;
mod track;
mod usual;
mod view;
mod watch;
mod way;

pub(in crate::report) use drops::told;
pub(super) use prefix_job::Asked;
pub(super) use view::View;

use explained::Explained;

use super::cube::Cube;
use super::model::{Attention, Look, Thresholds, Unlooked};
use crate::job::AttentionSettings;

/// Searches for everything; also the table without attacks, for comparisons.
pub(super) fn look(look: &View<'_>) -> (Attention, Cube) {
    let attacks = spikes::find(look);
    let mut flags = attacks.flags;
    let mut looked_for_attacks = attacks.look;
    if let Some((blocks, looked)) = blocks::find(look) {
        if !matches!(looked_for_attacks.unlooked, Some(Unlooked::NoPhone)) {
            looked_for_attacks = Look { tests: looked_for_attacks.tests, ..looked };
        }
        flags = blocks::without_told(flags, &blocks);
        flags.extend(blocks);
    }
    let (newcomers, looked_for_newcomers) = newcomers::find(look, &flags, attacks.everywhere);
    flags.extend(newcomers);
    let mut silences = Explained::default();
    let (silent, looked_for_silence) = silence::find(look, &attacks.cube, &mut silences);
    flags.extend(silent);
    let mut failures = Explained::default();
    let (failed, looked_for_failures) = outages::find(look, [&attacks.explained, &silences], &mut failures);
    flags.extend(failed);
    let mut sound = attacks.cube.clone();
    silences.all().chain(failures.all()).for_each(|(part, unit)| sound.empty(part, unit));
    let (drops, looked_for_drops) = drops::find(look, &sound, &attacks.explained);
    drop(sound);
    flags.extend(drops::told_alone(&drops, look.thresholds.false_discovery));
    flags.sort_by(|a, b| b.evidence.weight.total_cmp(&a.evidence.weight).then_with(|| a.place.cmp(&b.place)));
    let mut looks: Vec<Look> =
        vec![looked_for_attacks, looked_for_silence, looked_for_failures, looked_for_drops, looked_for_newcomers];
    // A day that is known in part may show what no whole day does.
    for found in looks.iter_mut().filter(|found| flags.iter().any(|flag| flag.kind == found.kind)) {
        *found = Look { judged: found.judged.max(1), units: found.units.max(1), unlooked: None, ..*found };
    }
    let mut taken_out = attacks.taken_out;
    taken_out.sort_by_key(|flag| (flag.first, flag.place.clone()));
    let attention = Attention {
        flags,
        taken_out,
        looks,
        fresh: fresh::find(look),
        history: look.scope.history,
        thresholds: look.thresholds,
        drops,
    };
    (attention, attacks.cube)
}

impl From<&AttentionSettings> for Thresholds {
    fn from(settings: &AttentionSettings) -> Self {
        Self {
            false_discovery: settings.false_discovery.fraction(),
            drop: settings.drop.fraction(),
            drop_attempts: settings.drop_attempts.into(),
            spike_factor: settings.spike_factor.into(),
            spike_attempts: settings.spike_attempts.into(),
            spike_rate: settings.spike_rate.fraction(),
            failed_below: settings.failed_below.fraction(),
            silent_below: settings.silent_below.fraction(),
            silent_attempts: settings.silent_attempts.into(),
            new_country_attempts: settings.new_country_attempts.into(),
        }
    }
}
