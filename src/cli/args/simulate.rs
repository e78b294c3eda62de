//! The arguments of `simulate`.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;

use super::values::{duration, instant};
use crate::model::{AccountSid, Interval};
use crate::simulator::{
    AccountFault, Auth, ChosenFault, Fractions, Incidents, Latency, NamedService, Parameters, Probability, RateWindow,
    Stamps,
};

/// `simulate`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct SimulateArgs {
    /// The port on 127.0.0.1; 0 = a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,

    /// Serve https as well, at the same port, and as a proxy to verify.twilio.com, for clients that cannot be told a base
    /// URL; the CA to trust is made at each start
    #[arg(long)]
    pub tls: bool,

    /// Write the CA's certificate to this file, and leave it there [default: a temporary file until the end, which the
    /// second line on stdout names]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca: Option<PathBuf>,

    /// Which world
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// What befalls the account: none, attacks (SMS pumping now and then), or all (channels that fail for hours as
    /// well)
    #[arg(long, value_name = "KIND", default_value = "attacks")]
    pub incidents: Incidents,

    /// Each account SID is an account of its own, most of them small; a key belongs to the account with the same digits
    /// [default: all are one account]
    #[arg(long)]
    pub each_account: bool,

    /// With --each-account: whose truth or description [default: that of AC and 32 zeros]
    #[arg(long, value_name = "SID", requires = "each_account")]
    pub account: Option<AccountSid>,

    /// Call one of the account's services (Login, Signup, Payments, Staff, or its number from 0) by this SID; may be
    /// repeated
    #[arg(long, value_name = "SID=SERVICE")]
    pub service: Vec<NamedService>,

    /// Accept only these credentials [default: any well-formed SID with a secret]
    #[arg(long, value_name = "SID:SECRET")]
    pub auth: Option<Auth>,

    /// The limit that is enforced; 0 = none
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub requests_per_minute: u32,

    /// How the limit counts: fixed or sliding minutes
    #[arg(long, value_name = "KIND", default_value = "sliding")]
    pub window: RateWindow,

    /// How after and before treat the exact second: [) (] [] or ()
    #[arg(long, value_name = "KIND", default_value = "[)")]
    pub interval: Interval,

    /// How finely attempts are stamped: whole (seconds) or fractional
    #[arg(long, value_name = "KIND", default_value = "whole")]
    pub stamps: Stamps,

    /// What becomes of a bound's fraction of a second: heeded, cut-off, rounded or refused
    #[arg(long, value_name = "KIND", default_value = "heeded")]
    pub fractions: Fractions,

    /// Serve, and tell the truth, as if it were this instant, so that totals of days that still grow stay as they are
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub now: Option<DateTime<Utc>>,

    /// Let time go on from there
    #[arg(long, requires = "now")]
    pub ticking: bool,

    /// How long answers take, e.g. 20ms-80ms
    #[arg(long, value_name = "RANGE")]
    pub latency: Option<Latency>,

    /// Probability of a 5xx answer
    #[arg(long = "fault-5xx", value_name = "P", default_value = "0")]
    pub fault_5xx: Probability,

    /// Probability of a 429 answer
    #[arg(long = "fault-429", value_name = "P", default_value = "0")]
    pub fault_429: Probability,

    /// Probability of a connection reset
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_reset: Probability,

    /// Probability of no answer at all
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_hang: Probability,

    /// Probability of unreadable JSON
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_json: Probability,

    /// Probability of counts that contradict themselves
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_counts: Probability,

    /// An answer of one's own choice and its probability, e.g. 503:json:0.05: a status from 400 to 599, in the form json,
    /// html, empty or text; may be repeated
    #[arg(long, value_name = "STATUS:FORM:P")]
    pub fault: Vec<ChosenFault>,

    /// The next N requests fail: with 503 as json, or as the first --fault says
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_next: u64,

    /// What is wrong with one account: 401 (the secret is wrong), 403, suspended, 503 (always) or hang; may be repeated
    #[arg(long, value_name = "SID=KIND")]
    pub account_fault: Vec<AccountFault>,

    /// Ignore this query parameter, or "all"; may be repeated
    #[arg(long, value_name = "NAME")]
    pub ignore_filter: Vec<Parameters>,

    /// Ignore it from the N-th request on
    #[arg(long, value_name = "N", default_value_t = 1, requires = "ignore_filter")]
    pub ignore_from: u64,

    /// Forget attempts that are older, e.g. 30d
    #[arg(long, value_name = "D", value_parser = duration)]
    pub retention: Option<Duration>,

    /// What is amiss with the list of single attempts, e.g. dropped=0.01; may be repeated. Of attempts, with a
    /// probability: dropped, doubled, no-country, no-price. Of pages: order=oldest, order=scattered, next=foreign,
    /// next=endless, page-cap=N. Of all: reach=DAYS, lacks=CHANNEL, refused=STATUS (401, 403, 404, 429)
    #[arg(long, value_name = "FLAW")]
    pub list_flaw: Vec<String>,

    /// Serving, don't say on stderr what there is to ask
    #[arg(short, long)]
    pub quiet: bool,

    /// Serve nothing: print the account's services, countries and channels, and questions that it answers above zero
    #[arg(long, conflicts_with = "truth")]
    pub describe: bool,

    /// Serve nothing: print a job's true table as CSV
    #[arg(long, value_name = "JOB")]
    pub truth: Option<PathBuf>,

    /// With --truth: the job's `as_of`
    #[arg(long, value_name = "RFC3339", value_parser = instant, requires = "truth")]
    pub as_of: Option<DateTime<Utc>>,
}
