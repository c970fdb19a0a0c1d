//! A store of files below one directory.
//!
//! [`object_store`] has one too. It runs on the blocking pool of the caller's runtime, follows every link, fails to
//! list a directory that holds a broken one, and skips files whose status it cannot read. This one runs on threads
//! of its own, distinguishes errors from absence, and skips files that cannot be entries.

#[cfg(test)]
mod failpoints;
mod leftovers;
mod listing;
mod root;
mod threads;
mod upload;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, Extensions, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};

pub(crate) use leftovers::{GRACE, Leftover};
use root::{Root, Status, failed, missing_or_failed};
pub(crate) use threads::Threads;

/// The number of bytes that one job reads.
const CHUNK: usize = 512 << 10;

/// How many files are removed at the same time.
const REMOVALS: usize = 10;

/// How often a file under a new name is created before giving up: the names are random.
const ATTEMPTS: usize = 8;

/// Files below one directory, named as objects. Cheap to clone; clones are the same store.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    root: Arc<Root>,
    threads: Threads,
}

impl Files {
    /// Opens the directory `path`, which must exist.
    pub(crate) fn open(path: &FilePath) -> io::Result<Self> {
        Ok(Self { root: Arc::new(Root::open(path)?), threads: Threads::new() })
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Root) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let root = Arc::clone(&self.root);
        self.threads.run(move || job(&root)).await
    }

    /// Creates a file, writes to it and removes it. Returns the current time of the file system.
    pub(crate) async fn prove_writable(&self) -> Result<SystemTime> {
        self.run(|root| {
            let (mut file, name) = stage(root, "larder")?;
            let written = root::write(&mut file, b"larder").and_then(|()| root::status_of(&file));
            let written = written.and_then(|status| root::close(file).map(|()| status.modified));
            let removed = root.remove(&name);
            let proven = written.and_then(|modified| removed.map(|()| modified));
            proven.map_err(|cause| failed("writing below", root.path_of(""), cause))
        })
        .await
    }

    /// The files that killed writers left, if the last change of each is before `deadline`.
    pub(crate) async fn leftovers(&self, deadline: SystemTime) -> Result<Vec<Leftover>> {
        self.run(move |root| leftovers::find(root, deadline)).await
    }

    /// Removes a file that a killed writer left. Returns whether it was removed; a file in use is left alone.
    pub(crate) async fn remove_leftover(&self, leftover: Leftover) -> bool {
        self.run(move |root| Ok(leftovers::remove(root, &leftover))).await.unwrap_or(false)
    }
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.root.path_of("").display())
    }
}

/// Creates a file under a new name beside `name`, and the directory for it if it is missing.
fn stage(root: &Root, name: &str) -> Result<(File, String)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..ATTEMPTS {
        let staged = format!("{name}#{}", fastrand::u64(..));
        match root.create(&staged) {
            Ok(file) => return Ok((file, staged)),
            Err(cause) => last = cause,
        }
        match (last.kind(), name.rsplit_once('/')) {
            (io::ErrorKind::AlreadyExists, _) => {}
            (io::ErrorKind::NotFound, Some((directory, _))) => {
                let made = root.make_directory(directory);
                made.map_err(|cause| failed("making the directory", root.path_of(directory), cause))?;
            }
            _ => break,
        }
    }
    Err(failed("creating", root.path_of(name), last))
}

/// Gives the file that was written its name.
fn publish(root: &Root, file: File, staged: &str, name: &str, mode: &PutMode) -> Result<PutResult> {
    let path = || root.path_of(name);
    let status = root::status_of(&file).map_err(|cause| failed("reading the status of", path(), cause))?;
    root::close(file).map_err(|cause| failed("writing", path(), cause))?;
    match mode {
        PutMode::Create => {
            root.link(staged, name).map_err(|cause| {
                if cause.kind() == io::ErrorKind::AlreadyExists {
                    return Error::AlreadyExists { path: path().display().to_string(), source: cause.into() };
                }
                failed("linking", path(), cause)
            })?;
            // It has the final name too, and is a leftover under this one.
            let _ = root.remove(staged);
        }
        _ => root.rename(staged, name).map_err(|cause| failed("renaming to", path(), cause))?,
    }
    Ok(PutResult { e_tag: Some(status.e_tag()), version: None, extensions: Extensions::default() })
}

fn put(root: &Root, name: &str, bytes: &PutPayload, mode: &PutMode) -> Result<PutResult> {
    let (mut file, staged) = stage(root, name)?;
    let written = bytes.iter().try_for_each(|chunk| root::write(&mut file, chunk));
    let written = written.map_err(|cause| failed("writing", root.path_of(name), cause));
    let published = written.and_then(|()| publish(root, file, &staged, name, mode));
    if published.is_err() {
        // Where this fails too, the file is a leftover.
        let _ = root.remove(&staged);
    }
    published
}

/// A file that is being read.
struct Reading {
    file: File,
    left: u64,
}

impl Reading {
    /// The next bytes; empty at the end, which comes early if the file was cut meanwhile.
    fn next(&mut self) -> io::Result<Bytes> {
        let most = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
        let bytes = root::read(&mut self.file, most)?;
        self.left = if bytes.len() < most { 0 } else { self.left - bytes.len() as u64 };
        Ok(bytes.into())
    }
}

fn meta(name: &Path, status: &Status) -> ObjectMeta {
    ObjectMeta {
        location: name.clone(),
        last_modified: status.modified.into(),
        size: status.size,
        e_tag: Some(status.e_tag()),
        version: None,
    }
}

/// Opens the object `name` and reads its first bytes.
fn get(root: &Root, name: &Path, options: &GetOptions) -> Result<(ObjectMeta, Range<u64>, Bytes, Reading)> {
    let path = || root.path_of(name.as_ref());
    let opened = root.open_file(name.as_ref());
    let mut file = opened.map_err(|cause| missing_or_failed("opening", path(), cause))?;
    let status = root::status_of(&file);
    let status = status.map_err(|cause| failed("reading the status of", path(), cause))?;
    if !status.is_file() {
        let cause = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(failed("reading", path(), cause));
    }
    let meta = meta(name, &status);
    options.check_preconditions(&meta)?;
    let range = match &options.range {
        None => 0..meta.size,
        Some(range) => range.as_range(meta.size).map_err(|cause| {
            failed("reading", path(), io::Error::new(io::ErrorKind::InvalidInput, cause.to_string()))
        })?,
    };
    if range.start > 0 {
        let moved = io::Seek::seek(&mut file, io::SeekFrom::Start(range.start));
        moved.map_err(|cause| failed("reading", path(), cause))?;
    }
    let left = if options.head { 0 } else { range.end - range.start };
    let mut reading = Reading { file, left };
    let first = reading.next().map_err(|cause| failed("reading", path(), cause))?;
    Ok((meta, range, first, reading))
}

fn unsupported(operation: &str) -> Error {
    Error::NotImplemented { operation: operation.to_owned(), implementer: "files".to_owned() }
}

#[async_trait]
impl ObjectStore for Files {
    async fn put_opts(&self, name: &Path, bytes: PutPayload, options: PutOptions) -> Result<PutResult> {
        if matches!(options.mode, PutMode::Update(_)) {
            return Err(unsupported("replacing a known version"));
        }
        let name = name.clone();
        self.run(move |root| put(root, name.as_ref(), &bytes, &options.mode)).await
    }

    async fn put_multipart_opts(
        &self,
        name: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let (files, name) = (self.clone(), name.clone());
        let staged = self.run(move |root| stage(root, name.as_ref()).map(|staged| (staged, name))).await;
        let ((file, staged), name) = staged?;
        Ok(Box::new(upload::Upload::new(files, name, file, staged)))
    }

    async fn get_opts(&self, name: &Path, options: GetOptions) -> Result<GetResult> {
        let name = name.clone();
        let (meta, range, first, reading) = self.run(move |root| get(root, &name, &options)).await?;
        let (files, name) = (self.clone(), meta.location.clone());
        let rest = stream::try_unfold(reading, move |mut reading| {
            let (files, name) = (files.clone(), name.clone());
            async move {
                if reading.left == 0 {
                    return Ok(None);
                }
                let read = move |root: &Root| {
                    let read = reading.next();
                    let bytes =
                        read.map_err(|cause| failed("reading", root.path_of(name.as_ref()), cause))?;
                    Ok((!bytes.is_empty()).then_some((bytes, reading)))
                };
                files.run(read).await
            }
        });
        let first = stream::iter((!first.is_empty()).then_some(Ok(first)));
        let payload = GetResultPayload::Stream(first.chain(rest).boxed());
        Ok(GetResult {
            payload,
            meta,
            range,
            attributes: Attributes::default(),
            extensions: Extensions::default(),
        })
    }

    fn delete_stream(&self, names: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let files = self.clone();
        let removed = names.map(move |name| {
            let files = files.clone();
            async move {
                let name = name?;
                let remove = move |root: &Root| {
                    let removed = root.remove(name.as_ref());
                    let path = || root.path_of(name.as_ref());
                    removed.map_err(|cause| missing_or_failed("removing", path(), cause))?;
                    Ok(name)
                };
                files.run(remove).await
            }
        });
        removed.buffered(REMOVALS).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        if prefix.is_some() {
            return stream::iter([Err(unsupported("listing below a prefix"))]).boxed();
        }
        listing::list(self.clone()).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(unsupported("listing one level"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(unsupported("copying"))
    }
}
