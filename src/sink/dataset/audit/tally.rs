//! The findings about one file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::finding::{AuditFinding, FindingKind};
use crate::model::Window;

/// What is amiss with a file: of each kind the first case, and how many there are.
pub(super) struct Tally<'f> {
    path: PathBuf,
    findings: &'f mut Vec<AuditFinding>,
    at: BTreeMap<FindingKind, usize>,
}

impl<'f> Tally<'f> {
    pub(super) const fn new(path: PathBuf, findings: &'f mut Vec<AuditFinding>) -> Self {
        Self { path, findings, at: BTreeMap::new() }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a case that is about a window.
    pub(super) fn note(&mut self, kind: FindingKind, window: Window, what: impl FnOnce() -> String) {
        if let Some(at) = self.at.get(&kind) {
            self.findings[*at].count += 1;
            return;
        }
        self.at.insert(kind, self.findings.len());
        let (path, window) = (Some(self.path.clone()), Some(window));
        self.findings.push(AuditFinding { kind, path, window, count: 1, what: what() });
    }

    /// Notes what the file is.
    pub(super) fn file(&mut self, kind: FindingKind, what: String) {
        let path = Some(self.path.clone());
        self.findings.push(AuditFinding { kind, path, window: None, count: 1, what });
    }
}
