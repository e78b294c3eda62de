//! How the files of a publication get their names: one by one, or, where the partition changed, a format's whole folder
//! at once.
//!
//! By another partition the same rows lie in other files. Named one by one, the new ones would stand beside the old
//! ones for a while, and after a crash for good: readers of the folder would count every row twice. Files that are none
//! of ours stand in the new folder too. A folder that cannot be replaced as a whole is gone through file by file all
//! the same.

use crate::model::{Format, Partition};
use std::collections::BTreeSet;
use std::path::Path;

use super::partition_files::Files;
use super::paths::{DataFile, DatasetPaths};
use super::publication::FileChange;
use super::stored::Stored;
use crate::sink::DiskError;
use crate::sink::atomic::{SealedFile, StagedTree, Staging};

/// Gives sealed files their names; says of which formats the folder was replaced, with all that it held of ours.
pub(super) fn name_files(
    stored: &Stored,
    staging: &Staging,
    partition: Partition,
    files: &Files,
    sealed: Vec<(DataFile, SealedFile)>,
) -> Result<BTreeSet<Format>, DiskError> {
    let layout = &stored.layout;
    let mut trees = Vec::new();
    for format in Format::ALL.into_iter().filter(|format| changes_place(stored, partition, files, *format)) {
        let ours: BTreeSet<_> = stored.ours.iter().chain(files.keys()).map(|place| layout.path(*place)).collect();
        let folder = layout.folder(format);
        let stays = |inside: &Path| !ours.contains(&folder.join(inside));
        trees.extend(staging.tree(&folder, stays)?.map(|tree| (format, tree, Vec::new())));
    }
    for (place, file) in sealed {
        match trees.iter_mut().find(|(format, ..)| *format == place.format) {
            None => drop(file.publish(staging, &layout.path(place))?),
            Some((_, tree, placed)) => placed.push((place, tree.place(file, &layout.inside(place))?)),
        }
    }
    let mut replaced = BTreeSet::new();
    for (format, tree, placed) in trees {
        if publish_tree(layout, staging, &tree, placed)? {
            replaced.insert(format);
        }
    }
    Ok(replaced)
}

/// Whether rows of the format lie in files of another partition, and all of its files are written anew.
fn changes_place(stored: &Stored, partition: Partition, files: &Files, format: Format) -> bool {
    let mut written =
        files.iter().filter(|(place, _)| place.format == format).map(|(_, (change, _))| *change).peekable();
    let is_elsewhere = |place: &DataFile| place.format == format && !place.key.is_of(partition);
    written.peek().is_some()
        && written.all(|change| change == FileChange::Written)
        && stored.ours.iter().any(is_elsewhere)
}

/// Whether the folder was replaced as a whole; otherwise its files have their names one by one.
fn publish_tree(
    layout: &DatasetPaths,
    staging: &Staging,
    tree: &StagedTree<'_>,
    placed: Vec<(DataFile, SealedFile)>,
) -> Result<bool, DiskError> {
    let replaced = tree.publish()?;
    if !replaced {
        for (place, file) in placed {
            file.publish(staging, &layout.path(place))?;
        }
    }
    Ok(replaced)
}
