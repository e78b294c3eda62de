//! From the finished table to its manifest.

use std::sync::Arc;

use super::identity::DatasetIdentity;
use super::manifest::{FileRecord, Manifest, MatrixRecord, Range, RunRecord, VERSION, WindowRecord};
use super::paths::DatasetPaths;
use super::publication::Publication;
use super::window::TableWindow;
use crate::model::{Format, MatrixShape};
use crate::rollup::SCHEMA_VERSION;

/// Everything that a manifest is made of.
pub(super) struct Table<'t> {
    pub(super) layout: &'t DatasetPaths,
    pub(super) identity: &'t DatasetIdentity,
    pub(super) publication: &'t Publication,
    pub(super) formats: &'t [Format],
    /// Those whose rows the files hold, ascending.
    pub(super) windows: Vec<TableWindow>,
    /// Those that no file holds any more, ascending.
    pub(super) lost: Vec<TableWindow>,
    pub(super) files: Vec<FileRecord>,
    pub(super) history: Option<Vec<FileRecord>>,
}

impl Table<'_> {
    pub(super) fn manifest(self) -> Manifest {
        let mut matrices = Matrices::default();
        let mut record = |table: &TableWindow| WindowRecord {
            start: table.window.start(),
            end: table.window.end(),
            matrix: matrices.position(&table.shape),
            is_final: table.is_final,
            rows: table.rows,
            total_attempts: table.total_attempts,
            total_converted: table.total_converted,
            run_id: table.run_id,
        };
        let windows: Vec<_> = self.windows.iter().map(&mut record).collect();
        let lost = self.lost.iter().map(&mut record).collect();
        let ends = windows.first().zip(windows.last());
        Manifest {
            format_version: VERSION,
            schema_version: self.files.iter().map(|file| file.schema_version).max().unwrap_or(SCHEMA_VERSION),
            job: self.layout.job().to_owned(),
            identity: self.identity.clone(),
            partition: self.publication.partition,
            compression: self.publication.compression,
            interval: self.publication.interval.clone(),
            formats: self.formats.to_vec(),
            range: ends.map(|(first, last)| Range { start: first.start, end: last.end }),
            rows: windows.iter().map(|window| window.rows).sum(),
            reconciliation: self.publication.reconciliation.clone(),
            run: RunRecord {
                run_id: self.publication.run_id,
                as_of: self.publication.as_of,
                published_at: self.publication.now,
            },
            matrices: matrices.distinct,
            windows,
            lost,
            files: self.files,
            history: self.history,
        }
    }
}

/// Numbers shapes in the order of their first window. Windows of one run share theirs, so that the lists themselves
/// are compared only once per run.
#[derive(Default)]
struct Matrices {
    distinct: Vec<MatrixRecord>,
    seen: Vec<(Arc<MatrixShape>, usize)>,
}

impl Matrices {
    fn position(&mut self, shape: &Arc<MatrixShape>) -> usize {
        if let Some((_, position)) = self.seen.iter().find(|(seen, _)| Arc::ptr_eq(seen, shape)) {
            return *position;
        }
        let equal = self.seen.iter().find(|(seen, _)| seen == shape).map(|(_, position)| *position);
        let position = equal.unwrap_or_else(|| {
            self.distinct.push(MatrixRecord::from(shape.as_ref()));
            self.distinct.len() - 1
        });
        self.seen.push((shape.clone(), position));
        position
    }
}
