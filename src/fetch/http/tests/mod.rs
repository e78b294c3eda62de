//! Over real sockets, against a server that says what it is told.

mod bodies;
mod failures;
mod requests;
mod routes;
mod secrets;
mod server;
mod statuses;

use std::num::NonZeroU32;
use std::time::Duration;

use url::Url;

use super::HttpApi;
use crate::fetch::{Api, AskError, Credentials, Received};
use crate::model::{AccountSid, Interval, Slice, UnixSeconds, Window};
use server::Server;

const GOOD: &str = r#"{"total_attempts":11,"total_converted":9,"total_unconverted":2}"#;
const SECRET: &str = "s3cret-Marker";
/// Of the Base64 in the Authorization header, the part that depends on the secret alone.
const ENCODED: &str = "M2NyZXQtTWFya2Vy";

fn credentials() -> Credentials {
    Credentials::new(AccountSid::ZEROS, AccountSid::ZEROS.to_string(), SECRET.into())
}

fn api_at(base: &Url, timeout: Duration) -> HttpApi {
    HttpApi::new(base, Interval::ClosedOpen, &credentials(), timeout, NonZeroU32::MIN).unwrap()
}

fn slice() -> Slice {
    Slice::whole(Window::new(UnixSeconds(0), UnixSeconds(3600)).unwrap())
}

async fn ask(server: &Server) -> Result<Received, AskError> {
    api_at(&server.url(), Duration::from_secs(20)).ask(slice()).await
}

async fn fail(server: &Server) -> AskError {
    let error = ask(server).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(SECRET) && !shown.contains(ENCODED), "{shown}");
    error
}
