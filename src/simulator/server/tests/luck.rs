//! What befalls a question follows from the seed, the question and how often it has been asked, over real HTTP.

use super::*;

/// Different questions of one client.
fn questions(client: usize) -> Vec<String> {
    let channel = ["sms", "call"][client];
    (0..24).map(|hour| format!("DateCreatedAfter=2024-01-10T{hour:02}:00:00Z&Channel={channel}")).collect()
}

/// What became of a request, in every part that chance has a hand in.
pub(super) async fn outcome(fixture: &Fixture, query: &str) -> String {
    let Ok(response) = fixture.try_get(query).await else { return "reset".to_owned() };
    let (status, headers) = (response.status(), response.headers().clone());
    let hint = headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    format!("{status} {hint:?} {}", response.text().await.unwrap())
}

/// The outcomes of each client's questions, each asked thrice in turn.
pub(super) async fn outcomes(
    fixture: &Fixture,
    client: usize,
    change: impl Fn(&mut Vec<String>),
) -> Vec<(String, String)> {
    let mut asked = questions(client);
    change(&mut asked);
    let mut found = Vec::new();
    for _ in 0..3 {
        for query in &asked {
            found.push((query.clone(), outcome(fixture, query).await));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

pub(super) fn unlucky(seed: u64) -> Settings {
    let often = Probability::new(0.12).unwrap();
    let faults =
        Faults { server_error: often, throttle: often, reset: often, json: often, counts: often, ..Faults::default() };
    Settings { seed, ..faulty(faults) }
}

/// Before, faults were drawn as requests came: a retry elsewhere moved every fault after it.
#[tokio::test]
async fn concurrent_clients_meet_the_same_faults_in_any_order() {
    let together = Fixture::new(unlucky(5)).await;
    let both = tokio::join!(outcomes(&together, 0, |_| {}), outcomes(&together, 1, |_| {}));
    let apart = Fixture::new(unlucky(5)).await;
    let second = outcomes(&apart, 1, |asked| asked.reverse()).await;
    let first = outcomes(&apart, 0, |asked| asked.reverse()).await;
    assert_eq!(both, (first, second));
    let struck = both.0.iter().filter(|(_, outcome)| !outcome.contains("\"total_attempts\"")).count();
    assert!((10..60).contains(&struck), "{struck} of 72");
    assert!(both.0.chunks(3).any(|thrice| thrice[0].1 != thrice[1].1), "each asking has luck of its own");

    let elsewhere = Fixture::new(unlucky(6)).await;
    assert_ne!(outcomes(&elsewhere, 0, |_| {}).await, both.0, "another seed");
}

#[tokio::test]
async fn a_failure_has_the_status_and_the_form_that_were_chosen() {
    for (text, kind, start) in [
        ("503:json:1", Some("application/json"), r#"{"code":20503,"message":"Service Unavailable","#),
        ("400:json:1", Some("application/json"), r#"{"code":60200,"#),
        ("418:json:1", Some("application/json"), r#"{"code":20418,"#),
        ("502:html:1", Some("text/html"), "<html><head><title>502 Bad Gateway</title>"),
        ("599:html:1", Some("text/html"), "<html><head><title>599 Error</title>"),
        ("504:text:1", Some("text/plain"), "Gateway Timeout\n"),
        ("500:empty:1", None, ""),
    ] {
        let chosen = vec![text.parse().unwrap()];
        let fixture = Fixture::new(faulty(Faults { chosen, ..Faults::default() })).await;
        for path in [PATH, LIST] {
            let request = fixture.client.get(fixture.url(path)).basic_auth(ACCOUNT, Some("secret"));
            let response = request.send().await.unwrap();
            assert_eq!(response.status().as_u16().to_string(), text[..3], "{text}");
            assert_eq!(response.headers().get("content-type").map(|kind| kind.to_str().unwrap()), kind, "{text}");
            let body = response.text().await.unwrap();
            assert!(body.starts_with(start) && body.is_empty() == kind.is_none(), "{text}: {body}");
        }
    }
}

#[tokio::test]
async fn the_next_requests_fail_and_then_no_more() {
    let faults = Faults { fail_next: 2, ..Faults::default() };
    let fixture = Fixture::new(faulty(faults)).await;
    assert_eq!(fixture.client.get(fixture.url(PATH)).send().await.unwrap().status().as_u16(), 401, "not let in");
    let (status, body) = fixture.get("Country=CO").await;
    assert_eq!((status, &body["code"]), (503, &json!(20_503)));
    assert_eq!(fixture.get(MORNING).await.0, 503);
    assert_eq!(fixture.get(MORNING).await.0, 200);
}
