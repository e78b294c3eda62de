//! What the system says of a process.

use std::path::PathBuf;

/// A moment of a process's life.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Resident memory, in bytes.
    pub resident: u64,
    /// Open file descriptors.
    pub handles: u64,
}

/// A process; `None` once it has ended.
pub fn sample(pid: u32) -> Option<Sample> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
    let handles = std::fs::read_dir(folder.join("fd")).ok()?.count() as u64;
    Some(Sample { resident: 1024 * kibibytes, handles })
}

pub const MIB: u64 = 1 << 20;

pub fn most(samples: &[Sample], of: fn(&Sample) -> u64) -> u64 {
    samples.iter().map(of).max().expect("samples")
}

pub fn least(samples: &[Sample], of: fn(&Sample) -> u64) -> u64 {
    samples.iter().map(of).min().expect("samples")
}
