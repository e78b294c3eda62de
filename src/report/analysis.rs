//! From rows to a report: one pass to count, then everything else from the counts.

use chrono::NaiveDate;

use super::attention::{self, Asked, View};
use super::compare::{Figures, add_up};
use super::costs::costs;
use super::cube::Cube;
use super::day::hours;
use super::fees::tell_fees;
use super::key::Key;
use super::model::{Cost, Costs, CountryLine, Movers, Note, Origin, Period, PeriodKind, Report, RunFacts, Thresholds};
use super::movers::{movers, whole};
use super::places::{service_places, tidy};
use super::prefixes::prefixes;
use super::scope::{Published, Scope, TooLong, Wanted};
use super::sections::{by, channels, countries, heat_map, of_country, services, trend};
use super::series::Counting;
use super::settled::settled;
use crate::job::{Job, Prices, ReportSettings};
use crate::model::{Country, Listing, Row, UnixSeconds, Window};
use crate::sink::dataset::{DatasetIdentity, Split};

/// What a report is to be about.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The job, whose names and settings are used.
    pub job: &'a Job,
    /// What a report shows, and from where on something deserves attention.
    pub settings: &'a ReportSettings,
    /// What the dataset is about.
    pub identity: &'a DatasetIdentity,
    /// The period.
    pub period: Period,
    /// What it is compared with.
    pub compared: Option<Period>,
    /// The instant that the report refers to.
    pub as_of: UnixSeconds,
}

/// A report in the making: it knows which rows it needs, and is handed them.
#[derive(Debug)]
pub struct Analysis<'a> {
    subject: Subject<'a>,
    scope: Scope,
}

const DAY: u64 = 86_400;

impl<'a> Analysis<'a> {
    /// Sorts the dataset's windows, which ascend without overlap.
    ///
    /// # Errors
    /// If a window is longer than the period that it overlaps.
    pub fn new(subject: Subject<'a>, windows: impl Iterator<Item = Published>) -> Result<Self, TooLong> {
        let windows: Vec<Published> = windows.collect();
        let wanted = Wanted {
            period: &subject.period,
            compared: subject.compared.as_ref(),
            history_days: subject.settings.attention.history.as_secs() / DAY,
            zone: subject.identity.timezone,
            every: &subject.identity.every,
            has_remainder: subject.identity.remainder,
            as_of: subject.as_of,
            lead: lead_country(subject.job, subject.identity),
        };
        let mut scope = Scope::new(windows.iter(), wanted)?;
        for asked in &mut scope.coverage.asked_in_part {
            let service = asked.place.service;
            asked.place.service_name = service.and_then(|service| subject.job.service_names.get(&service).cloned());
        }
        Ok(Self { subject, scope })
    }

    /// Whether the dataset holds a window of the period.
    #[must_use]
    pub fn has_period(&self) -> bool {
        self.scope.current.iter().any(|unit| self.scope.units[*unit].state != super::model::TrendState::Missing)
    }

    /// Whether it holds a window of the compared period.
    #[must_use]
    pub fn has_compared(&self) -> bool {
        !self.scope.compared.is_empty()
    }

    /// The stretches of time whose rows are needed, ascending.
    #[must_use]
    pub fn ranges(&self) -> Vec<Window> {
        self.scope.ranges()
    }

    /// Counts the rows and writes the report; rows of other times are left out.
    ///
    /// # Errors
    /// The first error of the rows.
    pub fn report<E>(
        self,
        rows: impl Iterator<Item = Result<Row, E>>,
        last_run: RunFacts,
        damage: Vec<String>,
    ) -> Result<Report, E> {
        let Self { subject, scope } = self;
        let Subject { job, settings, identity, .. } = subject;
        let ranked_from = i64::from(settings.ranked_from);
        let prices = settings.prices.as_ref().and_then(Prices::list);
        let mut counting = Counting::new(&scope, ranked_from);
        for row in rows {
            counting.add(&row?);
        }
        let all_series = counting.finish();
        let units = scope.units.len();
        let total = add_up(units, all_series.cells.iter().map(|(_, series)| series.units.as_slice()));
        let by_channel = by(&all_series, units, |key| key.channel);
        let by_country = by(&all_series, units, |key| key.country);
        let all_attempts = super::series::Tally::sum(scope.current.iter().map(|unit| total[*unit])).attempts;
        let thresholds = Thresholds::from(&settings.attention);
        let cube = Cube::new(&all_series, identity.split);
        let look = View {
            job,
            asked: Asked { job, base_url: &identity.base_url, as_of: subject.as_of },
            period: &subject.period,
            scope: &scope,
            all_series: &all_series,
            cube: &cube,
            thresholds,
            history_days: settings.attention.history.as_secs() / DAY,
        };
        let (mut attention, cleared) = attention::look(&look);
        let costs = costs(prices, &all_series, &job.service_names);
        tell_fees(&mut attention, costs.as_ref());
        let figures = Figures::new(&scope, (&cube, &cleared), all_attempts, ranked_from);
        let totals = figures.of(Key::default(), &total);
        let channel_lines = channels(&figures, &by_channel);
        let service_lines = services(&figures, &all_series, &job.service_names);
        let country_lines = countries(&figures, &by_country, settings.top_countries);
        let facts = all_series.facts;
        let compared_dates = complete_dates(&scope, &scope.compared);
        let has_compared = !scope.compared.is_empty();
        Ok(Report {
            job: job.name.to_string(),
            description: job.description.clone(),
            account: identity.account_sid,
            source: identity.base_url.clone(),
            timezone: identity.timezone,
            every: identity.every.clone(),
            split: identity.split,
            period: subject.period,
            compared: subject.compared.filter(|_| has_compared),
            compared_days: compared_dates.len(),
            compared_dates,
            as_of: subject.as_of,
            ranked_from,
            totals,
            lead: lead_country(job, identity).map(|country| {
                let none = || vec![super::series::Tally::default(); units];
                let units = by_country.get(&country).cloned().unwrap_or_else(none);
                CountryLine { country, figure: figures.of(of_country(country), &units) }
            }),
            trend: trend(&figures, &total),
            heat_map: country_lines
                .as_ref()
                .and_then(|countries| heat_map(&figures, &all_series, countries, &channel_lines)),
            movers: Movers {
                whole: whole(&figures, &totals),
                ..movers(&figures, &all_series, &service_lines, thresholds.false_discovery)
            },
            channels: channel_lines,
            countries: country_lines,
            service_places: service_places(&figures, &all_series, &service_lines),
            services: service_lines,
            notes: notes(job, identity, &scope, costs.as_ref()),
            costs,
            prefixes: prefixes(&figures, &all_series.prefixes, job.shape.prefixes.as_deref()),
            tidy: tidy(&scope, &all_series),
            came: figures.came(),
            settled: settled(&scope, &cleared),
            hours: all_series.hours.clone().filter(|_| subject.period.kind != PeriodKind::Day),
            day: match subject.period.kind {
                PeriodKind::Day if scope.has_hours => {
                    hours(&figures, &all_series, identity.timezone, subject.period.window)
                }
                _ => Vec::new(),
            },
            attention,
            origin: Origin {
                windows: scope.windows.iter().filter(|(window, _)| is_current(&scope, *window)).count(),
                rows: facts.rows,
                measured_rows: facts.measured,
                implied_rows: facts.implied,
                listed_rows: facts.listed,
                provisional_rows: facts.provisional,
                first_asked_at: facts.first_asked,
                last_asked_at: facts.last_asked,
                runs: scope.runs.iter().copied().collect(),
                last_run,
                damage,
            },
            coverage: scope.coverage,
        })
    }
}

/// Of the units that are known from end to end, ascending.
fn complete_dates(scope: &Scope, units: &[usize]) -> Vec<NaiveDate> {
    let units = units.iter().map(|unit| &scope.units[*unit]).filter(|unit| unit.is_complete());
    let mut dates: Vec<NaiveDate> = units.flat_map(super::scope::Unit::dates).collect();
    dates.sort_unstable();
    dates
}

/// The job's one country, beside the rest of the world.
fn lead_country(job: &Job, identity: &DatasetIdentity) -> Option<Country> {
    match job.shape.countries.as_deref()? {
        [country] if identity.remainder => Some(*country),
        _ => None,
    }
}

fn is_current(scope: &Scope, window: Window) -> bool {
    scope.place(window).is_some_and(|placed| scope.current.contains(&placed.unit))
}

/// What has to be said of these numbers.
fn notes(job: &Job, identity: &DatasetIdentity, scope: &Scope, costs: Option<&Costs>) -> Vec<Note> {
    let Split { services, countries, channels, destination_prefixes } = identity.split;
    let has_fallback = job.shape.channels.as_ref().is_none_or(|channels| channels.len() > 1);
    let crosses = !scope.coverage.beyond.is_empty() || !scope.coverage.counted_before.is_empty();
    let is_closed = countries && !identity.remainder;
    let is_listed = costs.is_some_and(Costs::is_listed);
    let has_job_prices =
        costs.is_some_and(|costs| costs.currencies.iter().any(|of| of.at_the_jobs_prices() != Cost::default()));
    let said = [
        (identity.base_url == "simulator", Note::Simulated),
        (true, Note::AttemptsAreNotUsers),
        (has_fallback, Note::FallbackLowersRates),
        (costs.is_none(), Note::NoPrices),
        (is_listed, Note::CostsAreListed),
        (is_listed && has_job_prices, Note::PricesFillIn),
        (has_job_prices && !is_listed, Note::PricesAreTheJobs),
        (is_closed, Note::OnlyListedCountries),
        (channels && job.channels == Listing::Listed, Note::OnlyListedChannels),
        (services, Note::OnlyListedServices),
        (destination_prefixes, Note::OnlyListedPrefixes),
        (crosses, Note::WindowsCrossTheEnds),
    ];
    said.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note).collect()
}
