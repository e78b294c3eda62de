//! A dataset in an object store, worked on in a copy of it on disk.
//!
//! A store has no rename, so a data file that changes gets a new name, by a random part, and the manifest, which alone
//! says which names count, replaces its former version on the condition that nobody replaced it meanwhile: of two
//! writers one is refused, and nothing of the other's is touched. Files of a name that counts are never written again.
//!
//! In order ([`push()`]): what was set aside and the log of changes, then data files, each whole; then the manifest;
//! then the files that it no longer names are removed, those that a killed or refused writer left included: whoever
//! began from an earlier manifest is refused from now on. A kill before the manifest leaves the dataset as it was.
//!
//! The store is the truth: a copy is brought to what the store holds before anything else ([`pull()`]), whatever a run
//! that could not publish left in it. A file that is damaged in the store is damaged in the copy, one that is missing
//! is missing, and what is nobody's stands there as an empty file of its name, so that all the dataset's rules apply.

mod contents;
mod names;
mod pull;
mod push;

use std::collections::BTreeMap;

pub use pull::pull;
pub use push::{Pushed, push};

use super::manifest::Manifest;
use crate::sink::DiskError;
use crate::store::{StoreError, Version};

/// A copy could not be made, or not be published.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The store's manifest changed whenever it was read.
    #[error("{url} is being replaced again and again; try again when fewer runs write to it")]
    Restless {
        /// The manifest.
        url: String,
    },
}

/// What a copy was made from.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The manifest, by the names of the copy, and its version; `None`: there was none.
    manifest: Option<(Option<Manifest>, Version)>,
    /// The key of each file that the manifest names, by its path in the copy.
    named: BTreeMap<String, String>,
    /// Keys of files of ours that it does not name.
    unnamed: Vec<String>,
}

#[cfg(test)]
mod tests;
