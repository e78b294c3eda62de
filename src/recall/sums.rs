//! What settled answers to other ranges say together of a slice that none of them is about.
//!
//! Of everything without a filter nothing is told: there are answers of searches for how far back the API holds data,
//! which lack what had expired.

use std::collections::HashMap;

use super::recorded::Filters;
use super::timeline::{Grounds, Timeline};
use crate::model::{Answer, AnswerSource, Proof, Slice};

/// Settled answers, one for each slice, on the way to their sums.
#[derive(Debug, Default)]
pub struct Gathering {
    timelines: HashMap<Filters, Timeline>,
    /// They come last: ends stay linked by the answers that linked them first, so that a sum is proved where there is a
    /// way to it by proved answers alone.
    unproved: Vec<(Slice, Answer)>,
}

impl Gathering {
    /// Takes an answer in.
    pub fn add(&mut self, slice: Slice, answer: Answer) {
        if slice == Slice::whole(slice.range) {
            return;
        }
        match answer.proof {
            Proof::Proved => self.link(&slice, &answer),
            Proof::Unproved => self.unproved.push((slice, answer)),
        }
    }

    fn link(&mut self, slice: &Slice, answer: &Answer) {
        self.timelines.entry(slice.into()).or_default().add(slice.range, answer.counts, answer.into());
    }

    /// What they say together.
    #[must_use]
    pub fn sums(mut self) -> Sums {
        for (slice, answer) in std::mem::take(&mut self.unproved) {
            self.link(&slice, &answer);
        }
        self.timelines.values_mut().for_each(Timeline::check);
        Sums(self.timelines)
    }
}

/// The timelines of an account around some range.
#[derive(Debug)]
pub struct Sums(HashMap<Filters, Timeline>);

impl Sums {
    /// What a slice holds, if that follows.
    #[must_use]
    pub fn tell(&self, slice: &Slice) -> Option<Answer> {
        let (counts, grounds) = self.0.get(&Filters::from(slice))?.tell(slice.range)?;
        let Grounds { asked_at, server_at, proof } = grounds;
        // An answer with this end is among them, and was settled when it was asked.
        let as_of = asked_at.floor_seconds();
        Some(Answer { counts, asked_at, as_of, source: AnswerSource::Inference, server_at, proof })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Channel, Counts, UnixMicros, UnixSeconds, Window};

    fn sms(start: i64, end: i64) -> Slice {
        let range = Window::new(UnixSeconds(start), UnixSeconds(end)).unwrap();
        Slice { channel: Some(Channel::Sms), ..Slice::whole(range) }
    }

    fn answer(attempts: i64, proof: Proof) -> Answer {
        let (asked_at, as_of, source) = (UnixMicros(attempts), UnixSeconds(0), AnswerSource::EarlierRun);
        Answer { counts: Counts::new(attempts, 0).unwrap(), asked_at, as_of, source, server_at: None, proof }
    }

    fn sums_of(answers: impl IntoIterator<Item = (Slice, Answer)>) -> Sums {
        let mut gathering = Gathering::default();
        answers.into_iter().for_each(|(slice, answer)| gathering.add(slice, answer));
        gathering.sums()
    }

    #[test]
    fn an_answer_above_its_whole_tells_nothing_anywhere_in_its_line() {
        let answers = [(sms(0, 1), 3), (sms(0, 2), 2), (sms(2, 4), 9)];
        let sums = sums_of(answers.map(|(slice, attempts)| (slice, answer(attempts, Proof::Proved))));
        for slice in [sms(1, 2), sms(1, 4), sms(0, 4)] {
            assert_eq!(sums.tell(&slice), None, "{slice}");
        }
    }

    #[test]
    fn nothing_is_told_of_all_that_an_account_holds() {
        let whole = |start, end| Slice::whole(sms(start, end).range);
        let sums = sums_of([(whole(0, 1), answer(1, Proof::Proved)), (whole(1, 2), answer(1, Proof::Proved))]);
        assert_eq!(sums.tell(&whole(0, 2)), None);
    }

    #[test]
    fn a_sum_is_proved_if_all_that_it_rests_on_is() {
        let days = |proofs: [Proof; 3]| {
            let days = [sms(0, 1), sms(1, 2), sms(2, 3)];
            let sums = sums_of(days.into_iter().zip(proofs.map(|proof| answer(2, proof))));
            [sms(0, 2), sms(1, 3), sms(0, 3)].map(|slice| sums.tell(&slice).unwrap().proof)
        };
        let (yes, no) = (Proof::Proved, Proof::Unproved);
        assert_eq!(days([yes, yes, yes]), [yes, yes, yes]);
        assert_eq!(days([no, yes, yes]), [no, yes, no]);
        assert_eq!(days([yes, yes, no]), [yes, no, no]);
        assert_eq!(days([yes, no, yes]), [no, no, no]);
    }

    #[test]
    fn a_proved_way_is_taken_before_an_unproved_one() {
        let (yes, no) = (Proof::Proved, Proof::Unproved);
        let sums = sums_of([
            (sms(0, 4), answer(9, no)),
            (sms(2, 4), answer(5, no)),
            (sms(0, 1), answer(1, yes)),
            (sms(1, 2), answer(3, yes)),
        ]);
        assert_eq!(sums.tell(&sms(0, 2)).map(|told| told.proof), Some(yes));
        assert_eq!(sums.tell(&sms(0, 4)).map(|told| told.proof), Some(no));
    }
}
