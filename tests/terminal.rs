//! What a person sees of a run on a terminal: a pseudo-terminal of a width, whose writings are followed column by column.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use support::{ACCOUNT, SECRET, Simulated, Workspace};

const JOB: &str = r#"
name = "watched"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-29"
[matrix]
countries = ["US", "CO", "DE"]
channels = "all"
"#;

/// A terminal, and what was written to it.
struct Terminal {
    master: OwnedFd,
    slave: File,
    /// Each line as it stood before the next was drawn over it or below it.
    drawn: Vec<String>,
    line: String,
    /// Bytes of a letter, or of a control sequence, that is not complete.
    pending: Vec<u8>,
}

impl Terminal {
    fn new(columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = OpenOptions::new().read(true).write(true).open(Path::new(name.to_str().unwrap())).unwrap();
        let terminal = Self { master, slave, drawn: Vec::new(), line: String::new(), pending: Vec::new() };
        terminal.resize(columns);
        terminal
    }

    fn resize(&self, columns: u16) {
        tcsetwinsize(self.master.as_fd(), Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    }

    /// Starts a command whose messages go here.
    fn start(&self, command: &mut Command) -> Killed {
        let stderr = Stdio::from(self.slave.try_clone().unwrap());
        Killed(command.env("TERM", "xterm").stdout(Stdio::null()).stderr(stderr).spawn().unwrap())
    }

    /// Reads what was written, until a line is there that will do.
    fn read_until(&mut self, will_do: impl Fn(&str) -> bool) -> String {
        let mut reader = File::from(self.master.try_clone().unwrap());
        let mut seen = self.drawn.len();
        loop {
            if let Some(line) = self.drawn[seen..].iter().find(|line| will_do(line)) {
                return line.clone();
            }
            seen = self.drawn.len();
            let mut bytes = [0; 4096];
            let count = reader.read(&mut bytes).unwrap();
            support::secrets::assert_absent(&bytes[..count], "a terminal");
            self.write(&bytes[..count]);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while let Some((letter, length)) = next(&self.pending) {
            self.pending.drain(..length);
            match letter {
                Some('\r' | '\n') => self.end_line(),
                Some(letter) => self.line.push(letter),
                None => {}
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.trim().is_empty() {
            self.drawn.push(line);
        }
    }
}

/// The first letter, or `None` for a control sequence, and its bytes; nothing where it is not complete.
fn next(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    if bytes.first()? == &0x1b {
        let end = bytes.iter().skip(2).position(u8::is_ascii_alphabetic)?;
        return Some((None, end + 3));
    }
    let length = match bytes[0] {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let text = std::str::from_utf8(bytes.get(..length)?).unwrap();
    Some((text.chars().next(), length))
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that sends thirty requests and then waits for the limit.
fn run(workspace: &Workspace, server: &Simulated) -> Command {
    let job = workspace.job("watched.toml", JOB);
    let mut run = workspace.command("run", &job);
    run.args(["--base-url", &server.url, "--requests-per-minute", "30"]);
    run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    run
}

/// The columns of what is seen. Spaces up to the last column clear what stood there before.
fn columns(line: &str) -> usize {
    line.trim_end().chars().count()
}

/// Whether a line stays on one line of the terminal.
fn fits(line: &str, width: u16) -> bool {
    columns(line) < usize::from(width) && line.chars().count() <= usize::from(width)
}

#[test]
fn the_bar_fits_every_terminal_and_says_what_is_waited_for() {
    let server = Simulated::unlimited();
    for (width, says, has_bar) in [
        (80, "waiting for the limit, ", true),
        (40, "waiting for the limit, ", false),
        (32, "limit: ", true),
        (12, "30/", false),
    ] {
        let workspace = Workspace::new();
        let mut terminal = Terminal::new(width);
        let _run = terminal.start(&mut run(&workspace, &server));
        let line = terminal.read_until(|line| line.contains("30/") && line.contains(says));
        assert_eq!(line.contains('━') || line.contains('─'), has_bar, "{width} columns: {line}");
        for line in &terminal.drawn {
            assert!(fits(line, width), "{width} columns: {line}");
        }
    }
}

/// The last line that was laid out for the old width may come after the change.
#[test]
fn the_bar_follows_the_window() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let mut terminal = Terminal::new(100);
    let _run = terminal.start(&mut run(&workspace, &server));
    let wide = terminal.read_until(|line| line.contains("waiting for the limit, "));
    assert!((60..100).contains(&columns(&wide)), "{wide}");
    for width in [40, 25, 120] {
        terminal.resize(width);
        terminal.read_until(|line| fits(line, width) && (width < 100 || columns(line) > 60));
        let drawn = terminal.drawn.len();
        for _ in 0..3 {
            terminal.read_until(|line| line.contains("30/"));
        }
        for line in &terminal.drawn[drawn..] {
            assert!(fits(line, width), "{width} columns: {line}");
        }
    }
}

#[test]
fn programs_get_no_bar_on_a_terminal_either() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let mut terminal = Terminal::new(80);
    let _run = terminal.start(run(&workspace, &server).args(["-v", "--log-format", "json"]));
    terminal.read_until(|line| line.contains("\"progress\"") && !line.contains("\"done\":0,"));
    for line in &terminal.drawn {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|value| value.is_object()), "{line}");
    }
}
