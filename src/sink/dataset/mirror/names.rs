//! Names of data files in a store: those of a folder's dataset with a part that makes each of them unique,
//! `parquet/month=2026-10/daily-1c0ffee5ba5e0042.parquet`. A dataset that was copied there from a folder has none.

use crate::sink::dataset::paths::DatasetPaths;

const DIGITS: usize = 16;

/// The name under which a file of the copy is published next.
pub(super) fn fresh(local: &str) -> String {
    let unique = fastrand::u64(..);
    match local.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{unique:016x}.{ending}"),
        None => format!("{local}-{unique:016x}"),
    }
}

/// The path in the copy of a data file of the store; `None` if it is none.
pub(super) fn local(paths: &DatasetPaths, key: &str) -> Option<String> {
    let plain = without_part(key).unwrap_or_else(|| key.to_owned());
    // A job's name may end like such a part.
    [plain, key.to_owned()].into_iter().find_map(|name| paths.place_of(&name).map(|place| paths.relative(place)))
}

fn without_part(key: &str) -> Option<String> {
    let (stem, ending) = key.rsplit_once('.')?;
    let (stem, part) = stem.rsplit_once('-')?;
    let is_part = part.len() == DIGITS && part.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    is_part.then(|| format!("{stem}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn names_are_read_back_and_others_are_nobody_s() {
        for job in ["daily", "daily-0123456789abcdef"] {
            let paths = DatasetPaths::new(Path::new("out"), job);
            for folder in ["parquet", "parquet/month=2026-10", "csv/day=2026-10-05"] {
                let (format, _) = folder.split_once('/').unwrap_or((folder, ""));
                let plain = format!("{folder}/{job}.{format}");
                let name = fresh(&plain);
                assert_ne!(name, fresh(&plain));
                assert_eq!(local(&paths, &name).as_deref(), Some(&*plain), "{name}");
                assert_eq!(local(&paths, &plain).as_deref(), Some(&*plain));
            }
        }
        let paths = DatasetPaths::new(Path::new("out"), "daily");
        for name in [
            "parquet/other.parquet",
            "parquet/month=2026-13/daily.parquet",
            "parquet/../daily.parquet",
            "/daily.parquet",
            "parquet/daily-0123456789ABCDEF.parquet",
            "parquet/daily-1.parquet",
            "parquet/month=2026-10/daily.csv",
            "_manifest.json",
        ] {
            assert_eq!(local(&paths, name), None, "{name}");
        }
    }
}
