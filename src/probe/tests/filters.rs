//! What is said of parameters that are heeded, ignored, dead or half applied, and of accounts that can't show it.

use super::super::filters::{Doubt, Value};
use super::super::{FilterFinding, FilterVerdict, Findings, Gap, Parameter, Reply, Sight, Terms};
use super::account::{Account, Kind, Mode, service};
use super::{DAY, NOW, ask, days_ago, probe, shape, week};
use crate::model::{Channel, Interval, MatrixShape, RawSlice, Window};

const US: Option<(&str, u64)> = Some(("US", 14_155_550_100));
const CO: Option<(&str, u64)> = Some(("CO", 573_003_003_030));

fn mixed() -> Account {
    Account::of(&[
        (service(1), US, Channel::Sms),
        (service(2), US, Channel::Call),
        (service(2), US, Channel::Call),
        (service(1), CO, Channel::Sms),
        (service(2), CO, Channel::Whatsapp),
        (service(1), None, Channel::Email),
    ])
}

fn of(findings: &Findings, parameter: Parameter) -> &FilterVerdict {
    &findings.filters.iter().find(|finding| finding.parameter == parameter).unwrap().verdict
}

fn word(verdict: &FilterVerdict) -> &'static str {
    match verdict {
        FilterVerdict::Heeded(_) => "heeded",
        FilterVerdict::Ignored(_) => "ignored",
        FilterVerdict::Dead(_) => "dead",
        FilterVerdict::Unproven(_) => "unproven",
        FilterVerdict::Unknown(_) => "unknown",
    }
}

const VALUES: [Parameter; 4] = [Parameter::Service, Parameter::Country, Parameter::Channel, Parameter::Prefix];

#[test]
fn only_values_that_narrow_are_heeded() {
    // Services, countries, channels, prefixes.
    for (mode, expected) in [
        (Mode::Ignored, ["ignored"; 4]),
        (Mode::Validated, ["ignored"; 4]),
        (Mode::Half, ["ignored"; 4]),
        // An account may use other services and other countries than those that were asked.
        (Mode::Dead, ["unproven", "unproven", "dead", "dead"]),
        (Mode::Refused, ["unproven"; 4]),
    ] {
        for (parameter, expected) in VALUES.into_iter().zip(expected) {
            let (findings, asked) = probe(&mixed().with(parameter, mode));
            assert_eq!(word(of(&findings, parameter)), expected, "{parameter:?} {mode:?}: {findings:?}");
            for other in VALUES.into_iter().filter(|other| *other != parameter) {
                assert_eq!(word(of(&findings, other)), "heeded", "{other:?} beside {parameter:?} {mode:?}");
            }
            assert!(!findings.combinations.iter().any(FilterFinding::is_broken), "{findings:?}");
            assert!(asked <= 60, "{asked} for {parameter:?} {mode:?}");
        }
    }
    let (findings, _) = probe(&mixed());
    assert!(findings.filters.iter().chain(&findings.combinations).all(FilterFinding::is_heeded), "{findings:?}");
    assert_eq!(findings.combinations.len(), 3);
}

#[test]
fn what_was_seen_is_said() {
    let (findings, _) = probe(&mixed());
    let country = |code: &str| Value::Country(code.parse().unwrap());
    // A fifth is e-mail's, which has no country.
    let seen = vec![(country("US"), 3492)];
    assert_eq!(*of(&findings, Parameter::Country), FilterVerdict::Heeded(Sight { whole: 5819, email: 1164, seen }));
    let (findings, _) = probe(&mixed().with(Parameter::Channel, Mode::Refused));
    let refused = Doubt::Refused("no such value".to_owned());
    assert_eq!(*of(&findings, Parameter::Channel), FilterVerdict::Unproven(refused));
    // E-mail's share is not known: two values that differ show it.
    assert_eq!(word(of(&findings, Parameter::Country)), "heeded");
    let (findings, _) = probe(&mixed().with(Parameter::Country, Mode::Ignored));
    let seen = vec![(country("US"), 6983)];
    assert_eq!(*of(&findings, Parameter::Country), FilterVerdict::Ignored(Sight { whole: 5819, email: 1164, seen }));
}

#[test]
fn where_one_value_holds_everything_others_hold_nothing() {
    let lone: Kind = (service(1), US, Channel::Sms);
    let (findings, asked) = probe(&Account::of(&[lone]));
    for parameter in [Parameter::Country, Parameter::Channel, Parameter::Prefix] {
        assert_eq!(word(of(&findings, parameter)), "heeded", "{findings:?}");
    }
    let alone = FilterVerdict::Unproven(Doubt::Alone(Value::Service(service(1))));
    assert_eq!(*of(&findings, Parameter::Service), alone);
    assert!(findings.combinations.iter().all(FilterFinding::is_heeded), "{findings:?}");
    assert!(asked <= 75, "{asked}");

    for mode in [Mode::Ignored, Mode::Validated, Mode::Half] {
        for parameter in VALUES {
            let (findings, _) = probe(&Account::of(&[lone]).with(parameter, mode));
            assert_eq!(word(of(&findings, parameter)), "ignored", "{parameter:?} {mode:?}: {findings:?}");
        }
    }
}

#[test]
fn services_are_the_jobs() {
    let probe = |account: &Account, services: Option<Vec<_>>| {
        let shape = MatrixShape { services, ..MatrixShape::default() };
        let terms = Terms { as_of: NOW, range: Some(week()), shape };
        ask(terms, |question| account.answer(question)).0
    };
    let unproven = FilterVerdict::Unproven(Doubt::NoValue);
    assert_eq!(*of(&probe(&mixed(), None), Parameter::Service), unproven);
    let ignoring = mixed().with(Parameter::Service, Mode::Ignored);
    assert_eq!(word(of(&probe(&ignoring, None), Parameter::Service)), "ignored");
    assert_eq!(word(of(&probe(&mixed(), Some(vec![service(2)])), Parameter::Service)), "heeded");
    assert_eq!(word(of(&probe(&mixed(), Some(vec![service(3)])), Parameter::Service)), "unproven");
}

#[test]
fn email_shows_channels_only() {
    let email = Account::of(&[(service(1), None, Channel::Email)]);
    let (findings, _) = probe(&email);
    assert_eq!(word(of(&findings, Parameter::Channel)), "heeded");
    for parameter in [Parameter::Country, Parameter::Prefix] {
        assert_eq!(*of(&findings, parameter), FilterVerdict::Unknown(Gap::OnlyEmail));
        let (findings, _) = probe(&email.clone().with(parameter, Mode::Ignored));
        assert_eq!(word(of(&findings, parameter)), "ignored");
    }
    assert!(findings.combinations.is_empty());
}

#[test]
fn filters_may_fail_beside_others() {
    for (parameter, other, name) in [
        (Parameter::Channel, Parameter::Country, "Channel beside Country"),
        (Parameter::Country, Parameter::Channel, "Country beside Channel"),
        (Parameter::Prefix, Parameter::Channel, "DestinationPrefix beside Country and Channel"),
    ] {
        let (findings, _) = probe(&mixed().with(parameter, Mode::IgnoredBeside(other)));
        assert!(findings.filters.iter().all(FilterFinding::is_heeded), "{name}: {findings:?}");
        let broken: Vec<_> = findings.combinations.iter().filter(|it| it.is_broken()).collect();
        assert_eq!(broken.iter().map(|it| it.name()).collect::<Vec<_>>(), [name], "{findings:?}");
        assert_eq!(word(&broken[0].verdict), "ignored");
        let (findings, _) = probe(&mixed().with(parameter, Mode::DeadBeside(other)));
        assert!(!findings.combinations.iter().all(FilterFinding::is_heeded), "{name}: {findings:?}");
    }
}

/// An API that looks at the first digit only.
#[test]
fn all_digits_of_a_prefix_count() {
    let account = mixed();
    let terms = || Terms { as_of: NOW, range: Some(week()), shape: shape() };
    let (findings, _) = ask(terms(), |question| {
        let mut question = *question;
        question.prefix = question.prefix.and_then(|it| it.to_string()[..2].parse().ok());
        account.answer(&question)
    });
    assert_eq!(word(of(&findings, Parameter::Prefix)), "ignored", "{findings:?}");
    let (findings, _) = ask(terms(), |question| match question.prefix {
        Some(prefix) if prefix.digits() > 99 => Reply::Refused("too long".to_owned()),
        _ => account.answer(question),
    });
    let unproven = FilterVerdict::Unproven(Doubt::Length("too long".to_owned()));
    assert_eq!(*of(&findings, Parameter::Prefix), unproven);
}

#[test]
fn ends_of_ranges_are_heeded_where_parts_hold_less() {
    let dates = [Parameter::After, Parameter::Before];
    for (parameter, other) in [(dates[0], dates[1]), (dates[1], dates[0])] {
        for mode in [Mode::Ignored, Mode::Validated, Mode::Half] {
            let (findings, _) = probe(&mixed().with(parameter, mode));
            assert_eq!(word(of(&findings, parameter)), "ignored", "{mode:?}: {findings:?}");
            assert_eq!(word(of(&findings, other)), "heeded", "{mode:?}: {findings:?}");
            assert_eq!(findings.ends.gap, Some(Gap::Needs(parameter.name())));
        }
    }
    // The control is refused, which neither proves nor prevents anything.
    let account = mixed();
    let (findings, _) = ask(Terms { as_of: NOW, range: Some(week()), shape: shape() }, |question| {
        let is_far = |at: i64| !(1_000_000_000_000..NOW.0 * 2000).contains(&at);
        let bounds = [question.after, question.before];
        if bounds.into_iter().flatten().any(|bound| is_far(bound.0)) {
            Reply::Refused("out of range".to_owned())
        } else {
            account.answer(question)
        }
    });
    assert!(findings.filters.iter().all(FilterFinding::is_heeded), "{findings:?}");
    assert_eq!(findings.ends.value(), Some(Interval::ClosedOpen));
}

/// Attempts of a few seconds that no halving comes near. What the search for the oldest attempts saw tells the later
/// end.
#[test]
fn attempts_at_the_edge_of_a_range_leave_an_end_unproven() {
    let (start, end) = (days_ago(9).plus_seconds(DAY / 2), days_ago(2));
    let (first, last) = (start.plus_seconds(10), end.plus_seconds(-15));
    let probe = |account: &Account| {
        let terms = Terms { as_of: NOW, range: Window::new(start, end), shape: shape() };
        ask(terms, |question| account.answer(question)).0
    };
    for (burst, after) in [(first, "heeded"), (last, "unproven")] {
        let account = Account { stamps: (0..5).map(|n| burst.plus_seconds(n).0 * 1000).collect(), ..mixed() };
        let findings = probe(&account);
        assert_eq!(word(of(&findings, Parameter::After)), after, "{findings:?}");
        assert_eq!(word(of(&findings, Parameter::Before)), "heeded", "{findings:?}");
        assert_eq!(findings.ends.value(), Some(Interval::ClosedOpen));
        let findings = probe(&account.with(Parameter::After, Mode::Half));
        assert_ne!(word(of(&findings, Parameter::After)), "heeded", "{findings:?}");
        assert_ne!(word(of(&findings, Parameter::Before)), "ignored", "{findings:?}");
    }
}

/// Attempts that arrive between a whole and its parts: the whole is asked again.
#[test]
fn growth_condemns_no_filter() {
    let account = mixed();
    let mut asked = Vec::new();
    let (findings, _) = ask(Terms { as_of: NOW, range: Some(week()), shape: shape() }, |question| {
        let is_first = !asked.contains(question);
        asked.push(*question);
        let is_whole = RawSlice { after: None, before: None, ..*question } == RawSlice::default();
        match account.answer(question) {
            Reply::Counted(attempts) if is_first && is_whole => Reply::Counted(attempts / 3),
            reply => reply,
        }
    });
    for parameter in VALUES {
        assert_eq!(word(of(&findings, parameter)), "heeded", "{findings:?}");
    }
}

#[test]
fn an_empty_account_shows_nothing() {
    let (findings, _) = probe(&Account { stamps: Vec::new(), ..mixed() });
    assert!(findings.filters.iter().all(|finding| finding.verdict == FilterVerdict::Unknown(Gap::NoAttempts)));
    assert!(findings.combinations.is_empty());
}

/// What is refused for every value but one that holds everything.
#[test]
fn a_lone_answer_is_no_proof() {
    let account = Account::of(&[(service(1), US, Channel::Sms)]);
    let (findings, _) = ask(Terms { as_of: NOW, range: Some(week()), shape: shape() }, |question| {
        if question.channel.is_some_and(|channel| channel != Channel::Sms) {
            Reply::Refused("not enabled".to_owned())
        } else {
            account.answer(question)
        }
    });
    let alone = FilterVerdict::Unproven(Doubt::Alone(Value::Channel(Channel::Sms)));
    assert_eq!(*of(&findings, Parameter::Channel), alone);
    assert_eq!(word(of(&findings, Parameter::Country)), "heeded");
}
