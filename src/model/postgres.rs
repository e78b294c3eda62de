//! A `PostgreSQL` database and a table in it, as a job file names them: without a password, and with every parameter
//! known.

use std::fmt;
use std::path::PathBuf;

use url::{Host, Url};

use super::host::is_this_machine;

/// Whether the way to the server is encrypted. What is encrypted is verified, too: without that, whoever sits on the
/// way could read along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Nothing is.
    Off,
    /// TLS, by a certificate for the host's name.
    Verified,
}

/// A database, and as whom it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// A name, an address without brackets, or the folder of a Unix socket, which begins with `/`.
    pub host: String,
    /// The port, also of a socket.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// Off within this machine, unless the URL says otherwise.
    pub encryption: Encryption,
    /// Certificates to trust in place of the system's, as PEM.
    pub root_certificates: Option<PathBuf>,
}

/// Why a text names no database. The text may hold a password, so no message repeats any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostgresUrlError {
    /// Not an absolute URL of that scheme.
    #[error("no PostgreSQL URL; write one such as postgres://user@host:5432/database")]
    Malformed,
    /// A password, which would stand in files and process lists.
    #[error(
        "a URL with a password; leave it out and change it, for it was written down: passwords come from PGPASSWORD, \
         PGPASSWORD_FILE or PGPASSFILE"
    )]
    Password,
    /// No role or no database.
    #[error("a URL without a role or a database; write both, such as postgres://user@host:5432/database")]
    Incomplete,
    /// No host, or more than one.
    #[error("a URL without one host; write a name or an address, or a socket's folder as %2Frun%2Fpostgresql")]
    Host,
    /// A parameter that means nothing here.
    #[error("a URL with an unknown parameter; known are sslmode and sslrootcert")]
    Parameter,
    /// An `sslmode` that would encrypt without knowing for whom, or none of `PostgreSQL`'s.
    #[error("a URL with an unknown sslmode; write verify-full (or require, which verifies too), or disable")]
    Mode,
}

impl PostgresUrl {
    /// Reads `postgres://user@host:5432/database?sslmode=…&sslrootcert=…`; `postgresql://` is the same.
    pub fn parse(text: &str) -> Result<Self, PostgresUrlError> {
        let url = Url::parse(text).map_err(|_| PostgresUrlError::Malformed)?;
        if !["postgres", "postgresql"].contains(&url.scheme()) {
            return Err(PostgresUrlError::Malformed);
        }
        if url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password") {
            return Err(PostgresUrlError::Password);
        }
        if url.fragment().is_some() {
            return Err(PostgresUrlError::Malformed);
        }
        let mut host = decoded(url.host_str().unwrap_or_default())?;
        let stays_here = host.starts_with('/') || Host::parse(&host).is_ok_and(|host| is_this_machine(&host));
        if host.starts_with('[') {
            host.retain(|letter| !"[]".contains(letter));
        }
        let (mut mode, mut root_certificates) = (None, None);
        for (name, value) in url.query_pairs() {
            match &*name {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" if !value.is_empty() => root_certificates = Some(PathBuf::from(value.into_owned())),
                _ => return Err(PostgresUrlError::Parameter),
            }
        }
        if host.is_empty() || host.contains([',', '\0']) {
            return Err(PostgresUrlError::Host);
        }
        let (user, database) = (decoded(url.username())?, decoded(url.path().trim_start_matches('/'))?);
        if user.is_empty() || database.is_empty() {
            return Err(PostgresUrlError::Incomplete);
        }
        let encryption = match mode.as_deref() {
            Some("disable") => Encryption::Off,
            None if stays_here && root_certificates.is_none() => Encryption::Off,
            None | Some("require" | "verify-full") if !host.starts_with('/') => Encryption::Verified,
            _ => return Err(PostgresUrlError::Mode),
        };
        Ok(Self { host, port: url.port().unwrap_or(5432), user, database, encryption, root_certificates })
    }
}

fn decoded(text: &str) -> Result<String, PostgresUrlError> {
    // The one decoder of `%41` that `url` hands out is that of its query pairs, which takes `+` for a space.
    let query = format!("{}=", text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    let (decoded, _) = url::form_urlencoded::parse(query.as_bytes()).next().ok_or(PostgresUrlError::Malformed)?;
    if decoded.contains(['\0', '\u{fffd}']) { Err(PostgresUrlError::Malformed) } else { Ok(decoded.into_owned()) }
}

/// For people: never with more than the file says.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, user, database, .. } = self;
        if host.contains(':') {
            write!(f, "postgres://{user}@[{host}]:{port}/{database}")
        } else {
            write!(f, "postgres://{user}@{host}:{port}/{database}")
        }
    }
}

/// A table's name, in a schema or in the first one of the role's search path. Its display is quoted, as SQL wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresTable {
    schema: Option<String>,
    name: String,
}

/// The text is no table's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no table; write one such as \"verify_attempts\" or \"analytics.verify_attempts\" of a-z, 0-9 and _")]
pub struct InvalidPostgresTable;

impl PostgresTable {
    /// The form, as a regular expression: names that mean the same with and without quotes.
    pub const PATTERN: &str = "^([a-z_][a-z0-9_]{0,62}\\.)?[a-z_][a-z0-9_]{0,62}$";

    /// Reads `table` or `schema.table`.
    pub fn parse(text: &str) -> Result<Self, InvalidPostgresTable> {
        let (schema, name) = text.split_once('.').map_or((None, text), |(schema, name)| (Some(schema), name));
        let is_name = |text: &str| {
            text.len() <= 63
                && text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
                && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
        };
        if !is_name(name) || !schema.is_none_or(is_name) {
            return Err(InvalidPostgresTable);
        }
        Ok(Self { schema: schema.map(str::to_owned), name: name.to_owned() })
    }

    /// As the job file has it.
    #[must_use]
    pub fn plain(&self) -> String {
        self.to_string().replace('"', "")
    }
}

/// What a job without a name for it fills.
impl Default for PostgresTable {
    fn default() -> Self {
        Self { schema: None, name: "verify_attempts".to_owned() }
    }
}

impl fmt::Display for PostgresTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "\"{schema}\".")?;
        }
        write!(f, "\"{}\"", self.name)
    }
}

/// A table of a database that is brought to what the dataset holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOutput {
    /// The database.
    pub url: PostgresUrl,
    /// The table.
    pub table: PostgresTable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says() {
        for (text, shown, encryption) in [
            ("postgres://u@db.example/d", "postgres://u@db.example:5432/d", Encryption::Verified),
            (
                "postgresql://u@db.example:6432/d?sslmode=require",
                "postgres://u@db.example:6432/d",
                Encryption::Verified,
            ),
            ("postgres://u@db.example/d?sslmode=disable", "postgres://u@db.example:5432/d", Encryption::Off),
            ("postgres://u%40x@localhost/d%2Fe", "postgres://u@x@localhost:5432/d/e", Encryption::Off),
            ("postgres://u+v@127.0.0.1/d", "postgres://u+v@127.0.0.1:5432/d", Encryption::Off),
            ("postgres://u@[::1]/d", "postgres://u@[::1]:5432/d", Encryption::Off),
            ("postgres://u@[2001:db8::1]/d", "postgres://u@[2001:db8::1]:5432/d", Encryption::Verified),
            ("postgres://u@localhost/d?sslrootcert=ca.pem", "postgres://u@localhost:5432/d", Encryption::Verified),
            ("postgres://u@%2Frun%2Fpg/d", "postgres://u@/run/pg:5432/d", Encryption::Off),
            ("postgres://u@localhost.example/d", "postgres://u@localhost.example:5432/d", Encryption::Verified),
        ] {
            let url = PostgresUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((url.to_string().as_str(), url.encryption), (shown, encryption), "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        use PostgresUrlError as E;
        for (text, expected) in [
            ("mysql://u@h/d", E::Malformed),
            ("u@h/d", E::Malformed),
            ("postgres://u@h/d#x", E::Malformed),
            ("postgres://u:p@h/d", E::Password),
            ("postgres://u:@h/d?password=x", E::Password),
            ("postgres://u@h/d?password=x", E::Password),
            ("postgres://h/d", E::Incomplete),
            ("postgres://u@h", E::Incomplete),
            ("postgres://u@a,b/d", E::Host),
            ("postgres://u@h/d?host=/x", E::Parameter),
            ("postgres://u@h/d?sslmode=prefer", E::Mode),
            ("postgres://u@h/d?sslmode=verify-ca", E::Mode),
            ("postgres://u@%2Fx/d?sslmode=require", E::Mode),
            ("postgres://u@h/d?options=x", E::Parameter),
        ] {
            assert_eq!(PostgresUrl::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn tables_are_quoted_and_checked() {
        for (text, quoted) in [("a", "\"a\""), ("analytics.verify_attempts", "\"analytics\".\"verify_attempts\"")] {
            let table = PostgresTable::parse(text).unwrap();
            assert_eq!((table.to_string().as_str(), table.plain().as_str()), (quoted, text));
        }
        for text in ["", "A", "a.b.c", "1a", "a\"; DROP TABLE x", ".a", "a.", "é", &"a".repeat(64)] {
            assert_eq!(PostgresTable::parse(text), Err(InvalidPostgresTable), "{text}");
        }
    }
}
