//! A simulated Verify account: the same API over real HTTP, with a known truth.
//!
//! [`World`] is the account's past, a pure function of a seed: some sixty countries with a long tail of volumes, four
//! services, five channels, rates that differ by country and hour, e-mail without country or number, conversions that
//! come hours late, now and then a pumping attack. Any range has data, from [`World::OPENED`] to the present instant.
//!
//! [`Server`] answers for it as the real account would, or as badly as [`Settings`] say: limits, latency, faults,
//! ignored parameters, lost history. It listens on loopback only and never repeats a secret. Under `/_simulator/` it
//! tells what came and takes other faults.
//!
//! [`World::truth`] and [`World::truth_table`] enumerate what really happened, on a path of their own.

mod account;
mod answer;
mod attack;
mod attempt;
mod auth;
mod busiest;
mod cache;
mod calendar;
mod chosen;
mod connection;
mod control;
mod countries;
mod date;
mod day;
mod faults;
mod hosts;
mod incidents;
mod kept;
mod limit;
mod list;
mod log;
mod numbers;
mod origin;
mod probability;
mod proxy;
mod query;
mod question;
mod random;
mod records;
mod server;
mod services;
mod settings;
mod stats;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod traffic;
mod trouble;
mod truth;
mod world;
mod worlds;

pub use auth::{Auth, Credentials, InvalidCredentials};
pub use chosen::{ChosenFault, Failure, Form, InvalidFault};
pub use faults::Faults;
pub use incidents::{Incidents, UnknownIncidents};
pub use limit::{RateWindow, UnknownRateWindow};
pub use list::{InvalidFlaw, ListFlaws, ListOrder, ListRefusal, NextPage};
pub use origin::Accounts;
pub use probability::{InvalidProbability, Probability};
pub use server::{RunningServer, Server};
pub use services::{InvalidService, NamedService, ServiceSids, ServiceTwice};
pub use settings::{
    Fractions, InvalidLatency, Latency, Parameter, Parameters, Settings, Stamps, UnknownFractions, UnknownParameter,
    UnknownStamps,
};
pub use tls::Tls;
pub use trouble::{AccountFault, InvalidAccountFault};
pub use truth::TruthTable;
pub use world::World;
pub use worlds::Worlds;
