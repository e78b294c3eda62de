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

/// A dataset in a folder that is there: who may enter that one may enter what is made in it. Group and others may read a
/// file only where the folder names its group by the set-group bit.
#[test]
fn new_folders_and_files_follow_the_folder_they_are_made_in() {
    for (parent, folders, files) in [
        (0o700, 0o700, 0o600),
        (0o755, 0o755, 0o600),
        (0o750, 0o750, 0o600),
        (0o711, 0o711, 0o600),
        (0o2750, 0o2750, 0o640),
        (0o2755, 0o2755, 0o640),
        (0o2710, 0o2710, 0o600),
        // Everybody's folder says nothing.
        (0o777, 0o700, 0o600),
        (0o1777, 0o700, 0o600),
    ] {
        let folder = scratch();
        let output = folder.path().join("output");
        fs::create_dir(&output).unwrap();
        fs::set_permissions(&output, Permissions::from_mode(parent)).unwrap();
        let staging = Staging::new(output.join("job/.staging"), no_hook());
        let target = output.join("job/csv/file");
        create_folders(&output.join("job")).unwrap();
        staging.publish_file(&target, write_all(b"abc")).unwrap();
        assert_eq!(mode(&output), parent);
        for made in ["job", "job/csv", "job/.staging"] {
            assert_eq!(mode(&output.join(made)), folders, "{made} in {parent:o}");
        }
        assert_eq!(mode(&target), files, "in {parent:o}");
    }
}

#[test]
fn a_folder_that_is_nobody_elses_stays_so_wherever_it_is_made() {
    let folder = scratch();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let output = folder.path().join("a/b");
    create_private_folders(&output).unwrap();
    create_folders(&output.join("c")).unwrap();
    for made in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&folder.path().join(made)), 0o700, "{made}");
    }
}

/// As far as the file system knows access lists.
#[test]
fn a_group_that_an_access_list_names_may_read_new_files() {
    let folder = scratch();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o750)).unwrap();
    if rustix::fs::setxattr(folder.path(), LISTS[1], &list(), rustix::fs::XattrFlags::empty()).is_err() {
        return;
    }
    let target = folder.path().join("job/file");
    Staging::new(folder.path().join("job/.staging"), no_hook()).publish_file(&target, write_all(b"abc")).unwrap();
    assert_eq!(mode(&target), 0o640);
    assert_eq!(attribute(&target.with_file_name(""), LISTS[1]), Some(list()), "it is handed down");
    let entries = attribute(&target, LISTS[0]).unwrap();
    let granted =
        |kind: u16| entries[4..].chunks(8).find(|entry| entry[..2] == kind.to_le_bytes()).map(|entry| entry[2]);
    assert_eq!(
        (granted(8), granted(16), granted(32)),
        (Some(5), Some(4), Some(0)),
        "the group may read, others nothing"
    );
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

const LISTS: [&str; 2] = ["system.posix_acl_access", "system.posix_acl_default"];

/// The version; then kind, permissions and number of: owner, group, another group, mask, others.
fn list() -> Vec<u8> {
    let entries = [(1u16, 7u16, u32::MAX), (4, 5, u32::MAX), (8, 5, 1234), (16, 5, u32::MAX), (32, 0, u32::MAX)];
    let entry =
        |(kind, may, who): (u16, u16, u32)| [&kind.to_le_bytes()[..], &may.to_le_bytes(), &who.to_le_bytes()].concat();
    [2, 0, 0, 0].into_iter().chain(entries.into_iter().flat_map(entry)).collect()
}

/// As far as this user may give any, and the file system knows them.
#[test]
fn a_folder_that_takes_anothers_place_keeps_its_group_and_access_lists() {
    let list = list();
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
