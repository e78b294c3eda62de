//! Over real HTTP, with a client that knows nothing of the server.

use std::num::NonZeroU32;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::*;
use crate::model::{Channel, Counts, Interval, Slice, UnixSeconds, Window};
use crate::simulator::{Faults, Latency, Parameter, Parameters, Probability, RateWindow};

const PATH: &str = "/v2/Attempts/Summary";
const LIST: &str = "/v2/Attempts";
const ACCOUNT: &str = "AC00000000000000000000000000000000";
const NOW: &str = "2024-01-20T12:00:00.250Z";

/// A clock that moves only when told to.
struct Hands(Mutex<Duration>);

impl Hands {
    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::from_std(self.monotonic()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

struct Fixture {
    server: RunningServer,
    clock: Arc<Hands>,
    client: reqwest::Client,
}

impl Fixture {
    async fn new(settings: Settings) -> Self {
        // Another test may have installed it first.
        let _: Result<(), _> = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(Hands(Mutex::new(Duration::ZERO)));
        let server = Server::bind(0, settings, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap().spawn();
        Self { server, clock, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.server.address())
    }

    async fn try_get(&self, query: &str) -> Result<Response, reqwest::Error> {
        self.client.get(self.url(&format!("{PATH}?{query}"))).basic_auth(ACCOUNT, Some("secret")).send().await
    }

    async fn get(&self, query: &str) -> (u16, Value) {
        let response = self.try_get(query).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn counts(&self, query: &str) -> Counts {
        let (status, body) = self.get(query).await;
        assert_eq!(status, 200, "{query}: {body}");
        let field = |name: &str| body[name].as_i64().unwrap();
        let counts = Counts::new(field("total_attempts"), field("total_converted")).unwrap();
        assert_eq!(counts.unconverted(), field("total_unconverted"));
        counts
    }

    fn truth(&self, slice: &Slice) -> Counts {
        self.server.world().truth(slice, self.clock.now())
    }
}

fn at(text: &str) -> UnixSeconds {
    UnixSeconds::from(text.parse::<DateTime<Utc>>().unwrap())
}

fn hours(from: u32, to: u32) -> Slice {
    let hour = |hour| at(&format!("2024-01-10T{hour:02}:00:00Z"));
    Slice::whole(Window::new(hour(from), hour(to)).unwrap())
}

/// [`hours`] on the wire.
const MORNING: &str = "DateCreatedAfter=2024-01-10T06:00:00Z&DateCreatedBefore=2024-01-10T09:00:00Z";

#[tokio::test]
async fn answers_are_the_truth_in_the_documented_form() {
    let fixture = Fixture::new(Settings { seed: 4, ..Settings::default() }).await;
    let morning = hours(6, 9);
    let response = fixture.try_get(MORNING).await.unwrap();
    for name in ["twilio-request-id", "twilio-request-duration", "twilio-concurrent-requests"] {
        assert!(response.headers().contains_key(name), "{name}");
    }
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["date"], "Sat, 20 Jan 2024 12:00:00 GMT", "the account's clock, not the machine's");
    let body: Value = response.json().await.unwrap();
    let truth = fixture.truth(&morning);
    assert!(truth.attempts() > 100);
    assert_eq!(body["total_attempts"], truth.attempts());
    assert_eq!(body["total_converted"], truth.converted());
    assert_eq!(body["total_unconverted"], truth.unconverted());
    assert_eq!(body["url"], "https://verify.twilio.com/v2/Attempts/Summary");
    let rate: f64 = body["conversion_rate_percentage"].as_str().unwrap().parse().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let expected = 100.0 * truth.converted() as f64 / truth.attempts() as f64;
    assert!((rate - expected).abs() <= 1e-9);

    let service = fixture.server.world().services()[0];
    for (filter, slice) in [
        (format!("VerifyServiceSid={service}"), Slice { service: Some(service), ..morning }),
        ("Country=US".to_owned(), Slice { country: Some("US".parse().unwrap()), ..morning }),
        ("Channel=email".to_owned(), Slice { channel: Some(Channel::Email), ..morning }),
        ("DestinationPrefix=%2B573".to_owned(), Slice { prefix: Some("+573".parse().unwrap()), ..morning }),
    ] {
        let counts = fixture.counts(&format!("{MORNING}&{filter}")).await;
        assert_eq!(counts, fixture.truth(&slice), "{filter}");
        assert!(counts.attempts() > 0, "{filter}");
    }
    let nothing = json!({
        "total_attempts": 0, "total_converted": 0, "total_unconverted": 0, "conversion_rate_percentage": null,
        "url": "https://verify.twilio.com/v2/Attempts/Summary",
    });
    assert_eq!(fixture.get("VerifyServiceSid=VA00000000000000000000000000000000").await, (200, nothing));
    let ever = Slice::whole(Window::new(World::OPENED, at(NOW).plus_seconds(1)).unwrap());
    assert_eq!(fixture.counts("Unknown=ignored").await, fixture.server.world().count(&ever, at(NOW)));
}

#[tokio::test]
async fn every_date_form_is_understood() {
    let fixture = Fixture::new(Settings::default()).await;
    let expected = fixture.truth(&hours(6, 9));
    for (after, before) in [
        ("2024-01-10T06:00:00", "2024-01-10T09:00:00.000"),
        ("2024-01-10T06%3A00%3A00.000000Z", "2024-01-10T09%3A00%3A00%2B00%3A00"),
        ("2024-01-10T08:00:00+02:00", "2024-01-10T04:00:00-0500"),
    ] {
        let counts = fixture.counts(&format!("DateCreatedAfter={after}&DateCreatedBefore={before}")).await;
        assert_eq!(counts, expected, "{after} {before}");
    }
    let day = fixture.counts("DateCreatedAfter=2024-01-10&DateCreatedBefore=2026-10-11").await;
    assert!(day.attempts() > 3 * expected.attempts());
}

#[tokio::test]
async fn refusals_carry_the_api_error() {
    let fixture = Fixture::new(Settings::default()).await;
    for query in [
        "VerifyServiceSid=VA12",
        "DateCreatedAfter=yesterday",
        "Country=us",
        "Country=ZZ",
        "Channel=fax",
        "DestinationPrefix=57305",
        "DateCreatedAfter=2026-10-02&DateCreatedBefore=2026-10-01",
    ] {
        let (status, body) = fixture.get(query).await;
        assert_eq!((status, &body["code"], &body["status"]), (400, &json!(60_200), &json!(400)), "{query}");
        assert_eq!(body["more_info"], "https://www.twilio.com/docs/errors/60200");
        let parameter = query.split('=').next().unwrap();
        assert!(body["message"].as_str().unwrap().contains(parameter), "{body}");
    }
    for (method, path, status, code) in [
        (Method::GET, "/v2/Attempts/\"Summary\"", 404, 20_404),
        (Method::GET, "/v2/Attempts/", 404, 20_404),
        (Method::POST, LIST, 405, 20_004),
        (Method::POST, PATH, 405, 20_004),
        (Method::DELETE, PATH, 405, 20_004),
    ] {
        let request = fixture.client.request(method, fixture.url(path)).basic_auth(ACCOUNT, Some("secret"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(response.json::<Value>().await.unwrap()["code"], code, "{path}");
    }
}

#[tokio::test]
async fn only_the_right_credentials_open_the_account() {
    let exactly = Settings { auth: format!("{ACCOUNT}:open:sesame").parse().unwrap(), ..Settings::default() };
    let key = ACCOUNT.replace("AC", "SK");
    for (settings, user, secret, status) in [
        (Settings::default(), ACCOUNT, Some("any"), 200),
        (Settings::default(), key.as_str(), Some("any"), 200),
        (Settings::default(), ACCOUNT, Some(""), 401),
        (Settings::default(), "me", Some("any"), 401),
        (exactly.clone(), ACCOUNT, Some("open:sesame"), 200),
        (exactly, ACCOUNT, Some("wrong"), 401),
    ] {
        let fixture = Fixture::new(settings).await;
        let url = fixture.url(&format!("{PATH}?{MORNING}"));
        let response = fixture.client.get(&url).basic_auth(user, secret).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{user} {secret:?}");
        let anonymous = fixture.client.get(&url).send().await.unwrap();
        assert!(anonymous.headers().contains_key("www-authenticate"));
        assert_eq!(anonymous.json::<Value>().await.unwrap()["code"], 20_003);
    }
}

#[tokio::test]
async fn the_limit_is_kept_in_both_kinds_of_window() {
    for (window, wait) in [(RateWindow::Sliding, 50), (RateWindow::Fixed, 40)] {
        let limit = NonZeroU32::new(3);
        let fixture = Fixture::new(Settings { requests_per_minute: limit, window, ..Settings::default() }).await;
        let refused = async || {
            let response = fixture.try_get(MORNING).await.unwrap();
            let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            if response.status().as_u16() == 429 {
                assert_eq!(response.json::<Value>().await.unwrap()["code"], 20_429);
            }
            retry_after
        };
        fixture.clock.advance(Duration::from_secs(10));
        assert_eq!(refused().await, None);
        fixture.clock.advance(Duration::from_secs(10));
        for _ in 0..2 {
            assert_eq!(refused().await, None);
        }
        for _ in 0..5 {
            assert_eq!(refused().await, Some(wait.to_string()), "{window:?}");
        }
        fixture.clock.advance(Duration::from_secs(wait));
        let room = match window {
            RateWindow::Sliding => 1,
            RateWindow::Fixed => 3,
        };
        for _ in 0..room {
            assert_eq!(refused().await, None, "{window:?}");
        }
        assert!(refused().await.is_some(), "{window:?}");
        assert_eq!(fixture.server.requests_received(), 9 + room);
        assert_eq!(fixture.server.requests_throttled(), 6);
    }
}

#[tokio::test]
async fn the_exact_second_follows_the_setting() {
    let world = World::new(Settings::default().seed);
    // Only a second in which something happened can tell the four apart.
    let busy = (0..)
        .map(|second| hours(6, 7).range.start().plus_seconds(second))
        .map(|second| Slice::whole(Window::new(second, second.plus_seconds(1)).unwrap()));
    let busy = busy.take(3600).find(|slice| world.count(slice, at(NOW)).attempts() > 0).unwrap();
    for interval in Interval::ALL {
        let fixture = Fixture::new(Settings { interval, ..Settings::default() }).await;
        let (after, before) = interval.on_the_wire(busy.range);
        let counts = fixture.counts(&format!("DateCreatedAfter={after}&DateCreatedBefore={before}")).await;
        assert_eq!(counts, fixture.truth(&busy), "{interval}");
    }
}

#[tokio::test]
async fn ignored_filters_answer_with_the_whole() {
    let ignored = Parameters::NONE.with(Parameter::Country);
    let fixture = Fixture::new(Settings { ignored, ..Settings::default() }).await;
    let whole = fixture.counts(MORNING).await;
    assert_eq!(fixture.counts(&format!("{MORNING}&Country=CO")).await, whole);
    assert_eq!(fixture.counts(&format!("{MORNING}&Country=nonsense")).await, whole);
    assert!(fixture.counts(&format!("{MORNING}&Channel=call")).await.attempts() < whole.attempts());

    let fixture = Fixture::new(Settings { ignored: Parameters::ALL, ..Settings::default() }).await;
    assert_eq!(fixture.counts(&format!("{MORNING}&Channel=call")).await, fixture.counts("").await);
}

#[tokio::test]
async fn attempts_beyond_the_retention_are_gone() {
    let retention = Some(Duration::from_hours(24));
    let fixture = Fixture::new(Settings { retention, ..Settings::default() }).await;
    assert_eq!(fixture.counts(MORNING).await, Counts::ZERO);
    // Now is 12:00:00.25, so the second 12:00:00 of the day before has just gone.
    let held = Window::new(at("2024-01-19T12:00:01Z"), at("2024-01-20T12:00:01Z")).unwrap();
    assert_eq!(fixture.counts("").await, fixture.truth(&Slice::whole(held)));
}

#[tokio::test]
async fn answers_grow_with_time() {
    let fixture = Fixture::new(Settings::default()).await;
    let today = "DateCreatedAfter=2024-01-20";
    let before = fixture.counts(today).await;
    fixture.clock.advance(Duration::from_hours(1));
    let after = fixture.counts(today).await;
    assert!(before.attempts() < after.attempts());
    let hour = Window::new(at("2024-01-20T00:00:00Z"), at("2024-01-20T13:00:01Z")).unwrap();
    assert_eq!(after, fixture.truth(&Slice::whole(hour)));
}

fn faulty(faults: Faults) -> Settings {
    Settings { faults, ..Settings::default() }
}

#[tokio::test]
async fn server_errors_and_throttling_come_in_every_form() {
    let server_error = Probability::ALWAYS;
    let fixture = Fixture::new(faulty(Faults { server_error, ..Faults::default() })).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let response = fixture.try_get(MORNING).await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        seen.insert((response.status().as_u16(), kind));
    }
    let expected = [(500, "application/json"), (502, "text/html"), (503, "application/json"), (504, "text/html")];
    assert!(seen.iter().map(|(status, kind)| (*status, kind.as_str())).eq(expected), "{seen:?}");

    let throttle = Probability::ALWAYS;
    let fixture = Fixture::new(faulty(Faults { throttle, ..Faults::default() })).await;
    let mut with_hint = 0;
    for _ in 0..30 {
        let response = fixture.try_get(MORNING).await.unwrap();
        assert_eq!(response.status().as_u16(), 429);
        with_hint += u32::from(response.headers().contains_key("retry-after"));
    }
    assert!(0 < with_hint && with_hint < 30);
    assert_eq!(fixture.server.requests_throttled(), 0);
}

#[tokio::test]
async fn a_reset_breaks_the_connection_and_only_that() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let fixture = Fixture::new(faulty(Faults { reset: Probability::ALWAYS, ..Faults::default() })).await;
    let mut stream = tokio::net::TcpStream::connect(fixture.server.address()).await.unwrap();
    // QUMw…: the account and the secret `x`.
    let credentials = "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp4";
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let error = stream.read(&mut [0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(fixture.client.get(fixture.url(PATH)).send().await.unwrap().status().as_u16(), 401);
}

#[tokio::test]
async fn a_hanging_request_ends_with_its_client_or_the_server() {
    let fixture = Fixture::new(faulty(Faults { hang: Probability::ALWAYS, ..Faults::default() })).await;
    let request = fixture.client.get(fixture.url(PATH)).basic_auth(ACCOUNT, Some("x"));
    let error = request.timeout(Duration::from_millis(100)).send().await.unwrap_err();
    assert!(error.is_timeout());
    let hang = || tokio::spawn(fixture.client.get(fixture.url(PATH)).basic_auth(ACCOUNT, Some("x")).send());
    let hanging = [hang(), hang()];
    while fixture.server.requests_received() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(fixture.server.most_concurrent_requests() >= 2);
    fixture.server.stop().await;
    for request in hanging {
        assert!(request.await.unwrap().is_err());
    }
}

/// What `DESIGN` calls a good body, but for the percentage's precision.
fn is_good(body: &Value) -> bool {
    let field = |name: &str| body.get(name).and_then(Value::as_i64);
    let present = ["total_attempts", "total_converted", "total_unconverted"].map(field);
    let [attempts, converted, unconverted] = present.map(Option::unwrap_or_default);
    let rate = body["conversion_rate_percentage"].as_str().and_then(|rate| rate.parse::<f64>().ok());
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let rate_agrees =
        attempts == 0 || rate.is_none_or(|rate| (rate - 100.0 * converted as f64 / attempts as f64).abs() < 1e-6);
    present.iter().any(Option::is_some)
        && present.into_iter().flatten().all(|count| count >= 0)
        && converted + unconverted == attempts
        && rate_agrees
}

#[tokio::test]
async fn unusable_bodies_are_never_usable() {
    let json = Faults { json: Probability::ALWAYS, ..Faults::default() };
    let counts = Faults { counts: Probability::ALWAYS, ..Faults::default() };
    for faults in [json, counts] {
        let fixture = Fixture::new(faulty(faults.clone())).await;
        for query in [MORNING, "Country=AQ"].repeat(15) {
            let response = fixture.try_get(query).await.unwrap();
            assert_eq!(response.status().as_u16(), 200);
            let text = response.text().await.unwrap();
            let body = serde_json::from_str::<Value>(&text);
            assert!(!body.as_ref().is_ok_and(is_good), "{text}");
            assert!(faults.json == Probability::ALWAYS || body.is_ok(), "{text}");
        }
    }
    let flawless = Fixture::new(Settings::default()).await;
    assert!(is_good(&flawless.get(MORNING).await.1));
    assert!(is_good(&flawless.get("Country=AQ").await.1));
}

#[tokio::test]
async fn latency_holds_each_answer_back() {
    let latency = Latency::new(Duration::from_millis(60), Duration::from_millis(70));
    let fixture = Fixture::new(Settings { latency, ..Settings::default() }).await;
    let start = tokio::time::Instant::now();
    assert_eq!(fixture.get(MORNING).await.0, 200);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

impl Fixture {
    async fn page(&self, query: &str) -> (u16, String) {
        let url = self.url(&format!("{LIST}?{query}"));
        let response = self.client.get(url).basic_auth(ACCOUNT, Some("secret")).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

#[tokio::test]
async fn the_list_is_served_under_the_same_limit() {
    let limit = Settings { requests_per_minute: NonZeroU32::new(2), ..Settings::default() };
    let fixture = Fixture::new(limit).await;
    let (status, page) = fixture.page(MORNING).await;
    assert_eq!(status, 200);
    let page: Value = serde_json::from_str(&page).unwrap();
    let attempts = page["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 50, "the usual size");
    assert!(attempts.iter().all(|attempt| attempt["account_sid"] == ACCOUNT));
    assert_eq!(page["meta"]["page_size"], 50);
    let truth = fixture.truth(&hours(6, 9));
    assert_eq!(fixture.counts(MORNING).await, truth);
    assert_eq!(fixture.page(MORNING).await.0, 429, "one budget for both");
}

#[tokio::test]
async fn a_list_may_be_refused_alone_and_damaged_as_summary_is() {
    for (flaw, expected) in [
        ("refused=401", (401, 20_003)),
        ("refused=403", (403, 70_051)),
        ("refused=404", (404, 20_404)),
        ("refused=429", (429, 20_429)),
    ] {
        let list = crate::simulator::ListFlaws::default().with(flaw).unwrap();
        let fixture = Fixture::new(Settings { list, ..Settings::default() }).await;
        let (status, body) = fixture.page(MORNING).await;
        let code = serde_json::from_str::<Value>(&body).unwrap()["code"].as_i64().unwrap();
        assert_eq!((status, code), expected);
        assert_eq!(fixture.counts(MORNING).await, fixture.truth(&hours(6, 9)));
    }
    let json = Faults { json: Probability::ALWAYS, ..Faults::default() };
    let fixture = Fixture::new(Settings { faults: json, ..Settings::default() }).await;
    assert!(serde_json::from_str::<Value>(&fixture.page(MORNING).await.1).is_err());
    let counts = Faults { counts: Probability::ALWAYS, ..Faults::default() };
    let fixture = Fixture::new(Settings { faults: counts, ..Settings::default() }).await;
    let page: Value = serde_json::from_str(&fixture.page(MORNING).await.1).unwrap();
    assert!(page["attempts"][0]["sid"].is_null());
    let (status, body) = fixture.page("PageSize=5000").await;
    assert!(status == 400 && body.contains("PageSize"), "{body}");
}

mod control;
mod luck;
mod many;
