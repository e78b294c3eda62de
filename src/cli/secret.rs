//! The secret of an account that a job names: taken from where the job says that it is, when it is needed.
//!
//! A command is run without a shell, without standard input, and for no longer than [`LONGEST`]; what it writes to its
//! standard error is dropped, as it may quote what it was given. No secret is ever part of a message.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use secrecy::SecretString;

use super::environment::Environment;
use crate::clock::{Clock, SystemClock};
use crate::fetch::{Credentials, read_secret_file, set_to};
use crate::job::{AccountSigning, JobAccount, SecretPlace};
use crate::model::{printable, shown};

/// How long a command may take.
const LONGEST: Duration = Duration::from_secs(30);
/// Between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(10);
/// More than any secret.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The job names none.
    #[error("account {0} has no secret; say where it is, as by auth_token_file, in the job's accounts")]
    Nowhere(String),
    /// A variable is not set, or means nothing.
    #[error("account {account}: the variable {variable} {problem}")]
    Variable {
        /// Whose.
        account: String,
        /// Which.
        variable: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be read, or holds nothing.
    #[error("account {account}: the file {file} {problem}")]
    File {
        /// Whose.
        account: String,
        /// Which.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A command gives none.
    #[error("account {account}: the command {program} {problem}")]
    Command {
        /// Whose.
        account: String,
        /// Its program: arguments may be private.
        program: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// The variable that holds an account's secret, if one does.
pub fn variable(account: &JobAccount) -> Option<&str> {
    match place(account)? {
        SecretPlace::Variable(name) => Some(name),
        SecretPlace::File(_) | SecretPlace::Command(_) => None,
    }
}

/// The file that holds an account's secret, if one does.
pub fn file(account: &JobAccount) -> Option<&Path> {
    match place(account)? {
        SecretPlace::File(path) => Some(path),
        SecretPlace::Variable(_) | SecretPlace::Command(_) => None,
    }
}

fn place(account: &JobAccount) -> Option<&SecretPlace> {
    match account.signing.as_ref()? {
        AccountSigning::AuthToken(secret) | AccountSigning::ApiKey { secret, .. } => Some(secret),
    }
}

/// What signs an account's requests.
pub fn credentials(account: &JobAccount, environment: &Environment) -> Result<Credentials, SecretError> {
    let name = || printable(&account.name).into_owned();
    let (user, place) = match &account.signing {
        None => return Err(SecretError::Nowhere(name())),
        Some(AccountSigning::AuthToken(secret)) => (account.sid.to_string(), secret),
        Some(AccountSigning::ApiKey { key, secret }) => (key.clone(), secret),
    };
    let secret = match place {
        SecretPlace::Variable(variable) => {
            let wrong = |problem| SecretError::Variable { account: name(), variable: variable.clone(), problem };
            let value = environment.get(variable).map_err(|error| wrong(error.problem.to_owned()))?;
            value.ok_or_else(|| wrong(format!("is not set, in the environment or in .env{}", environment.unread())))?
        }
        SecretPlace::File(path) => of_file(path).map_err(|problem| SecretError::File {
            account: name(),
            file: shown(path).to_string(),
            problem,
        })?,
        SecretPlace::Command(words) => of_command(words).map_err(|problem| SecretError::Command {
            account: name(),
            program: words.first().map_or_else(String::new, |program| printable(program).into_owned()),
            problem,
        })?,
    };
    Ok(Credentials::new(account.sid, user, SecretString::from(secret)))
}

fn of_file(path: &Path) -> Result<String, String> {
    let text = read_secret_file(path).map_err(|error| format!("cannot be read: {error}"))?;
    set_to(&text).map(str::to_owned).ok_or_else(|| "holds no secret".to_owned())
}

fn of_command(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("is empty")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A signal from the terminal is for us; what others sign with is not for it.
    command.process_group(0).env_remove("TWILIO_AUTH_TOKEN").env_remove("TWILIO_API_SECRET").env_remove("PGPASSWORD");
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    let begun = SystemClock.monotonic();
    let read = output(&mut child);
    // One that has said more than a secret, or too late, is not waited for.
    let status = loop {
        match child.try_wait().map_err(|error| format!("cannot be waited for: {error}"))? {
            Some(status) => break status,
            None if read.is_ok() && SystemClock.monotonic().saturating_sub(begun) < LONGEST => {
                std::thread::sleep(LOOK);
            }
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(read.err().unwrap_or_else(|| format!("did not end within {} s", LONGEST.as_secs())));
            }
        }
    };
    let text = read?;
    if !status.success() {
        return Err(format!("ended with {status}; run it by hand to see why"));
    }
    set_to(&text).map(str::to_owned).ok_or_else(|| "printed nothing".to_owned())
}

/// What a command prints, in time.
fn output(child: &mut Child) -> Result<String, String> {
    let Some(stdout) = child.stdout.take() else { return Err("has no output".to_owned()) };
    let (done, awaited) = channel();
    let reading = std::thread::Builder::new().name("secret".to_owned()).spawn(move || {
        let mut text = String::new();
        let read = stdout.take(LONGEST_SECRET + 1).read_to_string(&mut text);
        // Nobody may wait any more.
        let _ = done.send(read.map(|_| text));
    });
    reading.map_err(|error| format!("cannot be listened to: {error}"))?;
    match awaited.recv_timeout(LONGEST) {
        Ok(Ok(text)) if text.len() as u64 > LONGEST_SECRET => Err("printed more than a secret".to_owned()),
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(format!("printed what is no text: {error}")),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            Err(format!("printed nothing within {} s", LONGEST.as_secs()))
        }
    }
}

/// What signs an account's requests, for people.
pub fn used(account: &JobAccount) -> String {
    match &account.signing {
        None => "nothing".to_owned(),
        Some(AccountSigning::AuthToken(secret)) => format!("the auth token of {}", told(secret)),
        Some(AccountSigning::ApiKey { secret, .. }) => format!("its api_key with the secret of {}", told(secret)),
    }
}

/// What was used of an account, and what to check, where the API refuses it.
pub fn hint(account: &JobAccount, origin: &str) -> String {
    format!(
        "used was {}; check that the account is active, that this is its own, as its parent's opens no sub-account, and \
         that {origin} is its API",
        used(account)
    )
}

fn told(place: &SecretPlace) -> String {
    match place {
        SecretPlace::Variable(name) => format!("the variable {name}"),
        SecretPlace::File(path) => format!("the file {}", shown(path)),
        SecretPlace::Command(words) => {
            format!("the command {}", printable(words.first().map_or("", String::as_str)))
        }
    }
}
