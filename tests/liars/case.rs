//! A case: a world, a job, lies, and what must come of it. Acts follow one another on one ledger and dataset.

use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::planner::Rule;

use crate::job::Job;
use crate::liar::{Lie, Told, When};
use crate::world::{DAY, HOUR, START, World};

/// What must come of an act, besides that no final row is wrong.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a demand of its own")]
pub struct Expect {
    pub codes: &'static [i32],
    /// Exit 0, every row there, every settled one final and true.
    pub exact: bool,
    /// Where something is told, settled rows needn't be final; they must be true all the same.
    pub may_doubt: bool,
    /// Not provable from outside: wrong rows are excused where one of these is unproven.
    pub excuses: Vec<&'static str>,
    pub unproven: Vec<&'static str>,
    /// Each of these words must be told.
    pub told: Vec<&'static str>,
    pub most_requests: Option<usize>,
    pub fewest_expired: Option<usize>,
    pub published: Option<u64>,
    /// None of the rows may be final.
    pub nothing_final: bool,
    /// Some rows must come from the list.
    pub listed: bool,
    /// Its attempts stand in `ZZ`.
    pub folded: Option<&'static str>,
    /// Something must be told, whatever its words.
    pub doubts: bool,
    /// The act is there for what comes after it.
    pub is_prologue: bool,
    /// It is played only where the act before it did not succeed.
    pub after_failure: bool,
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            codes: &[0, 3],
            exact: false,
            may_doubt: false,
            excuses: vec![],
            unproven: vec![],
            told: vec![],
            most_requests: None,
            fewest_expired: None,
            published: None,
            nothing_final: false,
            listed: false,
            folded: None,
            doubts: false,
            is_prologue: false,
            after_failure: false,
        }
    }
}

/// One command against one behaviour of the API.
#[derive(Debug, Clone)]
pub struct Act {
    pub world: World,
    pub job: Job,
    pub lies: Vec<Told>,
    /// `None` = now.
    pub as_of: Option<i64>,
    pub arguments: Vec<&'static str>,
    /// The state directory is lost before it.
    pub loses_state: bool,
    /// A rule that the program leaves out.
    pub without: Option<Rule>,
    pub expect: Expect,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub acts: Vec<Act>,
}

impl Case {
    pub fn new(world: World, job: Job) -> Self {
        let as_of = Some(START + 10 * DAY);
        let act = Act {
            world,
            job,
            lies: vec![],
            as_of,
            arguments: vec![],
            loses_state: false,
            without: None,
            expect: Expect::default(),
        };
        Self { acts: vec![act] }
    }

    /// Another act, the API honest again and nothing expected yet.
    pub fn then(mut self) -> Self {
        let mut act = self.act().clone();
        act.lies.clear();
        act.expect = Expect::default();
        self.acts.push(act);
        self
    }

    /// The same, and the API honest again afterwards: what was not published then is now, by the second run at the
    /// latest (the first may take up what the lies left open, and close it).
    pub fn recovered(mut self) -> Self {
        let excuses = self.act().expect.excuses.clone();
        // What no question could show may have become rows.
        let hides = |(lie, _): &Told| {
            matches!(lie, Lie::DeadFor(..) | Lie::Lacks(_) | Lie::HoldsFrom(_) | Lie::RefusesOlder(_))
        };
        let may_hide = self.act().lies.iter().any(hides);
        self = self.then().prologue().then();
        let expect = &mut self.act().expect;
        expect.exact = excuses.is_empty() && !may_hide;
        expect.may_doubt = true;
        expect.codes = &[0];
        expect.excuses = excuses;
        expect.after_failure = true;
        let first = self.acts.len() - 2;
        self.acts[first].expect.after_failure = true;
        self
    }

    fn act(&mut self) -> &mut Act {
        self.acts.last_mut().expect("there is always one")
    }

    fn with(mut self, change: impl FnOnce(&mut Act)) -> Self {
        change(self.act());
        self
    }

    pub fn lie(self, lie: Lie, when: When) -> Self {
        self.with(|act| act.lies.push((lie, when)))
    }

    pub fn always(self, lie: Lie) -> Self {
        self.lie(lie, When::Always)
    }

    pub fn at(self, as_of: Option<i64>) -> Self {
        self.with(|act| act.as_of = as_of)
    }

    pub fn world(self, world: World) -> Self {
        self.with(|act| act.world = world)
    }

    pub fn job(self, change: impl FnOnce(&mut Job)) -> Self {
        self.with(|act| change(&mut act.job))
    }

    pub fn arguments(self, arguments: &[&'static str]) -> Self {
        self.with(|act| act.arguments = arguments.to_vec())
    }

    pub fn code(self, codes: &'static [i32]) -> Self {
        self.with(|act| act.expect.codes = codes)
    }

    pub fn exact(self) -> Self {
        self.with(|act| {
            act.expect.exact = true;
            act.expect.codes = &[0];
        })
    }

    pub fn excused_by(self, filter: &'static str) -> Self {
        self.with(|act| act.expect.excuses.push(filter))
    }

    pub fn unproven(self, filter: &'static str) -> Self {
        self.with(|act| act.expect.unproven.push(filter))
    }

    pub fn told(self, word: &'static str) -> Self {
        self.with(|act| act.expect.told.push(word))
    }

    pub fn at_most(self, requests: usize) -> Self {
        self.with(|act| act.expect.most_requests = Some(requests))
    }

    pub fn expired(self, windows: usize) -> Self {
        self.with(|act| act.expect.fewest_expired = Some(windows))
    }

    pub fn published(self, windows: u64) -> Self {
        self.with(|act| act.expect.published = Some(windows))
    }

    /// The same, where the list may be read: the server's clock stands an hour after each act's instant, so that the list
    /// reaches back to it.
    pub fn by_pages(mut self) -> Self {
        for act in &mut self.acts {
            act.job.list = true;
            if let Some(as_of) = act.as_of {
                act.lies.push((Lie::Clock(as_of + HOUR - SystemClock.now().timestamp()), When::Always));
            }
        }
        self
    }

    pub fn nothing_final(self) -> Self {
        self.with(|act| act.expect.nothing_final = true)
    }

    pub fn shows_listed_rows(self) -> Self {
        self.with(|act| act.expect.listed = true)
    }

    pub fn folded(self, country: &'static str) -> Self {
        self.with(|act| act.expect.folded = Some(country))
    }

    pub fn doubted(self) -> Self {
        self.with(|act| act.expect.doubts = true)
    }

    /// The same, the program without one of its rules.
    pub fn without(mut self, rule: Rule) -> Self {
        for act in &mut self.acts {
            act.without = Some(rule);
        }
        self
    }

    pub fn prologue(self) -> Self {
        self.with(|act| act.expect.is_prologue = true)
    }

    pub fn loses_state(self) -> Self {
        self.with(|act| act.loses_state = true)
    }
}
