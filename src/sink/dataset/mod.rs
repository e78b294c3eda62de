//! A job's dataset on disk: the table, spread over files, and the manifest that names the consistent set.
//!
//! Publishing is by window. A published window replaces every stored row whose window overlaps it; one that lies
//! inside a longer stored window is refused; a settled window is not replaced by the same one unsettled. A row keeps
//! `run_id` and `asked_at` until another column changes, a file without a changed row is not rewritten, and a
//! publication that changes nothing leaves the manifest alone too.
//!
//! A file that holds what a publication would not put in its place is set aside, never removed. Windows whose rows are
//! gone are named in the manifest until they are published again, or their loss is accepted.
//!
//! Formats once published stay maintained: a later run that asks for fewer would otherwise leave stale files behind.
//!
//! In order: all changed files are written aside and synced; then they are renamed, one by one, those of the log of
//! changes first (`history`); then the manifest is
//! written; then files that are no longer wanted are removed. By another partition than before, a format's whole folder
//! is built aside and exchanged in one step instead. A crash before the manifest leaves whole files that differ from
//! it, which the next opening notices ([`Stored`]) and the next publication puts right.

mod audit;
mod changes;
mod claim;
mod foreign;
mod history;
mod history_files;
mod holding;
mod identity;
mod inspect;
mod leftovers;
mod lock;
mod manifest;
mod merge;
pub mod mirror;
mod naming;
mod partition_files;
mod paths;
mod publication;
mod publish;
mod reading;
mod record;
mod reports;
mod stored;
mod text;
mod verify;
mod window;

pub use audit::{AuditFinding, Audited, FindingKind, ReadWindow, audit};
pub use changes::{PublishedWindow, RefusedWindow, RestoredWindow};
pub use holding::Holding;
pub use identity::{DatasetIdentity, Split};
pub use lock::{DatasetLock, LockError, LockHolder};
pub use manifest::{
    DifferenceRecord, FileRecord, Manifest, ManifestError, Range, Reconciliation, RunRecord, WindowRecord,
};
pub use paths::{DataFile, DatasetPaths, PartitionKey};
pub use publication::{FileChange, Loss, Publication, PublishError, Published, PublishedFile, Rewrite};
pub use publish::Dataset;
pub use reading::StoredRowError;
pub use reports::publish_report;
pub use stored::{DifferingFile, OpenError, Stored};
pub use window::StoredWindow;

#[cfg(test)]
mod tests;
