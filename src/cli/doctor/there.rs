//! What only asking tells: whether the API answers, whose time it has, whether single attempts may be read.
//!
//! At most two requests, each once and with a token of the account's bucket, as every request. Nothing of what is
//! answered is kept.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::check::Check;
use crate::cli::exit::{CommandError, Exit};
use crate::cli::message::CommandMessage;
use crate::clock::{Clock, SystemClock};
use crate::fetch::{
    AskError, AskErrorKind, Claim, Completion, HttpApi, Limiter, ListApi, NoAnswerKind, PageQuestion, ProxySettings,
    RawApi,
};
use crate::job::Endpoint;
use crate::message::tell;
use crate::model::{RawSlice, Slice, UnixSeconds, Window};
use crate::pipeline::{Access, Limiters, Order, simulated_account};
use crate::report::format::grouped;
use crate::state::State;

const API: &str = "API";
const CLOCK: &str = "clock";
const LIST: &str = "list";
/// As long as accounts are seldom without any attempt.
const LOOKED_BACK: i64 = 7 * 86_400;
/// A page of so little time is short, whoever the account is.
const LISTED: i64 = 1;
/// A clock that the network keeps is within a second; the server tells whole ones.
const CLOCK_AGREES: Duration = Duration::from_secs(5);

/// What the API says; and how many requests it took.
pub async fn ask(order: &Order, access: Access, state: &State) -> Result<(Vec<Check>, u64), CommandError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut limiters = Limiters::shared(order, state, &clock)?;
    let (base_url, credentials, simulator) = match access {
        Access::Http { base_url, credentials } => (base_url, credentials, None),
        Access::Simulator => simulated_account(order, Arc::clone(&clock)).await?,
    };
    let interval = order.job.source.interval;
    let api = match HttpApi::new(&base_url, interval, &credentials, order.job.limits.timeout, NonZeroU32::MIN) {
        Ok(api) => api,
        Err(error) => return Ok((vec![Check::failed(API, CommandError::caused(&error))], 0)),
    };
    let now = UnixSeconds::from(clock.now());
    let slice = |seconds: i64| {
        let window = Window::new(now.plus_seconds(-LOOKED_BACK), now.plus_seconds(seconds - LOOKED_BACK));
        RawSlice::selecting(&Slice::whole(window.expect("it ends later")), interval)
    };
    let began = clock.monotonic();
    let answered = once(&mut limiters.account, api.ask_raw(slice(LOOKED_BACK))).await?;
    let took = clock.monotonic().saturating_sub(began);
    let mut checks = Vec::new();
    let mut requests = 1;
    match answered {
        Ok(received) => {
            let attempts = received.counts.attempts();
            let took = took.as_millis();
            checks.push(if attempts == 0 {
                let found = format!("answered after {took} ms: no attempts in the last seven days");
                Check::doubtful(API, found, "see that this is the account and the region that sends codes")
            } else {
                let attempts = grouped(attempts);
                Check::good(API, format!("answered after {took} ms: {attempts} attempts in the last seven days"))
            });
            checks.push(clocks(received.server_at, UnixSeconds::from(clock.now())));
            if order.job.source.may_list {
                requests += 1;
                let question = PageQuestion { slice: slice(LISTED), next: None };
                let limiter = limiters.list.as_mut().unwrap_or(&mut limiters.account);
                checks.push(match once(limiter, api.page(question)).await? {
                    Ok(_) => Check::good(LIST, "single attempts may be read"),
                    Err(error) => list_refused(order, error),
                });
            } else {
                checks.push(Check::skipped(LIST, "the job does not allow it (list = false)"));
            }
        }
        Err(error) => {
            checks.push(refused(order, error));
            checks.push(Check::skipped(CLOCK, "the API did not answer"));
        }
    }
    if let Some(server) = simulator {
        server.stop().await;
    }
    Ok((checks, requests))
}

/// One try under the limit.
async fn once<T>(
    limiter: &mut Limiter,
    asking: impl Future<Output = Result<T, AskError>>,
) -> Result<Result<T, AskError>, CommandError> {
    let caused = |error: crate::fetch::BucketError| CommandError::caused(&error);
    let token = loop {
        match limiter.try_claim().map_err(caused)? {
            Claim::Granted(token) => break token,
            Claim::Wait(wait) => {
                tell(&CommandMessage::LimitAwaited { seconds: wait.as_secs_f64() });
                tokio::time::sleep(wait).await;
            }
        }
    };
    let asked = asking.await;
    let completion = asked.as_ref().map_or_else(AskError::completion, |_| Completion::Complete);
    limiter.release(token, completion).map_err(caused)?;
    Ok(asked)
}

/// Ours against the server's, which are read one after the other. Whatever they say a run comes through: it goes by the
/// earlier one.
fn clocks(server: Option<UnixSeconds>, ours: UnixSeconds) -> Check {
    let Some(server) = server else {
        return Check::doubtful(CLOCK, "the API tells no time", "see what stands between here and the API");
    };
    let ahead = ours.0 - server.0;
    let off = Duration::from_secs(ahead.unsigned_abs());
    if off <= CLOCK_AGREES {
        return Check::good(CLOCK, format!("agrees with the API's, within {} s", CLOCK_AGREES.as_secs()));
    }
    let found = format!("{} s {} the API's", ahead.unsigned_abs(), if ahead > 0 { "ahead of" } else { "behind" });
    Check::doubtful(CLOCK, found, "let the network set it: timedatectl set-ntp true, or chrony")
}

fn refused(order: &Order, error: AskError) -> Check {
    let remedy = remedy(order, &error.kind);
    match error.kind {
        AskErrorKind::TooManyRequests { .. } | AskErrorKind::Server { .. } => {
            Check::doubtful(API, error.message, remedy)
        }
        _ => Check::bad(API, Exit::Failed, error.message, remedy),
    }
}

/// A list that gives nothing costs no run.
fn list_refused(order: &Order, error: AskError) -> Check {
    let remedy = match error.kind {
        AskErrorKind::Unauthorized { .. } => "give the API key the permission, or write list = false".to_owned(),
        kind => remedy(order, &kind),
    };
    Check::doubtful(LIST, error.message, format!("{remedy}; until then runs ask Summary instead and know no costs"))
}

fn remedy(order: &Order, kind: &AskErrorKind) -> String {
    let remedy = match kind {
        AskErrorKind::Unauthorized { .. } => {
            order.options.credentials_hint.as_deref().unwrap_or("check the credentials")
        }
        AskErrorKind::NoAnswer(NoAnswerKind::Name | NoAnswerKind::Connect) if let Some(variable) = proxy_of(order) => {
            return format!(
                "https goes through the proxy that {variable} names: see that it is up and can be reached from here, or \
                 unset it, or list the host in no_proxy"
            );
        }
        AskErrorKind::NoAnswer(NoAnswerKind::Name) => {
            "look at base_url and at this machine's DNS; behind a proxy set https_proxy"
        }
        AskErrorKind::NoAnswer(NoAnswerKind::Connect) => {
            "a firewall may stand between, or a proxy is needed: https_proxy"
        }
        AskErrorKind::NoAnswer(NoAnswerKind::Tls) => {
            "install ca-certificates; behind a proxy that ends TLS name its authority in SSL_CERT_FILE"
        }
        AskErrorKind::Timeout(_) | AskErrorKind::Broken(_) => {
            "try again; if it stays, look at firewalls and proxies on the way"
        }
        AskErrorKind::TooManyRequests { .. } => {
            "others use the account: run when it is quiet, or lower requests_per_minute"
        }
        AskErrorKind::Server { .. } => "the API is down or busy; runs try again for retry_for",
        AskErrorKind::Redirect { .. } => "base_url is not the API's own address",
        AskErrorKind::Client { .. } => "check account, base_url and region, and that the account uses Verify",
        AskErrorKind::Unusable => "something else than the API answers: look at proxies and base_url",
    };
    remedy.to_owned()
}

/// The variable of the proxy that the API is reached through.
fn proxy_of(order: &Order) -> Option<&'static str> {
    match &order.job.source.endpoint {
        Endpoint::Url(url) => ProxySettings::towards(url).ok()?.variable(),
        Endpoint::Simulator => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Health;
    use super::*;

    #[test]
    fn clocks_may_differ_by_seconds_and_are_doubted_beyond() {
        for (ahead, state, found) in [
            (0, Health::Ok, "agrees"),
            (5, Health::Ok, "agrees"),
            (-5, Health::Ok, "agrees"),
            (6, Health::Warning, "6 s ahead of"),
            (-300, Health::Warning, "300 s behind"),
            (36_000, Health::Warning, "36000 s ahead of"),
        ] {
            let check = clocks(Some(UnixSeconds(1000)), UnixSeconds(1000 + ahead));
            assert!(check.state == state && check.found.starts_with(found), "{check:?}");
        }
        assert_eq!(clocks(None, UnixSeconds(0)).state, Health::Warning);
    }
}
