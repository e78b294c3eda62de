//! Liars of the list: whatever pages say, no row is wrong, and an honest Summary has every row published.

use crate::case::Case;
use crate::history::{midnight, recent};
use crate::job::{Split, into, services};
use crate::liar::{EVERYTHING, Lie, Lost, When};
use crate::pages::ListLie;
use crate::question::Filter;
use crate::world::{DAY, HOUR};

/// Each case is played with pages wherever the list reaches.
macro_rules! cases {
    ($($name:ident => $case:expr;)*) => {
        $(#[test] fn $name() { $case.prove_listed(stringify!($name)); })*
    };
}

/// Nine days by country and channel, of which the list is read.
fn listed() -> Case {
    recent(12, 3, "30d").job(|job| {
        job.channels = Split::All;
        job.list = true;
    })
}

/// Summary is honest: everything is published, final and true.
fn lists(lie: ListLie) -> Case {
    listed().always(Lie::List(lie)).exact()
}

const fn without(country: Option<&'static str>, channel: Option<&'static str>) -> Lost {
    Lost { country, channel, ..EVERYTHING }
}

cases! {
    honest => listed().exact().shows_listed_rows();
    unauthenticated => lists(ListLie::Status(401)).told("the list is not used");
    forbidden => lists(ListLie::Status(403)).told("the list is not used");
    not_there => lists(ListLie::Status(404)).told("the list is not used");
    ailing => lists(ListLie::Status(503)).told("the list is not used");
    throttled_in_the_middle => lists(ListLie::StatusOnce(429, 2)).shows_listed_rows();
    ailing_in_the_middle => lists(ListLie::StatusOnce(500, 3)).shows_listed_rows();
    drops_a_few => lists(ListLie::Lacks(Lost { percent: 3, ..EVERYTHING }));
    drops_all => lists(ListLie::Lacks(EVERYTHING));
    drops_email => lists(ListLie::Lacks(without(None, Some("email")))).told("email").shows_listed_rows();
    drops_text_messages => lists(ListLie::Lacks(without(None, Some("sms")))).told("sms").shows_listed_rows();
    drops_a_country => lists(ListLie::Lacks(without(Some("CO"), None)));
    drops_a_day =>
        lists(ListLie::Lacks(Lost { from: midnight() - 8 * DAY, to: midnight() - 7 * DAY, ..EVERYTHING }));
    doubles => lists(ListLie::Doubles).shows_listed_rows();
    overlaps_in_no_order => lists(ListLie::Overlaps).shows_listed_rows();
    endless => lists(ListLie::Endless).told("the list is not used");
    runs_in_a_circle => lists(ListLie::Circle).told("the list is not used");
    names_somebody_else_s_next_page => lists(ListLie::ForeignNext).shows_listed_rows();
    has_one_page_only => lists(ListLie::Capped(1));
    some_have_no_country => lists(ListLie::Countryless(20));
    none_has_a_country => lists(ListLie::Countryless(100));
    one_country_for_all => lists(ListLie::Country(100, "DE"));
    another_country_for_some => lists(ListLie::Country(10, "DE"));
    a_country_that_is_not_listed => lists(ListLie::Country(10, "BR"));
    another_channel_for_some => lists(ListLie::Channel(10, "rbm"));
    a_channel_that_nobody_knows => lists(ListLie::Channel(10, "pigeon"));
    has_not_heard_of_conversions => lists(ListLie::Unconverted(10));
    an_hour_late => lists(ListLie::Later(100, HOUR));
    a_second_late => lists(ListLie::Later(100, 1));
    bare => lists(ListLie::Bare);
    credits => lists(ListLie::Price("-0.0075")).shows_listed_rows();
    // A run that is taken up tells of the prices that it read itself.
    prices_too_fine => lists(ListLie::Price("0.0000001")).shows_listed_rows();
    ignores_both_bounds => lists(ListLie::Boundless);
    a_status_that_nobody_knows => lists(ListLie::UnknownStatus(2)).told("list");
    a_page_that_is_none => lists(ListLie::Garbled(2)).told("list");
    by_hours => listed().exact().job(|job| { job.every = HOUR; job.end = job.start + 2 * DAY; }).shows_listed_rows();
    by_hours_and_drops_a_few => lists(ListLie::Lacks(Lost { percent: 3, ..EVERYTHING }))
        .job(|job| { job.every = HOUR; job.end = job.start + DAY; });
    by_service => listed().exact().job(|job| job.services = services(2)).shows_listed_rows();
    by_service_and_another_for_some => lists(ListLie::Channel(10, "call")).job(|job| job.services = services(2));
    by_prefix => listed().exact().job(|job| { job.countries = Split::No; job.prefixes = into(&["+57305", "+1202"]); }).shows_listed_rows();
    by_prefix_and_drops_a_few => lists(ListLie::Lacks(Lost { percent: 3, ..EVERYTHING }))
        .job(|job| { job.countries = Split::No; job.prefixes = into(&["+57305", "+1202"]); });
    no_channels => listed().exact().job(|job| job.channels = Split::No).shows_listed_rows();
    no_channels_and_no_email => lists(ListLie::Lacks(without(None, Some("email")))).job(|job| job.channels = Split::No);
    channels_are_listed => listed().exact().job(|job| job.channels = into(&["sms", "email"])).shows_listed_rows();
    today_grows => growing(None);
    today_grows_and_drops_a_few => growing(Some(ListLie::Lacks(Lost { percent: 3, ..EVERYTHING })));
    today_grows_and_has_not_heard_of_conversions => growing(Some(ListLie::Unconverted(20)));
    // Summary lies as well: what pages say must not hide it.
    summary_ignores_countries => listed().always(Lie::Ignored(Filter::Country)).recovered();
    summary_ignores_channels => listed().always(Lie::Ignored(Filter::Channel)).recovered();
    summary_ignores_both_bounds =>
        listed().always(Lie::Ignored(Filter::After)).always(Lie::Ignored(Filter::Before)).recovered();
    summary_lacks_a_country => listed().lie(Lie::Lacks(without(Some("CO"), None)), When::Nth(9)).recovered();
    both_lack_the_same => listed()
        .always(Lie::Lacks(without(Some("CO"), None))).always(Lie::List(ListLie::Lacks(without(Some("CO"), None))));
}

/// A run that dies at any of its requests, pages or questions, is finished by the next one.
#[test]
fn honest_and_killed_at_every_third_request() {
    let mut complaints = Vec::new();
    let case = listed().exact();
    let asked = case.play("list", 0, None, &mut complaints);
    for request in (1..=asked).step_by(3) {
        case.play("list", 0, u32::try_from(request).ok(), &mut complaints);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The last four days, of which one or two have not settled.
fn growing(lie: Option<ListLie>) -> Case {
    let case = recent(4, 0, "30d").job(|job| {
        job.channels = Split::All;
        job.list = true;
        job.settle = 30 * HOUR;
    });
    let case = lie.into_iter().fold(case, |case, lie| case.always(Lie::List(lie)));
    case.code(&[0])
}
