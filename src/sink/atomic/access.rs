//! Who may enter folders and read files.
//!
//! What is created is its owner's alone, but for what the folder says in which it is created. A new folder lets those in
//! who may enter that one. A new file may be read by a group if its folder says that its group is meant, by the set-group
//! bit or an access list for what is created in it; permissions alone may be anybody's habit. A folder that everybody
//! may write to says nothing.
//!
//! A folder that takes another's place lets those in who might enter before.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use rustix::fs::{XattrFlags, getxattr, removexattr, setxattr};
use rustix::io::Errno;

/// Permissions of a file that is its owner's alone.
pub(super) const PRIVATE_FILE: u32 = 0o600;
/// Permissions of such a folder.
pub(super) const PRIVATE_FOLDER: u32 = 0o700;

const SET_GROUP: u32 = 0o2000;

/// Access lists: for the folder itself, and for what is created in it.
const LISTS: [&str; 2] = ["system.posix_acl_access", "system.posix_acl_default"];

/// No attribute is larger.
const LARGEST: usize = 1 << 16;

/// The permissions of a new folder in a present one.
pub(super) fn folder_mode(parent: &Path) -> u32 {
    PRIVATE_FOLDER | spoken(parent) & 0o077
}

/// The permissions of a new file, by the nearest folder of its path that is there.
pub(super) fn file_mode(file: &Path) -> u32 {
    let folder = file.ancestors().skip(1).find(|folder| named(folder).is_dir()).unwrap_or(Path::new(""));
    let mode = spoken(folder);
    let names_group = mode & SET_GROUP != 0 || access_list(named(folder), LISTS[1]).is_ok_and(|list| list.is_some());
    PRIVATE_FILE | if names_group { mode & 0o040 } else { 0 }
}

/// A path that the system takes: the working directory's name is a dot.
pub(super) fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// What a folder's permissions say of what is created in it.
fn spoken(folder: &Path) -> u32 {
    let mode = fs::metadata(named(folder)).map_or(0, |about| about.permissions().mode());
    if mode & 0o002 == 0 { mode } else { 0 }
}

/// Gives a new folder the permissions that it would have if it were created in `parent`.
pub(super) fn be_created_in(parent: &Path, folder: &Path) -> io::Result<()> {
    let (wanted, found) = (fs::metadata(parent)?, fs::metadata(folder)?);
    let set_group = wanted.mode() & SET_GROUP;
    if set_group != 0 && wanted.gid() != found.gid() {
        chown(folder, None, Some(wanted.gid()))?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(folder_mode(parent) | set_group))
}

/// Gives `to` the owner, group, permissions and access lists of `from`.
pub(super) fn keep_access(from: &Path, to: &Path) -> io::Result<()> {
    let (wanted, found) = (fs::metadata(from)?, fs::metadata(to)?);
    if (wanted.uid(), wanted.gid()) != (found.uid(), found.gid()) {
        chown(to, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    // Before the lists, which permissions would change.
    fs::set_permissions(to, wanted.permissions())?;
    for name in LISTS {
        let list = access_list(from, name)?;
        if list != access_list(to, name)? {
            match list {
                Some(list) => setxattr(to, name, &list, XattrFlags::empty())?,
                None => removexattr(to, name)?,
            }
        }
    }
    Ok(())
}

/// A folder's access list, as the system keeps it; `None` without one, or where there are none.
fn access_list(folder: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut list = vec![0; LARGEST];
    match getxattr(folder, name, &mut list[..]) {
        Ok(length) => {
            list.truncate(length);
            Ok(Some(list))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
