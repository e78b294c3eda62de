//! Identities against what release 0.1 recorded, and against one another.

use crate::model::JobStrategy;
use rusqlite::{Connection, OpenFlags};

use super::*;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1").join(path)
}

/// A job of release 0.1, with the output folder that it ran with.
fn job(path: &str, output: &str) -> Job {
    let text = std::fs::read_to_string(fixture(path)).unwrap();
    let mut job = Job::parse(&text, path).unwrap();
    job.output.directory = crate::model::Location::Folder(output.into());
    job
}

/// The fingerprints that release 0.1 recorded, in the order of its runs.
fn recorded(ledger: &str) -> Vec<String> {
    let uri = format!("file:{}?immutable=1", fixture(ledger).display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags).unwrap();
    let mut statement = connection.prepare("SELECT fingerprint FROM runs ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const OUTPUT: &str = "/tmp/rollup-0.1/output";

#[test]
fn runs_of_release_0_1_are_known_by_what_it_recorded() {
    let mut jobs: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"]
        .map(|name| (job(&format!("shapes/{name}.toml"), OUTPUT), Freshness::Reuse))
        .into();
    let odd = job("shapes/a.toml", "/tmp/rollup-0.1/an \"odd\" földer");
    jobs.push((Job { strategy: JobStrategy::Exhaustive, ..odd }, Freshness::Refresh));
    let fingerprints = recorded("shapes/ledger.sqlite");
    assert_eq!(fingerprints.len(), jobs.len());
    for (fingerprint, (job, freshness)) in fingerprints.into_iter().zip(jobs) {
        let identity = RunIdentity::of(&job, freshness);
        assert_eq!(identity.earlier[0], fingerprint, "{}", job.name.as_str());
    }
    for (job, ledger) in
        [("finished/finished.toml", "finished/ledger.sqlite"), ("open/open.toml", "open/ledger.sqlite")]
    {
        let identity = RunIdentity::of(&self::job(job, OUTPUT), Freshness::Reuse);
        assert_eq!(identity.earlier[..1], recorded(ledger), "{job}");
    }
}

#[test]
fn a_run_is_known_by_every_name_of_its_zone() {
    let base = job("shapes/b.toml", OUTPUT);
    let named = |name: &str| {
        let mut job = base.clone();
        job.windows.timezone = name.parse().unwrap();
        RunIdentity::of(&job, Freshness::Reuse)
    };
    let (kiev, kyiv) = (named("Europe/Kiev"), named("Europe/Kyiv"));
    assert_ne!(kiev.fingerprint, kyiv.fingerprint);
    assert!(kiev.earlier.contains(&kyiv.fingerprint) && kyiv.earlier.contains(&kiev.fingerprint));
    assert!(kyiv.earlier.contains(&kiev.earlier[0]), "a run of release 0.1 under its old name");
    assert!(!kyiv.earlier.contains(&named("Europe/Warsaw").fingerprint));
}

/// Whoever changes this text strands the open runs of everybody: it needs the next version, and the old one as earlier.
#[test]
fn the_text_of_this_version_is_frozen() {
    let job = job("shapes/c.toml", OUTPUT);
    assert_eq!(
        text(&job, Freshness::Reuse, Path::new("/tmp/rollup-0.1/output/c")),
        r#"{"version":2,"job":"c","base_url":"https://[::1]:9","interval":"[]","settle_after_seconds":86400,"#
            .to_owned()
            + r#""attempts_settle_seconds":3600,"retention_seconds":1123200,"range":{"between":{"start":1793532600,"#
            + r#""end":1794092400}},"every":"whole","timezone":"Europe/Berlin","services":["#
            + r#""VA00000000000000000000000000000001","VA0123456789abcdefABCDEF0123456789"],"countries":["CO","US"],"#
            + r#""countries_are":"listed","channels":null,"channels_are":"unsplit","destination_prefixes":null,"#
            + r#""remainder":"drop","strategy":"drill-down","settled_answers":"reuse","#
            + r#""dataset":"/tmp/rollup-0.1/output/c"}"#
    );
}

#[test]
fn what_decides_the_questions_tells_runs_apart_and_nothing_else_does() {
    let base = job("shapes/b.toml", OUTPUT);
    let of = |job: &Job| RunIdentity::of(job, Freshness::Reuse);
    assert_ne!(of(&base), RunIdentity::of(&base, Freshness::Refresh));
    let other = |change: &dyn Fn(&mut Job)| {
        let mut job = base.clone();
        change(&mut job);
        of(&job)
    };
    for (what, other) in [
        ("name", other(&|job| job.name = "b-3".parse().unwrap())),
        ("interval", other(&|job| job.source.interval = crate::model::Interval::Open)),
        ("retention", other(&|job| job.source.retention = Some(std::time::Duration::ZERO))),
        ("zone", other(&|job| job.windows.timezone = "UTC".parse().unwrap())),
        ("channels", other(&|job| job.channels = Listing::Every)),
        ("prefixes", other(&|job| job.shape.prefixes = None)),
        ("strategy", other(&|job| job.strategy = JobStrategy::DrillDown)),
        ("dataset", other(&|job| job.output.directory = crate::model::Location::Folder("/tmp".into()))),
    ] {
        assert_ne!(of(&base).fingerprint, other.fingerprint, "{what}");
        assert_ne!(of(&base).earlier, other.earlier, "{what}");
    }
    let same = other(&|job| {
        job.description = "for people".to_owned();
        job.limits.set_requests_per_minute(1);
        job.output.formats.reverse();
    });
    assert_eq!(of(&base), same);
}

/// A job that was begun before there was a list goes on as it was: only where pages may be read is it another.
#[test]
fn auto_without_the_list_is_the_drill_down() {
    let base = job("shapes/c.toml", OUTPUT);
    let of = |strategy: JobStrategy, may_list: bool| {
        let mut job = Job { strategy, ..base.clone() };
        job.source.may_list = may_list;
        RunIdentity::of(&job, Freshness::Reuse)
    };
    assert_eq!(base.strategy, JobStrategy::Auto);
    assert_eq!(of(JobStrategy::Auto, false), of(JobStrategy::DrillDown, false));
    assert_eq!(of(JobStrategy::DrillDown, true), of(JobStrategy::DrillDown, false));
    assert_eq!(of(JobStrategy::Exhaustive, true), of(JobStrategy::Exhaustive, false));
    let different = [of(JobStrategy::Auto, true), of(JobStrategy::List, true), of(JobStrategy::DrillDown, true)];
    for (at, one) in different.iter().enumerate() {
        for other in &different[at + 1..] {
            assert_ne!(one.fingerprint, other.fingerprint);
            assert!(one.earlier.iter().all(|earlier| !other.earlier.contains(earlier)), "also of release 0.1");
        }
    }
}
