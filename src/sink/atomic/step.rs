//! The steps of a publication, for whoever wants to know what a crash after each of them leaves.

use std::io;
use std::path::Path;
use std::sync::Arc;

/// A point that a publication passes, after which a crash leaves something new behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DiskStep {
    /// A staged file exists, still empty.
    Staged,
    /// A staged file is complete and synced.
    Sealed,
    /// A file has its new name.
    Renamed,
    /// Its folder is synced: the name lasts.
    FolderSynced,
    /// A folder is moved away, and nothing is in its place yet. Where folders are exchanged this is never passed.
    MovedAway,
    /// A folder that was built aside is in its place, for good.
    Exchanged,
    /// A file that is no longer wanted, or a folder that was exchanged, is gone.
    Removed,
}

impl DiskStep {
    /// Every step, in the order in which a publication first passes them.
    pub const ALL: [Self; 7] = [
        Self::Staged,
        Self::Sealed,
        Self::Renamed,
        Self::FolderSynced,
        Self::MovedAway,
        Self::Exchanged,
        Self::Removed,
    ];

    /// Its name, distinct from those of other rooms' steps.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Sealed => "sealed",
            Self::Renamed => "renamed",
            Self::FolderSynced => "folder-synced",
            Self::MovedAway => "moved-away",
            Self::Exchanged => "exchanged",
            Self::Removed => "removed",
        }
    }
}

/// Called at every [`DiskStep`] with the file it is about; an error ends the publication there. Crash tests listen
/// here.
pub type StepHook = Arc<dyn Fn(DiskStep, &Path) -> io::Result<()> + Send + Sync>;

/// A hook that does nothing.
#[must_use]
pub fn no_hook() -> StepHook {
    Arc::new(|_, _| Ok(()))
}
