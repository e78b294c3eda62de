//! A bucket that processes share: one small file per account and origin in the state directory.
//!
//! Every change is made under the file's lock, and ends in one write over the file's start, so a killed process leaves
//! the state before or after its change; a torn one is noticed. No file: nothing spent, unless the state directory was
//! taken from a machine that had fallen silent. A file of another boot or one that is unreadable: a full minute just
//! spent, whose requests may be under way still ([`super::bucket::LostPast`]). That needs the file to exist from the first claim on,
//! whatever happens to the machine, so it is created whole and synced; later writes needn't be, as they matter within
//! this boot only. Nothing is written after the state directory became another machine's.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::bucket::{Bucket, Limit};
use super::bucket_error::{BucketError, Lost, LostBucket};
use super::bucket_format::{BootId, LONGEST, decode, encode};
use crate::clock::Clock;
use crate::model::{AccountSid, shown};
use crate::state::leftovers::{self, Kind};
use crate::state::{Past, StateDirectory};

/// An open bucket file.
#[derive(Debug)]
pub struct BucketFile {
    path: PathBuf,
    file: File,
    boot: BootId,
    /// Whether this machine may write it still; `None`: nobody else could.
    state: Option<StateDirectory>,
    lost: Lost,
    /// The bucket as it was left last.
    seen: Bucket,
    /// The file as last read.
    read: Vec<u8>,
    /// The file as it should be.
    written: Vec<u8>,
}

impl BucketFile {
    /// Opens the bucket of an account at an origin (see [`super::origin`]) in the state directory that this machine
    /// holds.
    pub fn open(state: &StateDirectory, account: AccountSid, origin: &str) -> Result<Self, BucketError> {
        let boot = BootId::new(state.boot());
        let writer = match state.past() {
            Past::Known => boot,
            Past::Lost => BootId::NOBODYS,
        };
        let file = Self::open_or_make(state.folder(), (account, origin), boot, writer)?;
        Ok(Self { state: Some(state.clone()), ..file })
    }

    /// The same in a directory that nobody else uses, in the boot that `boot_id` names. Creates the directory.
    pub fn open_in_boot(
        state_directory: &Path,
        account: AccountSid,
        origin: &str,
        boot_id: &str,
    ) -> Result<Self, BucketError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(state_directory).map_err(|source| {
            BucketError::Disk { action: "create the state directory", path: state_directory.to_owned(), source }
        })?;
        let boot = BootId::new(boot_id);
        Self::open_or_make(state_directory, (account, origin), boot, boot)
    }

    /// A bucket that is missing is made as `writer` would have left it, unused.
    fn open_or_make(
        state_directory: &Path,
        (account, origin): (AccountSid, &str),
        boot: BootId,
        writer: BootId,
    ) -> Result<Self, BucketError> {
        leftovers::remove_from(state_directory);
        let path = state_directory.join(file_name(account, origin));
        let mut written = Vec::new();
        encode(&Bucket::default(), writer, &mut written);
        let file = open_or_create(&path, &written)?;
        Ok(Self {
            path,
            file,
            boot,
            state: None,
            lost: Lost::Never,
            seen: Bucket::default(),
            read: Vec::new(),
            written,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bucket as this process left it last: what others did since is not seen, and nothing is read for it.
    #[must_use]
    pub const fn seen(&self) -> &Bucket {
        &self.seen
    }

    /// That the bucket's past was found to be lost, once.
    pub fn take_lost(&mut self) -> Option<LostBucket> {
        self.lost.take(&shown(&self.path).to_string())
    }

    /// Changes the bucket while no other process can, at the time it then is; blocks for others' changes, which take
    /// microseconds. An unreadable past counts as a full minute spent just now.
    pub fn update<T>(
        &mut self,
        clock: &dyn Clock,
        limit: &Limit,
        change: impl FnOnce(&mut Bucket, Duration) -> T,
    ) -> Result<T, BucketError> {
        self.lock()?;
        let result = self.update_locked(clock, limit, change);
        let unlocked = self.file.unlock();
        let value = result?;
        unlocked.map_err(|source| self.error("unlock", source))?;
        Ok(value)
    }

    fn update_locked<T>(
        &mut self,
        clock: &dyn Clock,
        limit: &Limit,
        change: impl FnOnce(&mut Bucket, Duration) -> T,
    ) -> Result<T, BucketError> {
        // Only now: another process's stamps must not lie ahead.
        let now = clock.monotonic();
        self.read()?;
        let (mut bucket, past) = match decode(&self.read, self.boot, now) {
            Ok(bucket) => (bucket, None),
            Err(lost) => (Bucket::just_spent(now, limit), Some(lost)),
        };
        self.lost.note(past, bucket.lost_for(now));
        let value = change(&mut bucket, now);
        // Only now, as the lock may have taken long.
        if let Some(state) = &self.state {
            state.check()?;
        }
        encode(&bucket, self.boot, &mut self.written);
        if self.read.get(..self.written.len()) != Some(&self.written) {
            self.file.write_all_at(&self.written, 0).map_err(|source| self.error("write", source))?;
        }
        if self.read.len() == LONGEST {
            let length = self.written.len() as u64;
            self.file.set_len(length).map_err(|source| self.error("write", source))?;
        }
        self.seen = bucket;
        Ok(value)
    }

    /// Locks the file that stands at the path. One that was removed meanwhile is put back as it was.
    fn lock(&mut self) -> Result<(), BucketError> {
        loop {
            self.file.lock().map_err(|source| self.error("lock", source))?;
            let metadata = self.file.metadata().map_err(|source| self.error("read", source))?;
            if metadata.nlink() > 0 {
                return Ok(());
            }
            self.read()?;
            self.file = open_or_create(&self.path, &self.read)?;
        }
    }

    /// Reads the file; one beyond all bounds only in part, which makes it unreadable.
    fn read(&mut self) -> Result<(), BucketError> {
        let length = self.file.metadata().map_err(|source| self.error("read", source))?.len();
        self.read.resize(usize::try_from(length).map_or(LONGEST, |length| length.min(LONGEST)), 0);
        let mut filled = 0;
        while filled < self.read.len() {
            match self.file.read_at(&mut self.read[filled..], filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.error("read", source)),
            }
        }
        self.read.truncate(filled);
        Ok(())
    }

    fn error(&self, verb: &'static str, source: io::Error) -> BucketError {
        let action = match verb {
            "lock" => "lock the limiter's bucket",
            "unlock" => "unlock the limiter's bucket",
            "read" => "read the limiter's bucket",
            _ => "write the limiter's bucket",
        };
        BucketError::Disk { action, path: self.path.clone(), source }
    }
}

/// Opens the file, or lets one with this content appear whole and for good.
fn open_or_create(path: &Path, content: &[u8]) -> Result<File, BucketError> {
    let error = |source| BucketError::Disk { action: "open the limiter's bucket", path: path.to_owned(), source };
    loop {
        match OpenOptions::new().read(true).write(true).open(path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
            opened => return opened.map_err(error),
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut staged = leftovers::stage(folder, Kind::Bucket).map_err(error)?;
        staged.write_all(content).and_then(|()| staged.as_file().sync_all()).map_err(error)?;
        match staged.persist_noclobber(path) {
            Ok(file) => {
                File::open(folder).and_then(|folder| folder.sync_all()).and_then(|()| file.unlock()).map_err(error)?;
                return Ok(file);
            }
            // Someone else was quicker: to make the bucket, or to take this one for a leftover.
            Err(failed) if matches!(failed.error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {}
            Err(failed) => return Err(error(failed.error)),
        }
    }
}

/// `bucket-AC…-https-verify.twilio.com-0a1b2c3d`: legible, and distinct for distinct origins.
fn file_name(account: AccountSid, origin: &str) -> String {
    let mut legible = String::new();
    for letter in origin.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => legible.push(letter),
            _ if legible.ends_with('-') => {}
            _ => legible.push('-'),
        }
    }
    legible.truncate(60);
    let hash = Sha256::digest(origin);
    format!("bucket-{account}-{legible}-{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

#[cfg(test)]
mod tests;
