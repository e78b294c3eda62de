//! What happens in one case of the search: which runs share the account, and what befalls them and their machine.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{BucketFile, Limit, Limiter, RetryPolicy};
use verify_rollup::model::{AccountSid, Outcome, Question};
use verify_rollup::planner::{Conclusion, Next, Planner};
use verify_rollup::run::{Deps, ListDeps, Silent, Stop, drive};

use crate::machine::{MachineClock, Random, Timeline};
use crate::network::{Arrival, Arrivals, Manner, Network};
use crate::virtual_time::{Counting, counting, ledger, pace};

/// A job that is started, killed and started again.
#[derive(Debug, Clone)]
pub struct Process {
    limit: u32,
    burst: Option<u32>,
    timeout: Duration,
    concurrency: u32,
    questions: i64,
    manner: Manner,
    /// How long it waits before each life, and how long that lasts at most.
    lives: Vec<(Duration, Duration)>,
}

/// When all processes are stopped for a while: between a claim and its request, as it happens.
#[derive(Debug, Clone, Copy)]
enum Stops {
    /// Before so many of 100 questions.
    Percent(u32),
    /// Before one question of each run.
    Once(i64, Duration),
}

/// One case. Everything follows from the seed.
#[derive(Debug)]
pub struct Scenario {
    random: Random,
    processes: Vec<Process>,
    sleeps: Vec<(Duration, Duration)>,
    stops: Stops,
    /// The length of each boot but the last, and how long the machine is down after it.
    reboots: Vec<(Duration, Duration)>,
    /// When the bucket file is overwritten by something else, in each boot.
    damage: Option<Duration>,
}

impl Scenario {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let reboots: Vec<_> =
            (0..random.pick(&[0, 0, 0, 1, 2])).map(|_| (random.upto(150.0), random.upto(30.0))).collect();
        let damage = random.percent(15).then(|| random.upto(120.0));
        let timeouts = [1.0, 5.0, 20.0, 20.0, 35.0];
        // Who finds the past lost knows no D but its own.
        let shared = (damage.is_some() || !reboots.is_empty()).then(|| random.pick(&timeouts));
        let processes = (0..=random.below(4)).map(|_| {
            let timeout = shared.unwrap_or_else(|| random.pick(&timeouts));
            Process::new(&mut random, Duration::from_secs_f64(timeout))
        });
        let processes = processes.collect();
        let sleeps = (0..random.pick(&[0, 0, 1, 4])).map(|_| {
            let longest = random.pick(&[5.0, 100.0, 10_000.0]);
            (random.upto(300.0), random.upto(longest))
        });
        let sleeps = sleeps.collect();
        let stops = Stops::Percent(random.pick(&[0, 0, 0, 1, 5]));
        Self { random, processes, sleeps, stops, reboots, damage }
    }

    /// Nothing happens but what the processes do.
    pub fn steady(processes: Vec<Process>) -> Self {
        let (sleeps, reboots) = (Vec::new(), Vec::new());
        Self { random: Random(1), processes, sleeps, stops: Stops::Percent(0), reboots, damage: None }
    }

    /// A process is stopped for `pause` before it takes its question number `question`.
    pub fn stopped_once(process: Process, question: i64, pause: Duration) -> Self {
        Self { stops: Stops::Once(question, pause), ..Self::steady(vec![process]) }
    }

    /// Plays it in virtual time; returns what arrived.
    pub fn play(self) -> Vec<Arrival> {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(self.play_in(folder.path()))
    }

    async fn play_in(mut self, folder: &Path) -> Vec<Arrival> {
        let arrivals = Arrivals::default();
        let timeline = Timeline::new(std::mem::take(&mut self.sleeps));
        let boots = self.reboots.clone().into_iter().map(Some).chain([None]);
        for (number, boot) in boots.enumerate() {
            let machine = Rc::new(Machine {
                folder: folder.to_owned(),
                boot_id: format!("boot {number}"),
                clock: timeline.boot(self.random.fork()),
                timeline: Arc::clone(&timeline),
                arrivals: Arc::clone(&arrivals),
                stops: self.stops,
            });
            let whole = self.play_boot(&machine);
            let Some((length, down)) = boot else {
                whole.await;
                break;
            };
            // Whatever runs is cut off.
            let _cut = tokio::time::timeout(length, whole).await;
            // The new boot's clock may start as soon as the old one is down.
            sleep(self.random.pick(&[Duration::ZERO, down])).await;
        }
        std::mem::take(&mut *arrivals.lock().unwrap())
    }

    async fn play_boot(&mut self, machine: &Rc<Machine>) {
        let local = LocalSet::new();
        let mut tasks = JoinSet::new();
        for process in &self.processes {
            tasks.spawn_local_on(Rc::clone(machine).run(process.clone(), self.random.fork()), &local);
        }
        if let Some(after) = self.damage {
            let machine = Rc::clone(machine);
            let damaging = async move {
                sleep(after).await;
                std::fs::write(machine.open().path(), "damaged").unwrap();
            };
            tasks.spawn_local_on(damaging, &local);
        }
        let all = async {
            while let Some(ended) = tasks.join_next().await {
                ended.unwrap();
            }
        };
        local.run_until(all).await;
    }
}

impl Process {
    fn new(random: &mut Random, timeout: Duration) -> Self {
        let limit = 1 + random.pick(&[3, 10, 30]) + random.below(10);
        let manner = Manner {
            latency: random.pick(&[0.2, 2.0, 15.0]),
            late: random.pick(&[0, 10, 50, 90]),
            lost: random.pick(&[0, 0, 10, 40]),
            failing: random.pick(&[0, 0, 5, 20]),
            together: random.pick(&[10.0, 30.0, 61.0]),
        };
        let lives = (0..=random.below(4)).map(|_| (random.upto(60.0), random.upto(180.0))).collect();
        Self {
            limit,
            burst: random.percent(20).then(|| 1 + random.below(limit)),
            timeout,
            concurrency: random.pick(&[1, 4, 16, 64]),
            questions: i64::from(1 + random.below(200)),
            manner,
            lives,
        }
    }

    /// A run that nothing disturbs, with concurrency enough.
    pub fn steady(limit: u32, mean_latency: f64, questions: i64) -> Self {
        // Each way takes half of the longest on average, and every other way home takes no time.
        let manner = Manner { latency: mean_latency / 0.75, late: 0, lost: 0, failing: 0, together: 1.0 };
        let lives = vec![(Duration::ZERO, Duration::from_hours(100))];
        let timeout = Duration::from_mins(1);
        Self { limit, burst: None, timeout, concurrency: 2 * limit, questions, manner, lives }
    }
}

/// One boot of the machine.
struct Machine {
    folder: PathBuf,
    boot_id: String,
    clock: Arc<MachineClock>,
    timeline: Arc<Timeline>,
    arrivals: Arrivals,
    stops: Stops,
}

impl Machine {
    fn open(&self) -> BucketFile {
        BucketFile::open_in_boot(&self.folder, AccountSid::ZEROS, "virtual", &self.boot_id).unwrap()
    }

    async fn run(self: Rc<Self>, process: Process, mut random: Random) {
        let mut planner = Stopping {
            inner: counting(process.questions),
            timeline: Arc::clone(&self.timeline),
            random: random.fork(),
            stops: self.stops,
            asked: 0,
        };
        for (pause, length) in &process.lives {
            sleep(*pause).await;
            // A life that is cut off is a killed process: it gives nothing back.
            let _killed = tokio::time::timeout(*length, self.live(&process, &mut planner, random.fork())).await;
        }
    }

    async fn live(&self, process: &Process, planner: &mut Stopping, mut random: Random) {
        let nonzero = |number: u32| number.try_into().unwrap();
        let limit = Limit::new(nonzero(process.limit), process.burst.map(nonzero), process.timeout);
        let clock: Arc<dyn Clock> = self.clock.clone();
        let mut limiter = Limiter::shared(self.open(), limit, Arc::clone(&clock));
        let network = Arc::new(Network {
            timeline: Arc::clone(&self.timeline),
            arrivals: Arc::clone(&self.arrivals),
            random: Mutex::new(random.fork()),
            manner: process.manner,
            limit: process.limit,
            timeout: process.timeout,
            asked: AtomicU64::new(0),
        });
        let mut ledger = ledger(&*clock);
        let mut jitter = move || random.unit();
        let deps = Deps {
            api: Arc::clone(&network),
            ledger: &mut ledger,
            limiter: &mut limiter,
            list: ListDeps::default(),
            clock,
            observer: &mut Silent,
            jitter: &mut jitter,
        };
        let retry = RetryPolicy { max_tries: 20, retry_for: Duration::from_hours(1) };
        let (_sender, stop) = watch::channel(Stop::Go);
        let driven = drive(planner, deps, pace(process.concurrency, retry), stop).await.unwrap();
        assert_eq!(driven.tally.sent, network.asked.load(Ordering::Relaxed), "what is counted is what was sent");
    }
}

/// Asks on, and has all processes stopped now and then.
struct Stopping {
    inner: Counting,
    timeline: Arc<Timeline>,
    random: Random,
    stops: Stops,
    asked: i64,
}

impl Planner for Stopping {
    fn next(&mut self) -> Next {
        self.asked += 1;
        match self.stops {
            // A shorter stop is within what a request may take to start.
            Stops::Percent(chance) if self.random.percent(chance) => {
                self.timeline.stop_processes(Duration::from_secs(3) + self.random.upto(150.0));
            }
            Stops::Once(question, pause) if question == self.asked => self.timeline.stop_processes(pause),
            Stops::Percent(_) | Stops::Once(..) => {}
        }
        self.inner.next()
    }

    fn learn(&mut self, question: &Question, outcome: Outcome) {
        self.inner.learn(question, outcome);
    }

    fn progress(&self) -> (u64, u64) {
        self.inner.progress()
    }

    fn conclude(self) -> Conclusion {
        self.inner.conclude()
    }
}
