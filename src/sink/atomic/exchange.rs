//! Two folders that change places in one step, where the system knows how.

use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Exchanges two folders, or says that the system does not know how.
pub(super) type Exchange = fn(&Path, &Path) -> io::Result<()>;

pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}
