//! The process environment over a `.env` in the working directory, and what is read from them: the account, its
//! credentials, the vendor's region and edge, where the state is.
//!
//! A `.env` that cannot be read is no failure as long as nothing is missed: it may be another program's, and whoever
//! has all variables in the environment needs none.

use std::env::VarError;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::bounded::read_bounded;
use super::exit::{CommandError, chain};
use super::message::CommandMessage;
use crate::fetch::{
    Credentials, CredentialsError, DotEnv, Lookup, Place, SecretVariable, VariableError, account_sid, read_secret_file,
    set_to,
};
use crate::job::{Endpoint, NotifyForm, NotifySettings, Routing};
use crate::message::tell;
use crate::model::{AccountSid, StatePlace, StoreKind};
use crate::notify::{NotifyMessage, NotifyProblem, Target, variable};
use crate::postgres::Login;
use crate::store::StoreVariables;

/// The longest `.env`, in bytes.
const LONGEST_DOTENV: u64 = 1024 * 1024;

const STATE: &str = "VERIFY_ROLLUP_STATE";
const STATE_DIRECTORY: &str = "STATE_DIRECTORY";
const STATE_HOME: &str = "XDG_STATE_HOME";
const HOME: &str = "HOME";
const PASSWORD: SecretVariable = SecretVariable { name: "PGPASSWORD", file: "PGPASSWORD_FILE" };
const PASSWORDS: &str = "PGPASSFILE";

/// Every variable that may stand in `.env`.
fn ours() -> Vec<&'static str> {
    let mut names = [
        &Credentials::VARIABLES[..],
        &Routing::VARIABLES,
        &[STATE, STATE_DIRECTORY, STATE_HOME, HOME, PASSWORD.name, PASSWORD.file, PASSWORDS],
    ]
    .concat();
    names.extend(StoreVariables::all_names());
    names.extend(NotifyForm::ALL.iter().flat_map(|form| [variable(*form).name, variable(*form).file]));
    names
}

/// Variables as commands see them.
#[derive(Default)]
pub struct Environment {
    dotenv: DotEnv,
    /// Why `.env` could not be read.
    unread: Option<String>,
}

impl Environment {
    /// Reads `.env` if there is one.
    pub fn load() -> Self {
        Self::load_with(&[])
    }

    /// The same, with variables that a job names.
    pub fn load_with(others: &[&str]) -> Self {
        match read_dotenv(Path::new(".env")) {
            Ok(text) => Self { dotenv: DotEnv::parse(&text, &[&ours()[..], others].concat()), unread: None },
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => {
                tell(&CommandMessage::DotenvUnread { cause: error.to_string() });
                Self { unread: Some(error.to_string()), ..Self::default() }
            }
        }
    }

    /// The value of a variable; an empty one counts as not set. A secret has two forms, itself and `…_FILE`: one in the
    /// environment overrides either of them in `.env`.
    pub fn get(&self, name: &str) -> Lookup {
        let other_form = name.strip_suffix("_FILE").map_or_else(|| format!("{name}_FILE"), str::to_owned);
        if let Some(value) = exported(name)? {
            return Ok(Some(value));
        }
        if exported(&other_form)?.is_some() {
            return Ok(None);
        }
        Ok(self.dotenv.get(name)?.and_then(set_to).map(str::to_owned))
    }

    /// Whether a variable has a value that means something.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_ok_and(|value| value.is_some())
    }

    /// Where the value of a variable that is set comes from.
    pub fn place(&self, name: &str) -> &'static str {
        match (exported(name), self.dotenv.get(name)) {
            (Ok(None), Ok(Some(_))) => ".env",
            _ => "the environment",
        }
    }

    /// The endpoint by way of the edge and in the region that are set.
    pub fn routed(&self, endpoint: &Endpoint) -> Result<Endpoint, CommandError> {
        if !Routing::concerns(endpoint) {
            return Ok(endpoint.clone());
        }
        let [edge, region] = Routing::VARIABLES.map(|name| self.get(name).map_err(CommandError::usage));
        Routing { edge: edge?, region: region? }.route(endpoint).map_err(CommandError::usage)
    }

    /// The files that the account's secrets come from.
    pub fn secret_files(&self) -> Vec<PathBuf> {
        let variables = Credentials::VARIABLES.into_iter().filter(|name| self.is_set(name));
        let mut files: Vec<_> = variables
            .filter_map(|name| match self.place(name) {
                ".env" => Some(PathBuf::from(".env")),
                _ if name.ends_with("_FILE") => self.get(name).ok()?.map(PathBuf::from),
                _ => None,
            })
            .collect();
        files.dedup();
        files
    }

    /// The account, which keys ledger and bucket.
    pub fn account(&self) -> Result<AccountSid, CommandError> {
        account_sid(|name| self.get(name)).map_err(|error| self.refused(&error))
    }

    /// What signs the account's requests.
    pub fn credentials(&self) -> Result<Credentials, CommandError> {
        Credentials::read(|name| self.get(name), read_secret_file).map_err(|error| self.refused(&error))
    }

    /// By which password a database is asked.
    pub fn postgres_login(&self) -> Result<Login, CommandError> {
        let get = |name| self.get(name).map_err(CommandError::usage);
        Ok(Login {
            password: PASSWORD.read(&|name| self.get(name), &read_secret_file).map_err(CommandError::usage)?,
            file: get(PASSWORDS)?.map(PathBuf::from),
            usual_file: get(HOME)?.map(|home| PathBuf::from(home).join(".pgpass")),
        })
    }

    /// Where a form of notices is sent.
    ///
    /// # Errors
    /// Its variables hold no URL.
    pub fn notify_url(&self, form: NotifyForm) -> Result<SecretString, NotifyProblem> {
        let variable = variable(form);
        match variable.read(&|name| self.get(name), &read_secret_file) {
            Ok(Some(url)) => Ok(url),
            Ok(None) => {
                let neither = format!("neither it nor {} is set{}", variable.file, self.unread());
                Err(NotifyProblem::Variable(neither))
            }
            Err(error) => Err(NotifyProblem::Variable(chain(&error))),
        }
    }

    /// Who is told how a run goes; a form without a URL is told of and left out.
    pub fn targets(&self, settings: &NotifySettings) -> Vec<Target> {
        let target = |(form, events): &(NotifyForm, Vec<_>)| match self.notify_url(*form) {
            Ok(url) => Some(Target { form: *form, events: events.clone(), url }),
            Err(problem) => {
                tell(&NotifyMessage::failed(*form, None, &problem));
                None
            }
        };
        settings.iter().filter_map(target).collect()
    }

    /// How a store of a kind is reached.
    pub fn store_variables(&self, kind: StoreKind) -> Result<StoreVariables, CommandError> {
        let mut variables = StoreVariables::default();
        for name in StoreVariables::names(kind) {
            if let Some(value) = self.get(name).map_err(CommandError::usage)? {
                variables.add(name, value.into());
            }
        }
        for secret in StoreVariables::secrets(kind) {
            let value = secret.read(&|name| self.get(name), &read_secret_file).map_err(CommandError::usage)?;
            if let Some(value) = value {
                variables.add(secret.name, value);
            }
        }
        Ok(variables)
    }

    /// What is missing may stand in a `.env` that could not be read.
    fn refused(&self, error: &CredentialsError) -> CommandError {
        let is_missing = matches!(
            error,
            CredentialsError::NoAccount | CredentialsError::NoSecret | CredentialsError::KeyWithoutSecret
        );
        let unread = if is_missing { self.unread() } else { String::new() };
        CommandError::usage(format!("{error}{unread}"))
    }

    /// Why `.env` could not be read, to be added to a sentence; nothing if it could, or if there is none.
    pub fn unread(&self) -> String {
        self.unread.as_ref().map_or_else(String::new, |why| format!("; cannot read .env: {why}"))
    }

    /// `--state` or `--state-dir`, `$VERIFY_ROLLUP_STATE`, `$STATE_DIRECTORY`, `$XDG_STATE_HOME/verify-rollup`,
    /// `~/.local/state/verify-rollup`.
    pub fn state(&self, argument: Option<StatePlace>) -> Result<StatePlace, CommandError> {
        if let Some(place) = argument {
            return Ok(place);
        }
        match self.get(STATE).map_err(CommandError::usage)? {
            Some(place) => StatePlace::of_argument(place.into())
                .map_err(|error| CommandError::usage(format!("{STATE} in {} is {error}", self.place(STATE)))),
            None => self.state_directory().map(StatePlace::Directory),
        }
    }

    fn state_directory(&self) -> Result<PathBuf, CommandError> {
        let get = |name| self.get(name).map_err(CommandError::usage);
        if let Some(paths) = get(STATE_DIRECTORY)? {
            // systemd separates several directories with colons.
            return Ok(PathBuf::from(paths.split(':').next().unwrap_or_default()));
        }
        if let Some(home) = get(STATE_HOME)?.map(PathBuf::from).filter(|path| path.is_absolute()) {
            return Ok(home.join("verify-rollup"));
        }
        match get(HOME)? {
            Some(home) => Ok(PathBuf::from(home).join(".local/state/verify-rollup")),
            None => Err(CommandError::usage(
                "no state directory: HOME is not set; say where to keep the ledger with --state-dir DIR",
            )),
        }
    }
}

/// The bytes of a `.env`. A pipe would keep us waiting for whoever writes to it.
fn read_dotenv(path: &Path) -> io::Result<Vec<u8>> {
    if path.metadata()?.file_type().is_fifo() {
        return Err(io::Error::other("it is a pipe, not a file"));
    }
    let text = read_bounded(path, LONGEST_DOTENV)?;
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(io::Error::other("it is UTF-16 text; save it as UTF-8"));
    }
    Ok(text)
}

fn exported(name: &str) -> Lookup {
    match std::env::var(name) {
        Ok(value) => Ok(set_to(&value).map(str::to_owned)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => match ours().into_iter().find(|variable| *variable == name) {
            Some(variable) => Err(VariableError {
                variable: variable.to_owned(),
                place: Place::Environment,
                problem: "is not UTF-8 text",
            }),
            None => Ok(None),
        },
    }
}
