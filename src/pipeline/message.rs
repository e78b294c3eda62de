//! What the pipeline tells on its way from lock to report.

use crate::message::{Level, Message};
use schemars::JsonSchema;
use serde::Serialize;

/// An event of a job's way.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PipelineMessage {
    /// Another run holds the dataset, and is waited for.
    DatasetAwaited {
        /// Who it is.
        holder: String,
    },
    /// Another machine holds the state directory, and is waited for.
    StateDirectoryAwaited {
        /// Which one.
        holder: String,
    },
    /// Another run has the lease on the dataset, and is waited for.
    LeaseAwaited {
        /// Which one.
        holder: String,
    },
    /// The state directory was taken from a machine that had fallen silent.
    StateDirectoryTakenOver {
        /// Which one.
        holder: String,
        /// For how long it had been silent.
        silent_seconds: u64,
    },
    /// Something was amiss with the dataset when the run began.
    DatasetDamaged {
        /// What, and what becomes of it.
        damage: String,
    },
    /// The ledger knew nothing of published windows: their rows are taken as answers.
    WindowsAdopted {
        /// How many.
        windows: u64,
    },
    /// Published rows are lost with their file, and the ledger does not know them.
    RowsLost {
        /// Of how many windows.
        windows: u64,
    },
    /// A database's table holds what the dataset holds.
    TableLoaded {
        /// Which one.
        table: String,
        /// How many windows were written or removed.
        windows: u64,
    },
    /// A database's table holds windows that the dataset knows nothing of.
    TableWindowsUnknown {
        /// Which one.
        table: String,
        /// How many.
        windows: u64,
    },
    /// A dataset is copied from a store, to be worked on.
    DatasetFetched {
        /// Which one.
        url: String,
    },
    /// A file is on its way to a store.
    FileUploaded {
        /// Where it goes.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// Files that no longer count could not be removed from a store.
    FilesLeft {
        /// Why.
        cause: String,
    },
    /// A spot check was asked for, and no cell is implied.
    NothingImplied {},
    /// The job wants a report, and the run published nothing of its period.
    NothingToReport {
        /// The period.
        period: String,
    },
}

impl Message for PipelineMessage {
    fn level(&self) -> Level {
        match self {
            Self::DatasetDamaged { .. } | Self::RowsLost { .. } => Level::ERROR,
            Self::StateDirectoryTakenOver { .. } | Self::TableWindowsUnknown { .. } | Self::FilesLeft { .. } => {
                Level::WARN
            }
            _ => Level::INFO,
        }
    }

    fn words(&self) -> Option<String> {
        Some(match self {
            Self::DatasetAwaited { holder } => format!("waiting for {holder}, which holds the dataset"),
            Self::StateDirectoryAwaited { holder } => {
                format!("waiting for another machine, {holder}, which holds the state directory")
            }
            Self::LeaseAwaited { holder } => format!("waiting for {holder}, which has the lease on the dataset"),
            Self::StateDirectoryTakenOver { holder, silent_seconds } => format!(
                "took over the state directory of {holder}, which gave no heartbeat for {silent_seconds} s: every \
                 bucket counts as just spent"
            ),
            Self::DatasetDamaged { damage } => damage.clone(),
            Self::WindowsAdopted { windows } => {
                format!("the ledger knew nothing of {windows} published windows: their rows are taken as answers")
            }
            Self::RowsLost { windows } => format!(
                "the published rows of {windows} windows are lost with their file, and the ledger does not know them: \
                 restore the file, or let `--accept-loss` forget them"
            ),
            Self::TableLoaded { table, windows: 0 } => format!("the table {table} holds all rows already"),
            Self::TableLoaded { table, windows } => format!("the table {table} took over {windows} windows"),
            Self::TableWindowsUnknown { table, windows } => format!(
                "the table {table} holds {windows} windows that the dataset does not: they stay, until the dataset's \
                 files are back or `--accept-loss` removes them"
            ),
            Self::DatasetFetched { url } => format!("fetching what {url} holds"),
            Self::FileUploaded { file, bytes } => format!("uploading {file} ({bytes} bytes)"),
            Self::FilesLeft { cause } => format!(
                "files that no longer count could not be removed, so that whoever reads all files of the folder counts \
                 rows twice; the next run tries again: {cause}"
            ),
            Self::NothingImplied {} => "no cell is implied: there is nothing to spot-check".to_owned(),
            Self::NothingToReport { period } => format!("nothing to report of {period} yet"),
        })
    }
}
