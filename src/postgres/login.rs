//! By which password a role logs in: a variable's, or a password file's, by the rules of `PostgreSQL`'s own programs.

use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::model::{PostgresUrl, shown};

/// More than any password file.
const LONGEST_FILE: u64 = 1024 * 1024;

/// Where a password may come from.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// The one that is set; it wins.
    pub password: Option<SecretString>,
    /// A file of passwords by server, which somebody named.
    pub file: Option<PathBuf>,
    /// The file that is there by custom, or is not.
    pub usual_file: Option<PathBuf>,
}

/// A password file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The system refused it.
    #[error("cannot read the password file {}", shown(path))]
    File {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Others may read it.
    #[error("the password file {} is open to others; make it yours alone: chmod 0600", shown(path))]
    Open {
        /// Which one.
        path: PathBuf,
    },
}

impl Login {
    /// The password for a database, if there is one: servers that trust the way or the system's user want none.
    ///
    /// # Errors
    /// A password file cannot be read, or others may read it.
    pub fn password_for(&self, url: &PostgresUrl) -> Result<Option<SecretString>, LoginError> {
        if self.password.is_some() {
            return Ok(self.password.clone());
        }
        let text = match (&self.file, &self.usual_file) {
            (Some(path), _) => read(path)?,
            (None, Some(path)) => match read(path) {
                Err(LoginError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
                text => text?,
            },
            (None, None) => return Ok(None),
        };
        Ok(found(&text, url).map(SecretString::from))
    }
}

fn read(path: &Path) -> Result<String, LoginError> {
    let failed = |source| LoginError::File { path: path.to_owned(), source };
    let meta = path.metadata().map_err(failed)?;
    if !meta.is_file() {
        return Err(failed(io::Error::other("it is no file")));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(LoginError::Open { path: path.to_owned() });
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The password of the first line `host:port:database:role:password` that fits, where `*` fits all.
fn found(text: &str, url: &PostgresUrl) -> Option<String> {
    let port = url.port.to_string();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [host, its_port, database, user, password] = <[String; 5]>::try_from(fields).ok()?;
        let is_host = host == "*" || host == url.host || (host == "localhost" && url.host.starts_with('/'));
        let fits = |field: &str, value: &str| field == "*" || field == value;
        let all = is_host && fits(&its_port, &port) && fits(&database, &url.database) && fits(&user, &url.user);
        all.then_some(password)
    })
}

/// The fields of a line; a backslash takes the colon or backslash behind it for a letter. The fifth has all that is left.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let count = fields.len();
        // There is always a field to add to.
        let Some(last) = fields.last_mut() else { break };
        match letter {
            '\\' => last.extend(letters.next()),
            ':' if count < 5 => fields.push(String::new()),
            letter => last.push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    const FILE: &str = "# comment:*:*:*:no\nshort:line\nother:5432:d:u:no\nh:5432:d:u:p\\:a\\\\ss:word\n*:*:*:*:last\n";

    fn url(text: &str) -> PostgresUrl {
        PostgresUrl::parse(text).unwrap()
    }

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        assert_eq!(found(FILE, &url("postgres://u@h/d")).unwrap(), "p:a\\ss:word");
        assert_eq!(found(FILE, &url("postgres://v@h/d")).unwrap(), "last");
        assert_eq!(found("localhost:5432:d:u:s\n", &url("postgres://u@%2Frun%2Fx/d")).unwrap(), "s");
        assert_eq!(found("h:5433:d:u:s\n", &url("postgres://u@h/d")), None);
    }

    #[test]
    fn a_variable_wins_and_open_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        std::fs::write(&path, "*:*:*:*:hunter2\n").unwrap();
        let url = url("postgres://u@h/d");
        let login = Login { file: Some(path.clone()), ..Login::default() };
        let chmod = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        chmod(0o640);
        let error = login.password_for(&url).unwrap_err().to_string();
        assert!(error.contains("chmod 0600") && !error.contains("hunter2"), "{error}");
        chmod(0o600);
        assert_eq!(login.password_for(&url).unwrap().unwrap().expose_secret(), "hunter2");
        let both = Login { password: Some("set".to_owned().into()), ..login.clone() };
        assert_eq!(both.password_for(&url).unwrap().unwrap().expose_secret(), "set");
        assert!(!format!("{both:?}").contains("set\""));
        std::fs::remove_file(&path).unwrap();
        assert!(login.password_for(&url).is_err(), "somebody named it");
        let usual = Login { usual_file: Some(path), ..Login::default() };
        assert!(usual.password_for(&url).unwrap().is_none());
    }
}
