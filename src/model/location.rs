//! Where datasets go: a folder, or a place in an object store.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// Whose protocol a store speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// Amazon S3, and what speaks like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

impl StoreKind {
    const ALL: [Self; 3] = [Self::S3, Self::Gcs, Self::Azure];

    /// The scheme of its URLs.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
        }
    }
}

/// A place in an object store: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreUrl {
    /// Whose protocol is spoken there.
    pub kind: StoreKind,
    /// The bucket, or container.
    pub bucket: String,
    /// Below which all keys are; no `/` at either end. May be empty.
    pub prefix: String,
}

/// The text is no place in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Nothing, or a NUL.
    #[error("no path; write a folder, such as \"output\", or \".\" for this one")]
    NoPath,
    /// `ftp://…`
    #[error("no store that is known; write s3://bucket/prefix, gs://bucket/prefix or az://container/prefix")]
    Scheme,
    /// Credentials in a URL would end up in logs.
    #[error("a URL with a user or password; credentials come from the environment, as for the vendor's own tools")]
    Userinfo,
    /// Not what a bucket may be called.
    #[error("a URL without a bucket's name; write one of 3 to 63 letters a-z, 0-9, `-`, `_` and `.`")]
    Bucket,
    /// Letters that some tools would change.
    #[error("a URL with a prefix that tools disagree about; write names of A-Z, a-z, 0-9, `-`, `_`, `.` and `=`")]
    Prefix,
}

impl StoreUrl {
    fn parse(scheme: &str, rest: &str) -> Result<Self, LocationError> {
        let kind = StoreKind::ALL.into_iter().find(|kind| kind.scheme() == scheme).ok_or(LocationError::Scheme)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains(['@', ':']) {
            return Err(LocationError::Userinfo);
        }
        let is_bucket = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_bucket) {
            return Err(LocationError::Bucket);
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_name = |name: &str| {
            !["", ".", ".."].contains(&name)
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte))
        };
        if !prefix.is_empty() && !prefix.split('/').all(is_name) {
            return Err(LocationError::Prefix);
        }
        Ok(Self { kind, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.scheme(), self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// Where the datasets of jobs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder, relative to the working directory.
    Folder(PathBuf),
    /// A place in a store.
    Store(StoreUrl),
}

impl Location {
    /// Reads a path, or the URL of a store.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        match text.split_once("://") {
            _ if text.is_empty() || text.contains('\0') => Err(LocationError::NoPath),
            Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                StoreUrl::parse(scheme, rest).map(Self::Store)
            }
            _ => Ok(Self::Folder(text.into())),
        }
    }

    /// The same of an argument, which may be a path that no text names.
    pub fn of_argument(argument: OsString) -> Result<Self, LocationError> {
        match argument.to_str() {
            Some(text) => Self::parse(text),
            None => Ok(Self::Folder(argument.into())),
        }
    }

    /// As a job file has it; `None` if it is a path that no text names.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Folder(folder) => folder.to_str().map(str::to_owned),
            Self::Store(url) => Some(url.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_stores_are_told_apart() {
        for (text, shown) in [
            ("s3://bucket", "s3://bucket"),
            ("s3://bucket/", "s3://bucket"),
            ("s3://my.bucket-1/a/b=c/", "s3://my.bucket-1/a/b=c"),
            ("gs://my_bucket/a", "gs://my_bucket/a"),
            ("az://container/a", "az://container/a"),
        ] {
            let Location::Store(url) = Location::parse(text).unwrap() else { panic!("{text}") };
            assert_eq!(url.to_string(), shown);
        }
        for text in ["output", ".", "/a/b", "a b", "s3:/bucket", "s3", "./s3://x"] {
            assert_eq!(Location::parse(text), Ok(Location::Folder(text.into())), "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        use LocationError as E;
        for (text, expected) in [
            ("", E::NoPath),
            ("a\0", E::NoPath),
            ("ftp://bucket/a", E::Scheme),
            ("https://bucket.s3.amazonaws.com/a", E::Scheme),
            ("S3://bucket", E::Scheme),
            ("s3://key:secret@bucket/a", E::Userinfo),
            ("az://container@account/a", E::Userinfo),
            ("s3://", E::Bucket),
            ("s3:///a", E::Bucket),
            ("s3://ab", E::Bucket),
            ("s3://Bucket", E::Bucket),
            ("s3://bucket//a", E::Prefix),
            ("s3://bucket/a//b", E::Prefix),
            ("s3://bucket/../a", E::Prefix),
            ("s3://bucket/a b", E::Prefix),
            ("s3://bucket/a?x=1", E::Prefix),
            ("s3://bucket/é", E::Prefix),
        ] {
            assert_eq!(Location::parse(text), Err(expected), "{text}");
        }
    }
}
