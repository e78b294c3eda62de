//! A machine that sleeps, stops its processes and starts again, in virtual time.
//!
//! Three times run side by side. *tokio's* is what timers count. *Awake* time is what a monotonic clock counts:
//! tokio's, and the time that processes stood stopped, when timers are late. *True* time is the server's: awake time,
//! and the time that the machine slept.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use verify_rollup::clock::Clock;

use crate::virtual_time::uniform;

/// A reproducible sequence.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn unit(&mut self) -> f64 {
        uniform(&mut self.0)
    }

    /// From 0 to `bound` − 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        (self.unit() * f64::from(bound)) as u32
    }

    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub fn upto(&mut self, seconds: f64) -> Duration {
        Duration::from_secs_f64(self.unit() * seconds)
    }

    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(u32::try_from(choices.len()).unwrap()) as usize]
    }

    pub fn fork(&mut self) -> Self {
        self.unit();
        Self(self.0)
    }
}

pub struct Timeline {
    origin: Instant,
    stopped: Mutex<Duration>,
    /// When the machine fell asleep, in awake time, and for how long; ascending.
    sleeps: Vec<(Duration, Duration)>,
}

impl Timeline {
    pub fn new(mut sleeps: Vec<(Duration, Duration)>) -> Arc<Self> {
        sleeps.sort();
        Arc::new(Self { origin: Instant::now(), stopped: Mutex::default(), sleeps })
    }

    pub fn awake(&self) -> Duration {
        self.origin.elapsed() + *self.stopped.lock().unwrap()
    }

    /// Every process stands still for so long, at whatever it is doing.
    pub fn stop_processes(&self, pause: Duration) {
        *self.stopped.lock().unwrap() += pause;
    }

    /// The true time at an awake time; at the end of a sleep when one is due then.
    pub fn true_at(&self, awake: Duration) -> Duration {
        awake + self.sleeps.iter().filter(|(at, _)| *at <= awake).map(|(_, sleep)| *sleep).sum::<Duration>()
    }

    /// The awake time at a true time.
    pub fn awake_at(&self, true_time: Duration) -> Duration {
        let mut slept = Duration::ZERO;
        for (at, sleep) in &self.sleeps {
            slept += true_time.saturating_sub(*at + slept).min(*sleep);
        }
        true_time.saturating_sub(slept)
    }

    /// A boot that begins now.
    pub fn boot(self: &Arc<Self>, random: Random) -> Arc<MachineClock> {
        Arc::new(MachineClock { timeline: Arc::clone(self), booted: self.awake(), random: Mutex::new(random) })
    }
}

/// The clocks of one boot. The wall clock is set anew at every look.
pub struct MachineClock {
    timeline: Arc<Timeline>,
    booted: Duration,
    random: Mutex<Random>,
}

impl Clock for MachineClock {
    fn now(&self) -> DateTime<Utc> {
        let step = i64::from(self.random.lock().unwrap().below(200_000)) - 100_000;
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(step)
    }

    fn monotonic(&self) -> Duration {
        self.timeline.awake().saturating_sub(self.booted)
    }
}

#[tokio::test(start_paused = true)]
async fn true_time_runs_on_while_the_machine_sleeps() {
    let secs = Duration::from_secs;
    let timeline = Timeline::new(vec![(secs(20), secs(5)), (secs(10), secs(100))]);
    for (awake, true_time) in [(0, 0), (9, 9), (10, 110), (11, 111), (19, 119), (20, 125), (30, 135)] {
        assert_eq!(timeline.true_at(secs(awake)), secs(true_time), "{awake}");
        assert_eq!(timeline.awake_at(secs(true_time)), secs(awake), "{true_time}");
    }
    for (true_time, awake) in [(10, 10), (60, 10), (121, 20), (124, 20)] {
        assert_eq!(timeline.awake_at(secs(true_time)), secs(awake), "{true_time}");
    }
    timeline.stop_processes(secs(7));
    assert_eq!(timeline.awake(), secs(7));
}
