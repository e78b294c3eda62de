//! What names a person in the simulated account, and where a text would hold it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::Value;

use super::{ACCOUNT, SECRET, Simulated};

/// Every number, address and identifier of attempts from a day on and before another, read as a client reads them.
pub fn of_days(server: &Simulated, from: NaiveDate, to: NaiveDate) -> BTreeSet<String> {
    let mut private = BTreeSet::new();
    let mut query = Some(format!("DateCreatedAfter={from}&DateCreatedBefore={to}&PageSize=1000"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    while let Some(asked) = query {
        let url = format!("{}/v2/Attempts?{asked}", server.url);
        let request = client.get(url).basic_auth(ACCOUNT, Some(SECRET));
        let page: Value = runtime.block_on(async {
            let bytes = request.send().await.expect("a page").bytes().await.expect("a body");
            serde_json::from_slice(&bytes).expect("JSON")
        });
        for attempt in page["attempts"].as_array().expect("attempts") {
            let texts = [&attempt["sid"], &attempt["verification_sid"], &attempt["channel_data"]["to"]];
            // Without the plus sign, which an output may well leave out; and without the letters of a SID.
            let bare = |text: &Value| text.as_str().expect("text").trim_start_matches(['+', 'V', 'L', 'E']).to_owned();
            private.extend(texts.map(bare));
        }
        query = page["meta"]["next_page_url"].as_str().and_then(|url| Some(url.split_once('?')?.1.to_owned()));
    }
    assert!(private.len() > 10_000, "{}", private.len());
    private
}

/// The longest runs of letters and digits, which is where a number or identifier would stand.
pub fn words(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes);
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '@' | '.');
    text.split(|letter| !is_part(letter)).map(|word| word.trim_start_matches(['V', 'L', 'E']).to_owned()).collect()
}
