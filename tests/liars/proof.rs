//! Plays a case by both strategies, with and without a kill, and holds what is published against the truth.

use verify_rollup::clock::{Clock, SystemClock};

use crate::api::{Api, Entry};
use crate::case::{Act, Case};
use crate::job::{Job, Split};
use crate::liar::{At, Lie, Lost, Reply, When};
use crate::life::{End, live};
use crate::question::Filter;
use crate::support::Workspace;
use crate::table::{Key, Row, read};
use crate::world::{Attempt, Counts};

pub const STRATEGIES: [&str; 2] = ["exhaustive", "drill-down"];

/// More than these of one act would hide the first.
const MOST_COMPLAINTS: usize = 6;

impl Case {
    /// Fails with all complaints of all four ways to play it.
    pub fn prove(&self, name: &str) {
        let mut complaints = Vec::new();
        for strategy in STRATEGIES {
            let usual = self.usual(strategy);
            let asked = self.play(strategy, usual, None, &mut complaints);
            // By its name, so that cases differ in where they are struck, and stay as they are.
            let place = name.bytes().map(usize::from).sum::<usize>() % 3;
            let kill = asked * [1, 2, 9][place] / [3, 3, 10][place];
            if kill > 0 {
                self.play(strategy, usual, u32::try_from(kill).ok(), &mut complaints);
            }
        }
        assert!(complaints.is_empty(), "{name}\n{}", complaints.join("\n"));
    }

    /// By pages of the list, undisturbed and with a kill.
    pub fn prove_listed(&self, name: &str) {
        let mut complaints = Vec::new();
        let asked = self.play("list", 0, None, &mut complaints);
        let place = name.bytes().map(usize::from).sum::<usize>() % asked.max(1);
        self.play("list", 0, u32::try_from(place + 1).ok(), &mut complaints);
        assert!(complaints.is_empty(), "{name}\n{}", complaints.join("\n"));
    }

    /// By both strategies, without a kill.
    pub fn prove_undisturbed(&self, name: &str) {
        let mut complaints = Vec::new();
        for strategy in STRATEGIES {
            self.play(strategy, self.usual(strategy), None, &mut complaints);
        }
        assert!(complaints.is_empty(), "{name}\n{}", complaints.join("\n"));
    }

    /// How much an honest API is asked in the first act, where a lie wants to know.
    pub fn usual(&self, strategy: &str) -> usize {
        let act = &self.acts[0];
        let is_share = |when: &When| matches!(when, When::From(At::Share(_)) | When::During(At::Share(_), _));
        if !self.acts.iter().flat_map(|act| &act.lies).any(|(_, when)| is_share(when)) {
            return 0;
        }
        let (place, api) = (Workspace::new(), Api::start());
        let permanent: Vec<_> = act.lies.iter().filter(|(_, when)| *when == When::Always).cloned().collect();
        api.begin(&act.world, &permanent, 0);
        live(&place, &api, act, &arguments(act, strategy));
        api.log().len()
    }

    /// All acts; in the last one the program is killed at a request, and run again. Returns what the last one asked.
    pub fn play(&self, strategy: &str, usual: usize, kill: Option<u32>, complaints: &mut Vec<String>) -> usize {
        let (place, api) = (Workspace::new(), Api::start());
        let (mut asked, mut code) = (0, None);
        for (number, act) in self.acts.iter().enumerate() {
            if act.expect.after_failure && code == Some(0) {
                break;
            }
            let arguments = arguments(act, strategy);
            if act.loses_state {
                std::fs::remove_dir_all(place.path("state")).expect("a state directory");
            }
            api.begin(&act.world, &act.lies, usual);
            if number + 1 == self.acts.len() && kill.is_some() {
                api.kill_at(kill);
            }
            let mut before = api.log().len();
            let mut end = live(&place, &api, act, &arguments);
            if api.is_struck() {
                api.kill_at(None);
                before = api.log().len();
                end = live(&place, &api, act, &arguments);
            }
            code = end.code;
            let log = api.log();
            let rows = read(&place.path("output/doubtful"));
            let mut found = judge(act, &end, &rows, &log, before);
            if !found.is_empty() {
                if std::env::var_os("VERIFY_ROLLUP_LIAR_SEED").is_some() {
                    tell(&act.job, &log);
                }
                found.truncate(MOST_COMPLAINTS);
                let killed = kill.map_or(String::new(), |request| format!(", killed at request {request}"));
                complaints.push(format!(
                    "{strategy}, act {}{killed}: exit {:?} after {} requests, {}, warnings {}, unproven {}\n    {}",
                    number + 1,
                    end.code,
                    log.len(),
                    end.said["status"],
                    end.said["warnings"],
                    end.said["unproven"],
                    found.join("\n    ")
                ));
            }
            asked = log.len();
        }
        asked
    }
}

/// Everything that was asked, with what an honest API would have said where that is something else.
fn tell(job: &Job, log: &[Entry]) {
    println!("{job:?}");
    for (number, Entry { question, reply, honest }) in (1..).zip(log) {
        let counts = match reply {
            Reply::Counts(counts) => text(*counts),
            other => format!("{other:?}"),
        };
        let truth = if counts == text(*honest) { String::new() } else { format!(" instead of {}", text(*honest)) };
        println!("{number:>4} {question}: {counts}{truth}");
    }
}

fn arguments<'a>(act: &'a Act, strategy: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["--strategy", strategy];
    arguments.extend(&act.arguments);
    arguments
}

/// Everything that is wrong with the end of an act, whose last life began after some requests of the log.
pub fn judge(act: &Act, end: &End, rows: &[Row], log: &[Entry], before: usize) -> Vec<String> {
    let mut found = Vec::new();
    let expect = &act.expect;
    if expect.is_prologue {
        return found;
    }
    if !end.code.is_some_and(|code| expect.codes.contains(&code)) {
        found.push(format!("exit {:?} instead of {:?}: {}", end.code, expect.codes, end.stderr.trim_end()));
    }
    wrong_rows(act, end, rows, log, &mut found);
    if end.code == Some(0) {
        missing_rows(act, end, rows, &mut found);
    }
    let unproven = end.unproven();
    found.extend(
        expect.unproven.iter().filter(|filter| !unproven.contains(filter)).map(|it| format!("{it} is not unproven")),
    );
    let told = end.told().to_lowercase();
    found.extend(
        expect.told.iter().filter(|word| !told.contains(&word.to_lowercase())).map(|it| format!("{it:?} is not told")),
    );
    if !is_consistent(end) {
        let [status, reconciled, differences] = ["status", "reconciled", "differences"].map(|key| &end.said[key]);
        found.push(format!("exit {:?}, {status}, reconciled {reconciled}, differences {differences}", end.code));
    }
    let asked = log.len() - before;
    if let Some(most) = expect.most_requests.filter(|&most| asked > most) {
        found.push(format!("{asked} requests, at most {most} are needed"));
    }
    let expired = end.said["windows_expired"].as_array().map_or(0, Vec::len);
    if let Some(fewest) = expect.fewest_expired.filter(|&fewest| expired < fewest) {
        found.push(format!("{expired} windows have expired, not {fewest}"));
    }
    if let Some(published) = expect.published.filter(|&published| end.number("windows_published") != published) {
        found.push(format!("{} windows are published, not {published}", end.number("windows_published")));
    }
    if expect.doubts && !end.has_doubts() {
        found.push("nothing is told".to_owned());
    }
    if expect.listed && rows.iter().all(|row| row.provenance != "listed") {
        found.push("no row comes from the list".to_owned());
    }
    if expect.nothing_final && rows.iter().any(|row| row.is_final) {
        found.push("some rows are final".to_owned());
    }
    if let Some(country) = expect.folded.filter(|&country| rows.iter().any(|row| row.key.country == country)) {
        found.push(format!("{country} has rows of its own"));
    }
    found
}

/// Whether exit code, status, differences and `reconciled` say the same of a run that came to its end.
fn is_consistent(end: &End) -> bool {
    let differs = end.said["status"] == "unreconciled";
    let names_some = end.said["differences"].as_array().is_some_and(|list| !list.is_empty());
    let has_ended = matches!(end.code, Some(0 | 3));
    !has_ended
        || (end.said["reconciled"] == false) == differs
            && (differs || !names_some)
            && (!differs || end.code == Some(3) && (names_some || end.said["missing"] != serde_json::json!([])))
}

/// The one assertion: a final row is true, and a settled one that isn't final is doubted aloud.
fn wrong_rows(act: &Act, end: &End, rows: &[Row], log: &[Entry], found: &mut Vec<String>) {
    if act.expect.after_failure && !act.expect.exact || was_never_shown(act, log) || always_said_zero(act, log) {
        return;
    }
    let unproven = end.unproven();
    let is_excused = act.expect.excuses.iter().any(|filter| unproven.contains(filter));
    let now = SystemClock.now().timestamp();
    // What came up so late that only the last totals could have shown it may be missing.
    let series = |split: &Split, all| match split {
        Split::No => 1,
        Split::All => all,
        Split::Into(values) => values.len(),
    };
    let last = series(&act.job.services, 1) * series(&act.job.channels, 5) + 3;
    // What is never shown nobody can count.
    let never: Vec<Lost> = act
        .lies
        .iter()
        .filter_map(|told| match told {
            // The first request is about the future.
            (Lie::Lacks(gone), When::Always | When::From(At::Request(..=2))) => Some(*gone),
            _ => None,
        })
        .collect();
    let is_shown = |index: usize, attempt: &Attempt| !never.iter().any(|lost| lost.takes(index, attempt));
    let until = |request: usize| {
        let mut index = 0;
        act.world.clone().map(|attempt| {
            index += 1;
            attempt.shown_from as usize <= request && is_shown(index, attempt)
        })
    };
    let (full, earlier) = (until(log.len()), until(log.len().saturating_sub(last)));
    for row in rows {
        let truth = Job::truth(&full, &row.key, rows);
        if truth == row.counts || Job::truth(&earlier, &row.key, rows) == row.counts || is_excused {
            continue;
        }
        let is_settled = row.key.window.1 + act.job.settle <= act.as_of.unwrap_or(now).min(now);
        if row.is_final {
            found.push(format!(
                "{} ({}) says {} instead of {}",
                name(&row.key),
                row.provenance,
                text(row.counts),
                text(truth)
            ));
        } else if is_settled && act.expect.exact {
            found.push(format!("{} is not final and wrong", name(&row.key)));
        } else if is_settled && end.code == Some(0) && !end.has_doubts() {
            found.push(format!("{} is wrong and not final, in silence", name(&row.key)));
        }
    }
    if !act.expect.exact {
        return;
    }
    let may_doubt = act.expect.may_doubt && end.has_doubts();
    for row in rows.iter().filter(|row| !row.is_final && !may_doubt) {
        if row.key.window.1 + act.job.settle <= act.as_of.unwrap_or(now).min(now) {
            found.push(format!("{} is not final", name(&row.key)));
        }
    }
}

/// With exit 0, everything is there or named.
fn missing_rows(act: &Act, end: &End, rows: &[Row], found: &mut Vec<String>) {
    if act.job.range.is_some() {
        if rows.is_empty() {
            found.push("no rows".to_owned());
        }
        return;
    }
    let now = SystemClock.now().timestamp();
    let as_of = act.as_of.unwrap_or(now);
    let expired = end.said["windows_expired"].to_string();
    let told = end.told();
    for key in act.job.keys() {
        let is_named = expired.contains(&crate::job::time(key.window.0))
            || (!key.country.is_empty() && told.contains(&key.country))
            || (key.channel == "email" && told.contains("email"));
        // The server's now may lie before the host's.
        let is_over = key.window.1 <= as_of && key.window.1 <= now + clock_of(act).min(0);
        let is_excused = is_named && !act.expect.exact;
        if is_over && !is_excused && rows.iter().all(|row| row.key != key) {
            found.push(format!("{} is missing", name(&key)));
        }
    }
}

fn clock_of(act: &Act) -> i64 {
    act.lies.iter().find_map(|(lie, _)| if let Lie::Clock(shift) = lie { Some(*shift) } else { None }).unwrap_or(0)
}

/// Whether every answer was what an honest account without the lost attempts would have said: nobody can tell then.
fn was_never_shown(act: &Act, log: &[Entry]) -> bool {
    let lacking: Vec<&Lie> = act.lies.iter().map(|(lie, _)| lie).filter(|lie| matches!(lie, Lie::Lacks(_))).collect();
    !lacking.is_empty()
        && (1..).zip(log).all(|(request, entry)| {
            crate::liar::answer(&act.world, &lacking, &entry.question, request, i64::MAX / 2_000) == entry.reply
                || matches!(entry.reply, Reply::Status(_) | Reply::Refused(_))
        })
}

/// Whether a value that is listed said 0 whenever it was asked: nobody can tell then, but by the sum of all channels.
fn always_said_zero(act: &Act, log: &[Entry]) -> bool {
    act.lies.iter().any(|(lie, _)| {
        let Lie::DeadFor(filter, value) = lie else { return false };
        let is_summed = *filter == Filter::Channel && act.job.channels == Split::All;
        !is_summed
            && log
                .iter()
                .filter(|entry| entry.question.value(*filter) == Some(value) && entry.honest.attempts > 0)
                .all(|entry| entry.reply == Reply::Counts(Counts::default()))
    })
}

fn name(key: &Key) -> String {
    let (start, end) = (crate::job::time(key.window.0), crate::job::time(key.window.1));
    format!("{start}/{end} {} {} {} {}", key.service, key.country, key.channel, key.prefix)
}

fn text(counts: Counts) -> String {
    format!("{}/{}", counts.attempts, counts.converted)
}
