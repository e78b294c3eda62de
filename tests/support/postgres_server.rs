//! A real `PostgreSQL` server of the newest release that is installed, on a socket in a temporary folder. It ends with the
//! process that started it, however that ends.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its own part; a panic is how it fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian's packages put each release.
const RELEASES: &str = "/usr/lib/postgresql";

/// Stops the server when nobody can write to its input any more, and removes the folder.
const KEEP: &str = r#"cat > /dev/null; "$1/pg_ctl" -D "$2/data" -m immediate stop > /dev/null; rm -rf "$2""#;

/// A server, while its process lives. Everybody on this machine may log in as `tests`.
pub struct PostgresServer {
    folder: PathBuf,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    _keeper: Child,
}

impl PostgresServer {
    /// One that keeps nothing through a crash of the machine, as tests need.
    pub fn start() -> Self {
        Self::start_with("fsync = off")
    }

    /// One with a line of settings.
    pub fn start_with(line: &str) -> Self {
        let (programs, owner) = (programs(), owner());
        let folder = tempfile::Builder::new().prefix("vr-pg-").tempdir().unwrap().keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let mut keeper = as_owner(Path::new("/bin/sh"), owner);
        keeper.args(["-c", KEEP, "keeper"]).arg(&programs).arg(&folder).stdin(Stdio::piped()).process_group(0);
        let server = Self { folder, programs, owner, _keeper: keeper.spawn().unwrap() };
        server.run("initdb", &["-U", "tests", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        let settings = format!(
            "unix_socket_directories = '{}'\nlisten_addresses = ''\nmax_connections = 300\n{line}\n",
            server.socket()
        );
        fs::write(server.folder.join("data/postgresql.auto.conf"), settings).unwrap();
        server.start_again();
        server
    }

    /// The folder of its socket, as a URL's host.
    pub fn socket(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    /// Starts it where it was stopped.
    pub fn start_again(&self) {
        self.run("pg_ctl", &["-w", "-l", self.folder.join("log").to_str().unwrap(), "start"]);
    }

    /// Ends it and every connection; what was committed stays.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-w", "-m", "fast", "stop"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = as_owner(&self.programs.join(program), self.owner);
        command.arg("-D").arg(self.folder.join("data")).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{program} failed");
    }

    /// What a statement finds in a database, a row a line.
    pub fn ask(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "tests", "-h", self.socket()]);
        let done = psql.args(["-d", database, "-c", statement]).output().unwrap();
        assert!(done.status.success(), "{statement}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
    }
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
