//! How the API is asked: one HTTP try at a time, the limiter every try passes, and what a failed try leads to.
//!
//! The parts don't know one another; `run` joins them in one place. A try is: claim a token ([`Limiter::try_claim`]),
//! ask ([`Api::ask`]), give the token back ([`Limiter::release`]), then either take the counts or let
//! [`decide`] say what the failure means for the slice and [`Health`] what it means for the run.
//!
//! Refused here, whatever the caller checked: http to anything but loopback, redirects, bodies that are large or
//! contradict themselves. The secret is in the Authorization header and nowhere else.

mod api;
mod api_error;
mod backoff;
mod body;
mod bucket;
mod bucket_error;
mod bucket_file;
mod bucket_format;
mod bucket_row;
mod credentials;
mod dotenv;
mod health;
mod http;
mod in_flight;
mod integer;
mod limiter;
mod list;
mod message;
mod names;
mod percentage;
mod proxy;
mod redact;
mod retry;
mod server_clock;
mod trust;
mod variable;
mod visitor;
mod wire;

pub use api::{Api, AskError, AskErrorKind, NoAnswerKind, RawApi, Reached, Received, Span, ZeroForm};
pub use api_error::ApiError;
pub use body::{BodyError, check_body, read_body};
pub use bucket::{Bucket, Completion, Limit, LostPast, Outlook, Token};
pub use bucket_error::{BucketError, LostBucket};
pub use bucket_file::BucketFile;
pub use bucket_row::BucketRow;
pub use credentials::{Credentials, CredentialsError, Lookup, SecretVariable, Signing, account_sid, read_secret_file};
pub use dotenv::DotEnv;
pub use health::{GiveUpReason, Health};
pub use http::{HttpApi, HttpApiError, client};
pub use in_flight::{Crowding, InFlight, Refused, Used};
pub use limiter::{Claim, Limiter};
pub use list::{ListApi, NextPage, OddPrices, Page, PageQuestion, UnreadablePage, read_page};
pub use message::FetchMessage;
pub use proxy::{ProxyError, ProxySettings};
pub use retry::{Decision, RetryPolicy, decide, give_up};
pub use trust::{TrustError, check_trust};
pub use variable::{Place, VariableError, set_to};
pub use wire::origin;
