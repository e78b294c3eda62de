//! What a report over many accounts holds.

use chrono_tz::Tz;

use crate::model::{AccountSid, Counts, Currency, UnixSeconds};
use crate::report::model::{ChannelLine, Cost, Countries, Figure, Flag, FlagKind, Mover, Note, Period, TrendPoint};
use crate::sink::dataset::Split;

/// The report of one period over the accounts of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountsReport {
    /// The job's name.
    pub job: String,
    /// The job's description; may be empty.
    pub description: String,
    /// The API's origin, or `simulator`.
    pub source: String,
    /// The zone of all dates.
    pub timezone: Tz,
    /// How windows are cut.
    pub every: String,
    /// Which dimensions the datasets split.
    pub split: Split,
    /// What is reported.
    pub period: Period,
    /// What accounts are compared with; `None` if the dataset of none of them holds anything of it.
    pub compared: Option<Period>,
    /// The instant that the report refers to.
    pub as_of: UnixSeconds,
    /// Rates of fewer attempts are not ranked, nor judged.
    pub ranked_from: i64,
    /// The accounts that could be reported, most attempts first.
    pub accounts: Vec<AccountLine>,
    /// Those that could not, by name.
    pub unreported: Vec<Unreported>,
    /// How many accounts the job has.
    pub of: usize,
    /// Whether the period had ended at the report's instant.
    pub is_over: bool,
    /// All accounts together.
    pub totals: Sums,
    /// Day by day, or window by window where they are longer; ascending.
    pub trend: Vec<DayOfAccounts>,
    /// By channel, most attempts first; empty where channels are not split. Compared with nothing.
    pub channels: Vec<ChannelLine>,
    /// By country; `None` where countries are not split. Compared with nothing.
    pub countries: Option<Countries>,
    /// What deserves attention.
    pub attention: AccountsAttention,
    /// How accounts were held against each other.
    pub peers: PeersCompared,
    /// What attempts cost; `None` if neither rows nor job give prices.
    pub costs: Option<AccountsCosts>,
    /// What the numbers are not.
    pub notes: Vec<Note>,
}

/// All accounts together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    /// Their numbers. The change is at the same weekday mix of each account, and that of the rate at this period's mix of
    /// accounts: an account that came, or grew, is no change of the rates of the others.
    pub figure: Figure,
    /// How many accounts the change is of.
    pub compared: usize,
}

/// An account of the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountLine {
    /// Its name in the job.
    pub name: String,
    /// Its SID.
    pub account: AccountSid,
    /// Its numbers; the share is that of all accounts' attempts.
    pub figure: Figure,
    /// The period's days.
    pub days: usize,
    /// Days that are covered from end to end.
    pub covered: usize,
    /// Days that were over and are not all there.
    pub absent: usize,
    /// Days that may still change.
    pub provisional: usize,
    /// Attempts by channel, in the order of [`AccountsReport::channels`]; empty where channels are not split.
    pub channels: Vec<Counts>,
    /// Against the other accounts; `None` where it could not be held against them.
    pub peers: Option<Peers>,
    /// Against its own compared period, and how sure that is among all accounts; `None` where it could not be compared.
    pub moved: Option<Mover>,
    /// What its attempts cost, by currency.
    pub costs: Vec<(Currency, Cost)>,
    /// How many things deserve attention there, among those of all accounts.
    pub flags: usize,
    /// Files of its dataset that are not as its manifest says, and rows that were lost with theirs; for people.
    pub damage: Vec<String>,
}

/// An account against the others, at its own mix of countries and channels. Settled attempts alone, without attacks, and
/// only in parts that at least three others have as well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peers {
    /// The attempts that are compared.
    pub attempts: f64,
    /// The rate of these.
    pub rate: f64,
    /// The rate that was to be expected: what the others have at the same mix, as far as that holds of the middle account.
    pub expected: f64,
    /// How probable so great a difference is, up or down, as much as accounts differ.
    pub p_value: f64,
    /// The least share of false discoveries among the outliers at which it would be one.
    pub q_value: f64,
    /// Whether it is one, and differs by as much as matters.
    pub is_outlier: bool,
}

impl Peers {
    /// By how much its rate differs.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.rate - self.expected
    }
}

/// How accounts were held against each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeersCompared {
    /// How many were.
    pub accounts: usize,
    /// How many it takes.
    pub needed: usize,
    /// By how much their rates differ, as a standard deviation; `None` where too few were compared.
    pub spread: Option<f64>,
    /// The least difference of an outlier.
    pub least: f64,
}

/// An account without numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreported {
    /// Its name in the job.
    pub name: String,
    /// Its SID.
    pub account: AccountSid,
    /// Why, for people.
    pub reason: String,
    /// The same for programs.
    pub why: WhyUnreported,
}

/// Why an account has no numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyUnreported {
    /// Nothing is published of days that were over.
    Missing,
    /// None of the period's days is over.
    NotYet,
    /// The dataset is another job's, or the period cannot be told from it.
    Refused,
    /// Its files cannot be read.
    Unreadable,
}

/// A day, or a longer window, of all accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayOfAccounts {
    /// Its sums; final only where all accounts' are.
    pub point: TrendPoint,
    /// How many accounts' datasets hold all of it.
    pub accounts: usize,
}

/// What deserves attention in any account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountsAttention {
    /// The flags, gravest first.
    pub flags: Vec<AccountFlag>,
    /// Flags of accounts' own reports that may be chance among so many accounts.
    pub unsure: usize,
    /// What was looked for.
    pub looks: Vec<LookOverAccounts>,
    /// The share of false flags that is accepted among those of a kind.
    pub false_discovery: f64,
}

/// Something that deserves attention in an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountFlag {
    /// The account's place in [`AccountsReport::accounts`].
    pub account: usize,
    /// What.
    pub flag: Flag,
    /// The least share of false flags of its kind, in all accounts, at which it would be told; `None` where that is no
    /// question.
    pub q_value: Option<f64>,
}

/// How one kind of thing was looked for over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookOverAccounts {
    /// What.
    pub kind: FlagKind,
    /// In how many accounts it was looked for.
    pub accounts: usize,
    /// In how many places of these.
    pub places: usize,
}

/// What the attempts of all accounts cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountsCosts {
    /// By currency, ascending; they are never added up.
    pub currencies: Vec<(Currency, Cost)>,
    /// Attempts without a known price.
    pub unpriced: i64,
}

impl AccountsReport {
    /// The accounts whose rates the others don't have, the greatest difference first.
    #[must_use]
    pub fn outliers(&self) -> Vec<(&AccountLine, Peers)> {
        let outlier = |line: &AccountLine| line.peers.filter(|peers| peers.is_outlier);
        let mut found: Vec<(&AccountLine, Peers)> =
            self.accounts.iter().filter_map(|line| Some((line, outlier(line)?))).collect();
        found.sort_by(|(_, a), (_, b)| b.difference().abs().total_cmp(&a.difference().abs()));
        found
    }

    /// The accounts whose rates surely moved, and by as much as is listed, the greatest move first.
    #[must_use]
    pub fn moved(&self, least: f64) -> Vec<(&AccountLine, &Mover)> {
        let surely =
            |mover: &&Mover| mover.q_value <= self.attention.false_discovery && mover.rate.value.abs() >= least;
        let mut found: Vec<(&AccountLine, &Mover)> =
            self.accounts.iter().filter_map(|line| Some((line, line.moved.as_ref().filter(surely)?))).collect();
        found.sort_by(|(_, a), (_, b)| b.rate.value.abs().total_cmp(&a.rate.value.abs()));
        found
    }
}
