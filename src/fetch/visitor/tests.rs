//! Hosts that share a bucket, against a network, a server and clocks that do what they can.
//!
//! What is assumed is what the module heads say: a step of the server's clock is met by somebody who was there before it
//! and comes by after it before anybody new does, and all come by between two steps.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::splitmix64;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// How often a host comes by at least.
const ROUND: u64 = 2_000;
/// Until everybody who was there has come by.
const ALL_CAME: u64 = ROUND + 500;

fn unused(server: &str) -> Vec<u8> {
    Visitor::unused(BootId::new(server))
}

struct Random(u64);

impl Random {
    const fn below(&mut self, end: u64) -> u64 {
        splitmix64::next(&mut self.0) % end
    }

    const fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

struct Host {
    visitor: Visitor,
    /// Its own clock at time zero, and how many millionths it is faster than time.
    clock: (u64, i64),
    /// Requests that are over at a time.
    under_way: Vec<(u64, Token, Completion)>,
    came: u64,
}

impl Host {
    fn ours(&self, at: u64) -> Duration {
        let (zero, faster) = self.clock;
        let at = i64::try_from(at).unwrap() * 1_000_000;
        Duration::from_nanos(zero) + Duration::from_nanos((at + at / 1_000_000 * faster).unsigned_abs())
    }
}

/// A server of the bucket, with what it held a moment ago.
struct Server {
    name: u64,
    /// What its clock shows at time zero.
    zero: i64,
    rows: Vec<(u64, Vec<u8>)>,
}

struct World {
    limit: Limit,
    random: Random,
    server: Server,
    hosts: Vec<Host>,
    /// Until when nobody new comes by, and nobody leaves.
    settled_at: u64,
    away_until: u64,
    arrivals: Vec<u64>,
}

impl World {
    fn new(per_minute: u32, seed: u64) -> Self {
        let limit = Limit::new(NonZeroU32::new(per_minute).unwrap(), None, ms(20_000));
        let server = Server { name: 1, zero: 1_700_000_000_000, rows: vec![(0, unused("1"))] };
        let (random, hosts, arrivals) = (Random(seed), Vec::new(), Vec::new());
        Self { limit, random, server, hosts, settled_at: 0, away_until: 0, arrivals }
    }

    fn play(mut self, end: u64) -> Self {
        let mut now = 1;
        while now < end {
            now += 1 + self.random.below(300);
            self.disturb(now);
            for index in 0..self.hosts.len() {
                self.give_back(index, now);
                if now >= self.away_until {
                    self.come_by(index, now);
                }
            }
        }
        self.arrivals.sort_unstable();
        self
    }

    fn disturb(&mut self, now: u64) {
        let is_settled = now >= self.settled_at && now >= self.away_until;
        if is_settled && self.hosts.len() < 4 && self.random.one_in(40) {
            let clock = (self.random.below(1 << 50), i64::try_from(self.random.below(401)).unwrap() - 200);
            self.hosts.push(Host { visitor: Visitor::new(self.limit), clock, under_way: Vec::new(), came: 0 });
        }
        if is_settled && !self.hosts.is_empty() && self.random.one_in(300) {
            let dies = usize::try_from(self.random.below(self.hosts.len() as u64)).unwrap();
            self.hosts.remove(dies);
        }
        if self.random.one_in(300) {
            self.away_until = now + self.random.below(30_000);
            self.settled_at = self.settled_at.max(self.away_until + ALL_CAME);
        }
        let is_watched = !self.hosts.is_empty() && self.hosts.iter().all(|host| host.came > 0);
        if is_watched && is_settled && self.random.one_in(200) {
            let step = i64::try_from(1_000 + self.random.below(90_000)).unwrap();
            self.server.zero += if self.random.one_in(3) { -step } else { step };
            self.settled_at = self.settled_at.max(now + ALL_CAME);
        }
        if self.random.one_in(300) {
            // A standby takes over that lacks what was committed last, and has a clock of its own.
            let since = now.saturating_sub(self.random.below(3_000));
            self.server.rows.retain(|(at, _)| *at <= since);
            self.server.name += 1;
            self.server.zero += i64::try_from(self.random.below(40_000)).unwrap() - 20_000;
            self.settled_at = self.settled_at.max(now + ALL_CAME);
        }
    }

    fn give_back(&mut self, index: usize, now: u64) {
        let host = &mut self.hosts[index];
        for (over, token, completion) in std::mem::take(&mut host.under_way) {
            if over <= now {
                host.visitor.charge(host.ours(over), Errand::Release(token, completion));
            } else {
                host.under_way.push((over, token, completion));
            }
        }
    }

    fn come_by(&mut self, index: usize, now: u64) {
        let wants = self.random.one_in(2);
        let host = &mut self.hosts[index];
        if !wants && now < host.came + ROUND {
            return;
        }
        let (there, back) = (self.random.below(15), self.random.below(15));
        let at = i64::try_from(now + there).unwrap();
        let bytes = self.server.rows.last().unwrap().1.clone();
        let reading = Reading {
            bytes: &bytes,
            server: BootId::new(&self.server.name.to_string()),
            now: ms((self.server.zero + at).unsigned_abs()),
            ours: (host.ours(now), host.ours(now + there + back)),
        };
        let (claimed, bucket, written) =
            host.visitor.visit(&reading, |bucket, now, limit| wants.then(|| bucket.claim(now, limit)));
        host.came = now;
        let (is_kept, is_confirmed) = match self.random.below(20) {
            0 => (false, false),
            1 => (true, false),
            _ => (true, true),
        };
        if is_kept {
            self.server.rows.push((now, written));
        }
        if is_confirmed {
            host.visitor.confirmed(bucket);
            if let Some(Ok(token)) = claimed {
                self.send(index, now, token);
            }
        }
    }

    fn send(&mut self, index: usize, asked: u64, token: Token) {
        let token = token.asked_for_at(self.hosts[index].ours(asked));
        let starts = asked + self.random.below(3_000);
        if !token.is_fresh(self.hosts[index].ours(starts)) {
            return self.hosts[index].under_way.push((starts, token, Completion::Complete));
        }
        let arrives = starts + self.random.below(10_000);
        self.arrivals.push(arrives);
        let (over, completion) = if self.random.one_in(5) {
            (starts + self.random.below(20_000), Completion::Unknown)
        } else {
            (arrives + self.random.below(2_000), Completion::Complete)
        };
        self.hosts[index].under_way.push((over, token, completion));
    }

    fn busiest_minute(&self) -> usize {
        let within = |from: &u64| self.arrivals.iter().filter(|at| (*from..from + 60_000).contains(at)).count();
        self.arrivals.iter().map(within).max().unwrap_or(0)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_minute_sees_more_arrivals_than_tokens_whatever_hosts_network_server_and_clocks_do(
        per_minute in 1_u32..12,
        seed: u64,
    ) {
        let world = World::new(per_minute, seed).play(600_000);
        prop_assert!(world.busiest_minute() <= per_minute as usize, "{} arrivals", world.busiest_minute());
    }
}

#[test]
fn hosts_that_nothing_disturbs_use_nearly_all_of_the_limit() {
    let limit = Limit::new(NonZeroU32::new(10).unwrap(), None, ms(20_000));
    let mut visitor = Visitor::new(limit);
    let (mut bytes, mut claims, mut now) = (unused("one"), 0, 0);
    while now < 600_000 {
        let reading =
            Reading { bytes: &bytes, server: BootId::new("one"), now: ms(5_000_000 + now), ours: (ms(now), ms(now)) };
        let (claimed, bucket, written) = visitor.visit(&reading, Bucket::claim);
        bytes = written;
        visitor.confirmed(bucket);
        match claimed {
            Ok(token) => {
                claims += 1;
                visitor.charge(ms(now + 100), Errand::Release(token, Completion::Complete));
                now += 200;
            }
            Err(wait) => now += u64::try_from(wait.as_millis()).unwrap() + 1,
        }
    }
    assert!(claims >= 98, "{claims}");
}

#[test]
fn a_past_that_is_lost_is_told_with_its_reason() {
    let limit = Limit::new(NonZeroU32::new(10).unwrap(), None, ms(20_000));
    let told = |first: (&str, u64), second: (&str, u64)| {
        let mut visitor = Visitor::new(limit);
        let mut bytes = unused(first.0);
        for ((server, now), ours) in [(first, 1_000), (second, 2_000)] {
            let reading =
                Reading { bytes: &bytes, server: BootId::new(server), now: ms(now), ours: (ms(ours), ms(ours)) };
            let ((), bucket, written) = visitor.visit(&reading, |bucket, now, limit| {
                let _ = bucket.claim(now, limit);
            });
            bytes = written;
            visitor.confirmed(bucket);
        }
        visitor.lost.take("x").map(|lost| lost.to_string())
    };
    assert_eq!(told(("one", 50_000), ("one", 51_000)), None);
    assert!(told(("one", 50_000), ("two", 51_000)).unwrap().contains("another state of it"));
    assert!(told(("one", 50_000), ("one", 59_000)).unwrap().contains("stepped ahead"));
    assert!(told(("one", 50_000), ("one", 30_000)).unwrap().contains("unreadable"));
}
