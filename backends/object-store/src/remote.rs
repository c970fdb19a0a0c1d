//! A store on the network, as everything above it can use it: from any thread and without its secrets.
//!
//! The clients of [`object_store`] want to be polled within tokio, and keep connections that die with the runtime that
//! made them. So every future of theirs is polled within the runtime of the disk, whoever polls; the price is that
//! their work is done by its threads. What they say of errors may hold what the client was told, so it is told on
//! [without it](told::Told).

mod client;
mod connect;
mod entered;
mod secrets;
mod straight;
mod told;
mod validate;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};
use tokio::runtime::Handle;

use entered::Entered;
use secrets::Secrets;

pub(crate) use connect::connect;
pub(crate) use told::{Fault, Told};

/// A store behind the runtime that it is polled in, and the secrets that its errors must not tell.
#[derive(Clone)]
pub(crate) struct Remote {
    store: Arc<dyn ObjectStore>,
    around: Around,
}

/// What is around every request.
#[derive(Clone, Debug)]
struct Around {
    runtime: Handle,
    secrets: Arc<Secrets>,
}

impl Around {
    async fn run<T>(&self, request: impl Future<Output = Result<T>> + Unpin) -> Result<T> {
        Entered::new(self.runtime.clone(), request).map_err(|error| self.secrets.told(error)).await
    }

    fn stream<T: 'static>(&self, answers: BoxStream<'static, Result<T>>) -> BoxStream<'static, Result<T>> {
        let secrets = Arc::clone(&self.secrets);
        let answers = Entered::new(self.runtime.clone(), answers);
        answers.map_err(move |error: Error| secrets.told(error)).boxed()
    }
}

/// The name alone: clients show what they were told.
impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remote({})", self.store)
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for Remote {
    async fn put_opts(&self, name: &Path, bytes: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.around.run(self.store.put_opts(name, bytes, options)).await
    }

    async fn put_multipart_opts(
        &self,
        name: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let upload = self.around.run(self.store.put_multipart_opts(name, options)).await?;
        Ok(Box::new(RemoteUpload { upload, around: self.around.clone() }))
    }

    async fn get_opts(&self, name: &Path, options: GetOptions) -> Result<GetResult> {
        let mut got = self.around.run(self.store.get_opts(name, options)).await?;
        got.payload = match got.payload {
            GetResultPayload::Stream(bytes) => GetResultPayload::Stream(self.around.stream(bytes)),
            // A file is on no network.
            file @ GetResultPayload::File(..) => file,
        };
        Ok(got)
    }

    async fn get_ranges(&self, name: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.around.run(self.store.get_ranges(name, ranges)).await
    }

    fn delete_stream(&self, names: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.around.stream(self.store.delete_stream(names))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.around.stream(self.store.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.around.stream(self.store.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.around.run(self.store.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.around.run(self.store.copy_opts(from, to, options)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.around.run(self.store.rename_opts(from, to, options)).await
    }
}

struct RemoteUpload {
    upload: Box<dyn MultipartUpload>,
    around: Around,
}

impl fmt::Debug for RemoteUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteUpload")
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MultipartUpload for RemoteUpload {
    fn put_part(&mut self, bytes: PutPayload) -> UploadPart {
        let around = self.around.clone();
        let part = {
            let _within = around.runtime.enter();
            self.upload.put_part(bytes)
        };
        Box::pin(async move { around.run(part).await })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.around.run(self.upload.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.around.run(self.upload.abort()).await
    }
}
