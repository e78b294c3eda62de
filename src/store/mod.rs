//! The way to an object store: S3, Google Cloud Storage, Azure Blob Storage, and what speaks like them.
//!
//! Nothing here knows what lies in a bucket. Objects appear whole or not at all, as every store promises. What must not
//! be lost to another writer is put on a condition ([`Store::replace`]); of an answer that got lost on the way the
//! store itself tells what came of it. A store that ignores conditions is refused by [`Store::prove_conditions`].
//!
//! Credentials come from each vendor's usual variables ([`StoreVariables`]), are never part of a message, and leave over
//! plain http for loopback alone, unless a variable of the vendor's allows it.

mod client;
mod error;
mod settings;
mod variables;

use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use futures_util::stream::{self, StreamExt};
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload, UpdateVersion, WriteMultipart};

pub use error::StoreError;
pub use variables::StoreVariables;

use crate::model::StoreUrl;
use error::Told;
use settings::Opened;

/// What is uploaded in one piece at most, and in such pieces beyond: memory stays at a few of them.
const PIECE: usize = 8 << 20;
/// Pieces, or objects, under way at once.
const AT_ONCE: usize = 4;

/// A version of an object, by which it is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(UpdateVersion);

/// An object, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Relative to the store's URL.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// When it was written, by the store's clock.
    pub written_at: DateTime<Utc>,
}

/// A place in an object store. Keys are relative to it, with `/`.
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    url: StoreUrl,
    told: Told,
    /// The vendors' own services heed conditions.
    is_vendors: bool,
}

impl Store {
    /// Prepares the way to it; nothing is asked yet.
    ///
    /// # Errors
    /// A variable that is needed is missing or makes no sense.
    pub fn open(url: &StoreUrl, variables: &StoreVariables) -> Result<Self, StoreError> {
        let Opened { objects, told, is_vendors } = settings::open(url, variables)?;
        Ok(Self { objects, url: url.clone(), told, is_vendors })
    }

    /// One of a test.
    #[cfg(test)]
    pub(crate) fn of_test(objects: Arc<dyn ObjectStore>, url: &StoreUrl) -> Self {
        Self { objects, url: url.clone(), told: Told::default(), is_vendors: false }
    }

    /// The URL of a key.
    #[must_use]
    pub fn url_of(&self, key: &str) -> String {
        format!("{}/{key}", self.url)
    }

    fn key(&self, key: &str) -> Key {
        self.url.prefix.split('/').chain(key.split('/')).filter(|name| !name.is_empty()).collect()
    }

    fn failed<'a>(&'a self, action: &'static str, key: &'a str) -> impl Fn(Error) -> StoreError + 'a {
        move |error| self.told.failed(action, &self.url_of(key), &error)
    }

    /// All objects below a folder, in order.
    pub async fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError> {
        let prefix = self.key("");
        let listed = self.objects.list(Some(&self.key(folder))).try_collect::<Vec<_>>().await;
        let listed = listed.map_err(self.failed("list", folder))?;
        let object = |about: object_store::ObjectMeta| {
            let key: Vec<_> = about.location.prefix_match(&prefix)?.map(|part| part.as_ref().to_owned()).collect();
            Some(Object { key: key.join("/"), bytes: about.size, written_at: about.last_modified })
        };
        let mut objects: Vec<_> = listed.into_iter().filter_map(object).collect();
        objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    /// A small object with its version; `None` if there is none.
    pub async fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        let found = match self.objects.get(&self.key(key)).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(self.failed("read", key))?,
        };
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let bytes = found.bytes().await.map_err(self.failed("read", key))?;
        Ok(Some((bytes.to_vec(), Version(version))))
    }

    /// Writes an object's bytes to a file. Whether there is one.
    pub async fn download(&self, key: &str, to: &mut File) -> Result<bool, StoreError> {
        let found = match self.objects.get(&self.key(key)).await {
            Err(Error::NotFound { .. }) => return Ok(false),
            found => found.map_err(self.failed("read", key))?,
        };
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.try_next().await.map_err(self.failed("read", key))? {
            to.write_all(&piece).map_err(|source| StoreError::Local { url: self.url_of(key), source })?;
        }
        Ok(true)
    }

    /// Puts a file's bytes in an object's place, whatever is there.
    pub async fn upload(&self, key: &str, from: &mut File) -> Result<(), StoreError> {
        let local = |source| StoreError::Local { url: self.url_of(key), source };
        let mut piece = Vec::new();
        let mut read = |piece: &mut Vec<u8>| {
            piece.clear();
            Read::by_ref(from).take(PIECE as u64).read_to_end(piece).map_err(local)
        };
        if read(&mut piece)? < PIECE {
            let put = self.objects.put(&self.key(key), PutPayload::from(piece)).await;
            return put.map(drop).map_err(self.failed("write", key));
        }
        let parts = self.objects.put_multipart(&self.key(key)).await.map_err(self.failed("write", key))?;
        let mut parts = WriteMultipart::new_with_chunk_size(parts, PIECE);
        let sent = async {
            loop {
                parts.wait_for_capacity(AT_ONCE).await.map_err(self.failed("write", key))?;
                parts.write(&piece);
                if read(&mut piece)? == 0 {
                    return Ok(());
                }
            }
        };
        match sent.await {
            Ok(()) => parts.finish().await.map(drop).map_err(self.failed("write", key)),
            Err(error) => {
                // Parts that cannot be taken back are for the bucket's rule on unfinished uploads.
                let _ = parts.abort().await;
                Err(error)
            }
        }
    }

    /// Puts bytes in the place of a version of an object, or where there is none yet (`None`).
    ///
    /// # Errors
    /// [`StoreError::Changed`]: another version is there. Any other error: what is there is not ours, as far as the
    /// store can be asked.
    pub async fn replace(&self, key: &str, bytes: &[u8], version: Option<&Version>) -> Result<(), StoreError> {
        let mode = version.map_or(PutMode::Create, |Version(version)| PutMode::Update(version.clone()));
        let put = self.objects.put_opts(&self.key(key), PutPayload::from(bytes.to_vec()), mode.into()).await;
        let Err(error) = put else { return Ok(()) };
        // The answer to a try that did its work may have been lost, and the next one refused for that.
        let is_refused = matches!(error, Error::Precondition { .. } | Error::AlreadyExists { .. });
        match self.read(key).await {
            Ok(Some((found, _))) if found == bytes => Ok(()),
            Ok(found) if found.as_ref().map(|(_, version)| version) != version => {
                Err(StoreError::Changed { url: self.url_of(key) })
            }
            Err(_) if is_refused => Err(StoreError::Changed { url: self.url_of(key) }),
            _ => Err(self.failed("write", key)(error)),
        }
    }

    /// Removes objects, those that are gone already included.
    pub async fn remove(&self, keys: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        let removed = stream::iter(keys).map(|key| async move {
            match self.objects.delete(&self.key(&key)).await {
                Err(Error::NotFound { .. }) | Ok(()) => Ok(()),
                Err(error) => Err(self.failed("remove", &key)(error)),
            }
        });
        // One that cannot be removed keeps none of the others.
        let removed: Vec<_> = removed.buffer_unordered(AT_ONCE).collect().await;
        removed.into_iter().collect()
    }

    /// Sees that a store which is not its vendor's own heeds conditions, by an object of its own in a folder, which is
    /// removed again.
    ///
    /// # Errors
    /// [`StoreError::Unconditional`]: it does not.
    pub async fn prove_conditions(&self, folder: &str) -> Result<(), StoreError> {
        if self.is_vendors {
            return Ok(());
        }
        let key = format!("{folder}/_condition-{:016x}", fastrand::u64(..));
        let path = self.key(&key);
        let put = |mode: PutMode| self.objects.put_opts(&path, PutPayload::from_static(b"?"), mode.into());
        let first = put(PutMode::Create).await.map_err(self.failed("write", &key))?;
        let stale = UpdateVersion { e_tag: Some("\"0\"".to_owned()), version: Some("0".to_owned()) };
        let is_heeded = put(PutMode::Create).await.is_err()
            && put(PutMode::Update(stale)).await.is_err()
            && put(PutMode::Update(first.into())).await.is_ok();
        self.remove([key]).await?;
        if is_heeded { Ok(()) } else { Err(StoreError::Unconditional { url: self.url.to_string() }) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use object_store::memory::InMemory;

    use super::*;
    use crate::model::Location;

    fn store() -> Store {
        let Ok(Location::Store(url)) = Location::parse("s3://bucket/a/b") else { panic!("it is a store") };
        Store::of_test(Arc::new(InMemory::new()), &url)
    }

    #[tokio::test]
    async fn what_is_uploaded_in_pieces_is_whole() {
        let store = store();
        for bytes in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let sent: Vec<u8> = (0..bytes).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&sent).unwrap();
            file.rewind().unwrap();
            store.upload("job/file", &mut file).await.unwrap();
            let mut back = tempfile::tempfile().unwrap();
            assert!(store.download("job/file", &mut back).await.unwrap());
            let mut received = Vec::new();
            back.rewind().unwrap();
            back.read_to_end(&mut received).unwrap();
            assert!(received == sent, "{bytes}");
        }
        let listed = store.list("job").await.unwrap();
        assert_eq!(
            listed.iter().map(|object| (object.key.as_str(), object.bytes)).collect::<Vec<_>>(),
            [("job/file", 3 * PIECE as u64 + 7)]
        );
    }

    #[tokio::test]
    async fn an_object_is_replaced_in_its_own_version_alone() {
        let store = store();
        assert_eq!(store.read("m").await.unwrap(), None);
        store.replace("m", b"one", None).await.unwrap();
        let (_, one) = store.read("m").await.unwrap().unwrap();
        let refused = |error: StoreError| assert!(matches!(error, StoreError::Changed { .. }), "{error}");
        refused(store.replace("m", b"two", None).await.unwrap_err());
        store.replace("m", b"two", Some(&one)).await.unwrap();
        refused(store.replace("m", b"three", Some(&one)).await.unwrap_err());
        store.replace("m", b"two", Some(&one)).await.expect("it is there already, as by a try whose answer was lost");
        store.remove(["m".to_owned(), "never".to_owned()]).await.unwrap();
        refused(store.replace("m", b"four", Some(&one)).await.unwrap_err());
        store.prove_conditions("job").await.unwrap();
        assert_eq!(store.list("").await.unwrap(), []);
    }
}
