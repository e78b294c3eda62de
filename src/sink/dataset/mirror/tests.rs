//! Datasets in a store: of two writers one wins, kills leave the one table or the other, and nobody's files are touched.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use super::*;
use crate::model::{ChangeLog, Location, Partition, StoreUrl};
use crate::sink::dataset::tests::{Offer, each_day, open_copy, own_tree, publish_to};
use crate::sink::dataset::{DatasetPaths, Stored};
use crate::sink::testing::scratch;
use crate::store::Store;

/// A store in memory whose writes and removals fail from a chosen one on, before or after they have done their work.
#[derive(Debug)]
struct Faulty {
    inner: InMemory,
    left: AtomicUsize,
    when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Faulty {
    /// Whether this step is one that fails: the connection is gone from then on.
    fn fails(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }

    fn gone() -> Error {
        Error::Generic { store: "test", source: "connection reset".into() }
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, key: &Key, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let fails = self.fails();
        if fails && self.when == When::Before {
            return Err(Self::gone());
        }
        let put = self.inner.put_opts(key, payload, options).await;
        if fails { Err(Self::gone()) } else { put }
    }

    async fn put_multipart_opts(&self, key: &Key, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(key, options).await
    }

    async fn get_opts(&self, key: &Key, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(key, options).await
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Key>>) -> BoxStream<'static, Result<Key>> {
        if self.fails() && self.when == When::Before {
            return keys.map(|_| Err(Self::gone())).boxed();
        }
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Key, to: &Key, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// A bucket, seen through connections that fail at will.
struct Bucket(InMemory);

impl Bucket {
    fn new() -> Self {
        Self(InMemory::new())
    }

    fn url() -> StoreUrl {
        let Ok(Location::Store(url)) = Location::parse("s3://bucket/of/ours") else { panic!("it is one") };
        url
    }

    fn through(&self, left: usize, when: When) -> Store {
        let faulty = Faulty { inner: self.0.clone(), left: AtomicUsize::new(left), when };
        Store::of_test(Arc::new(faulty), &Self::url())
    }

    fn store(&self) -> Store {
        self.through(usize::MAX, When::Before)
    }

    /// All keys, relative to the job.
    async fn keys(&self) -> Vec<String> {
        let objects = self.store().list("monthly").await.unwrap();
        objects.into_iter().map(|object| object.key.strip_prefix("monthly/").unwrap().to_owned()).collect()
    }

    async fn put(&self, key: &str, bytes: &[u8]) {
        let key = Key::parse(format!("of/ours/monthly/{key}")).unwrap();
        self.0.put(&key, PutPayload::from(bytes.to_vec())).await.unwrap();
    }

    /// What somebody sees who has no copy yet, but for what was set aside.
    async fn seen(&self) -> BTreeMap<String, Vec<u8>> {
        let folder = scratch();
        pull(&self.store(), &paths(folder.path())).await.unwrap();
        own_tree(folder.path())
    }
}

fn paths(folder: &Path) -> DatasetPaths {
    DatasetPaths::copy_of(&Bucket::url(), folder, "monthly")
}

/// One run: what the copy holds afterwards, and what became of its publication.
async fn run(folder: &Path, store: &Store, offer: &Offer) -> (BTreeMap<String, Vec<u8>>, Result<Pushed, MirrorError>) {
    let paths = paths(folder);
    let base = match pull(store, &paths).await {
        Ok(base) => base,
        Err(error) => return (BTreeMap::new(), Err(error)),
    };
    publish_to(&mut open_copy(paths.clone()), offer).unwrap();
    let pushed = push(store, &paths, base, |_, _| {}).await;
    (own_tree(folder), pushed)
}

type Result<T, E = Error> = std::result::Result<T, E>;

fn logged(run: u128, from: i64, to: i64) -> Offer {
    Offer { history: ChangeLog::Kept, salt: i64::try_from(run).unwrap(), ..Offer::new(run, &each_day(from, to)) }
}

#[tokio::test]
async fn of_two_writers_that_began_alike_the_later_is_refused_and_leaves_nothing() {
    for first in [true, false] {
        let (bucket, store) = (Bucket::new(), Bucket::new().store());
        drop(store);
        let store = bucket.store();
        let [one, two] = [scratch(), scratch()];
        if !first {
            run(one.path(), &store, &logged(1, 0, 3)).await.1.unwrap();
        }
        let base = pull(&store, &paths(two.path())).await.unwrap();
        let (stands, pushed) = run(one.path(), &store, &logged(2, 1, 5)).await;
        pushed.unwrap();
        let keys = bucket.keys().await;
        publish_to(&mut open_copy(paths(two.path())), &logged(3, 2, 4)).unwrap();
        let refused = push(&store, &paths(two.path()), base, |_, _| {}).await.unwrap_err();
        assert!(matches!(refused, MirrorError::Store(StoreError::Changed { .. })), "{refused}");
        assert_eq!(bucket.keys().await, keys);
        assert_eq!(bucket.seen().await, stands);
        let (stands, pushed) = run(two.path(), &store, &logged(3, 2, 4)).await;
        pushed.unwrap();
        assert_eq!(bucket.seen().await, stands);
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_at_any_step_leaves_the_one_table_or_the_other() {
    let mut kept = 0;
    let mut taken = 0;
    for when in [When::Before, When::After] {
        for step in 0.. {
            let bucket = Bucket::new();
            let [one, two, three] = [scratch(), scratch(), scratch()];
            let before = run(one.path(), &bucket.store(), &logged(1, 0, 40)).await;
            before.1.unwrap();
            let (after, pushed) = run(two.path(), &bucket.through(step, when), &logged(2, 20, 70)).await;
            let seen = bucket.seen().await;
            if pushed.is_ok() {
                assert_eq!(seen, after, "{when:?} {step}");
            } else {
                assert!(seen == before.0 || seen == after, "{when:?} {step}");
            }
            kept += usize::from(seen == before.0);
            taken += usize::from(seen == after);
            let is_all = pushed.as_ref().is_ok_and(|pushed| pushed.left.is_none());
            // The next run, of another machine, leaves what its manifest names, and no more.
            let (stands, pushed) = run(three.path(), &bucket.store(), &logged(3, 30, 75)).await;
            pushed.unwrap();
            assert_eq!(bucket.seen().await, stands);
            assert_eq!(bucket.keys().await.len(), stands.len(), "{when:?} {step}: {:?}", bucket.keys().await);
            if is_all {
                break;
            }
        }
    }
    assert!(kept > 10 && taken > 5, "{kept} {taken}");
}

#[tokio::test]
async fn files_that_did_not_change_keep_their_names_and_a_run_without_news_writes_nothing() {
    let (bucket, folder) = (Bucket::new(), scratch());
    run(folder.path(), &bucket.store(), &logged(1, 0, 60)).await.1.unwrap();
    let first = bucket.keys().await;
    let same = Offer { salt: 1, ..logged(2, 0, 60) };
    let (_, pushed) = run(folder.path(), &bucket.through(0, When::Before), &same).await;
    assert_eq!(pushed.unwrap().files, 0);
    assert_eq!(bucket.keys().await, first);
    run(folder.path(), &bucket.store(), &logged(3, 0, 1)).await.1.unwrap();
    let second = bucket.keys().await;
    let of_november = |keys: &[String]| -> Vec<_> {
        keys.iter().filter(|key| key.contains("month=2026-11") && !key.contains("history")).cloned().collect()
    };
    assert_eq!(of_november(&first).len(), 2);
    assert_eq!(of_november(&first), of_november(&second));
    assert!(first != second);
}

#[tokio::test]
async fn a_dataset_that_was_copied_there_from_a_folder_is_taken_up() {
    let (bucket, folder) = (Bucket::new(), scratch());
    let of_folder = scratch();
    publish_to(&mut open_copy(DatasetPaths::new(of_folder.path(), "monthly")), &logged(1, 0, 40)).unwrap();
    for (name, bytes) in own_tree(of_folder.path()) {
        bucket.put(name.strip_prefix("monthly/").unwrap(), &bytes).await;
    }
    assert_eq!(bucket.seen().await, own_tree(of_folder.path()));
    let (stands, pushed) = run(folder.path(), &bucket.store(), &logged(2, 0, 10)).await;
    pushed.unwrap();
    assert_eq!(bucket.seen().await, stands);
    let keys = bucket.keys().await;
    assert!(!keys.contains(&"parquet/month=2026-10/monthly.parquet".to_owned()), "{keys:?}");
    assert!(keys.contains(&"parquet/month=2026-11/monthly.parquet".to_owned()), "{keys:?}");
}

#[tokio::test]
async fn without_its_manifest_the_newest_files_are_taken_for_the_dataset() {
    let (bucket, folder) = (Bucket::new(), scratch());
    let offer = Offer { formats: vec![crate::model::Format::Csv], ..logged(1, 0, 40) };
    run(folder.path(), &bucket.store(), &offer).await.1.unwrap();
    bucket.0.delete(&Key::parse("of/ours/monthly/_manifest.json").unwrap()).await.unwrap();
    let next = Offer { formats: offer.formats.clone(), ..logged(2, 40, 41) };
    let (stands, pushed) = run(folder.path(), &bucket.store(), &next).await;
    pushed.unwrap();
    let rows = String::from_utf8(stands["monthly/csv/month=2026-10/monthly.csv"].clone()).unwrap();
    assert_eq!(rows.lines().count(), 1 + 31 * 3, "{rows}");
}

#[tokio::test]
async fn what_is_nobody_s_is_told_and_stays_and_what_is_damaged_is_set_aside() {
    let (bucket, folder) = (Bucket::new(), scratch());
    run(folder.path(), &bucket.store(), &logged(1, 0, 3)).await.1.unwrap();
    bucket.put("parquet/month=2026-10/notes.parquet", b"mine").await;
    bucket.put("parquet/_hidden/x.parquet", b"mine").await;
    let damaged = bucket.keys().await.into_iter().find(|key| key.starts_with("csv/")).unwrap();
    bucket.put(&damaged, b"not what was published").await;

    let paths = paths(folder.path());
    let base = pull(&bucket.store(), &paths).await.unwrap();
    let mut dataset = open_copy(paths.clone());
    let foreign: Vec<_> = dataset.stored().foreign_files().iter().map(|path| paths.told(path)).collect();
    assert_eq!(foreign, [Path::new("s3://bucket/of/ours/monthly/parquet/month=2026-10/notes.parquet")]);
    assert_eq!(dataset.stored().differing().len(), 1);
    publish_to(&mut dataset, &logged(2, 2, 4)).unwrap();
    push(&bucket.store(), &paths, base, |_, _| {}).await.unwrap();
    let keys = bucket.keys().await;
    assert!(keys.contains(&"parquet/month=2026-10/notes.parquet".to_owned()), "{keys:?}");
    assert!(!keys.contains(&damaged), "{keys:?}");
    let aside = keys.iter().find(|key| key.starts_with("_set_aside/")).unwrap();
    assert_eq!(bucket.seen().await, own_tree(folder.path()), "what replaced the damaged file is there");
    let mut file = tempfile::tempfile().unwrap();
    assert!(bucket.store().download(&format!("monthly/{aside}"), &mut file).await.unwrap());
    assert_eq!(file.metadata().unwrap().len(), 22);
}

#[tokio::test]
async fn a_damaged_or_missing_file_that_is_rebuilt_as_it_was_is_uploaded() {
    for damage in [Some(0), Some(3), None] {
        let (bucket, folder) = (Bucket::new(), scratch());
        let (stands, pushed) = run(folder.path(), &bucket.store(), &logged(1, 0, 3)).await;
        pushed.unwrap();
        let intact = bucket.seen().await;
        for key in bucket.keys().await.into_iter().filter(|key| key.contains("month=") && !key.contains("history")) {
            let bytes = &intact[&format!("monthly/{}", names::local(&paths(folder.path()), &key).unwrap())];
            match damage {
                // Another length, or another letter.
                Some(0) => bucket.put(&key, b"x").await,
                Some(at) => bucket.put(&key, &[&bytes[..at], b"x", &bytes[at + 1..]].concat()).await,
                None => bucket.0.delete(&Key::parse(format!("of/ours/monthly/{key}")).unwrap()).await.unwrap(),
            }
        }
        let folder = scratch();
        let (again, pushed) = run(folder.path(), &bucket.store(), &logged(1, 0, 3)).await;
        pushed.unwrap();
        let tables = |tree: &BTreeMap<String, Vec<u8>>| -> BTreeMap<_, _> {
            tree.iter().filter(|(name, _)| name.contains("month=")).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        assert_eq!(tables(&bucket.seen().await), tables(&again), "{damage:?}");
        assert_eq!(tables(&again).keys().collect::<Vec<_>>(), tables(&stands).keys().collect::<Vec<_>>());
        assert!(Stored::read(&paths(folder.path())).unwrap().unwrap().differing().is_empty());
    }
}

#[tokio::test]
async fn another_partition_replaces_all_files() {
    let (bucket, folder) = (Bucket::new(), scratch());
    run(folder.path(), &bucket.store(), &logged(1, 0, 40)).await.1.unwrap();
    let by_day = Offer { partition: Partition::Day, ..logged(2, 39, 41) };
    let (stands, pushed) = run(folder.path(), &bucket.store(), &by_day).await;
    pushed.unwrap();
    assert_eq!(bucket.seen().await, stands);
    let keys = bucket.keys().await;
    assert!(keys.iter().all(|key| key.contains("day=") || !key.starts_with("parquet")), "{keys:?}");
}

#[tokio::test]
async fn a_manifest_does_not_lead_out_of_the_copy() {
    let (bucket, folder) = (Bucket::new(), scratch());
    run(folder.path(), &bucket.store(), &logged(1, 0, 3)).await.1.unwrap();
    let (bytes, _) = bucket.store().read("monthly/_manifest.json").await.unwrap().unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    manifest["files"][0]["path"] = "../../outside".into();
    manifest["history"][0]["path"] = "history/../../outside".into();
    bucket.put("_manifest.json", manifest.to_string().as_bytes()).await;
    let copy = scratch();
    pull(&bucket.store(), &paths(&copy.path().join("a/b"))).await.unwrap();
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 1);
    assert!(Manifest::read(&paths(&copy.path().join("a/b"))).is_err());
}
