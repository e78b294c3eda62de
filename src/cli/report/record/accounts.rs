//! `report --json` of a job with several accounts.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::attention::{FlagRecord, Kind, Lost, kind};
use super::costs::CostRecord;
use super::numbers::Numbers;
use super::{Output, Part, outputs, part};
use crate::model::Currency;
use crate::pipeline::Written;
use crate::report::accounts::said::{looks, name_of};
use crate::report::accounts::{AccountLine, AccountsReport, Peers, Unreported, WhyUnreported};
use crate::report::{Cost, Countries, FlagScope};

/// A report over accounts. Rates, shares and their changes are fractions; dates are those of the job's zone; what is not
/// known is null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What verify-rollup report --json prints of a job with several accounts")]
struct AccountsReportRecord<'r> {
    job: &'r str,
    description: &'r str,
    source: &'r str,
    timezone: String,
    /// How windows are cut.
    every: &'r str,
    period: String,
    first_date: String,
    last_date: String,
    compared: Option<String>,
    as_of: String,
    /// How many accounts the job has, also where the report is of some.
    accounts_of_job: usize,
    totals: Numbers,
    /// How many accounts the change of the totals is of.
    accounts_compared: usize,
    /// Most attempts first.
    accounts: Vec<AccountRecord<'r>>,
    /// Accounts without numbers: they are in no sum.
    unreported: Vec<UnreportedRecord<'r>>,
    channels: Vec<Part>,
    /// The remainder as ZZ.
    countries: Vec<Part>,
    days: Vec<Day>,
    attention: Vec<AccountFlagRecord<'r>>,
    /// Flags of accounts' own reports that may be chance among so many accounts.
    attention_unsure: usize,
    looks: Vec<LookRecord>,
    /// The share of false flags that is accepted among those of a kind, and of false outliers and moves.
    false_discovery: f64,
    peers: PeersRecord,
    /// Null if neither rows nor job give prices.
    costs: Option<CostsRecord>,
    /// What the numbers are not.
    notes: Vec<&'static str>,
    outputs: Vec<Output>,
}

#[derive(Serialize, JsonSchema)]
struct AccountRecord<'r> {
    name: &'r str,
    account_sid: String,
    #[serde(flatten)]
    numbers: Numbers,
    /// Of the period, and those that are covered from end to end.
    days: usize,
    days_covered: usize,
    /// Days that were over and are not all there.
    days_absent: usize,
    days_provisional: usize,
    /// Against the other accounts; null where it could not be held against them.
    peers: Option<PeerRecord>,
    /// Its own move against the compared period, without attacks; null where it could not be compared.
    moved: Option<MoveRecord>,
    /// Its channels with attempts.
    channels: Vec<ChannelRecord>,
    /// What its attempts cost, by currency.
    costs: Vec<CurrencyRecord>,
    /// How many things deserve attention there.
    attention: usize,
    /// Damaged files, and rows that were lost with theirs.
    damage: &'r [String],
}

#[derive(Serialize, JsonSchema)]
struct ChannelRecord {
    channel: String,
    total_attempts: i64,
    total_converted: i64,
}

/// At the account's own mix of countries and channels, settled attempts alone and without attacks.
#[derive(Serialize, JsonSchema)]
struct PeerRecord {
    attempts: f64,
    rate: f64,
    /// What the others convert at the same mix.
    expected_rate: f64,
    difference: f64,
    p_value: f64,
    q_value: f64,
    outlier: bool,
}

#[derive(Serialize, JsonSchema)]
struct MoveRecord {
    rate_change: f64,
    rate_change_low: f64,
    rate_change_high: f64,
    p_value: f64,
    /// Among the moves of all accounts.
    q_value: f64,
}

#[derive(Serialize, JsonSchema)]
struct UnreportedRecord<'r> {
    name: &'r str,
    account_sid: String,
    why: Why,
    reason: &'r str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Why {
    /// Nothing is published of days that were over.
    Missing,
    /// None of the period's days is over.
    NotYet,
    /// The dataset is another job's, or the period cannot be told from it.
    Refused,
    /// Its files cannot be read.
    Unreadable,
}

#[derive(Serialize, JsonSchema)]
struct Day {
    first_date: String,
    last_date: String,
    state: &'static str,
    /// How many accounts' datasets hold all of it.
    accounts: usize,
    numbers: Option<Numbers>,
}

#[derive(Serialize, JsonSchema)]
struct AccountFlagRecord<'r> {
    account: &'r str,
    account_sid: String,
    /// The least share of false flags of its kind at which it would be told; null where that is no question.
    q_value: Option<f64>,
    #[serde(flatten)]
    flag: FlagRecord<'r>,
}

#[derive(Serialize, JsonSchema)]
struct LookRecord {
    /// The same for people.
    sentence: String,
    kind: Kind,
    outage_of: Option<Lost>,
    /// In how many accounts, and in how many places of these.
    accounts: usize,
    places: usize,
}

#[derive(Serialize, JsonSchema)]
struct PeersRecord {
    /// How many accounts were held against each other, of how many that it takes.
    compared: usize,
    needed: usize,
    /// By how much their rates differ, as a standard deviation; null where too few were compared.
    spread: Option<f64>,
    /// The least difference of an outlier.
    least_difference: f64,
}

#[derive(Serialize, JsonSchema)]
struct CostsRecord {
    /// They are never added up.
    currencies: Vec<CurrencyRecord>,
    /// In no sum.
    unpriced_attempts: i64,
}

#[derive(Serialize, JsonSchema)]
struct CurrencyRecord {
    currency: String,
    #[serde(flatten)]
    cost: CostRecord,
}

/// The JSON Schema of the object. `docs/accounts-report.schema.json` is this text.
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<AccountsReportRecord<'_>>().to_value();
    crate::cli::log::close(&mut schema);
    schema
}

/// One object, ended by a line feed.
pub fn json(report: &AccountsReport, written: &[Written]) -> String {
    let of_channel = |channel| FlagScope { channel: Some(channel), ..FlagScope::default() };
    let countries = report.countries.iter().flat_map(Countries::all).map(|(country, figure)| {
        let place = FlagScope { country: Some(country), ..FlagScope::default() };
        part(&place, figure)
    });
    let record = AccountsReportRecord {
        job: &report.job,
        description: &report.description,
        source: &report.source,
        timezone: report.timezone.to_string(),
        every: &report.every,
        period: report.period.to_string(),
        first_date: report.period.first.to_string(),
        last_date: report.period.last.to_string(),
        compared: report.compared.map(|period| period.to_string()),
        as_of: report.as_of.to_string(),
        accounts_of_job: report.of,
        totals: (&report.totals.figure).into(),
        accounts_compared: report.totals.compared,
        accounts: report.accounts.iter().map(|line| account(report, line)).collect(),
        unreported: unreported(report),
        channels: report.channels.iter().map(|line| part(&of_channel(line.channel), &line.figure)).collect(),
        countries: countries.collect(),
        days: days(report),
        attention: flags(report),
        attention_unsure: report.attention.unsure,
        looks: looks_of(report),
        false_discovery: report.attention.false_discovery,
        peers: PeersRecord {
            compared: report.peers.accounts,
            needed: report.peers.needed,
            spread: report.peers.spread,
            least_difference: report.peers.least,
        },
        costs: report
            .costs
            .as_ref()
            .map(|costs| CostsRecord { currencies: currencies(&costs.currencies), unpriced_attempts: costs.unpriced }),
        notes: report.notes.iter().map(|note| note.text()).collect(),
        outputs: outputs(written),
    };
    super::text(&record)
}

fn account<'r>(report: &AccountsReport, line: &'r AccountLine) -> AccountRecord<'r> {
    let peers = |peers: Peers| PeerRecord {
        attempts: peers.attempts,
        rate: peers.rate,
        expected_rate: peers.expected,
        difference: peers.difference(),
        p_value: peers.p_value,
        q_value: peers.q_value,
        outlier: peers.is_outlier,
    };
    let moved = line.moved.as_ref().map(|mover| MoveRecord {
        rate_change: mover.rate.value,
        rate_change_low: mover.rate.low,
        rate_change_high: mover.rate.high,
        p_value: mover.p_value,
        q_value: mover.q_value,
    });
    AccountRecord {
        name: &line.name,
        account_sid: line.account.to_string(),
        numbers: (&line.figure).into(),
        days: line.days,
        days_covered: line.covered,
        days_absent: line.absent,
        days_provisional: line.provisional,
        peers: line.peers.map(peers),
        moved,
        channels: channels(report, line),
        costs: currencies(&line.costs),
        attention: line.flags,
        damage: &line.damage,
    }
}

fn channels(report: &AccountsReport, line: &AccountLine) -> Vec<ChannelRecord> {
    let channels = report.channels.iter().map(|line| line.channel).zip(&line.channels);
    let channels = channels.filter(|(_, counts)| counts.attempts() > 0);
    channels
        .map(|(channel, counts)| ChannelRecord {
            channel: channel.to_string(),
            total_attempts: counts.attempts(),
            total_converted: counts.converted(),
        })
        .collect()
}

fn unreported<'r>(report: &'r AccountsReport) -> Vec<UnreportedRecord<'r>> {
    let why = |why| match why {
        WhyUnreported::Missing => Why::Missing,
        WhyUnreported::NotYet => Why::NotYet,
        WhyUnreported::Refused => Why::Refused,
        WhyUnreported::Unreadable => Why::Unreadable,
    };
    let record = |it: &'r Unreported| UnreportedRecord {
        name: &it.name,
        account_sid: it.account.to_string(),
        why: why(it.why),
        reason: &it.reason,
    };
    report.unreported.iter().map(record).collect()
}

fn days(report: &AccountsReport) -> Vec<Day> {
    report
        .trend
        .iter()
        .map(|day| Day {
            first_date: day.point.first.to_string(),
            last_date: day.point.last.to_string(),
            state: day.point.state.word(),
            accounts: day.accounts,
            numbers: day.point.figure.as_ref().map(Into::into),
        })
        .collect()
}

fn flags(report: &AccountsReport) -> Vec<AccountFlagRecord<'_>> {
    report
        .attention
        .flags
        .iter()
        .map(|found| AccountFlagRecord {
            account: name_of(report, found),
            account_sid: report.accounts.get(found.account).map_or_else(String::new, |line| line.account.to_string()),
            q_value: found.q_value,
            flag: (&found.flag).into(),
        })
        .collect()
}

fn looks_of(report: &AccountsReport) -> Vec<LookRecord> {
    let looked = report.attention.looks.iter().zip(looks(report));
    looked
        .map(|(look, sentence)| {
            let (kind, outage_of) = kind(look.kind);
            LookRecord { sentence, kind, outage_of, accounts: look.accounts, places: look.places }
        })
        .collect()
}

fn currencies(costs: &[(Currency, Cost)]) -> Vec<CurrencyRecord> {
    costs.iter().map(|(currency, cost)| CurrencyRecord { currency: currency.to_string(), cost: cost.into() }).collect()
}
