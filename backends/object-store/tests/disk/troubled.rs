//! A store that waits, loses answers, refuses or misunderstands requests, in front of one in memory.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};

/// Each request waits once before it is done and once after.
#[derive(Debug, Default)]
pub(crate) struct Troubled {
    pub(crate) inner: Arc<InMemory>,
    /// Writes are done, and answer that they failed.
    pub(crate) loses_answers: AtomicBool,
    /// Writes are not done, and say so.
    pub(crate) refuses_writes: AtomicBool,
    /// Deletions are not done, and say so.
    pub(crate) refuses_deletions: AtomicBool,
    /// Listings tell that everything was written two hours ago.
    pub(crate) lists_as_old: AtomicBool,
    /// Objects are taken whole only.
    pub(crate) takes_no_parts: AtomicBool,
    /// No request is ever answered.
    pub(crate) hangs: AtomicBool,
    /// What the store makes of the condition of a write.
    pub(crate) understands: Mutex<Option<Understands>>,
    /// What became of uploads in parts.
    pub(crate) uploads: Arc<Uploads>,
}

/// How a store understands the condition of a write.
pub(crate) type Understands = fn(PutMode) -> Result<PutMode>;

/// Uploads in parts, as the store saw them.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    pub(crate) begun: AtomicUsize,
    pub(crate) completed: AtomicUsize,
    pub(crate) aborted: AtomicUsize,
    /// The bytes of the largest part.
    pub(crate) largest: AtomicUsize,
}

fn trouble(what: &'static str) -> Error {
    Error::Generic { store: "troubled", source: what.into() }
}

/// Waits for one more poll.
async fn wait() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Troubled {
    async fn hang(&self) {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

/// An upload that tells what becomes of it.
#[derive(Debug)]
struct Watched {
    upload: Box<dyn MultipartUpload>,
    uploads: Arc<Uploads>,
}

#[async_trait]
impl MultipartUpload for Watched {
    fn put_part(&mut self, bytes: PutPayload) -> UploadPart {
        self.uploads.largest.fetch_max(bytes.content_length(), Ordering::Relaxed);
        let part = self.upload.put_part(bytes);
        Box::pin(async move {
            wait().await;
            part.await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.uploads.completed.fetch_add(1, Ordering::Relaxed);
        self.upload.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.uploads.aborted.fetch_add(1, Ordering::Relaxed);
        self.upload.abort().await
    }
}

impl fmt::Display for Troubled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Troubled")
    }
}

#[async_trait]
impl ObjectStore for Troubled {
    async fn put_opts(&self, name: &Path, bytes: PutPayload, options: PutOptions) -> Result<PutResult> {
        wait().await;
        self.hang().await;
        if self.refuses_writes.load(Ordering::Relaxed) {
            return Err(trouble("no room"));
        }
        let understands = *self.understands.lock().unwrap();
        let mode =
            understands.map_or(Ok(options.mode.clone()), |understands| understands(options.mode.clone()))?;
        let options = PutOptions { mode, ..options };
        let put = self.inner.put_opts(name, bytes, options).await;
        wait().await;
        if self.loses_answers.load(Ordering::Relaxed) { Err(trouble("the line went dead")) } else { put }
    }

    async fn put_multipart_opts(
        &self,
        name: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if self.takes_no_parts.load(Ordering::Relaxed) {
            let (operation, implementer) = ("parts".into(), "troubled".into());
            return Err(Error::NotImplemented { operation, implementer });
        }
        let upload = self.inner.put_multipart_opts(name, options).await?;
        self.uploads.begun.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Watched { upload, uploads: Arc::clone(&self.uploads) }))
    }

    async fn get_opts(&self, name: &Path, options: GetOptions) -> Result<GetResult> {
        wait().await;
        self.hang().await;
        let got = self.inner.get_opts(name, options).await;
        wait().await;
        got
    }

    fn delete_stream(&self, names: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        if self.refuses_deletions.load(Ordering::Relaxed) {
            return names.map(|_| Err(trouble("not allowed"))).boxed();
        }
        let deleted = self.inner.delete_stream(names);
        let waiting = stream::once(wait()).filter_map(|()| async { None });
        let after = stream::once(wait()).filter_map(|()| async { None });
        waiting.chain(deleted).chain(after).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let age = Duration::from_secs(if self.lists_as_old.load(Ordering::Relaxed) { 7200 } else { 0 });
        let listed = self.inner.list(prefix);
        listed
            .map_ok(move |object| ObjectMeta { last_modified: object.last_modified - age, ..object })
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
