//! From the environment's variables to a client.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientConfigKey;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use url::Url;

use super::client::Connector;
use super::error::{StoreError, Told};
use super::variables::StoreVariables;
use crate::fetch::{ProxySettings, check_trust};
use crate::model::{StoreKind, StoreUrl, is_loopback};

/// How long a request is tried again.
const RETRIES: RetryConfig = RetryConfig {
    backoff: BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(5), base: 2. },
    max_retries: 6,
    retry_timeout: Duration::from_mins(1),
};

/// What signs requests to a store that speaks like S3, and is not Amazon's.
const SIGNING: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
];

/// A client, and what is known of it.
pub(super) struct Opened {
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) told: Told,
    /// Whether it is the vendor's own service, whose promises are known.
    pub(super) is_vendors: bool,
}

/// What a kind's variables are called.
struct Names {
    /// Another place than the vendor's, the first that is set.
    endpoints: &'static [&'static str],
    /// What allows http beyond loopback.
    allow_http: &'static str,
    /// Where credentials usually come from.
    credentials: &'static str,
}

const fn names(kind: StoreKind) -> Names {
    match kind {
        StoreKind::S3 => Names {
            endpoints: &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
            allow_http: "AWS_ALLOW_HTTP",
            credentials: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        },
        StoreKind::Gcs => Names {
            endpoints: &["STORAGE_EMULATOR_HOST", "GOOGLE_BASE_URL"],
            allow_http: "GOOGLE_ALLOW_HTTP",
            credentials: "GOOGLE_APPLICATION_CREDENTIALS",
        },
        StoreKind::Azure => Names {
            endpoints: &["AZURE_STORAGE_ENDPOINT"],
            allow_http: "AZURE_ALLOW_HTTP",
            credentials: "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        },
    }
}

/// A client by the variables.
pub(super) fn open(url: &StoreUrl, variables: &StoreVariables) -> Result<Opened, StoreError> {
    let unusable = |problem: String| StoreError::Settings { url: url.to_string(), problem };
    let Names { credentials, .. } = names(url.kind);
    let endpoint = endpoint(url.kind, variables).map_err(unusable)?;
    if endpoint.is_some() && url.kind == StoreKind::S3 && variables.get(&SIGNING).is_none() {
        return Err(unusable(format!("no credentials; set {credentials}")));
    }
    let secrets = StoreVariables::secrets(url.kind).iter().map(|secret| secret.name).chain(["AWS_SESSION_TOKEN"]);
    let secrets = secrets.filter_map(|name| variables.get(&[name])).map(|secret| secret.to_owned().into());
    let told = Told { secrets: secrets.collect(), variables: credentials };
    let proxy = ProxySettings::of_environment().map_err(|error| unusable(error.to_string()))?;
    if !endpoint.as_ref().is_some_and(is_loopback) {
        check_trust().map_err(|error| unusable(error.to_string()))?;
    }
    let is_vendors = endpoint.is_none();
    let objects = build(url, variables, Connector { proxy, endpoint });
    let objects = objects.map_err(|error| match told.failed("use", &url.to_string(), &error) {
        StoreError::Failed { cause, .. } if cause.contains("certificate") => {
            StoreError::Client { url: url.to_string() }
        }
        StoreError::Failed { cause, .. } => unusable(format!("{cause}; check {credentials}")),
        error => error,
    })?;
    Ok(Opened { objects, told, is_vendors })
}

/// Where the store is, if it is not the vendor's own; http only where it is allowed.
fn endpoint(kind: StoreKind, variables: &StoreVariables) -> Result<Option<Url>, String> {
    let Names { endpoints, allow_http, .. } = names(kind);
    if kind == StoreKind::Azure && variables.get(&["AZURE_STORAGE_USE_EMULATOR"]) == Some("true") {
        return Ok(Url::parse("http://127.0.0.1:10000").ok());
    }
    let Some(text) = variables.get(endpoints) else { return Ok(None) };
    let named = endpoints.join(" or ");
    let url: Url =
        text.parse().map_err(|_| format!("{named} is no URL; write one such as https://store.example:9000"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{named} holds a user name or password; leave it out"));
    }
    let is_allowed = variables.get(&[allow_http]).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match url.scheme() {
        "https" => Ok(Some(url)),
        "http" if is_allowed || is_loopback(&url) => Ok(Some(url)),
        "http" => Err(format!("http is for loopback only; use https, or set {allow_http}=true for a network of yours")),
        _ => Err(format!("{named} is neither http nor https")),
    }
}

fn build(
    url: &StoreUrl,
    variables: &StoreVariables,
    connector: Connector,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    let is_plain = connector.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
    // Three types, which have these methods in common and no trait.
    macro_rules! built {
        ($builder:expr, $key:path) => {{
            let builder = variables.configured().fold($builder, |builder, (name, value)| match name.parse::<$key>() {
                Ok(key) => builder.with_config(key, value),
                Err(_) => builder,
            });
            let builder = builder.with_config(<$key>::Client(ClientConfigKey::AllowHttp), is_plain.to_string());
            Arc::new(builder.with_retry(RETRIES).with_http_connector(connector).build()?)
        }};
    }
    let bucket = url.bucket.as_str();
    Ok(match url.kind {
        StoreKind::S3 => {
            let builder = AmazonS3Builder::new().with_bucket_name(bucket);
            // Not every store that speaks like S3 removes objects in bulk.
            let builder = builder.with_config(AmazonS3ConfigKey::DisableBulkDelete, "true");
            built!(builder, AmazonS3ConfigKey)
        }
        StoreKind::Gcs => {
            built!(GoogleCloudStorageBuilder::new().with_bucket_name(bucket), object_store::gcp::GoogleConfigKey)
        }
        StoreKind::Azure => {
            built!(MicrosoftAzureBuilder::new().with_container_name(bucket), object_store::azure::AzureConfigKey)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Location;

    fn opened(url: &str, set: &[(&'static str, &str)]) -> Result<bool, String> {
        let Ok(Location::Store(url)) = Location::parse(url) else { panic!("{url} is no store") };
        let mut variables = StoreVariables::default();
        for (name, value) in set {
            variables.add(name, (*value).to_owned().into());
        }
        assert!(!format!("{variables:?}").contains("s3cret"));
        open(&url, &variables).map(|opened| opened.is_vendors).map_err(|error| error.to_string())
    }

    #[test]
    fn where_a_store_is_and_what_signs_is_said_by_the_vendors_variables() {
        let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "s3cret")];
        let at = |endpoint| [keys[0], keys[1], ("AWS_ENDPOINT_URL", endpoint)];
        assert_eq!(opened("s3://bucket/a", &keys), Ok(true));
        assert_eq!(opened("s3://bucket/a", &[]), Ok(true), "the machine's role may sign");
        assert_eq!(opened("s3://bucket/a", &at("https://store.example")), Ok(false));
        assert_eq!(opened("s3://bucket/a", &at("http://127.0.0.1:9000")), Ok(false));
        assert_eq!(
            opened("gs://bucket", &[("STORAGE_EMULATOR_HOST", "http://[::1]:9"), ("GOOGLE_SKIP_SIGNATURE", "true")]),
            Ok(false)
        );
        assert_eq!(opened("az://container", &[("AZURE_STORAGE_USE_EMULATOR", "true")]), Ok(false));
        let azure = [("AZURE_STORAGE_ACCOUNT", "name"), ("AZURE_STORAGE_KEY", "czNjcmV0")];
        assert_eq!(opened("az://container", &azure), Ok(true));
        let refused = |endpoint, words: &str| {
            let error = opened("s3://bucket/a", &at(endpoint)).unwrap_err();
            assert!(error.contains(words) && !error.contains("s3cret"), "{error}");
        };
        refused("http://store.example", "http is for loopback only; use https, or set AWS_ALLOW_HTTP=true");
        refused("https://user:s3cret@store.example", "holds a user name or password");
        refused("store.example:9000", "is neither http nor https");
        refused("s3cret", "is no URL");
        let open = [keys[0], keys[1], ("AWS_ENDPOINT_URL_S3", "http://store.example"), ("AWS_ALLOW_HTTP", "true")];
        assert_eq!(opened("s3://bucket/a", &open), Ok(false));
        let unsigned = opened("s3://bucket/a", &[("AWS_ENDPOINT_URL", "https://store.example")]).unwrap_err();
        assert!(unsigned.contains("no credentials; set AWS_ACCESS_KEY_ID"), "{unsigned}");
        let broken = opened("gs://bucket", &[("GOOGLE_SERVICE_ACCOUNT_KEY", "{s3cret")]).unwrap_err();
        assert!(broken.contains("check GOOGLE_APPLICATION_CREDENTIALS") && !broken.contains("s3cret"), "{broken}");
    }
}
