//! Who may enter a folder that takes another's place: whoever might before.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use rustix::fs::{XattrFlags, getxattr, removexattr, setxattr};
use rustix::io::Errno;

/// Access lists: for the folder itself, and for what is created in it.
const LISTS: [&str; 2] = ["system.posix_acl_access", "system.posix_acl_default"];

/// No attribute is larger.
const LARGEST: usize = 1 << 16;

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
