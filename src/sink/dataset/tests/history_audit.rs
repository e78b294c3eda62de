//! What an audit says of the log of changes. `history` asks it after every publication of its stories, and after every
//! kill.

use super::history::{holds, kept, log, story};
use super::*;

/// What is amiss with the log: of which kind, and how many cases.
pub(super) fn found(folder: &Path) -> Vec<(FindingKind, u64)> {
    let audited = audit::<OpenError>(&layout(folder), &identity(), |_| Ok(None)).unwrap();
    let is_of_the_log =
        |finding: &&AuditFinding| finding.kind.word().starts_with("log_") || finding.kind == FindingKind::ForeignFile;
    audited.findings.iter().filter(is_of_the_log).map(|finding| (finding.kind, finding.count)).collect()
}

/// Nothing is amiss that the next run does not complete.
pub(super) fn is_as_a_kill_leaves_it(folder: &Path, what: &str) {
    for (kind, _) in found(folder) {
        assert!(matches!(kind, FindingKind::LogUnlisted | FindingKind::LogDiffers), "{what}: {kind}");
    }
}

/// Three publications; the path of the last file of October.
fn published(folder: &Path) -> std::path::PathBuf {
    story().iter().take(3).for_each(|offer| drop(publish(folder, offer)));
    folder.join(log(folder).into_keys().next_back().unwrap())
}

/// Publishes nothing, and writes every file anew.
fn rewrite(folder: &Path) -> Published {
    let offer = kept(9, &[]);
    let publication = Publication { rewrite: Rewrite::All, ..offer.publication() };
    open(folder).publish(&publication, |window| offer.rows(window)).unwrap()
}

/// Edits what the manifest says of the log.
fn edit(folder: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = layout(folder).manifest();
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest["history"]);
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

/// Puts the first file of October in the place of the last, and has the manifest vouch for it.
fn replace(folder: &Path, path: &Path) {
    let names: Vec<_> = log(folder).into_keys().filter(|name| name.contains("2026-10")).collect();
    fs::copy(folder.join(&names[0]), path).unwrap();
    edit(folder, |files| {
        let files = files.as_array_mut().unwrap();
        let of = |name: &str| {
            let is_it = |file: &serde_json::Value| name.ends_with(file["path"].as_str().unwrap());
            files.iter().position(is_it).unwrap()
        };
        let (first, last) = (of(&names[0]), of(names.last().unwrap()));
        let mut record = files[first].clone();
        record["path"] = files[last]["path"].take();
        files[last] = record;
    });
}

#[test]
fn each_kind_of_damage_is_found_and_a_rewrite_puts_it_right() {
    use FindingKind::{ForeignFile, LogDamaged, LogDiffers, LogUnlisted};
    let cases: [(&str, &[FindingKind]); 7] = [
        ("lost", &[LogDiffers, LogDamaged]),
        ("cut", &[LogDamaged, LogDiffers]),
        ("no table", &[LogDamaged, LogDiffers]),
        ("as long as before", &[LogDamaged]),
        ("vouched for", &[LogDiffers]),
        ("unlisted", &[LogUnlisted]),
        ("foreign", &[ForeignFile]),
    ];
    for (damage, kinds) in cases {
        let folder = scratch();
        let path = published(folder.path());
        let bytes = fs::read(&path).unwrap();
        match damage {
            "lost" => fs::remove_file(&path).unwrap(),
            "cut" => fs::write(&path, &bytes[..bytes.len() / 2]).unwrap(),
            "no table" => fs::write(&path, "no table").unwrap(),
            // Every row is as it was, so nothing but its checksum tells.
            "as long as before" => {
                let at = bytes.windows(13).position(|text| text == b"verify-rollup").unwrap();
                fs::write(&path, [&bytes[..at], b"VERIFY", &bytes[at + 6..]].concat()).unwrap();
            }
            "vouched for" => replace(folder.path(), &path),
            // A publication that was killed before it changed the table; what it says is what stands already.
            "unlisted" => drop(fs::copy(&path, path.with_file_name(format!("000009-{}.parquet", run(8)))).unwrap()),
            _ => fs::write(path.with_file_name("copy.parquet"), &bytes).unwrap(),
        }
        let told: Vec<_> = found(folder.path()).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(told, kinds, "{damage}");
        let before = tree(folder.path());
        assert_eq!(found(folder.path()).len(), kinds.len());
        assert!(tree(folder.path()) == before, "{damage}: an audit changed something");
        if damage == "foreign" {
            assert_eq!(read(folder.path()).foreign_files().len(), 1);
            continue;
        }
        let kept: BTreeMap<_, _> = log(folder.path())
            .into_iter()
            .filter(|(name, _)| !matches!(damage, "cut" | "no table") || folder.path().join(name) != path)
            .collect();
        rewrite(folder.path());
        holds(folder.path(), &kept, damage);
    }
}

/// The rows that differ are counted, whatever they differ in.
#[test]
fn a_log_that_is_not_the_table_tells_how_many_rows_are_not() {
    let folder = scratch();
    published(folder.path());
    let mut listed = serde_json::Value::Null;
    edit(folder.path(), |files| listed = files.clone());
    let offer = Offer { salt: 5, history: ChangeLog::Off, ..kept(4, &each_day(1, 3)) };
    publish(folder.path(), &offer);
    assert_eq!(found(folder.path()), [], "a log that is off says nothing, and nobody says it is kept");
    edit(folder.path(), |files| *files = listed);
    // Two days of two countries and the rest.
    assert_eq!(found(folder.path()), [(FindingKind::LogDiffers, 6)]);
    rewrite(folder.path());
    holds(folder.path(), &BTreeMap::new(), "rewritten");
}

#[test]
fn a_damaged_file_of_the_table_does_not_end_the_audit() {
    let folder = scratch();
    published(folder.path());
    let path = folder.path().join("monthly/parquet/month=2026-10/monthly.parquet");
    fs::write(&path, "no table").unwrap();
    let kinds: Vec<_> = found(folder.path()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [FindingKind::LogDiffers], "the log has rows that the table has lost");
}
