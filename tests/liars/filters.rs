//! V1 to V3 and V10: filters that are ignored, dead or half applied, and values that are.

use crate::case::Case;
use crate::cases;
use crate::job::{Job, Split, into, services};
use crate::liar::{At, Lie, When};
use crate::question::Filter;
use crate::world::{World, sid};

fn case() -> Case {
    Case::new(World::typical(1), Job::default())
}

fn by_country() -> Case {
    case().job(|job| job.channels = Split::No)
}

fn by_service() -> Case {
    case().job(|job| {
        job.services = services(2);
        job.channels = Split::No;
        job.countries = Split::No;
    })
}

fn by_prefix() -> Case {
    case().job(|job| {
        job.countries = Split::No;
        job.channels = Split::No;
        job.prefixes = into(&["+57300", "+57305", "+1202"]);
    })
}

fn late(share: f32) -> When {
    When::From(At::Share(share))
}

cases! {
    honest => case().exact();
    country_is_ignored => case().always(Lie::Ignored(Filter::Country)).code(&[3]).told("Country").published(0);
    country_is_ignored_alone =>
        by_country().always(Lie::Ignored(Filter::Country)).code(&[3]).told("Country").published(0);
    channel_is_ignored => case().always(Lie::Ignored(Filter::Channel)).code(&[3]).told("Channel").published(0);
    service_is_ignored => by_service().always(Lie::Ignored(Filter::Service)).code(&[3]).told("VerifyServiceSid");
    prefix_is_ignored => by_prefix().always(Lie::Ignored(Filter::Prefix)).code(&[3]).told("DestinationPrefix");
    country_is_ignored_late => case().lie(Lie::Ignored(Filter::Country), late(0.6));
    channel_is_ignored_late => case().lie(Lie::Ignored(Filter::Channel), late(0.6));
    country_is_validated_then_ignored => case()
        .always(Lie::Validates(Filter::Country)).always(Lie::Ignored(Filter::Country)).code(&[3]).told("Country");
    service_is_validated_then_ignored => by_service()
        .always(Lie::Validates(Filter::Service)).always(Lie::Ignored(Filter::Service))
        .code(&[3]).told("VerifyServiceSid");
    prefix_is_validated_then_ignored => by_prefix()
        .always(Lie::Validates(Filter::Prefix)).always(Lie::Ignored(Filter::Prefix))
        .code(&[3]).told("DestinationPrefix");
    country_is_dead => case().always(Lie::Dead(Filter::Country)).told("Country").nothing_final();
    channel_is_dead => case().always(Lie::Dead(Filter::Channel)).code(&[3]).told("Channel").published(0);
    prefix_is_dead => by_prefix().always(Lie::Dead(Filter::Prefix)).code(&[3]).told("DestinationPrefix").published(0);
    services_are_dead => by_service().always(Lie::Dead(Filter::Service)).unproven("VerifyServiceSid").nothing_final();
    country_is_ignored_with_channel => case().always(Lie::IgnoredWith(Filter::Country, Filter::Channel)).code(&[3]);
    country_is_dead_with_channel =>
        case().always(Lie::DeadWith(Filter::Country, Filter::Channel)).nothing_final();
    country_is_ignored_without_channel =>
        case().always(Lie::IgnoredWithout(Filter::Country, Filter::Channel));
    channel_is_ignored_with_country =>
        case().always(Lie::IgnoredWith(Filter::Channel, Filter::Country)).code(&[3]);
    channel_is_ignored_without_country =>
        case().always(Lie::IgnoredWithout(Filter::Channel, Filter::Country)).code(&[3]);
    channel_is_dead_with_country =>
        case().always(Lie::DeadWith(Filter::Channel, Filter::Country)).nothing_final();
    listed_channels_are_ignored_with_country => case().job(|job| job.channels = into(&["sms", "call"]))
        .always(Lie::IgnoredWith(Filter::Channel, Filter::Country)).code(&[3]);
    listed_channels_are_dead_late => case().job(|job| job.channels = into(&["sms", "call"]))
        .lie(Lie::Dead(Filter::Channel), late(0.5));
    service_is_ignored_with_country => case().job(|job| { job.services = services(2); job.channels = Split::No; })
        .always(Lie::IgnoredWith(Filter::Service, Filter::Country)).code(&[3]);
    service_is_dead_with_country => case().job(|job| { job.services = services(2); job.channels = Split::No; })
        .always(Lie::DeadWith(Filter::Service, Filter::Country)).nothing_final().doubted();
    prefix_is_ignored_with_channel => by_prefix().job(|job| job.channels = into(&["sms", "call"]))
        .always(Lie::IgnoredWith(Filter::Prefix, Filter::Channel)).code(&[3]);
    prefix_is_ignored_late => by_prefix().lie(Lie::Ignored(Filter::Prefix), late(0.5));
    service_is_ignored_late => by_service().lie(Lie::Ignored(Filter::Service), late(0.5));
    country_is_dead_late => case().lie(Lie::Dead(Filter::Country), late(0.4));
    country_is_dead_for_a_while =>
        case().lie(Lie::Dead(Filter::Country), When::During(At::Share(0.3), At::Share(0.7)));
    country_is_ignored_for_a_while =>
        case().lie(Lie::Ignored(Filter::Country), When::During(At::Share(0.3), At::Share(0.7)));
    a_lone_service_is_ignored => by_service().job(|job| job.services = services(1))
        .always(Lie::Ignored(Filter::Service)).excused_by("VerifyServiceSid").unproven("VerifyServiceSid");
    one_country_ignores_the_filter =>
        case().always(Lie::IgnoredFor(Filter::Country, "CO".to_owned())).code(&[0]).told("CO").folded("CO");
    kosovo_ignores_the_filter => case().job(|job| job.countries = into(&["US", "CO", "XK"]))
        .always(Lie::IgnoredFor(Filter::Country, "XK".to_owned())).code(&[0]).told("XK").folded("XK");
    kosovo_ignores_the_filter_without_channels => by_country().job(|job| job.countries = into(&["US", "CO", "XK"]))
        .always(Lie::IgnoredFor(Filter::Country, "XK".to_owned())).code(&[0]).told("XK").folded("XK");
    one_channel_ignores_the_filter =>
        case().always(Lie::IgnoredFor(Filter::Channel, "rbm".to_owned())).code(&[3]).told("rbm");
    one_service_ignores_the_filter =>
        by_service().always(Lie::IgnoredFor(Filter::Service, sid(1))).code(&[3]).told("VA0");
    one_prefix_ignores_the_filter =>
        by_prefix().always(Lie::IgnoredFor(Filter::Prefix, "+57305".to_owned())).code(&[3]).told("+57305");
    one_of_two_countries_ignores_the_filter => by_country().job(|job| job.countries = into(&["US", "CO"]))
        .always(Lie::IgnoredFor(Filter::Country, "US".to_owned()));
    the_only_busy_country_ignores_the_filter_and_holds_email_too =>
        by_country().job(|job| job.countries = into(&["CO", "PE", "XK"]))
            .always(Lie::IgnoredFor(Filter::Country, "CO".to_owned())).code(&[3]);
    one_channel_ignores_the_filter_under_a_lone_service => case()
        .job(|job| { job.services = services(1); job.channels = into(&["email", "rbm"]); })
        .always(Lie::IgnoredFor(Filter::Channel, "rbm".to_owned())).code(&[3]);
    one_prefix_hides_behind_its_first_digit => by_prefix()
        .job(|job| { job.channels = into(&["call"]); job.prefixes = into(&["+49151"]); })
        .always(Lie::IgnoredFor(Filter::Prefix, "+49151".to_owned())).code(&[3]);
    channels_are_dead_beside_prefixes => by_prefix().job(|job| job.channels = into(&["sms", "whatsapp"]))
        .always(Lie::Dead(Filter::Channel)).code(&[3]);
    a_lie_leaves_no_mark => case().always(Lie::Ignored(Filter::Country)).prologue().then().exact();
    a_lie_late_leaves_no_mark => case().lie(Lie::Dead(Filter::Country), late(0.6)).prologue().then().exact();
    one_channel_is_dead =>
        case().always(Lie::DeadFor(Filter::Channel, "sms".to_owned())).code(&[3]);
    a_country_that_had_rows_ignores_the_filter => case().exact().then().arguments(&["--refresh"])
        .always(Lie::IgnoredFor(Filter::Country, "CO".to_owned())).told("CO");
}
