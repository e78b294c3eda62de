//! What a file, and a folder as a whole, can rely on.

use std::os::unix::fs::MetadataExt;

use super::*;
use crate::sink::testing::scratch;

fn write_all(text: &'static [u8]) -> impl FnOnce(&mut StagedFile) -> Result<(), DiskError> {
    move |file| file.write_all(text).map_err(DiskError::at("write", Path::new("x")))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn new_files_are_private_and_replaced_ones_keep_their_permissions() {
    let folder = scratch();
    let staging = Staging::new(folder.path().join(".staging"), no_hook());
    let target = folder.path().join("a/b/file");
    let digest = staging.publish_file(&target, write_all(b"abc")).unwrap();
    assert_eq!(digest.bytes, 3);
    assert_eq!(digest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(Digest::of(File::open(&target).unwrap()).unwrap(), digest);
    assert_eq!(mode(&target), 0o600);
    fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
    staging.publish_file(&target, write_all(b"abcd")).unwrap();
    assert_eq!((mode(&target), fs::read(&target).unwrap().as_slice()), (0o644, b"abcd".as_slice()));
}

#[test]
fn a_failed_write_leaves_the_target_alone() {
    let folder = scratch();
    let staging = Staging::new(folder.path().join(".staging"), no_hook());
    let target = folder.path().join("file");
    staging.publish_file(&target, write_all(b"old")).unwrap();
    let failed = staging.publish_file(&target, |file| {
        file.write_all(b"new").unwrap();
        Err(DiskError::at("write", &target)(io::ErrorKind::StorageFull.into()))
    });
    assert!(matches!(failed, Err(DiskError::Full { .. })));
    assert_eq!(fs::read(&target).unwrap(), b"old");
}

#[test]
fn removal_takes_empty_folders_along() {
    let folder = scratch();
    let staging = Staging::new(folder.path().join(".staging"), no_hook());
    let (one, two) = (folder.path().join("a/b/one"), folder.path().join("a/two"));
    staging.publish_file(&one, write_all(b"1")).unwrap();
    staging.publish_file(&two, write_all(b"2")).unwrap();
    staging.remove(&one, folder.path()).unwrap();
    assert!(!folder.path().join("a/b").exists() && two.exists());
    staging.remove(&two, folder.path()).unwrap();
    assert!(!folder.path().join("a").exists());
}

fn attribute(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 1024];
    let length = rustix::fs::getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

/// As far as this user may give any, and the file system knows them.
#[test]
fn a_folder_that_takes_anothers_place_keeps_its_group_and_access_lists() {
    const LISTS: [&str; 2] = ["system.posix_acl_access", "system.posix_acl_default"];
    // The version; then kind, permissions and number of: owner, group, another group, mask, others.
    let entries = [(1u16, 7u16, u32::MAX), (4, 5, u32::MAX), (8, 5, 1234), (16, 5, u32::MAX), (32, 0, u32::MAX)];
    let entry =
        |(kind, may, who): (u16, u16, u32)| [&kind.to_le_bytes()[..], &may.to_le_bytes(), &who.to_le_bytes()].concat();
    let list: Vec<u8> = [2, 0, 0, 0].into_iter().chain(entries.into_iter().flat_map(entry)).collect();
    let folder = scratch();
    let (target, bare) = (folder.path().join("target"), folder.path().join("bare"));
    for path in [&target, &bare] {
        fs::create_dir(path).unwrap();
    }
    let _ = std::os::unix::fs::chown(&target, None, Some(1234));
    for name in LISTS {
        let _ = rustix::fs::setxattr(&target, name, &list, rustix::fs::XattrFlags::empty());
    }
    // What is staged has a list by inheritance, and the bare folder has none.
    let aside = folder.path().join(".staging");
    fs::create_dir(&aside).unwrap();
    let _ = rustix::fs::setxattr(&aside, LISTS[1], &list, rustix::fs::XattrFlags::empty());
    let staging = Staging::new(aside, no_hook());
    for path in [target, bare] {
        let access = |path: &Path| {
            let about = fs::metadata(path).unwrap();
            (about.gid(), about.mode(), LISTS.map(|name| attribute(path, name)))
        };
        let (before, inode) = (access(&path), fs::metadata(&path).unwrap().ino());
        assert!(staging.tree(&path, |_| true).unwrap().unwrap().publish().unwrap());
        assert_ne!(fs::metadata(&path).unwrap().ino(), inode);
        assert_eq!(access(&path), before);
    }
}
