//! A store that waits, loses answers or refuses deletions, in front of one in memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
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

impl fmt::Display for Troubled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Troubled")
    }
}

#[async_trait]
impl ObjectStore for Troubled {
    async fn put_opts(&self, name: &Path, bytes: PutPayload, options: PutOptions) -> Result<PutResult> {
        wait().await;
        if self.refuses_writes.load(Ordering::Relaxed) {
            return Err(trouble("no room"));
        }
        let put = self.inner.put_opts(name, bytes, options).await;
        wait().await;
        if self.loses_answers.load(Ordering::Relaxed) { Err(trouble("the line went dead")) } else { put }
    }

    async fn put_multipart_opts(
        &self,
        name: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(name, options).await
    }

    async fn get_opts(&self, name: &Path, options: GetOptions) -> Result<GetResult> {
        wait().await;
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
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
