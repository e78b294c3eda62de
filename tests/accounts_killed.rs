//! Hosts that share many accounts and are killed at any time, again and again: every account's table is right, each host
//! that ends tells of all of them, nothing stays open, and no more is asked again than was in flight.
//!
//! `VERIFY_ROLLUP_KILLS` says how many kills there are, and `VERIFY_ROLLUP_SEED` which.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/accounts.rs"]
mod many;
#[path = "support/postgres_server.rs"]
mod postgres_server;
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;

use fastrand::Rng;
use many::{JOB, LOOK, Place, counts, ended, until};
use postgres_server::PostgresServer;
use support::{finish, searched, verify_rollup};

/// Accounts of a round: others in each, so that everything is asked anew.
const ACCOUNTS: usize = 24;
/// Those that a host works on at once.
const AT_ONCE: usize = 4;
/// The most that is asked again of an account that was at work at a kill.
const CONCURRENCY: usize = 4;
/// Kills in a round.
const KILLS: usize = 10;
/// Requests between two kills, at most.
const APART: usize = 150;
/// Looks at the counter before a host is killed without that many: it is at work on what is asked already.
const LOOKS: usize = 60;
const SEED: u64 = 20_261_130;

/// Keeps who claimed what and whether that turn came to its end, which tells what a host was at work on when it died.
const KEEP_CLAIMS: &str = "
    CREATE TABLE public.claims (claim TEXT PRIMARY KEY, host TEXT NOT NULL, is_over BOOLEAN NOT NULL DEFAULT false);
    CREATE FUNCTION public.keep_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.claim IS NOT NULL THEN
            INSERT INTO public.claims (claim, host) VALUES (NEW.claim, NEW.host) ON CONFLICT DO NOTHING;
        ELSIF NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
            UPDATE public.claims SET is_over = true WHERE claim = OLD.claim;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER keep_claim AFTER UPDATE ON verify_rollup.turns
        FOR EACH ROW EXECUTE FUNCTION public.keep_claim()";

fn many_places() -> (Place, PostgresServer) {
    let (mut place, database) = (Place::new(ACCOUNTS, &[]), PostgresServer::start());
    let limits = format!("accounts = {AT_ONCE}\nconcurrency = {CONCURRENCY}\n");
    let job = JOB.replace("accounts = 4\n", &limits).replace("[output]", "[plan]\nstrategy = \"exhaustive\"\n[output]");
    place.workspace.job("job.toml", &job);
    // Whoever comes first makes the tables.
    place.be_about(0..1);
    finish(&mut place.host("first/1", &database), 0);
    (place, database)
}

/// How many, for who has more time.
fn kills() -> usize {
    std::env::var("VERIFY_ROLLUP_KILLS").map_or(20, |kills| kills.parse().unwrap())
}

/// What the simulated server says to its tester.
fn simulator(place: &Place, method: &str, path: &str) -> serde_json::Value {
    let mut stream = TcpStream::connect(place.server.url.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "{method} /_simulator/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_default()
}

/// How many requests came since the last reset, once none is on its way.
fn asked(place: &Place) -> usize {
    let count = |name: &str| simulator(place, "GET", "stats")[name].as_u64().unwrap();
    until(|| count("in_flight") == 0, "what killed hosts asked is answered");
    usize::try_from(count("requests")).unwrap()
}

/// How many requests the accounts take that nothing disturbs.
fn undisturbed(place: &Place) -> usize {
    simulator(place, "POST", "reset");
    let alone = place.workspace.path("alone");
    let mut built = verify_rollup();
    built.current_dir(place.workspace.folder.path()).args(["run", "job.toml", "--base-url", &place.server.url]);
    built.arg("--output").arg(alone.join("output")).arg("--state-dir").arg(alone.join("state"));
    finish(built.env("SUB_TOKEN", support::SECRET), 0);
    std::fs::remove_dir_all(alone).unwrap();
    let count = asked(place);
    simulator(place, "POST", "reset");
    count
}

/// A host, and each of its boots.
struct Host {
    name: &'static str,
    boots: usize,
    process: Child,
}

impl Host {
    fn start(place: &Place, database: &PostgresServer, name: &'static str) -> Self {
        Self { name, boots: 1, process: place.host(&format!("{name}/1"), database).spawn().unwrap() }
    }

    fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Kills it and starts it anew; on how many accounts it was at work.
    fn kill(&mut self, place: &Place, database: &PostgresServer) -> usize {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let holder = format!("{} (process {} since %", self.name, self.process.id());
        let lost = database.ask(
            "postgres",
            &format!(
                "SELECT count(*) FROM claims AS c JOIN verify_rollup.leases AS l ON l.name = c.host
                 WHERE NOT c.is_over AND l.holder LIKE '{holder}'"
            ),
        );
        self.boots += 1;
        let machine = format!("{}/{}", self.name, self.boots);
        self.process = place.host(&machine, database).spawn().unwrap();
        let lost = lost.parse().unwrap();
        assert!(lost <= AT_ONCE, "{holder} was at work on {lost}");
        lost
    }
}

/// What kills cost.
#[derive(Debug, Default)]
struct Toll {
    kills: usize,
    rounds: usize,
    tables: usize,
    at_work: usize,
    again: usize,
}

/// Lets hosts work on accounts that nobody was asked for before, and kills them until one of them is done.
fn round((place, database): (&mut Place, &PostgresServer), random: &mut Rng, toll: &mut Toll) {
    let first = ACCOUNTS * (toll.rounds + 1);
    place.be_about(first..first + ACCOUNTS);
    let place = &*place;
    let most = undisturbed(place);
    let mut hosts = ["alpha", "beta", "gamma"].map(|name| Host::start(place, database, name));
    let (mut here, mut at_work) = (0, 0);
    while here < KILLS && toll.kills + here < kills() && !hosts.iter_mut().any(Host::has_ended) {
        let enough = asked_by_now(place) + random.usize(1..=APART);
        let looks = random.usize(1..=LOOKS);
        let _ = (0..looks).find(|_| {
            std::thread::sleep(LOOK);
            asked_by_now(place) >= enough
        });
        let host = &mut hosts[random.usize(..3)];
        if !host.has_ended() {
            at_work += host.kill(place, database);
            here += 1;
        }
    }
    for host in hosts {
        assert_eq!(counts(&ended(host.process)), [ACCOUNTS as u64, ACCOUNTS as u64, 0, 0, 0], "{}", host.name);
    }
    let asked = asked(place);
    let again = asked.checked_sub(most).expect("everything is asked anew");
    assert!(again <= at_work * CONCURRENCY, "{again} asked again, {at_work} accounts at work at {here} kills");
    place.assert_true(place.accounts.clone());
    assert_nothing_is_open(database);
    toll.kills += here;
    toll.rounds += 1;
    toll.tables += ACCOUNTS;
    toll.at_work += at_work;
    toll.again += again;
}

fn asked_by_now(place: &Place) -> usize {
    usize::try_from(simulator(place, "GET", "stats")["requests"].as_u64().unwrap()).unwrap()
}

fn assert_nothing_is_open(database: &PostgresServer) {
    for open in [
        "turns WHERE host IS NOT NULL OR claim IS NOT NULL OR ended_at IS NULL",
        "runs WHERE status <> 'published' OR ended_at IS NULL",
        "leases WHERE name NOT LIKE 'host-%' AND beaten_at IS NOT NULL",
    ] {
        let count = database.ask("postgres", &format!("SELECT count(*) FROM verify_rollup.{open}"));
        assert_eq!(count, "0", "{open}");
    }
}

/// With one account at work, and none asked at these steps, nothing at all is asked again.
#[test]
fn a_host_that_dies_as_it_takes_a_turn_or_before_it_ends_one_costs_no_request() {
    let (mut place, database) = many_places();
    let job = std::fs::read_to_string(place.workspace.path("job.toml")).unwrap();
    place.workspace.job("job.toml", &job.replace(&format!("accounts = {AT_ONCE}\n"), "accounts = 1\n"));
    let cases = [
        ("turn-taken:1", "alpha/2"),
        ("turn-taken:3", "beta/1"),
        ("turn-worked:3", "alpha/2"),
        ("turn-worked:5", "beta/1"),
    ];
    for (number, (step, heir)) in cases.into_iter().enumerate() {
        place.be_about(5 * (number + 1)..5 * (number + 2));
        let most = undisturbed(&place);
        let died = place.host("alpha/1", &database).env("VERIFY_ROLLUP_CRASH", step).output().unwrap();
        assert_eq!(died.status.code(), None, "{step}: {}", searched(&died));
        let (name, passing) = step.split_once(':').unwrap();
        let worked = passing.parse::<usize>().unwrap() - usize::from(name == "turn-taken");
        assert_eq!(place.published().len(), worked, "{step}");
        let heir = place.host(heir, &database).spawn().unwrap();
        assert_eq!(counts(&ended(heir)), [5, 5, 0, 0, 0], "{step}");
        assert_eq!(asked(&place), most, "{step}");
        place.assert_true(place.accounts.clone());
        assert_nothing_is_open(&database);
    }
}

#[test]
fn hosts_that_are_killed_at_any_time_leave_every_account_right() {
    let (mut place, database) = many_places();
    database.ask("postgres", KEEP_CLAIMS);
    let seed = std::env::var("VERIFY_ROLLUP_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let (mut random, mut toll) = (Rng::with_seed(seed), Toll::default());
    println!("seed {seed}");
    while toll.kills < kills() {
        round((&mut place, &database), &mut random, &mut toll);
    }
    println!("{toll:?}, at most {} again", toll.at_work * CONCURRENCY);
}
