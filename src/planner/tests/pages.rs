//! The list of a small account, as the loop and the ledger hand it on.

use std::collections::BTreeMap;

use super::world::{Event, World};
use crate::model::{
    Answer, AnswerSource, ApiFailure, Channel, Confirmed, Cost, Counts, FailureKind, ListOutcome, Matrix, MatrixShape,
    Proof, Question, Segment, Settling, Slice, Tally, TallyRow, UnixMicros, UnixSeconds, Window,
};
use crate::planner::Conclusion;

/// How the list shows an attempt: not at all, as it is, or otherwise.
type Shows = Box<dyn Fn(&Event) -> Option<Event>>;

/// Which segments get no pages.
type Fails = Box<dyn Fn(&Segment) -> Option<FailureKind>>;

pub(super) struct Pages {
    pub(super) shows: Shows,
    pub(super) fails: Fails,
    /// What was read in this run.
    pub(super) read: Vec<Segment>,
    tallies: Vec<(u32, Window, Tally)>,
    confirmed: Vec<(u32, Confirmed, MatrixShape)>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            shows: Box::new(|event| Some(event.clone())),
            fails: Box::new(|_| None),
            read: Vec::new(),
            tallies: Vec::new(),
            confirmed: Vec::new(),
        }
    }
}

impl Pages {
    /// How many requests the pages of this run took.
    pub(super) fn requests(&self) -> u64 {
        self.read.iter().map(Segment::pages).sum()
    }

    #[expect(clippy::too_many_arguments, reason = "all that a segment depends on")]
    pub(super) fn ask(
        &mut self,
        world: &World,
        matrix: &Matrix,
        segment: &Segment,
        run: u32,
        as_of: UnixSeconds,
        asked_at: i64,
        now: i64,
    ) -> ListOutcome {
        assert!(!self.read.iter().any(|it| it.range == segment.range), "read twice: {segment:?}");
        self.read.push(*segment);
        if let Some(kind) = (self.fails)(segment) {
            return ListOutcome::Failed(ApiFailure { kind, message: "by order".to_owned() });
        }
        let mut rows: BTreeMap<_, TallyRow> = BTreeMap::new();
        let mut all = Counts::ZERO;
        let range = segment.range;
        let inside = |event: &&Event| (range.start().0..range.end().0).contains(&event.at) && event.shown_at <= now;
        for event in world.events.iter().filter(inside).filter_map(|event| (self.shows)(event)) {
            let at = UnixSeconds(event.at);
            let windows = matrix.windows();
            let window = windows[windows.partition_point(|window| window.end() <= at)];
            let slot = UnixSeconds(event.at.div_euclid(900) * 900).max(window.start());
            let prefixes = matrix.shape().prefixes.iter().flatten().copied();
            let prefix = event.number.and_then(|number| prefixes.clone().find(|it| it.is_start_of(number)));
            let counts = Counts::new(1, i64::from(event.converted_at.is_some_and(|at| at <= now))).unwrap();
            let price = Cost::of(Some(("0.05".parse().unwrap(), "USD".parse().unwrap())));
            let (service, country, channel) = (Some(event.service), event.country, Some(event.channel));
            let key = (slot, service, country, channel.map(Channel::name), prefix);
            let none =
                TallyRow { slot, service, country, channel, prefix, counts: Counts::ZERO, cost: Cost::default() };
            let row = rows.entry(key).or_insert(none);
            row.counts = row.counts.checked_add(counts).unwrap();
            row.cost = row.cost.with(price);
            all = all.checked_add(counts).unwrap();
        }
        let answer = Answer {
            counts: all,
            asked_at: UnixMicros(asked_at * 1_000_000),
            as_of,
            source: AnswerSource::ThisRun,
            server_at: None,
            proof: Proof::Unproved,
        };
        let tally = Tally { rows: rows.into_values().collect(), answer };
        self.tallies.push((run, segment.range, tally.clone()));
        ListOutcome::Listed(tally)
    }

    /// What the ledger has of a segment.
    pub(super) fn recorded(&self, segment: &Segment, run: u32, settling: Settling) -> Option<Tally> {
        if segment.reuse.may_ask() {
            let own = self.tallies.iter().rev().find(|(by, range, _)| *by == run && *range == segment.range);
            return own.map(|(.., tally)| tally.clone());
        }
        let is_confirmed = |it: &&(u32, Confirmed, MatrixShape)| {
            it.0 != run && it.1.window.contains(segment.range) && it.1.without_channels.is_empty()
        };
        self.confirmed.iter().find(is_confirmed)?;
        self.of_window(segment.range, run, settling)
    }

    fn of_window(&self, window: Window, run: u32, settling: Settling) -> Option<Tally> {
        let covers = |(by, range, tally): &&(u32, Window, Tally)| {
            *by != run && range.contains(window) && settling.is_settled(window, tally.answer.reach())
        };
        let (.., tally) = self.tallies.iter().rev().find(covers)?;
        let inside = |row: &TallyRow| window.start() <= row.slot && row.slot < window.end();
        let rows: Vec<TallyRow> = tally.rows.iter().copied().filter(inside).collect();
        let counts = rows.iter().fold(Counts::ZERO, |sum, row| sum.checked_add(row.counts).unwrap());
        Some(Tally { rows, answer: Answer { counts, source: AnswerSource::EarlierRun, ..tally.answer } })
    }

    pub(super) fn confirm(&mut self, conclusion: &Conclusion, run: u32, shape: &MatrixShape) {
        self.confirmed.extend(conclusion.confirmed.iter().map(|it| (run, it.clone(), shape.clone())));
    }

    /// What the ledger answers from windows that were confirmed under the same split.
    pub(super) fn answer(
        &self,
        question: &Question,
        run: u32,
        settling: Settling,
        shape: &MatrixShape,
    ) -> Option<Answer> {
        let slice = question.slice;
        let of_window =
            |it: &&(u32, Confirmed, MatrixShape)| it.0 != run && it.1.window == slice.range && it.2 == *shape;
        let (_, confirmed, _) = self.confirmed.iter().rev().find(of_window)?;
        let lacks = match slice.channel {
            Some(channel) => confirmed.without_channels.contains(&channel),
            None => !confirmed.without_channels.is_empty(),
        };
        if lacks || slice.country.is_some_and(|country| confirmed.without_countries.contains(&country)) {
            return None;
        }
        let tally = self.of_window(slice.range, run, settling)?;
        let rows = tally.rows.iter().filter(|row| admits(&slice, row));
        let (counts, cost) = rows.fold((Counts::ZERO, Cost::default()), |(counts, cost), row| {
            (counts.checked_add(row.counts).unwrap(), cost.with(row.cost))
        });
        Some(Answer { counts, source: AnswerSource::List(cost), proof: Proof::Proved, ..tally.answer })
    }
}

fn admits(slice: &Slice, row: &TallyRow) -> bool {
    slice.service.is_none_or(|it| row.service == Some(it))
        && slice.country.is_none_or(|it| row.country == Some(it))
        && slice.channel.is_none_or(|it| row.channel == Some(it))
        && slice.prefix.is_none_or(|it| row.prefix == Some(it))
}
