//! A report of invented numbers that fit together, for the tests of its forms.

use chrono::{Datelike, Days, NaiveDate};

use crate::model::{AccountSid, Channel, Country, Counts, RunId, ServiceSid, UnixMicros, UnixSeconds};
use crate::report::PeriodName;
use crate::report::model::{
    Alike, Attention, Basis, Change, ChannelLine, Countries, CountryLine, Coverage, Evidence, Figure, Flag, FlagKind,
    FlagScope, HeatMap, HeatRow, History, HourCell, HourGrid, Interval, Look, MixBasis, Mover, Movers, Note, Origin,
    Period, Report, RunFacts, ServiceLine, ServicePlace, Thresholds, TidyLine, TrendPoint, TrendState, Unlooked,
};
use crate::rollup::Rates;
use crate::sink::dataset::Split;

const THRESHOLDS: Thresholds = Thresholds {
    false_discovery: 0.01,
    drop: 0.05,
    drop_attempts: 200,
    spike_factor: 3.0,
    spike_attempts: 50,
    spike_rate: 0.2,
    failed_below: 0.25,
    silent_below: 0.2,
    silent_attempts: 50,
    new_country_attempts: 100,
};

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    /// From 0 to below the end.
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }

    fn counts(&mut self, about: i64) -> Counts {
        let attempts = about + self.below(about / 2 + 1);
        let converted = attempts * (55 + self.below(35)) / 100;
        Counts::new(attempts, converted).unwrap()
    }
}

fn change(counts: Counts) -> Change {
    Change {
        before: counts,
        basis: MixBasis::Weekdays,
        expected_attempts: 1234.5,
        attempts: Some(0.034),
        rate_before: Some(0.712),
        rate: Some(Interval { value: -0.031, low: -0.04, high: -0.022 }),
    }
}

fn figure(counts: Counts) -> Figure {
    let is_ranked = counts.attempts() >= 100;
    Figure { counts, rates: Rates::of(counts), share: 0.125, is_ranked, change: Some(change(counts)), cleared: None }
}

fn trend(numbers: &mut Numbers, first: NaiveDate, days: u64) -> Vec<TrendPoint> {
    let point = |day: u64| {
        let date = first + Days::new(day);
        let state = match day {
            3 => TrendState::Missing,
            4 => TrendState::Partial,
            day if day + 2 >= days => TrendState::Provisional,
            _ => TrendState::Final,
        };
        let figure = (state != TrendState::Missing).then(|| figure(numbers.counts(6_000)));
        TrendPoint { first: date, last: date, is_weekend: date.weekday().number_from_monday() > 5, figure, state }
    };
    (0..days).map(point).collect()
}

fn flag(service: &str) -> Flag {
    let place = FlagScope {
        service: Some(ServiceSid::ZEROS),
        service_name: Some(service.to_owned()),
        country: Some("CO".parse().unwrap()),
        channel: Some(Channel::Sms),
        ..FlagScope::default()
    };
    let date = NaiveDate::from_ymd_opt(2026, 10, 13).unwrap();
    Flag {
        kind: FlagKind::Pumping,
        place,
        first: date,
        last: date,
        window: None,
        is_provisional: false,
        evidence: Evidence {
            counts: Counts::new(2_418, 31).unwrap(),
            usual_attempts: 12.5,
            usual_rate: Some(0.83),
            usual_of: Some(1_200),
            basis: Some(Basis {
                first: date - Days::new(35),
                last: date - Days::new(7),
                units: 5,
                alike: Alike::Weekday,
            }),
            p_value: Some(1e-12),
            weight: 2_400.0,
        },
        members: Vec::new(),
        sentence: format!("{service}: 2,418 attempts on 2026-10-13 where 12 are usual."),
        job: Some("name = \"prefixes\"\n[matrix]\n".to_owned()),
    }
}

fn attention(flags: Vec<Flag>, period: &Period) -> Attention {
    Attention {
        flags,
        taken_out: Vec::new(),
        looks: looks(),
        fresh: Vec::new(),
        drops: Vec::new(),
        history: Some(History { first: period.first - Days::new(56), last: period.first - Days::new(1), days: 56 }),
        thresholds: THRESHOLDS,
    }
}

/// All looked for, but for new countries.
fn looks() -> Vec<Look> {
    let look = |kind| Look { kind, judged: 103, units: 29, tests: 103.0, unlooked: None };
    let unlooked = Some(Unlooked::TooFewBefore { there: 6, needed: 14 });
    let mut looks: Vec<Look> =
        [FlagKind::Pumping, FlagKind::Silence, FlagKind::Outage, FlagKind::Drop].map(look).to_vec();
    looks.push(Look { judged: 0, unlooked, ..look(FlagKind::NewCountry) });
    looks
}

fn origin() -> Origin {
    Origin {
        windows: 744,
        rows: 38_905,
        measured_rows: 2_722,
        implied_rows: 36_183,
        listed_rows: 0,
        provisional_rows: 12,
        first_asked_at: Some(UnixMicros(1_793_880_000_000_000)),
        last_asked_at: Some(UnixMicros(1_793_880_300_000_000)),
        runs: vec![RunId(uuid::Uuid::nil()), RunId(uuid::Uuid::max())],
        last_run: RunFacts {
            run_id: RunId(uuid::Uuid::max()),
            as_of: UnixSeconds(1_793_880_000),
            published_at: UnixSeconds(1_793_880_300),
            reconciled: false,
            identities_checked: 6,
            differences: vec!["R1: total_attempts should be 5, the parts say 4".to_owned()],
        },
        damage: vec!["sample.csv differs from the manifest".to_owned()],
    }
}

fn service_places() -> Vec<ServicePlace> {
    let place = |country: Option<&str>, channel, counts: (i64, i64)| ServicePlace {
        service: ServiceSid::ZEROS,
        country: country.map(|code| code.parse().unwrap()),
        channel,
        figure: figure(Counts::new(counts.0, counts.1).unwrap()),
    };
    vec![place(None, Some(Channel::Sms), (4_200, 3_100)), place(Some("CO"), None, (90, 60))]
}

fn tidy(date: NaiveDate) -> Vec<TidyLine> {
    let line = TidyLine {
        first: date,
        last: date,
        state: TrendState::Final,
        service: Some(ServiceSid::ZEROS),
        country: Some("CO".parse().unwrap()),
        channel: Some(Channel::Sms),
        counts: Counts::new(90, 60).unwrap(),
    };
    vec![line]
}

fn mover(place: FlagScope) -> Mover {
    Mover {
        place,
        figure: figure(Counts::new(500, 350).unwrap()),
        rate: Interval { value: -0.031, low: -0.04, high: -0.022 },
        p_value: 1e-5,
        q_value: 1e-4,
    }
}

/// October 2026 with so many countries, all of them listed, and days; names of services are the caller's.
pub(super) fn report(countries: usize, days: u64, service: &str) -> Report {
    let mut numbers = Numbers(7);
    let zone = chrono_tz::Tz::America__Bogota;
    let period = PeriodName::parse("2026-10").unwrap().in_zone(zone).unwrap();
    let compared = PeriodName::parse("2026-09").unwrap().in_zone(zone);
    let channels: Vec<Channel> = vec![Channel::Sms, Channel::Whatsapp, Channel::Call, Channel::Email, Channel::Rbm];
    let lines: Vec<CountryLine> = Country::all()
        .take(countries)
        .map(|country| CountryLine { country, figure: figure(numbers.counts(900)) })
        .collect();
    let cells = |numbers: &mut Numbers| [4_000, 300, 90, 0, 12].iter().map(|about| numbers.counts(*about)).collect();
    let rows: Vec<HeatRow> =
        lines.iter().map(|line| HeatRow { country: line.country, cells: cells(&mut numbers) }).collect();
    let mut hours = [[HourCell::default(); 24]; 7];
    for cell in hours.iter_mut().flatten() {
        *cell = HourCell { counts: numbers.counts(200), times: 4 };
    }
    let trend = trend(&mut numbers, period.first, days);
    let dated = |state| trend.iter().filter(|point| point.state == state).map(|point| point.first).collect();
    let flags = vec![flag(service)];
    Report {
        job: "sample".to_owned(),
        description: "Numbers of nobody".to_owned(),
        account: AccountSid::ZEROS,
        source: "simulator".to_owned(),
        timezone: zone,
        every: "hour".to_owned(),
        split: Split { services: true, countries: true, channels: true, destination_prefixes: false },
        period,
        compared,
        compared_days: 30,
        compared_dates: Vec::new(),
        as_of: UnixSeconds(1_793_880_000),
        ranked_from: 100,
        totals: figure(Counts::new(207_738, 160_074).unwrap()),
        lead: None,
        coverage: Coverage {
            days: 31,
            covered: 29,
            missing: dated(TrendState::Missing),
            partial: dated(TrendState::Partial),
            absent: dated(TrendState::Missing),
            provisional: dated(TrendState::Provisional),
            beyond: Vec::new(),
            counted_before: Vec::new(),
            asked_in_part: Vec::new(),
            is_over: true,
        },
        trend,
        channels: channels
            .iter()
            .map(|channel| ChannelLine { channel: *channel, figure: figure(numbers.counts(9_000)) })
            .collect(),
        countries: Some(Countries {
            shown: lines.len(),
            lines,
            tail: None,
            remainder: Some(figure(numbers.counts(60))),
            silent: 3,
        }),
        heat_map: Some(HeatMap {
            channels,
            shown: rows.len(),
            rows,
            tail: None,
            remainder: Some(cells(&mut numbers)),
            ranked_from: 100,
        }),
        services: vec![
            ServiceLine {
                service: ServiceSid::ZEROS,
                name: Some(service.to_owned()),
                figure: figure(numbers.counts(5_000)),
            },
            ServiceLine { service: ServiceSid::ZEROS, name: None, figure: figure(numbers.counts(50)) },
        ],
        prefixes: None,
        costs: None,
        service_places: service_places(),
        tidy: tidy(period.first),
        came: None,
        settled: Vec::new(),
        day: Vec::new(),
        movers: Movers {
            best: vec![mover(flags[0].place.clone())],
            worst: vec![mover(FlagScope { channel: Some(Channel::Call), ..FlagScope::default() })],
            compared: 17,
            false_discovery: 0.01,
            whole: None,
            least: 0.01,
        },
        hours: Some(HourGrid { cells: hours, ranked_from: 250 }),
        attention: attention(flags, &period),
        origin: origin(),
        notes: vec![Note::Simulated, Note::AttemptsAreNotUsers, Note::FallbackLowersRates, Note::NoPrices],
    }
}
