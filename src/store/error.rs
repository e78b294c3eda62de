//! What goes wrong on the way to a store, told without what must not be told.

use std::error::Error as _;
use std::io;

use object_store::Error;
use secrecy::{ExposeSecret, SecretString};

use crate::model::printable;

/// A store was not of use.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The environment does not say how to reach it.
    #[error("cannot use {url}: {problem}")]
    Settings {
        /// Which store.
        url: String,
        /// What is missing or wrong, and what to do.
        problem: String,
    },
    /// The client cannot be built.
    #[error(
        "cannot set up HTTPS for {url}; TLS needs the system's trust store (install ca-certificates, or point \
         SSL_CERT_FILE at a bundle)"
    )]
    Client {
        /// Which store.
        url: String,
    },
    /// The store does not know the credentials, or does not let them do this.
    #[error("{url} may not be {done} by these credentials; check {variables}, and what they may do there: {cause}")]
    Denied {
        /// The object.
        url: String,
        /// What was tried.
        done: &'static str,
        /// Where the credentials come from.
        variables: &'static str,
        /// The store's words.
        cause: String,
    },
    /// There is no such bucket.
    #[error("there is no bucket or container for {url}; make it first: {cause}")]
    Missing {
        /// What was looked for.
        url: String,
        /// The store's words.
        cause: String,
    },
    /// Anything else, after some tries.
    #[error("cannot {action} {url}: {cause}")]
    Failed {
        /// What was tried.
        action: &'static str,
        /// The object.
        url: String,
        /// The store's words, or the network's.
        cause: String,
    },
    /// Another version of an object is there than the one that was to be replaced.
    #[error("{url} was replaced by another writer meanwhile")]
    Changed {
        /// The object.
        url: String,
    },
    /// The store does as it is told whatever the condition.
    #[error(
        "{url} does not heed conditions (If-Match, If-None-Match), so that of two runs at once one could undo the \
         other; use a store that does, or publish to a folder and copy it"
    )]
    Unconditional {
        /// Which store.
        url: String,
    },
    /// A file of ours could not be read or written.
    #[error("cannot copy {url}")]
    Local {
        /// The object.
        url: String,
        /// The system's words.
        source: io::Error,
    },
}

/// Codes of S3 and Azure by which the library below does not tell these apart where it lists.
const MISSING: [&str; 2] = ["NoSuchBucket", "ContainerNotFound"];
const DENIED: [&str; 6] = [
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthenticationFailed",
    "AuthorizationFailure",
    "AuthorizationPermissionMismatch",
];

/// How errors of a store are told.
#[derive(Default)]
pub(super) struct Told {
    /// What must not be told.
    pub(super) secrets: Vec<SecretString>,
    /// Where the credentials come from.
    pub(super) variables: &'static str,
}

impl Told {
    pub(super) fn failed(&self, action: &'static str, url: &str, error: &Error) -> StoreError {
        let (url, cause) = (url.to_owned(), self.words(error));
        let is_told = |codes: &[&str]| codes.iter().any(|code| cause.starts_with(code));
        match error {
            Error::NotFound { .. } => StoreError::Missing { url, cause },
            _ if is_told(&MISSING) => StoreError::Missing { url, cause },
            _ if is_told(&DENIED)
                || matches!(error, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) =>
            {
                let done = match action {
                    "list" => "listed",
                    "read" => "read",
                    "remove" => "removed",
                    _ => "written",
                };
                StoreError::Denied { url, done, variables: self.variables, cause }
            }
            _ => StoreError::Failed { action, url, cause },
        }
    }

    /// The words of the innermost cause, which alone says what happened; those around it repeat it.
    fn words(&self, error: &Error) -> String {
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let mut words = error.source().map_or_else(|| error.to_string(), |_| cause.to_string());
        for secret in &self.secrets {
            words = words.replace(secret.expose_secret(), "[redacted]");
        }
        let words = without_queries(&in_short(&words));
        printable(&words).into_owned()
    }
}

/// The message of an S3 or Azure error document, or the text itself, in one line of bounded length.
fn in_short(words: &str) -> String {
    let inside = |name: &str| {
        let (_, rest) = words.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.to_owned())
    };
    let words = match (inside("Code"), inside("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => words.to_owned(),
    };
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

/// Signatures stand in the query of URLs.
fn without_queries(words: &str) -> String {
    let cut = |word: &str| match word.split_once('?') {
        Some((url, _)) if url.contains("://") => format!("{url}?…"),
        _ => word.to_owned(),
    };
    words.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_signatures_are_not_told() {
        let told = Told { secrets: vec!["s3cret".to_owned().into()], variables: "AWS_ACCESS_KEY_ID" };
        let source = io::Error::other("no answer of https://h/c?sig=abc: s3cret\n\u{1b}[2J");
        let error = Error::Generic { store: "S3", source: Box::new(source) };
        let words = told.failed("read", "s3://bucket/a", &error).to_string();
        assert_eq!(words, "cannot read s3://bucket/a: no answer of https://h/c?… [redacted] \\u{1b}[2J");
    }

    #[test]
    fn of_a_document_the_message_is_told() {
        let body = "status 403: <?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access\n Denied</Message>\
                    <RequestId>1</RequestId></Error>";
        let source = || Box::new(io::Error::other(body));
        let denied = Error::PermissionDenied { path: "a".to_owned(), source: source() };
        // A list that was refused comes without a kind.
        for error in [denied, Error::Generic { store: "S3", source: source() }] {
            let words = Told { secrets: vec![], variables: "AWS_…" }.failed("list", "s3://b", &error).to_string();
            assert!(words.ends_with("check AWS_…, and what they may do there: AccessDenied: Access Denied"), "{words}");
        }
    }
}
