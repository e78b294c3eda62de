//! What one file can rely on.

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
