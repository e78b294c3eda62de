//! The order that a power loss asks for: a file is synced before it gets its name, the name before the manifest that
//! relies on it is written, and nothing is removed before the manifest that no longer names it lasts.

use crate::model::Partition;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;
use crate::sink::atomic::DiskStep;

/// The steps of a publication, each with the file's path below the dataset; staged files are told by their name.
fn steps(folder: &Path, offer: &Offer) -> Vec<(DiskStep, PathBuf)> {
    let passed = Arc::new(Mutex::new(Vec::new()));
    let (list, root) = (Arc::clone(&passed), layout(folder).root().to_owned());
    let hook: StepHook = Arc::new(move |step, path| {
        list.lock().unwrap().push((step, path.strip_prefix(&root).unwrap().to_owned()));
        Ok(())
    });
    publish_to(&mut open_with(folder, hook), offer).unwrap();
    std::mem::take(&mut *passed.lock().unwrap())
}

/// Checks the order; returns how many files were published, the manifest included, and removed.
fn check(steps: &[(DiskStep, PathBuf)]) -> (usize, usize) {
    let places = |wanted: DiskStep| steps.iter().enumerate().filter(move |(_, (step, _))| *step == wanted);
    let first = |wanted, path: &Path| places(wanted).find(|(_, (_, found))| found == path).map(|(at, _)| at);
    let manifest = Path::new("_manifest.json");
    let named = first(DiskStep::Renamed, manifest).expect("a manifest");
    let lasts = first(DiskStep::FolderSynced, manifest).expect("a manifest that lasts");
    assert!(named < lasts, "the manifest's folder is synced after the manifest has its name");

    let (staged, sealed) = (places(DiskStep::Staged).collect::<Vec<_>>(), places(DiskStep::Sealed).collect::<Vec<_>>());
    assert_eq!(staged.len(), sealed.len());
    for (at, (_, path)) in &staged {
        let end = first(DiskStep::Sealed, path).unwrap_or_else(|| panic!("{} was never synced", path.display()));
        assert!(*at < end, "{} is synced before it is written", path.display());
    }
    let renamed: Vec<_> = places(DiskStep::Renamed).collect();
    assert_eq!(renamed.len(), sealed.len(), "a file got its name that was never synced");
    for (at, (_, path)) in &renamed {
        let lasting = first(DiskStep::FolderSynced, path).unwrap_or_else(|| panic!("{} may be lost", path.display()));
        assert!(*at < lasting && lasting <= lasts, "{} lasts too late", path.display());
        assert!(
            sealed.iter().filter(|(end, _)| end < at).count() > renamed.iter().filter(|(name, _)| name < at).count()
        );
    }
    let data = renamed.iter().filter(|(_, (_, path))| path != manifest);
    assert!(data.clone().all(|(at, _)| *at < named), "data after the manifest that names it");
    let last_sealed_data = sealed.iter().rfind(|(_, (_, path))| !path.ends_with(manifest)).map(|(at, _)| *at);
    assert!(data.clone().all(|(at, _)| Some(*at) > last_sealed_data), "a name before all files are synced");
    assert!(places(DiskStep::Removed).all(|(at, _)| at > lasts), "removed while the lasting manifest names it");
    (renamed.len(), places(DiskStep::Removed).count())
}

#[test]
fn synced_then_named_then_listed_then_removed() {
    let folder = scratch();
    // Two months, two formats, the manifest.
    assert_eq!(check(&steps(folder.path(), &Offer::new(1, &each_day(-2, 2)))), (5, 0));
    let change = Offer { salt: 2, ..Offer::new(2, &each_day(-1, 3)) };
    assert_eq!(check(&steps(folder.path(), &change)), (5, 0));
    // Five days in two formats take the place of four files in two folders.
    let daily = Offer { partition: Partition::Day, salt: 2, ..Offer::new(3, &each_day(-2, 3)) };
    let steps_of_it = steps(folder.path(), &daily);
    assert_eq!(check(&steps_of_it), (11, 2));
    // A folder is exchanged once all that is in it lasts, and before the manifest that names that.
    let at = |wanted| steps_of_it.iter().enumerate().filter(move |(_, (step, _))| *step == wanted).map(|(at, _)| at);
    let lasting = at(DiskStep::FolderSynced).filter(|at| !steps_of_it[*at].1.ends_with("_manifest.json")).max();
    let manifest = at(DiskStep::Staged).find(|at| steps_of_it[*at].1.ends_with("_manifest.json"));
    assert!(
        at(DiskStep::Exchanged).count() == 2
            && at(DiskStep::Exchanged).all(|at| Some(at) > lasting && Some(at) < manifest)
    );
    // Longer windows leave files without rows.
    let longer = Offer { partition: Partition::Day, ..Offer::new(4, &[days(0, 2)]) };
    assert_eq!(check(&steps(folder.path(), &longer)), (3, 2));
}
