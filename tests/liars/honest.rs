//! Honest accounts of every odd shape: they are published, and exactly, with exit 0.

use fastrand::Rng;

use crate::api::Api;
use crate::case::Case;
use crate::clock::now;
use crate::history::{midnight, recent};
use crate::job::{CHANNELS, Job, Split, into, services};
use crate::liar::{Lie, When};
use crate::life::live;
use crate::proof::STRATEGIES;
use crate::support::Workspace;
use crate::world::{DAY, EMAIL, HOUR, MIX, START, Source, World, sid};

/// Attempts of some sources on the four days, and nothing else.
fn only(number: usize, sources: &[Source]) -> World {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(21), (START, START + 4 * DAY), number, sources, 1);
    world
}

fn case(world: World) -> Case {
    Case::new(world, Job::default()).exact()
}

fn typical() -> Case {
    case(World::typical(22))
}

/// Few attempts, on one day.
fn few(number: usize) -> Case {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(23), (START + DAY, START + 2 * DAY), number, &MIX, 1);
    case(world)
}

const FAR: [(&str, usize); 3] = [("US", 60), ("BR", 30), ("GB", 10)];

/// Most attempts come from countries that the job doesn't list.
fn large_remainder() -> Case {
    let sources: Vec<Source> = FAR.iter().map(|&(country, weight)| (Some(country), "sms", weight)).collect();
    case(only(150, &[&sources[..], &[(Some("CO"), "sms", 8), (None, "email", 10)]].concat()))
        .job(|job| job.countries = into(&["CO", "DE", "PE", "CL", "EC"]))
}

/// Attempts that ended forty days before the range.
fn dormant(retention: &'static str) -> Case {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(24), (midnight() - 60 * DAY, midnight() - 45 * DAY), 60, &MIX, 1);
    recent(5, 1, retention).world(world).code(&[0])
}

fn many_prefixes() -> Vec<String> {
    let mut prefixes: Vec<String> = (300..=320).map(|network| format!("+57{network}")).collect();
    prefixes.extend(["+1202".to_owned(), "+1415".to_owned(), "+49".to_owned()]);
    prefixes
}

fn today() -> Case {
    let mut world = World::default();
    world.add(&mut Rng::with_seed(25), (midnight() - 9 * DAY, now()), 300, &MIX, 1);
    Case::new(world, Job { range: Some("today"), channels: Split::No, ..Job::default() }).at(None).code(&[0])
}

/// Each is played by both strategies, and by pages of the list.
macro_rules! honest {
    ($($name:ident => $case:expr;)*) => {
        crate::cases! { $($name => $case;)* }

        mod by_pages {
            #[allow(clippy::wildcard_imports, reason = "the same cases")]
            use super::*;

            $(#[test] fn $name() { $case.by_pages().prove_listed(stringify!($name)); })*
        }
    };
}

honest! {
    an_ordinary_account => typical();
    one_service => typical().job(|job| job.services = services(1)).world(only(120, &MIX));
    one_of_two_services => typical().job(|job| job.services = services(1));
    services_are_listed => typical().job(|job| job.services = services(2));
    three_services_of_which_one_is_idle => typical().job(|job| {
        job.services = services(3);
        job.channels = into(&["sms"]);
    });
    idle_services_are_not_proved => Case::new(World::typical(22), Job::default()).code(&[0])
        .job(|job| {
            job.services = Split::Into(vec![sid(7), sid(8)]);
            job.channels = Split::No;
        })
        .unproven("VerifyServiceSid").nothing_final();
    one_country => case(only(120, &MIX[..1])).job(|job| job.countries = into(&["US"]));
    one_country_of_many => typical().job(|job| job.countries = into(&["CO"]));
    one_country_that_holds_all_but_email =>
        case(only(120, &[MIX[0], MIX[8]])).job(|job| job.countries = into(&["US"]));
    one_idle_country => typical().job(|job| job.countries = into(&["PE"]));
    three_idle_countries => typical().job(|job| job.countries = into(&["PE", "CL", "EC"]));
    one_channel => case(only(120, &MIX[..1])).job(|job| job.channels = into(&["sms"]));
    one_channel_of_many => typical().job(|job| job.channels = into(&["whatsapp"]));
    one_idle_channel => typical().job(|job| job.channels = into(&["rbm"]));
    all_channels_but_only_sms => case(only(120, &MIX[..1]));
    channels_are_listed => typical().job(|job| job.channels = into(&CHANNELS));
    nothing_is_split => typical().job(|job| { job.channels = Split::No; job.countries = Split::No; });
    one_prefix => typical().job(|job| { job.countries = Split::No; job.prefixes = into(&["+57305"]); });
    one_prefix_that_holds_all => case(only(120, &MIX[2..3]))
        .job(|job| { job.countries = Split::No; job.channels = Split::No; job.prefixes = into(&["+57"]); });
    one_idle_prefix => typical()
        .job(|job| { job.countries = Split::No; job.channels = Split::No; job.prefixes = into(&["+5199"]); });
    prefixes_within_countries => typical().job(|job| {
        job.channels = Split::No;
        job.prefixes = into(&["+57300", "+1"]);
    });
    many_prefixes_with_channels => typical().job(|job| {
        job.countries = Split::No;
        job.channels = into(&["sms", "email"]);
        job.prefixes = Split::Into(many_prefixes());
    });
    email_alone => case(only(120, &EMAIL));
    email_alone_without_channels => case(only(120, &EMAIL)).job(|job| job.channels = Split::No);
    email_alone_by_prefix => case(only(60, &EMAIL)).job(|job| {
        job.countries = Split::No;
        job.prefixes = into(&["+57", "+1"]);
    });
    email_is_the_only_channel => typical().job(|job| job.channels = into(&["email"]));
    no_attempts => Case::new(World::default(), Job::default()).code(&[0]).at_most(12);
    one_attempt => few(1);
    two_attempts => few(2);
    three_attempts => few(3);
    five_attempts => few(5);
    one_attempt_without_channels => few(1).job(|job| job.channels = Split::No);
    five_attempts_without_channels => few(5).job(|job| job.channels = Split::No);
    five_attempts_of_listed_channels => few(5).job(|job| job.channels = into(&["sms", "call"]));
    all_in_one_window => few(80);
    one_window => typical().job(|job| job.end = START + DAY);
    one_window_of_all_days => typical().job(|job| job.every = 4 * DAY);
    hourly => typical().job(|job| { job.every = HOUR; job.end = START + 6 * HOUR; job.channels = Split::No; });
    hourly_with_few => few(2).job(|job| {
        job.every = HOUR;
        job.start = START + DAY;
        job.end = START + DAY + 8 * HOUR;
        job.channels = Split::No;
    });
    a_large_remainder => large_remainder();
    a_large_remainder_without_channels => large_remainder().job(|job| job.channels = Split::No);
    no_remainder_rows => typical().job(|job| job.remainder = false);
    dormant_for_forty_days => dormant("none");
    dormant_for_forty_days_under_a_retention => dormant("30d");
    dormant_and_forgotten => dormant("30d").always(Lie::HoldsFrom(now() - 30 * DAY));
    only_today => today();
    only_growing_windows => typical().at(Some(START + 4 * DAY)).job(|job| { job.start = START + 3 * DAY; });
    not_yet_settled_at_all => typical().at(Some(START + 4 * DAY + HOUR)).job(|job| job.settle = 10 * DAY);
    every_country => typical()
        .job(|job| { job.countries = Split::All; job.channels = Split::No; job.end = START + DAY; });
    growing_then_settled => typical().at(Some(START + 3 * DAY)).then().at(Some(START + 10 * DAY)).exact();
    seen_before_then_refreshed => typical().then().arguments(&["--refresh"]).exact();
    a_lone_service_refreshed => case(only(80, &MIX)).job(|job| job.services = services(1))
        .then().arguments(&["--refresh"]).exact();
}

/// The fields by which a reader of `--json` knows what was proved.
#[test]
fn the_summary_tells_its_evidence() {
    let case = typical();
    let act = &case.acts[0];
    let (place, api) = (Workspace::new(), Api::start());
    for strategy in STRATEGIES {
        api.begin(&act.world, &[], 0);
        let end = live(&place, &api, act, &["--strategy", strategy, "--refresh"]);
        assert_eq!(end.code, Some(0), "{}", end.stderr);
        assert_eq!(end.said["unproven"], serde_json::json!([]), "{:#}", end.said);
        for field in ["controls", "sums_checked", "totals_repeated"] {
            assert!(end.said["evidence"][field].is_u64(), "{field}: {:#}", end.said["evidence"]);
        }
        assert_eq!(end.said["reconciled"], true, "{:#}", end.said);
    }
    // Nothing is published: nothing is reconciled either.
    let place = Workspace::new();
    api.begin(&act.world, &[(Lie::RefusesAll, When::Always)], 0);
    let end = live(&place, &api, act, &[]);
    assert_eq!(end.said["windows_published"], 0, "{:#}", end.said);
    assert!(end.said["reconciled"].is_null(), "{}", end.said["reconciled"]);
}
