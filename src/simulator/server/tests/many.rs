//! Many accounts behind one server, over real HTTP.

use super::*;
use crate::model::AccountSid;
use crate::simulator::{AccountFault, Accounts};

fn many() -> Settings {
    Settings { seed: 4, accounts: Accounts::Each, ..Settings::default() }
}

fn account(number: u32) -> AccountSid {
    format!("AC{number:032x}").parse().unwrap()
}

impl Fixture {
    /// What somebody is answered: a status, and the body, if it is JSON.
    async fn as_who(&self, sid: &str, path: &str) -> (u16, Value) {
        let response = self.client.get(self.url(path)).basic_auth(sid, Some("secret")).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn status(&self, number: u32) -> u16 {
        self.as_who(&account(number).to_string(), &format!("{PATH}?{MORNING}")).await.0
    }
}

#[tokio::test]
async fn each_account_is_answered_from_its_own_past() {
    let fixture = Fixture::new(many()).await;
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..20 {
        let truth = fixture.server.worlds().of(account(number)).truth(&hours(6, 9), fixture.clock.now());
        for letters in ["AC", "SK"] {
            let sid = account(number).to_string().replace("AC", letters);
            let (status, body) = fixture.as_who(&sid, &format!("{PATH}?{MORNING}")).await;
            assert_eq!((status, &body["total_attempts"]), (200, &json!(truth.attempts())), "{sid}");
            assert_eq!(body["total_converted"], truth.converted(), "{sid}");
        }
        seen.insert(truth.attempts());
    }
    assert!(seen.len() > 10, "{seen:?}");
    let stats = fixture.stats().await;
    assert_eq!((&stats["questions"], &stats["repeated"]), (&json!(20), &json!(20)), "to each account its own question");
    assert_eq!(fixture.log().await[1]["account"], account(0).to_string(), "a key's, too");
    assert!(Fixture::new(Settings::default()).await.log().await.is_empty());
}

#[tokio::test]
async fn a_small_accounts_list_has_what_is_counted() {
    let fixture = Fixture::new(many()).await;
    let day = "DateCreatedAfter=2024-01-18T00:00:00Z&DateCreatedBefore=2024-01-19T00:00:00Z";
    for number in 0..6 {
        let sid = account(number).to_string();
        let (_, counts) = fixture.as_who(&sid, &format!("{PATH}?{day}")).await;
        let (mut listed, mut converted) = (std::collections::BTreeSet::new(), 0);
        let mut next = Some(fixture.url(&format!("{LIST}?{day}&PageSize=1000")));
        while let Some(url) = next {
            let path = url.strip_prefix(&fixture.url("")).unwrap();
            let (status, page) = fixture.as_who(&sid, path).await;
            assert_eq!(status, 200, "{page}");
            let services = fixture.server.worlds().of(account(number));
            for attempt in page["attempts"].as_array().unwrap() {
                assert_eq!(attempt["account_sid"], sid);
                let service = attempt["service_sid"].as_str().unwrap();
                assert!(services.services().iter().any(|known| known.to_string() == service));
                converted += i64::from(attempt["conversion_status"] == "converted");
                assert!(listed.insert(attempt["sid"].as_str().unwrap().to_owned()));
            }
            next = page["meta"]["next_page_url"].as_str().map(str::to_owned);
        }
        let expected = (counts["total_attempts"].as_u64(), counts["total_converted"].as_i64());
        assert_eq!((Some(listed.len() as u64), Some(converted)), expected, "{sid}");
    }
}

#[tokio::test]
async fn the_limit_is_each_accounts_own_however_many_there_are() {
    let fixture = Fixture::new(Settings { requests_per_minute: NonZeroU32::new(2), ..many() }).await;
    // More than are told apart where all accounts are one.
    for number in 0..150 {
        assert_eq!([fixture.status(number).await, fixture.status(number).await], [200; 2], "{number}");
    }
    assert_eq!([fixture.status(0).await, fixture.status(149).await, fixture.status(150).await], [429, 429, 200]);
    let key = account(150).to_string().replace("AC", "SK");
    let path = format!("{PATH}?{MORNING}");
    let asked = [fixture.as_who(&key, &path).await.0, fixture.as_who(&key, &path).await.0];
    assert_eq!(asked, [200, 429], "a key shares its account's limit");
    let stats = fixture.stats().await;
    let of = |number: u32| &stats["accounts"][account(number).to_string()];
    assert_eq!(stats["accounts"].as_object().unwrap().len(), 151);
    assert_eq!([&of(0)["exceeded"], &of(1)["exceeded"]], [&json!(true), &json!(false)]);
    assert_eq!(of(0)["busiest_minute"]["requests"], 3);
}

fn faulted(kinds: &[&str]) -> Settings {
    let fault = |(number, kind): (u32, &&str)| format!("{}={kind}", account(number)).parse::<AccountFault>().unwrap();
    let of_accounts = (0..).zip(kinds).map(fault).collect();
    let limit = NonZeroU32::new(1);
    Settings { requests_per_minute: limit, faults: Faults { of_accounts, ..Faults::default() }, ..many() }
}

#[tokio::test]
async fn one_account_may_fail_while_others_are_well() {
    let fixture = Fixture::new(faulted(&["401", "403", "suspended", "503"])).await;
    let path = format!("{PATH}?{MORNING}");
    for (number, status, code, word) in [
        (0, 401, 20_003, "Authenticate"),
        (1, 403, 70_051, "permission"),
        (2, 403, 20_403, "not active"),
        (3, 503, 20_503, "Service Unavailable"),
    ] {
        let sid = account(number).to_string();
        let (answered, body) = fixture.as_who(&sid, &path).await;
        assert_eq!((answered, &body["code"], &body["status"]), (status, &json!(code), &json!(status)), "{sid}");
        assert!(body["message"].as_str().unwrap().contains(word), "{body}");
        // Whoever is turned away takes none of the limit's places.
        assert_eq!(fixture.status(number).await, if status == 503 { 429 } else { status });
        assert_eq!(fixture.as_who(&sid.replace("AC", "SK"), LIST).await.0, if status == 503 { 429 } else { status });
    }
    assert_eq!(fixture.status(4).await, 200);
    let stats = fixture.stats().await;
    assert_eq!(stats["faults"], json!({"503:json": 1}));
    assert_eq!(stats["statuses"], json!({"200": 1, "401": 3, "403": 6, "429": 2, "503": 1}));
}

#[tokio::test]
async fn faults_of_accounts_are_set_while_it_serves() {
    let fixture = Fixture::new(many()).await;
    assert_eq!(fixture.status(7).await, 200);
    let body = json!({"account_fault": [format!("{}=suspended", account(7)), format!("{}=hang", account(8))]});
    let (status, faults) = fixture.control(Method::PUT, "faults", &body.to_string()).await;
    assert_eq!((status, &faults["account_fault"]), (200, &body["account_fault"]));
    assert_eq!([fixture.status(7).await, fixture.status(9).await], [403, 200]);
    let hanging = tokio::spawn({
        let request = fixture.client.get(fixture.url(PATH)).basic_auth(account(8), Some("secret"));
        request.send()
    });
    while fixture.stats().await["faults"]["hang"] != 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.status(9).await, 200);
    hanging.abort();
    let (status, refused) = fixture.control(Method::PUT, "faults", r#"{"account_fault": ["AC1=401"]}"#).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("expected SID=KIND"), "{refused}");
    let (_, faults) = fixture.control(Method::PUT, "faults", "{}").await;
    assert_eq!(faults.get("account_fault"), None);
    assert_eq!(fixture.status(7).await, 200);
}

/// Where all SIDs are one account, one of them may fail all the same.
#[tokio::test]
async fn one_sid_of_the_one_account_may_fail() {
    let fixture = Fixture::new(Settings { accounts: Accounts::One, ..faulted(&["401"]) }).await;
    assert_eq!([fixture.status(0).await, fixture.status(1).await], [401, 200]);
}
