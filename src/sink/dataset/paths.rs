//! Where things lie below `DIR/<job>/`, and which windows belong to which file.
//!
//! Below `parquet/` and `csv/` stand data files only, as folder readers take everything they find there. Names that
//! begin with `.` or `_` are ours.

use crate::model::{DatasetName, Format, Partition, StoreUrl};
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use crate::sink::DiskError;

/// One file's share of the rows, in every format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartitionKey {
    /// All rows in one file.
    Whole,
    /// The month that begins on this date.
    Month(NaiveDate),
    /// This day.
    Day(NaiveDate),
}

impl PartitionKey {
    /// The share of a window that starts on a local date.
    #[must_use]
    pub fn of(partition: Partition, date: NaiveDate) -> Self {
        match partition {
            Partition::Day => Self::Day(date),
            Partition::Month => Self::Month(date.with_day(1).unwrap_or(date)),
            Partition::None => Self::Whole,
        }
    }

    /// Whether it is a share of this partition.
    pub(super) const fn is_of(self, partition: Partition) -> bool {
        matches!(
            (self, partition),
            (Self::Whole, Partition::None) | (Self::Month(_), Partition::Month) | (Self::Day(_), Partition::Day)
        )
    }

    /// The inverse of the folder's name; the empty text is [`PartitionKey::Whole`].
    pub(super) fn from_folder(name: &str) -> Option<Self> {
        let date = |text: String| text.parse::<NaiveDate>().ok();
        let key = match name.split_once('=') {
            None if name.is_empty() => Self::Whole,
            Some(("month", month)) => Self::Month(date(format!("{month}-01"))?),
            Some(("day", day)) => Self::Day(date(day.to_owned())?),
            _ => return None,
        };
        (key.to_string() == name).then_some(key)
    }
}

/// The folder's name, as Hive and its heirs read it: `month=2026-10`, `day=2026-10-01`, empty without partitions.
impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Month(date) => write!(f, "month={}", date.format("%Y-%m")),
            Self::Day(date) => write!(f, "day={date}"),
        }
    }
}

/// A data file's place: its share and its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataFile {
    /// Which rows.
    pub key: PartitionKey,
    /// In which format.
    pub format: Format,
}

/// The folder of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetPaths {
    root: PathBuf,
    name: DatasetName,
    /// What the folder is a copy of, if it is one.
    url: Option<String>,
}

impl DatasetPaths {
    /// The dataset of a name below an output directory. The job's has passed the job file's checks: a-z, 0-9, `-`.
    #[must_use]
    pub fn new(output: &Path, name: impl Into<DatasetName>) -> Self {
        let name = name.into();
        Self { root: output.join(name.to_string()), name, url: None }
    }

    /// The same of a copy, below a folder, of what a store holds below a URL.
    #[must_use]
    pub fn copy_of(url: &StoreUrl, folder: &Path, name: impl Into<DatasetName>) -> Self {
        let name = name.into();
        Self { url: Some(format!("{url}/{name}")), ..Self::new(folder, name) }
    }

    /// A path as people know it: of a copy, the place in the store.
    #[must_use]
    pub fn told(&self, path: &Path) -> PathBuf {
        match (&self.url, path.strip_prefix(&self.root)) {
            (Some(url), Ok(inside)) if inside.as_os_str().is_empty() => PathBuf::from(url),
            (Some(url), Ok(inside)) => Path::new(url).join(inside),
            _ => path.to_owned(),
        }
    }

    /// A text in which paths are told likewise.
    #[must_use]
    pub fn told_in(&self, text: &str) -> String {
        match &self.url {
            Some(url) => text.replace(&*self.root.to_string_lossy(), url),
            None => text.to_owned(),
        }
    }

    /// The place of a data file in any partitioning, by its path relative to [`DatasetPaths::root`].
    pub(super) fn place_of(&self, relative: &str) -> Option<DataFile> {
        let (format, inside) = relative.split_once('/')?;
        let format = Format::ALL.into_iter().find(|known| known.word() == format)?;
        let (folder, name) = inside.rsplit_once('/').unwrap_or(("", inside));
        (name == self.file_name(format)).then_some(())?;
        Some(DataFile { key: PartitionKey::from_folder(folder)?, format })
    }

    /// `DIR/<job>`
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `DIR`, which may be empty: the working directory.
    #[must_use]
    pub fn output(&self) -> &Path {
        let depth = if self.name.account.is_some() { 2 } else { 1 };
        self.root.ancestors().nth(depth).unwrap_or(Path::new(""))
    }

    /// The dataset's name.
    #[must_use]
    pub const fn name(&self) -> &DatasetName {
        &self.name
    }

    /// The job's name.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.name.job
    }

    /// `DIR/<job>/_manifest.json`
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.root.join("_manifest.json")
    }

    /// `DIR/<job>/reports`
    #[must_use]
    pub fn reports(&self) -> PathBuf {
        self.root.join("reports")
    }

    /// `DIR/<job>/.lock`
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join(".lock")
    }

    /// `DIR/<job>/.staging`
    #[must_use]
    pub fn staging(&self) -> PathBuf {
        self.root.join(".staging")
    }

    /// `DIR/<job>/_set_aside`
    #[must_use]
    pub fn set_aside(&self) -> PathBuf {
        self.root.join("_set_aside")
    }

    /// `DIR/<job>/history`
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.root.join("history")
    }

    /// `DIR/<job>/parquet` and `DIR/<job>/csv`
    #[must_use]
    pub fn folder(&self, format: Format) -> PathBuf {
        self.root.join(format.word())
    }

    /// A data file's path relative to [`DatasetPaths::root`], with `/`.
    #[must_use]
    pub fn relative(&self, place: DataFile) -> String {
        format!("{}/{}", place.format, self.inside(place).to_string_lossy())
    }

    /// A data file's path relative to [`DatasetPaths::folder`].
    #[must_use]
    pub fn inside(&self, place: DataFile) -> PathBuf {
        Path::new(&place.key.to_string()).join(self.file_name(place.format))
    }

    fn file_name(&self, format: Format) -> String {
        format!("{}.{format}", self.job())
    }

    /// Whether a path relative to [`DatasetPaths::folder`] is that of a data file in any partitioning.
    pub(super) fn names_data(&self, format: Format, inside: &Path) -> bool {
        let folder = inside.parent().and_then(Path::to_str);
        inside.file_name().is_some_and(|name| *name == *self.file_name(format))
            && folder.is_some_and(|folder| PartitionKey::from_folder(folder).is_some())
    }

    /// A data file's path.
    #[must_use]
    pub fn path(&self, place: DataFile) -> PathBuf {
        self.root.join(self.relative(place))
    }

    /// Every data file that has a place in any partitioning, in order. Other files are somebody else's.
    pub fn data_files(&self) -> Result<Vec<DataFile>, DiskError> {
        let mut places = Vec::new();
        for format in Format::ALL {
            let folder = self.folder(format);
            let mut keys = vec![PartitionKey::Whole];
            match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(DiskError::at("list", &folder)(error)),
                Ok(entries) => {
                    for entry in entries {
                        let name = entry.map_err(DiskError::at("list", &folder))?.file_name();
                        keys.extend(name.to_str().filter(|name| !name.is_empty()).and_then(PartitionKey::from_folder));
                    }
                }
            }
            let here = keys.into_iter().map(|key| DataFile { key, format });
            places.extend(here.filter(|place| self.path(*place).is_file()));
        }
        places.sort_unstable();
        Ok(places)
    }

    /// A folder of data that a link has put on another file system, onto which no rename leads.
    pub fn folder_elsewhere(&self) -> Option<PathBuf> {
        let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
        let root = device(&self.root)?;
        let folders = Format::ALL.map(|format| self.folder(format));
        folders.into_iter().find(|folder| device(folder).is_some_and(|device| device != root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_design() {
        let layout = DatasetPaths::new(Path::new("out"), "monthly");
        let date: NaiveDate = "2026-10-05".parse().unwrap();
        let path =
            |partition: Partition, format| layout.relative(DataFile { key: PartitionKey::of(partition, date), format });
        assert_eq!(path(Partition::Month, Format::Parquet), "parquet/month=2026-10/monthly.parquet");
        assert_eq!(path(Partition::Day, Format::Csv), "csv/day=2026-10-05/monthly.csv");
        assert_eq!(path(Partition::None, Format::Parquet), "parquet/monthly.parquet");
        assert_eq!(layout.manifest(), Path::new("out/monthly/_manifest.json"));
    }

    #[test]
    fn folder_names_read_back_and_others_are_foreign() {
        for name in ["", "month=2026-10", "day=2026-02-28"] {
            assert_eq!(PartitionKey::from_folder(name).unwrap().to_string(), name);
        }
        for name in ["month=2026-1", "day=2026-02-30", "month=2026-10-01", "year=2026", "x", "day=", "day=+2026-01-01"]
        {
            assert_eq!(PartitionKey::from_folder(name), None, "{name}");
        }
    }
}
