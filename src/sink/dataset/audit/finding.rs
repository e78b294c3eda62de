//! What an audit finds amiss: of each kind, what it means and what to do.

use std::path::PathBuf;

use crate::model::{Window, words};

words! {
    /// What is amiss.
    FindingKind {
        /// The manifest is gone, and data files are there.
        NoManifest = "no_manifest",
        /// A file that the manifest lists is not there.
        MissingFile = "missing_file",
        /// A file is not as the manifest says.
        ChangedFile = "changed_file",
        /// A file is no table, or a damaged one.
        UnreadableFile = "unreadable_file",
        /// A row contradicts itself, or does not come after its predecessor.
        BadRow = "bad_row",
        /// A data file that the manifest does not list.
        UnlistedFile = "unlisted_file",
        /// A file below the folders of data that is none of ours.
        ForeignFile = "foreign_file",
        /// What a killed publication left.
        LeftOver = "left_over",
        /// A file that a run set aside.
        SetAside = "set_aside",
        /// A file of the log of changes that is gone, cannot be read, or is not as the manifest says.
        LogDamaged = "log_damaged",
        /// A file of the log of changes that the manifest does not list.
        LogUnlisted = "log_unlisted",
        /// The log of a month, played from its first file on, does not give the rows that stand.
        LogDiffers = "log_differs",
        /// A window whose published rows no file holds.
        LostWindow = "lost_window",
        /// A time between windows that none covers.
        Gap = "gap",
        /// Rows of a window that the manifest does not list, or that belongs into another file.
        UnlistedWindow = "unlisted_window",
        /// A window of which a file has no row.
        AbsentRows = "absent_rows",
        /// Rows that do not add up to what the manifest says of their window.
        OtherSums = "other_sums",
        /// Rows that the window's matrix does not have, or that are missing from it.
        WrongCells = "wrong_cells",
        /// Rates that do not follow from the counts.
        WrongRate = "wrong_rate",
        /// Dates that are not the window's.
        WrongDate = "wrong_date",
        /// Rows that are not what the ledger knows.
        LedgerDiffers = "ledger_differs",
    }
}

/// Something amiss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFinding {
    /// Of which kind.
    pub kind: FindingKind,
    /// The file or folder that it is about.
    pub path: Option<PathBuf>,
    /// The window or time that it is about.
    pub window: Option<Window>,
    /// How many rows or files are so.
    pub count: u64,
    /// What was found, for people.
    pub what: String,
}

impl FindingKind {
    /// What it means for who reads the table.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::NoManifest => "nothing says which files belong together",
            Self::MissingFile => "readers of this format lack its rows",
            Self::ChangedFile => "it is not what was published: a copy, a transfer or a hand changed it",
            Self::UnreadableFile => "no reader can use it",
            Self::BadRow => "sums over the file are not to be trusted",
            Self::UnlistedFile => "readers of the folder count its rows, perhaps twice",
            Self::ForeignFile => "readers of the folder count it",
            Self::LeftOver => "a publication is under way or was killed; no reader sees it",
            Self::SetAside => "it held something else than was published in its place; no reader sees it",
            Self::LogDamaged => "who replays the log lacks what was published in it",
            Self::LogUnlisted => "a publication is under way or was killed: the log may be ahead of the table",
            Self::LogDiffers => "who replays the log gets another table than is published",
            Self::LostWindow => "it was published, and readers lack its rows",
            Self::Gap => "it was never asked for, could not be published, or expired: its absence is not zero",
            Self::UnlistedWindow => "readers count rows that nobody vouches for, perhaps twice",
            Self::AbsentRows => "readers of this format lack the window",
            Self::OtherSums => "rows were changed, doubled or lost",
            Self::WrongCells => "sums over a dimension lack something or hold too much",
            Self::WrongRate => "who averages or shows the stored rates is misled; the counts are what was published",
            Self::WrongDate => "who selects by date gets other rows than the windows say",
            Self::LedgerDiffers => "the rows are not what the API answered",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NoManifest => "restore _manifest.json, or run the job: it is rebuilt from the data files",
            Self::MissingFile => {
                "run the job: it is written anew from another format or the ledger; what neither knows is named as lost"
            }
            Self::ChangedFile | Self::UnreadableFile | Self::BadRow | Self::UnlistedWindow | Self::AbsentRows => {
                "restore the file, or run the job: it sets aside what it cannot use, and rebuilds what the ledger knows"
            }
            Self::UnlistedFile => {
                "move it away, or run the job: it takes what no other file has, and clears the rest away"
            }
            Self::ForeignFile => "move it away",
            Self::LeftOver => "nothing while a run is under way; otherwise the next run removes it",
            Self::SetAside => "compare it with what is published, then remove it",
            Self::LogDamaged => {
                "restore it, or run the job with --rewrite: it sets aside what it cannot read, and logs anew what the log \
                 lacks of the rows that stand"
            }
            Self::LogUnlisted => {
                "nothing while a run is under way; otherwise run the job: it adds to the log what puts it right"
            }
            Self::LogDiffers => {
                "run the job: it completes what a killed run left; where the finding stays, run it with --rewrite, which \
                 reads the whole log and adds what puts it right"
            }
            Self::LostWindow => {
                "restore its file, or run the job over it while the API holds it; run --accept-loss names it no longer"
            }
            Self::Gap => "run the job with start and end over it while the API holds it, or leave it as it is",
            Self::OtherSums | Self::WrongCells | Self::LedgerDiffers => {
                "restore the file, or run the job; where the finding stays, run --refresh asks what the API still holds"
            }
            Self::WrongRate | Self::WrongDate => {
                "run the job with --rewrite, which writes every file anew from its counts"
            }
        }
    }
}
