//! The variables of the environment that say how a store is reached: those that each vendor's own tools read.

use secrecy::{ExposeSecret, SecretString};

use crate::fetch::SecretVariable;
use crate::model::StoreKind;

const AWS: [&str; 21] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ALLOW_HTTP",
    "AWS_SKIP_SIGNATURE",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    "AWS_REQUEST_PAYER",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_METADATA_ENDPOINT",
    "AWS_SERVER_SIDE_ENCRYPTION",
    "AWS_SSE_KMS_KEY_ID",
    "AWS_SSE_BUCKET_KEY_ENABLED",
];
const GOOGLE: [&str; 6] = [
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_BASE_URL",
    "GOOGLE_SKIP_SIGNATURE",
    "GOOGLE_ALLOW_HTTP",
    "STORAGE_EMULATOR_HOST",
];
const AZURE: [&str; 12] = [
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_AUTHORITY_HOST",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_MSI_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
    "AZURE_STORAGE_USE_EMULATOR",
    "AZURE_SKIP_SIGNATURE",
    "AZURE_ALLOW_HTTP",
    "AZURE_USE_AZURE_CLI",
];
const AWS_SECRETS: [SecretVariable; 1] =
    [SecretVariable { name: "AWS_SECRET_ACCESS_KEY", file: "AWS_SECRET_ACCESS_KEY_FILE" }];
const GOOGLE_SECRETS: [SecretVariable; 1] =
    [SecretVariable { name: "GOOGLE_SERVICE_ACCOUNT_KEY", file: "GOOGLE_SERVICE_ACCOUNT_KEY_FILE" }];
const AZURE_SECRETS: [SecretVariable; 4] = [
    SecretVariable { name: "AZURE_STORAGE_ACCOUNT_KEY", file: "AZURE_STORAGE_ACCOUNT_KEY_FILE" },
    SecretVariable { name: "AZURE_STORAGE_KEY", file: "AZURE_STORAGE_KEY_FILE" },
    SecretVariable { name: "AZURE_STORAGE_SAS_TOKEN", file: "AZURE_STORAGE_SAS_TOKEN_FILE" },
    SecretVariable { name: "AZURE_CLIENT_SECRET", file: "AZURE_CLIENT_SECRET_FILE" },
];

/// What the environment says of the way to a store. Its debug form shows names alone.
#[derive(Debug, Clone, Default)]
pub struct StoreVariables(Vec<(&'static str, SecretString)>);

impl StoreVariables {
    /// The variables that say how a kind of store is reached.
    #[must_use]
    pub const fn names(kind: StoreKind) -> &'static [&'static str] {
        match kind {
            StoreKind::S3 => &AWS,
            StoreKind::Gcs => &GOOGLE,
            StoreKind::Azure => &AZURE,
        }
    }

    /// Those that hold its secrets.
    #[must_use]
    pub const fn secrets(kind: StoreKind) -> &'static [SecretVariable] {
        match kind {
            StoreKind::S3 => &AWS_SECRETS,
            StoreKind::Gcs => &GOOGLE_SECRETS,
            StoreKind::Azure => &AZURE_SECRETS,
        }
    }

    /// Every variable of any kind.
    pub fn all_names() -> impl Iterator<Item = &'static str> {
        [StoreKind::S3, StoreKind::Gcs, StoreKind::Azure].into_iter().flat_map(|kind| {
            let secrets = Self::secrets(kind).iter().flat_map(|secret| [secret.name, secret.file]);
            Self::names(kind).iter().copied().chain(secrets)
        })
    }

    /// Adds one that is set.
    pub fn add(&mut self, name: &'static str, value: SecretString) {
        self.0.push((name, value));
    }

    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
            Some(value.expose_secret())
        })
    }

    /// Those that the library reads by their own names, in its spelling.
    pub(super) fn configured(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let spelling = |name: &str| match name {
            "AZURE_STORAGE_ACCOUNT" => "azure_storage_account_name".to_owned(),
            "AZURE_STORAGE_KEY" => "azure_storage_account_key".to_owned(),
            "STORAGE_EMULATOR_HOST" => "google_base_url".to_owned(),
            name => name.to_ascii_lowercase(),
        };
        self.0.iter().map(move |(name, value)| (spelling(name), value.expose_secret().to_owned()))
    }
}
