//! An analyst who reads the dataset all the time, while it is being published, killed and recovered.
//!
//! The protocol for readers: read the manifest, then the files that it names, then the manifest again. If it is the
//! same and every file has the size and checksum that it names, they are the consistent set. If a file differs, it is a
//! newer one whose manifest is still to come; if one is missing, its whole folder is. Whatever is read, each file is
//! whole.
//!
//! Whoever takes every file of a folder, without a manifest, never sees a row twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arrow::array::AsArray;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};

use crate::support;

/// Path below the dataset → SHA-256.
pub type Files = BTreeMap<String, String>;

/// What was seen in all this time.
#[derive(Default, Debug)]
pub struct Seen {
    /// Every content of every data file.
    pub contents: BTreeSet<(String, String)>,
    /// How often everything was looked at.
    pub looks: u64,
    /// How often that gave a consistent set.
    pub consistent: u64,
    /// What each manifest that is no longer the latest named.
    superseded: BTreeSet<(String, String)>,
    latest: Option<Manifest>,
    /// The row keys of each content, by its checksum.
    keys: BTreeMap<String, Vec<String>>,
    /// The last bytes of each file with their checksum, for most looks show nothing new.
    known: BTreeMap<PathBuf, (Vec<u8>, String)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Manifest {
    text: String,
    files: Files,
}

pub struct Reader {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Seen>>,
}

impl Reader {
    pub fn of(dataset: &Path) -> Self {
        let (stop, root) = (Arc::new(AtomicBool::new(false)), dataset.to_owned());
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut seen = Seen::default();
            while !stopped.load(Ordering::Relaxed) {
                seen.look(&root);
                thread::sleep(Duration::from_millis(1));
            }
            seen.look(&root);
            seen
        });
        Self { stop, thread: Some(thread) }
    }

    /// Ends the reading; fails as the reader failed.
    pub fn finish(mut self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().unwrap();
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Before the folder that is read goes, when a test fails.
impl Drop for Reader {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Seen {
    fn look(&mut self, root: &Path) {
        self.looks += 1;
        let before = self.manifest(root);
        for format in ["csv", "parquet"] {
            self.look_at_folder(root, format);
        }
        let Some(before) = before else { return };
        let (mut missing, mut differing) = (Vec::new(), Vec::new());
        for (name, sha256) in &before.files {
            match self.content(root, &root.join(name)) {
                None => missing.push(name),
                Some(found) if found != *sha256 => differing.push((name.clone(), found)),
                Some(_) => {}
            }
        }
        let after = self.manifest(root).expect("the manifest vanished");
        for name in &missing {
            assert!(!after.files.contains_key(*name) || is_exchanged(root, name, &after.files), "{name} is missing");
        }
        if after == before {
            for file in &differing {
                assert!(!self.superseded.contains(file), "{} is older than the manifest", file.0);
            }
            self.consistent += u64::from(missing.is_empty() && differing.is_empty());
        }
    }

    fn look_at_folder(&mut self, root: &Path, format: &str) {
        let paths = support::files(&root.join(format));
        let found: Vec<_> = paths.iter().filter_map(|path| self.content(root, path)).collect();
        let mut keys = BTreeSet::new();
        for key in found.iter().flat_map(|sha256| &self.keys[sha256]) {
            assert!(keys.insert(key), "a look at {format} saw {key} twice: {paths:#?}");
        }
    }

    /// The manifest as it stands; it never vanishes.
    fn manifest(&mut self, root: &Path) -> Option<Manifest> {
        let text = text_of_manifest(root);
        assert!(text.is_some() || self.latest.is_none(), "the manifest vanished");
        let text = text?;
        if let Some(latest) = self.latest.as_ref().filter(|latest| latest.text == text) {
            return Some(latest.clone());
        }
        let manifest = Manifest { files: named(&text), text };
        if let Some(earlier) = self.latest.replace(manifest.clone()) {
            self.superseded.extend(earlier.files);
        }
        for (name, sha256) in &manifest.files {
            self.superseded.remove(&(name.clone(), sha256.clone()));
        }
        Some(manifest)
    }

    /// The checksum of a file; `None` if it is gone. A content met for the first time is read as a table.
    fn content(&mut self, root: &Path, path: &PathBuf) -> Option<String> {
        let bytes = read(path)?;
        if let Some((_, sha256)) = self.known.get(path).filter(|(known, _)| *known == bytes) {
            return Some(sha256.clone());
        }
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        self.known.insert(path.clone(), (bytes.clone(), sha256.clone()));
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if self.contents.insert((name.clone(), sha256.clone())) {
            let keys: Vec<String> = match path.extension().and_then(|extension| extension.to_str()) {
                Some("csv") => {
                    assert!(bytes.ends_with(b"\n"), "{name} ends in the middle of a line");
                    support::table(&bytes).into_keys().map(|key| key.join("|")).collect()
                }
                Some("parquet") => {
                    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
                    reader.build().unwrap().flat_map(|batch| keys_of(&batch.unwrap())).collect()
                }
                _ => panic!("{name} is no data file"),
            };
            assert!(!keys.is_empty(), "{name} is empty");
            self.keys.insert(sha256.clone(), keys);
        }
        Some(sha256)
    }
}

/// Whether the folder that a missing file lay in was exchanged: nothing that the manifest names is in it, but others
/// are.
fn is_exchanged(root: &Path, missing: &str, named: &Files) -> bool {
    let folder = missing.split('/').next().unwrap();
    let found = support::files(&root.join(folder));
    let is_named = |path: &PathBuf| named.contains_key(path.strip_prefix(root).unwrap().to_str().unwrap());
    !found.is_empty() && !found.iter().any(is_named)
}

fn keys_of(batch: &RecordBatch) -> Vec<String> {
    let keys = batch.column_by_name("row_key").unwrap().as_string::<i32>();
    keys.iter().map(|key| key.unwrap().to_owned()).collect()
}

fn read(path: &Path) -> Option<Vec<u8>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        bytes => Some(bytes.unwrap()),
    }
}

fn text_of_manifest(root: &Path) -> Option<String> {
    read(&root.join("_manifest.json")).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// The files that a manifest names, with their checksums; it must parse.
fn named(manifest: &str) -> Files {
    let manifest: serde_json::Value = serde_json::from_str(manifest).expect("a whole manifest");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let files = manifest["files"].as_array().unwrap();
    files.iter().map(|file| (text(&file["path"]), text(&file["sha256"]))).collect()
}

/// The files of the present manifest.
pub fn published(root: &Path) -> Files {
    named(&text_of_manifest(root).expect("a manifest"))
}
