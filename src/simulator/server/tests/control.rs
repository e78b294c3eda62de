//! The controls, over real HTTP.

use super::*;

impl Fixture {
    /// Asks a control, as a script would; the body is `null` where there is none.
    pub(super) async fn control(&self, method: Method, name: &str, body: &str) -> (u16, Value) {
        let request = self.client.request(method, self.url(&format!("/_simulator/{name}"))).body(body.to_owned());
        let response = request.send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    pub(super) async fn stats(&self) -> Value {
        let (status, told) = self.control(Method::GET, "stats", "").await;
        assert_eq!(status, 200);
        told
    }

    pub(super) async fn log(&self) -> Vec<Value> {
        let (status, log) = self.control(Method::GET, "requests", "").await;
        assert_eq!((status, &log["forgotten"]), (200, &json!(0)));
        log["requests"].as_array().unwrap().clone()
    }
}

fn limited(limit: u32) -> Settings {
    Settings { requests_per_minute: NonZeroU32::new(limit), ..Settings::default() }
}

#[tokio::test]
async fn exactly_the_limit_is_not_beyond_it_and_one_more_is() {
    // Arrivals in milliseconds, over the boundary of a minute, and the most in any 60 s.
    for (arrivals, busiest, from, exceeded) in [
        (&[58_000, 59_000, 60_000, 117_999][..], 4, "12:00:58.250", true),
        (&[58_000, 59_000, 60_000, 118_000], 3, "12:00:58.250", false),
        (&[0, 50_000, 59_999, 60_000, 61_000], 4, "12:00:50.250", true),
        (&[0, 0, 60_000, 60_000, 120_000], 2, "12:00:00.250", false),
        (&[5, 5, 5], 3, "12:00:00.255", false),
    ] {
        for window in [RateWindow::Sliding, RateWindow::Fixed] {
            let fixture = Fixture::new(Settings { window, ..limited(3) }).await;
            let mut refused = 0;
            let mut now = 0;
            for at in arrivals {
                fixture.clock.advance(Duration::from_millis(at - now));
                now = *at;
                refused += u32::from(fixture.get(MORNING).await.0 == 429);
            }
            let stats = fixture.stats().await;
            let from = format!("2024-01-20T{from}Z");
            assert_eq!(stats["busiest_minute"], json!({"requests": busiest, "from": from}), "{arrivals:?}");
            assert_eq!((&stats["limit"], &stats["exceeded"]), (&json!(3), &json!(exceeded)), "{arrivals:?}");
            if window == RateWindow::Sliding {
                assert_eq!(refused > 0, exceeded, "{arrivals:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_account_has_its_own_minute() {
    let fixture = Fixture::new(limited(2)).await;
    let ask = async |sid: &str| {
        let request = fixture.client.get(fixture.url(PATH)).basic_auth(sid, Some("secret"));
        request.send().await.unwrap().status().as_u16()
    };
    let other = ACCOUNT.replace("AC0", "AC1");
    let statuses = [ask(ACCOUNT).await, ask(ACCOUNT).await, ask(&other).await, ask("nobody").await];
    assert_eq!(statuses, [200, 200, 200, 401]);
    let stats = fixture.stats().await;
    assert_eq!((&stats["busiest_minute"]["requests"], &stats["exceeded"]), (&json!(2), &json!(false)));
    assert_eq!(ask(ACCOUNT).await, 429, "refused, and an arrival all the same");
    let stats = fixture.stats().await;
    assert_eq!((&stats["busiest_minute"]["requests"], &stats["exceeded"]), (&json!(3), &json!(true)));
    let of = |account: &str| stats["accounts"][account]["busiest_minute"]["requests"].clone();
    assert_eq!([of(ACCOUNT), of(&other), of("none")], [3, 1, 1]);
    assert_eq!(stats["accounts"][&other]["exceeded"], false);
    assert_eq!(stats["statuses"], json!({"200": 3, "401": 1, "429": 1}));

    let unlimited = Fixture::new(Settings::default()).await;
    assert_eq!(unlimited.get(MORNING).await.0, 200);
    let stats = unlimited.stats().await;
    assert_eq!((&stats["limit"], &stats["exceeded"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn the_log_tells_what_came_and_nothing_personal() {
    let secret = "s3cret-of-the-log";
    let fixture = Fixture::new(Settings::default()).await;
    let get = async |path: &str| {
        let request = fixture.client.get(fixture.url(path)).basic_auth(ACCOUNT, Some(secret));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("/v2/Attempts?ChannelData.To=%2B573003003030&PageSize=7").await, 200);
    fixture.clock.advance(Duration::from_millis(1500));
    assert_eq!(get("/v2/Nothing").await, 404);
    let faults = r#"{"fault": ["502:html:1"], "fault_hang": 0}"#;
    assert_eq!(fixture.control(Method::PUT, "faults", faults).await.0, 200);
    assert_eq!(get("/v2/Attempts/Summary?Country=CO").await, 502);
    assert_eq!(fixture.control(Method::PUT, "faults", r#"{"fault_reset": 1}"#).await.0, 200);
    assert!(fixture.try_get("Country=CO").await.is_err());
    let log = fixture.log().await;
    let entry = |n: u64, arrived: &str, path: &str, query: &str, status: Value, fault: Value| {
        json!({"n": n, "arrived": format!("2024-01-20T{arrived}Z"), "method": "GET", "path": path, "query": query,
               "status": status, "fault": fault, "milliseconds": 0})
    };
    assert_eq!(log[0], entry(1, "12:00:00.250", LIST, "ChannelData.To=***&PageSize=7", json!(200), Value::Null));
    assert_eq!(log[1], entry(2, "12:00:01.750", "/v2/Nothing", "", json!(404), Value::Null));
    assert_eq!(log[2], entry(3, "12:00:01.750", PATH, "Country=CO", json!(502), json!("502:html")));
    // The client may send it again on another connection.
    assert_eq!(log[3], entry(4, "12:00:01.750", PATH, "Country=CO", Value::Null, json!("reset")));
    let text = format!("{log:?} {}", fixture.stats().await);
    assert!(!text.contains(secret) && !text.contains("3003003030") && !text.contains("Basic"), "{text}");

    let stats = fixture.stats().await;
    assert_eq!((&stats["questions"], &stats["repeated"]), (&json!(2), &json!(1)), "what is not there is no question");
    assert_eq!((&stats["faults"]["502:html"], &stats["in_flight"]), (&json!(1), &json!(0)));

    assert_eq!(fixture.control(Method::DELETE, "requests", "").await, (204, Value::Null));
    assert!(fixture.log().await.is_empty());
    assert_eq!(fixture.stats().await["requests"], stats["requests"], "counters stay");
    assert_eq!(get("/v2/Nothing").await, 404);
    assert_eq!(fixture.log().await[0]["n"].as_u64(), stats["requests"].as_u64().map(|before| before + 1));
}

#[tokio::test]
async fn faults_are_read_set_and_refused() {
    let chosen = vec!["503:json:0.25".parse().unwrap()];
    let fixture = Fixture::new(faulty(Faults { chosen, fail_next: 1, ..Faults::default() })).await;
    let (status, faults) = fixture.control(Method::GET, "faults", "").await;
    let expected = json!({
        "fault_5xx": 0.0, "fault_429": 0.0, "fault_reset": 0.0, "fault_hang": 0.0, "fault_json": 0.0,
        "fault_counts": 0.0, "fault": ["503:json:0.25"], "fail_next": 1,
    });
    assert_eq!((status, &faults), (200, &expected));
    for (body, reason) in [
        ("", "expected a JSON object"),
        ("[1]", "expected a JSON object"),
        ("{", "EOF while parsing"),
        (r#"{"fault_6xx": 0.1}"#, "unknown field `fault_6xx`, expected one of `fault_5xx`"),
        (r#"{"fault_5xx": 1.5}"#, "expected a probability from 0 to 1"),
        (r#"{"fault_5xx": "often"}"#, "expected f64"),
        (r#"{"fault": ["503:xml:0.1"]}"#, "expected STATUS:FORM:P"),
        (r#"{"fail_next": -1}"#, "expected u64"),
        (r#"{"fault_5xx": 0, "fault_5xx": 1}"#, "duplicate field"),
        (&" ".repeat(70_000), "cannot be read"),
    ] {
        let (status, refused) = fixture.control(Method::PUT, "faults", body).await;
        let said = refused["error"].as_str().unwrap();
        assert!(status == 400 && said.contains(reason), "{body:.40}: {said}");
    }
    assert_eq!(fixture.control(Method::GET, "faults", "").await.1, expected, "as before");

    assert_eq!(fixture.get(MORNING).await.0, 503);
    assert_eq!(fixture.control(Method::GET, "faults", "").await.1["fail_next"], 0);
    let (status, faults) = fixture.control(Method::PUT, "faults", r#"{"fault_429": 1, "fail_next": 1}"#).await;
    assert_eq!((status, &faults["fault_429"], &faults["fault"]), (200, &json!(1.0), &json!([])));
    assert_eq!([fixture.get(MORNING).await.0, fixture.get(MORNING).await.0], [503, 429]);

    assert_eq!(fixture.control(Method::POST, "reset", "").await, (204, Value::Null));
    assert_eq!(fixture.control(Method::GET, "faults", "").await.1, expected, "those of the settings");
}

#[tokio::test]
async fn after_a_reset_everything_is_as_at_the_start() {
    let fixture = Fixture::new(Settings { requests_per_minute: NonZeroU32::new(36), ..luck::unlucky(5) }).await;
    let first = luck::outcomes(&fixture, 0, |asked| asked.truncate(12)).await;
    let before = fixture.log().await;
    assert!(luck::outcome(&fixture, MORNING).await.starts_with("429"), "every place is taken");
    assert_eq!(fixture.control(Method::POST, "reset", "").await.0, 204);
    let empty = json!({
        "requests": 0, "in_flight": 0, "statuses": {}, "faults": {}, "questions": 0, "repeated": 0,
        "busiest_minute": {"requests": 0, "from": null}, "limit": 36, "exceeded": false, "accounts": {},
    });
    assert_eq!((fixture.stats().await, fixture.log().await.len()), (empty, 0));
    assert_eq!(luck::outcomes(&fixture, 0, |asked| asked.truncate(12)).await, first, "the limit gives places, too");
    assert_eq!(fixture.log().await, before);
}

/// A request that was there before does not count as one that came after.
#[tokio::test]
async fn what_is_being_answered_is_not_counted_after_a_reset() {
    let fixture = Fixture::new(faulty(Faults { hang: Probability::ALWAYS, ..Faults::default() })).await;
    let hanging = tokio::spawn(fixture.client.get(fixture.url(PATH)).basic_auth(ACCOUNT, Some("x")).send());
    while fixture.stats().await["in_flight"] != 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.log().await[0]["fault"], "hang");
    assert_eq!(fixture.control(Method::POST, "reset", "").await.0, 204);
    hanging.abort();
    while fixture.stats().await["in_flight"] != 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.stats().await["requests"], 0);
    assert!(fixture.log().await.is_empty());
}

/// Whatever a page in a browser could send: by a name that resolves to this machine, or across origins.
#[tokio::test]
async fn only_this_machine_and_no_other_page_may_ask() {
    let fixture = Fixture::new(Settings::default()).await;
    let own = fixture.server.address().to_string();
    let origin = format!("http://{own}");
    let status = async |headers: &[(&str, &str)]| {
        let mut request = fixture.client.post(fixture.url("/_simulator/reset"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    for (headers, expected) in [
        (&[][..], 204),
        (&[("Host", "localhost:8080")], 204),
        (&[("Host", "LOCALHOST")], 204),
        (&[("Host", "[::1]:8080")], 204),
        (&[("Host", "127.1.2.3")], 204),
        (&[("Host", "evil.example")], 403),
        (&[("Host", "127.0.0.1.evil.example:8080")], 403),
        (&[("Host", "127.0.0.1@evil.example")], 403),
        (&[("Host", "verify.twilio.com")], 403),
        (&[("Host", "10.0.0.1")], 403),
        (&[("Origin", "http://evil.example")], 403),
        (&[("Origin", "null")], 403),
        (&[("Origin", "http://localhost:3000")], 403),
        (&[("Origin", origin.as_str())], 204),
        (&[("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Sec-Fetch-Site", "same-site")], 403),
        (&[("Sec-Fetch-Site", "none")], 204),
        (&[("Sec-Fetch-Site", "same-origin"), ("Origin", origin.as_str())], 204),
    ] {
        assert_eq!(status(headers).await, expected, "{headers:?}");
    }
    assert_eq!(fixture.stats().await["requests"], 0, "none of it counts");
    for (method, name, status, word) in [
        (Method::GET, "nothing", 404, "GET, DELETE /_simulator/requests"),
        (Method::GET, "", 404, "/_simulator/stats"),
        (Method::GET, "reset", 405, "POST"),
        (Method::POST, "stats", 405, "GET"),
    ] {
        let (answered, body) = fixture.control(method, name, "").await;
        assert!(answered == status && body["error"].as_str().unwrap().contains(word), "{name}: {body}");
    }
}
