//! Putting a mark into a state directory, or joining the one that is there.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use tempfile::{NamedTempFile, PersistError};
use uuid::Uuid;

use super::disk::{self, Access, RELEASED, failed};
use super::error::{Holder, Replaced};
use super::held::{FILE, Held};
use super::mark::{Mark, Past, fit};
use super::timing::Timing;
use super::{Machine, StateError};
use crate::model::UnixSeconds;

/// A mark as it was found.
pub(super) struct Found {
    file: File,
    /// `None`: it cannot be read.
    mark: Option<Mark>,
    beaten: SystemTime,
}

impl Found {
    pub(super) fn at(path: &Path, access: Access) -> Result<Option<Self>, StateError> {
        let opened = disk::open(path, access).map_err(|source| match access {
            Access::Look => failed("read", path)(source),
            // What cannot be written stands in the way, perhaps all of the directory.
            Access::Join => unusable(path.parent().unwrap_or(path), source),
        });
        let Some(mut file) = opened? else { return Ok(None) };
        let beaten = disk::touched(&file).map_err(failed("read", path))?;
        let bytes = disk::read(&mut file).map_err(failed("read", path))?;
        Ok(Some(Self { file, mark: Mark::parse(&bytes), beaten }))
    }

    pub(super) fn is_released(&self) -> bool {
        self.beaten == RELEASED
    }

    pub(super) fn is_of(&self, machine: &Machine) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.boot == fit(&machine.boot))
    }

    /// The holder to be replaced, if it has fallen silent.
    pub(super) fn replaceable(&self, folder: &Path, timing: Timing) -> Result<Replaced, StateError> {
        let now = disk::time_in(folder).map_err(|source| unusable(folder, source))?;
        let silent = match now.duration_since(self.beaten) {
            Ok(silent) => silent,
            // One that lies far ahead is no heartbeat of now.
            Err(ahead) if ahead.duration() < timing.silence => Duration::ZERO,
            Err(ahead) => ahead.duration(),
        };
        let holder = Holder::of(self.mark.as_ref(), &folder.join(FILE));
        match timing.silence.checked_sub(silent) {
            None | Some(Duration::ZERO) => Ok(Replaced { holder, silent }),
            Some(left) => Err(StateError::Held { path: folder.to_owned(), holder, silent, left }),
        }
    }
}

/// Who wants a directory.
pub(super) struct Taker<'a> {
    pub(super) folder: &'a Path,
    pub(super) machine: &'a Machine,
    pub(super) now: UnixSeconds,
    pub(super) timing: Timing,
}

impl Taker<'_> {
    /// A hold that is still to be looked at; `None`: somebody else was quicker.
    pub(super) fn try_hold(&self) -> Result<Option<Held>, StateError> {
        let Some(found) = Found::at(&self.folder.join(FILE), Access::Join)? else {
            return self.own(self.put(Past::Known, NamedTempFile::persist_noclobber)?);
        };
        match (found.is_of(self.machine), found.is_released()) {
            (true, true) => self.renew(&found),
            (true, false) => self.join(found),
            (false, true) => self.replace(Past::Known, None),
            (false, false) => self.replace(Past::Lost, Some(found.replaceable(self.folder, self.timing)?)),
        }
    }

    /// Takes the place of a mark that our boot has released, alone with it, so that none of us joins it meanwhile.
    fn renew(&self, found: &Found) -> Result<Option<Held>, StateError> {
        let path = self.folder.join(FILE);
        let released = &found.file;
        let is_alone = released.try_lock().is_ok();
        // Whoever was alone with it before us has put another in its place, which is not released.
        let stands =
            || Ok::<_, StateError>(Found::at(&path, Access::Look)?.is_some_and(|there| there.mark == found.mark));
        if is_alone && disk::touched(released).map_err(failed("read", &path))? == RELEASED && stands()? {
            return self.own(self.put(Past::Known, NamedTempFile::persist)?);
        }
        // Waits for the one who is alone with it.
        released.lock_shared().map_err(failed("lock", &path))?;
        Ok(None)
    }

    /// Waits for one of our boot that is about to leave, or has yet to see whether its mark stands.
    fn join(&self, found: Found) -> Result<Option<Held>, StateError> {
        let Some(mark) = found.mark else { return Ok(None) };
        let held = Held::share(self.folder, mark, found.file, None)?;
        held.touch()?;
        Ok(Some(held))
    }

    /// Takes another machine's place, which has to be seen to stand, as that machine, or a third, may do the same.
    fn replace(&self, past: Past, replaced: Option<Replaced>) -> Result<Option<Held>, StateError> {
        let Some((mark, file)) = self.put(past, NamedTempFile::persist)? else { return Ok(None) };
        // The file is locked for us alone still, so that nobody joins too early.
        thread::sleep(self.timing.settle);
        Held::share(self.folder, mark, file, replaced).map(Some)
    }

    /// Gives a whole new mark its name. Nothing when somebody else was quicker: to do so, or to take the staged mark
    /// for a leftover.
    fn put(
        &self,
        past: Past,
        place: impl FnOnce(NamedTempFile, PathBuf) -> Result<File, PersistError>,
    ) -> Result<Option<(Mark, File)>, StateError> {
        let mark = Mark {
            boot: fit(&self.machine.boot),
            host: fit(&self.machine.host),
            pid: std::process::id().to_string(),
            since: self.now.to_string(),
            id: Uuid::now_v7().to_string(),
            past,
        };
        let unusable = |source| unusable(self.folder, source);
        let staged = disk::stage(self.folder, &mark.encode()).map_err(unusable)?;
        match place(staged, self.folder.join(FILE)) {
            Ok(file) => Ok(Some((mark, file))),
            Err(lost) if matches!(lost.error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => Ok(None),
            Err(failed) => Err(unusable(failed.error)),
        }
    }

    fn own(&self, put: Option<(Mark, File)>) -> Result<Option<Held>, StateError> {
        put.map(|(mark, file)| Held::share(self.folder, mark, file, None)).transpose()
    }
}

fn unusable(folder: &Path, source: io::Error) -> StateError {
    StateError::Unusable { path: folder.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two of a boot that found the same released mark each took its place, and the first was told that another machine
    /// had taken the directory.
    #[test]
    fn a_released_mark_is_replaced_once() {
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine { boot: "boot".to_owned(), host: "host".to_owned() };
        let taker = Taker { folder: folder.path(), machine: &machine, now: UnixSeconds(0), timing: Timing::DEFAULT };
        drop(taker.try_hold().unwrap());
        let [first, second] = [(); 2].map(|()| Found::at(&folder.path().join(FILE), Access::Join).unwrap().unwrap());
        assert!(first.is_released() && second.is_released());
        let held = taker.renew(&first).unwrap().unwrap();
        drop(first);
        assert!(taker.renew(&second).unwrap().is_none());
        assert!(held.stands().unwrap());
    }
}
