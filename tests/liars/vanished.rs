//! V4 to V6: attempts that are not there, for a while or for good, and accounts that seem blank.

use crate::case::Case;
use crate::cases;
use crate::job::{Job, Split, into, services};
use crate::liar::{At, EVERYTHING, Lie, Lost, When};
use crate::question::Filter;
use crate::world::{DAY, MIX, START, World};

fn case() -> Case {
    Case::new(World::typical(2), Job::default())
}

/// No channels, and a large remainder in which a zero can hide.
fn short_list() -> Case {
    case().job(|job| {
        job.channels = Split::No;
        job.countries = into(&["CO", "DE"]);
    })
}

fn during(from: f32, to: f32) -> When {
    When::During(At::Share(from), At::Share(to))
}

const CO: Lost = Lost { country: Some("CO"), ..EVERYTHING };
const HALF_OF_SMS: Lost = Lost { channel: Some("sms"), percent: 50, ..EVERYTHING };
const SECOND_DAY: Lost = Lost { from: START + DAY, to: START + 2 * DAY, ..EVERYTHING };

cases! {
    blackout_at_the_first_request => case().lie(Lie::Blank, When::During(At::Request(1), At::Request(2)));
    blackout_at_the_first_two_requests => case().lie(Lie::Blank, When::During(At::Request(1), At::Request(3)));
    blackout_at_the_first_ten_requests => case().lie(Lie::Blank, When::During(At::Request(1), At::Request(11)));
    blackout_at_the_second_request => case().lie(Lie::Blank, When::During(At::Request(2), At::Request(3)));
    the_range_is_blank_though_its_past_is_not =>
        case().arguments(&["--concurrency", "1"]).lie(Lie::Blank, When::During(At::Request(2), At::Request(3)))
            .lie(Lie::Blank, When::From(At::Request(5))).code(&[3]);
    a_country_is_lost_while_a_difference_is_narrowed_down => case().job(|job| job.channels = Split::No)
        .lie(Lie::DeadFor(Filter::Country, "CO".to_owned()), When::During(At::Share(0.6), At::Share(1.2)));
    blackout_early => case().lie(Lie::Blank, during(0.05, 0.3));
    blackout_in_the_middle => case().lie(Lie::Blank, during(0.4, 0.6));
    blackout_late => case().lie(Lie::Blank, during(0.6, 0.9));
    blackout_at_the_end => case().lie(Lie::Blank, When::From(At::Share(0.8)));
    blackout_of_a_short_list => short_list().lie(Lie::Blank, during(0.3, 0.7));
    blackout_of_services => case()
        .job(|job| { job.services = services(2); job.channels = into(&["sms"]); })
        .lie(Lie::Blank, during(0.3, 0.6));
    a_country_is_lost_for_a_while => case().lie(Lie::Lacks(CO), during(0.2, 0.8));
    a_country_is_lost_for_good => case().lie(Lie::Lacks(CO), When::From(At::Share(0.5)));
    a_country_of_a_short_list_is_lost_for_a_while => short_list().lie(Lie::Lacks(CO), during(0.2, 0.8));
    a_country_of_a_short_list_is_lost_for_good => short_list().lie(Lie::Lacks(CO), When::From(At::Share(0.3)));
    half_is_lost_for_a_while => case().lie(Lie::Lacks(HALF_OF_SMS), during(0.3, 0.6));
    half_is_lost_for_good => case().lie(Lie::Lacks(HALF_OF_SMS), When::From(At::Share(0.5)));
    half_is_lost_near_the_end => case().lie(Lie::Lacks(HALF_OF_SMS), When::From(At::Share(0.9)));
    a_day_is_lost_for_a_while => case().lie(Lie::Lacks(SECOND_DAY), during(0.2, 0.7));
    a_day_is_lost_for_good => case().lie(Lie::Lacks(SECOND_DAY), When::From(At::Share(0.6)));
    a_day_of_a_short_list_is_lost_for_good =>
        short_list().lie(Lie::Lacks(SECOND_DAY), When::From(At::Share(0.4)));
    blank_and_never_seen => case().always(Lie::Blank).code(&[0]).nothing_final().doubted().at_most(12);
    blank_after_a_good_run =>
        case().exact().then().arguments(&["--refresh"]).always(Lie::Blank).code(&[3]).published(0);
    blank_after_a_good_run_and_a_lost_ledger =>
        case().exact().then().loses_state().always(Lie::Blank).code(&[3]).published(0);
    blank_for_the_days_after_a_good_run => case().exact().then()
        .job(|job| job.end += DAY).at(Some(START + 11 * DAY)).always(Lie::Blank).code(&[3]);
    a_day_comes_late => Case::new(late_world(30), Job::default()).code(&[0, 3]);
    a_day_comes_very_late => Case::new(late_world(60), Job::default()).code(&[0, 3]);
}

/// Most attempts of the third day come up at a request.
fn late_world(request: u32) -> World {
    let mut count = 0;
    World::typical(3).map(|attempt| {
        count += 1;
        if (START + 2 * DAY..START + 3 * DAY).contains(&attempt.at) && count % 4 > 0 {
            attempt.shown_from = request;
        }
        true
    })
}

/// One answer of zero, wherever it falls.
#[test]
fn one_stray_zero_anywhere() {
    for nth in 1..=40 {
        let zero = |case: Case| case.lie(Lie::Blank, When::Nth(nth));
        zero(short_list()).prove_undisturbed(&format!("one_stray_zero_anywhere, {nth}"));
    }
}

/// One cell of zero under a remainder of the same country's calls.
#[test]
fn one_country_says_zero_once() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut world = World::default();
    world.add(&mut random, (START, START + 4 * DAY), 120, &MIX[..6], 1);
    let world = world.with_surroundings(&mut random, (START, START + 4 * DAY), &MIX, 1);
    for nth in 1..=12 {
        let case = Case::new(world.clone(), Job { countries: into(&["CO"]), channels: Split::No, ..Job::default() });
        case.lie(Lie::DeadFor(Filter::Country, "CO".to_owned()), When::Nth(nth))
            .prove_undisturbed(&format!("one_country_says_zero_once, {nth}"));
    }
}

/// A country that is lost for good, at one place after the other. Where its sum and what was counted before were asked
/// afresh, the zeros that were counted since agreed with the sum, and were published.
#[test]
fn a_country_is_lost_from_any_question_on() {
    for twentieth in 8..=16_u8 {
        let from = At::Share(f32::from(twentieth) / 20.0);
        let case = case()
            .job(|job| job.channels = Split::No)
            .lie(Lie::DeadFor(Filter::Country, "CO".to_owned()), When::From(from));
        case.prove_undisturbed(&format!("a_country_is_lost_from_any_question_on, {twentieth}"));
    }
}
