//! Which question a request asks, and how often it has been asked.
//!
//! Two requests ask the same if method, path and parameters agree, in whatever order and encoding the parameters come.
//! What befalls the n-th asking follows from the seed, the question and n alone, whoever asks what else meanwhile.

use std::collections::HashMap;

use hyper::Method;
use url::form_urlencoded;

use super::random::Random;
use crate::model::AccountSid;
use crate::splitmix64::{GAMMA, mix};

const LABEL: u64 = u64::from_be_bytes(*b"question");

/// Askings are remembered of at least this many questions, the last ones: about 30 MB when full.
const REMEMBERED: usize = 500_000;

/// A question by its fingerprint, which never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Question(u64);

impl Question {
    /// What is asked, and of whom where there are many; `query` is what stands after the `?`.
    pub(super) fn of(method: &Method, path: &str, query: &str, account: Option<AccountSid>) -> Self {
        let mut parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        parameters.sort_unstable();
        let account = account.map(|sid| sid.to_string());
        let words = parameters.iter().flat_map(|(name, value)| [&**name, &**value]);
        let words = [method.as_str(), path].into_iter().chain(words).chain(account.as_deref());
        Self(words.fold(LABEL, |state, word| read(state, word.as_bytes())))
    }

    /// What chance has for its n-th asking.
    pub(super) fn luck(self, seed: u64, asking: u32) -> Random {
        Random::stream(seed, &[self.0, u64::from(asking)])
    }
}

/// A state that has read one word more, and where it ends.
fn read(state: u64, word: &[u8]) -> u64 {
    let step = |state: u64, part: u64| mix(state.wrapping_add(GAMMA) ^ mix(part));
    let parts = word.chunks(8).map(|part| part.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)));
    step(parts.fold(state, step), word.len() as u64)
}

/// How often each question has been asked. Of two generations of questions the older is forgotten.
#[derive(Debug, Default)]
pub(super) struct Askings {
    recent: HashMap<Question, u32>,
    older: HashMap<Question, u32>,
    /// Different questions.
    pub(super) questions: u64,
    /// Those that were asked more than once.
    pub(super) repeated: u64,
}

impl Askings {
    /// Counts one more; 1 is the first.
    pub(super) fn count(&mut self, question: Question) -> u32 {
        let before = self.recent.get(&question).or_else(|| self.older.get(&question));
        let asking = before.map_or(1, |before| before.saturating_add(1));
        if self.recent.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(question, asking);
        self.questions += u64::from(asking == 1);
        self.repeated += u64::from(asking == 2);
        asking
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn summary(query: &str) -> Question {
        Question::of(&Method::GET, "/v2/Attempts/Summary", query, None)
    }

    #[test]
    fn a_question_is_what_is_asked_and_not_how_it_is_written() {
        let question = summary("Country=CO&DestinationPrefix=%2B57");
        assert_eq!(question, summary("DestinationPrefix=%2b57&Country=C%4F"));
        for other in ["", "Country=CO", "Country=COD&estinationPrefix=%2B57", "Country=CO&DestinationPrefix=%2B573"] {
            assert_ne!(question, summary(other), "{other}");
        }
        assert_ne!(summary(""), Question::of(&Method::GET, "/v2/Attempts", "", None));
        assert_ne!(summary(""), Question::of(&Method::HEAD, "/v2/Attempts/Summary", "", None));
        assert_eq!(question, Question(FIXED), "the same for ever");
    }

    const FIXED: u64 = 8_569_262_488_773_331_533;

    #[test]
    fn askings_are_counted_within_bounds() {
        let mut askings = Askings::default();
        for number in 0..2 * REMEMBERED as u64 + 10 {
            assert_eq!(askings.count(Question(number)), 1);
        }
        assert_eq!(askings.count(Question(REMEMBERED as u64 + 1)), 2, "of the older generation");
        assert_eq!(askings.count(Question(REMEMBERED as u64 + 1)), 3);
        assert_eq!(askings.count(Question(0)), 1, "forgotten");
        assert!(askings.recent.len() + askings.older.len() <= 2 * REMEMBERED);
        assert_eq!((askings.questions, askings.repeated), (2 * REMEMBERED as u64 + 11, 1));
    }

    proptest! {
        #[test]
        fn the_order_of_parameters_is_no_part_of_it(
            mut pairs in prop::collection::vec(("[A-Z]{1,3}", "[a-z+ ]{0,12}"), 0..6), turn in 0usize..6,
        ) {
            let written = |pairs: &[(String, String)]| {
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
            };
            let before = summary(&written(&pairs));
            let turn = turn.min(pairs.len());
            pairs.rotate_left(turn);
            prop_assert_eq!(before, summary(&written(&pairs)));
        }
    }
}
