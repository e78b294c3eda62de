//! A real server for tests, of the newest release that is installed: one for all tests of a process, on a socket in a
//! temporary folder. It ends with the process, however that ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Login, Session};
use crate::model::{Encryption, PostgresUrl};

/// Where Debian's packages put each release.
const RELEASES: &str = "/usr/lib/postgresql";

/// Stops the server when nobody can write to its input any more, and removes the folder.
const KEEP: &str = r#"cat > /dev/null; "$1/pg_ctl" -D "$2/data" -m immediate stop > /dev/null; rm -rf "$2""#;

/// The URL of a new database that nobody else uses.
pub(crate) fn new_database() -> PostgresUrl {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let database = format!("d{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let server = url("postgres");
    let session = Session::open(&server, &Login::default()).unwrap();
    session.run("make a database", &format!("CREATE DATABASE {database}")).unwrap();
    PostgresUrl { database, ..server }
}

fn url(database: &str) -> PostgresUrl {
    static SERVER: OnceLock<(PathBuf, Child)> = OnceLock::new();
    let (folder, _) = SERVER.get_or_init(start);
    PostgresUrl {
        host: folder.to_str().unwrap().to_owned(),
        port: 5432,
        user: "tests".to_owned(),
        database: database.to_owned(),
        encryption: Encryption::Off,
        root_certificates: None,
    }
}

fn start() -> (PathBuf, Child) {
    let programs = programs();
    let folder = tempfile::Builder::new().prefix("vr-pg-").tempdir().unwrap().keep();
    let owner = owner();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    if let Some((user, group)) = owner {
        chown(&folder, Some(user), Some(group)).unwrap();
    }
    let data = folder.join("data");
    let run = |program: &str, arguments: &[&str]| {
        let mut command = as_owner(&programs.join(program), owner);
        let done = command.arg("-D").arg(&data).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
        assert!(done.unwrap().success(), "{program} failed");
    };
    run("initdb", &["-U", "tests", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
    let settings = format!(
        "unix_socket_directories = '{}'\nlisten_addresses = ''\nfsync = off\nmax_connections = 300\n",
        folder.to_str().unwrap()
    );
    fs::write(data.join("postgresql.auto.conf"), settings).unwrap();
    let mut keeper = as_owner(Path::new("/bin/sh"), owner);
    keeper.args(["-c", KEEP, "keeper"]).arg(&programs).arg(&folder).stdin(Stdio::piped()).process_group(0);
    let keeper = keeper.spawn().unwrap();
    let log = folder.join("log");
    run("pg_ctl", &["-w", "-l", log.to_str().unwrap(), "start"]);
    (folder, keeper)
}

fn programs() -> PathBuf {
    let releases = fs::read_dir(RELEASES).into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = releases.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists()).max_by_key(number);
    newest.expect("a PostgreSQL server is installed: apt-get install postgresql, or make test as root").join("bin")
}

/// Servers refuse to be root's.
fn owner() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.starts_with("postgres:")).expect("the package made its user");
    let mut ids = user.split(':').skip(2).map(|id| id.parse().unwrap());
    Some((ids.next().unwrap(), ids.next().unwrap()))
}

fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}
