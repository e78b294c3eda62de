//! V10, V13 and V14: refusals of single values and of everything, odd bodies, errors inside a 200.

use crate::case::Case;
use crate::cases;
use crate::job::{Job, Split, into};
use crate::liar::{At, Lie, When, Zero};
use crate::question::Filter;
use crate::world::World;

fn case() -> Case {
    // Bodies that are never of use end a run when no answer was for so long.
    Case::new(World::typical(11), Job { limits: "retry_for = \"2s\"", ..Job::default() })
}

fn by_country() -> Case {
    case().job(|job| job.channels = Split::No)
}

fn refused(filter: Filter, value: &str) -> Lie {
    Lie::Refuses(filter, value.to_owned())
}

fn during(from: f32, to: f32) -> When {
    When::During(At::Share(from), At::Share(to))
}

cases! {
    zeros_are_left_out => case().always(Lie::Zeros(Zero::LeftOut)).exact();
    zeros_are_null => case().always(Lie::Zeros(Zero::Null)).exact();
    zeros_are_empty_objects => case().always(Lie::Zeros(Zero::EmptyObject)).exact();
    zeros_are_negative => case().always(Lie::Zeros(Zero::Minus)).exact();
    counts_are_floats => case().always(Lie::Floats).exact();
    negative_zeros_are_floats => case().always(Lie::Floats).always(Lie::Zeros(Zero::Minus)).exact();
    empty_objects_in_a_blackout => case()
        .lie(Lie::Blank, during(0.3, 0.6))
        .lie(Lie::Zeros(Zero::EmptyObject), during(0.3, 0.6));
    left_out_in_a_blackout => case()
        .lie(Lie::Blank, during(0.3, 0.6))
        .lie(Lie::Zeros(Zero::LeftOut), during(0.3, 0.6));
    an_error_in_every_body => by_country().always(Lie::ErrorInBody).code(&[1, 3]).published(0);
    a_code_in_every_body => by_country().always(Lie::CodeInBody).code(&[1, 3]).published(0);
    an_error_in_one_body => by_country().lie(Lie::ErrorInBody, When::Nth(9)).exact();
    a_code_in_one_body => by_country().lie(Lie::CodeInBody, When::Nth(9)).exact();
    errors_in_some_bodies => by_country().lie(Lie::ErrorInBody, during(0.3, 0.5));
    everything_is_refused => case().always(Lie::RefusesAll).code(&[1]).told("60200").at_most(40).published(0);
    everything_is_refused_late => case().lie(Lie::RefusesAll, When::From(At::Share(0.4))).code(&[1, 3]);
    everything_is_refused_for_a_while => case().lie(Lie::RefusesAll, during(0.3, 0.4)).code(&[0, 3]);
    a_country_is_refused => case().always(refused(Filter::Country, "CO")).code(&[3]).told("CO").folded("CO");
    a_country_is_refused_without_channels =>
        by_country().always(refused(Filter::Country, "CO")).code(&[3]).told("CO").folded("CO");
    a_country_is_refused_at_first => case().lie(refused(Filter::Country, "CO"), When::Nth(1)).exact();
    a_country_is_refused_once => case().lie(refused(Filter::Country, "CO"), When::Nth(3)).exact();
    a_country_is_refused_late => case().lie(refused(Filter::Country, "CO"), When::From(At::Share(0.6)));
    a_country_that_had_rows_is_refused => case().exact().then()
        .arguments(&["--refresh"]).always(refused(Filter::Country, "CO"));
    a_channel_is_refused => case().always(refused(Filter::Channel, "rbm")).code(&[3]).told("rbm");
    a_channel_is_refused_of_many_countries => case()
        .job(|job| job.countries = into(&["US", "CO", "DE", "BR", "GB", "FR", "ES", "IT", "MX", "AR", "PE", "CL"]))
        .always(refused(Filter::Channel, "rbm")).code(&[3]).told("rbm");
    every_country_is_refused_with_email => case()
        .always(Lie::RefusesWith(Filter::Country, Filter::Channel, "email".to_owned())).code(&[0]);
    every_prefix_is_refused_with_email => case()
        .job(|job| { job.countries = Split::No; job.prefixes = into(&["+57", "+1"]); })
        .always(Lie::RefusesWith(Filter::Prefix, Filter::Channel, "email".to_owned())).code(&[0]).told("email");
    unknown_values_are_refused => case().always(Lie::Validates(Filter::Country)).exact();
    unknown_channels_are_refused => case().job(|job| job.channels = into(&["sms", "call", "email"]))
        .always(Lie::Validates(Filter::Channel)).exact();
    unknown_prefixes_are_refused => case()
        .job(|job| { job.countries = Split::No; job.channels = Split::No; job.prefixes = into(&["+57300", "+1202"]); })
        .always(Lie::Validates(Filter::Prefix)).code(&[0]);
}
