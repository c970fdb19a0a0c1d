//! A file that is written in parts and gets its name with the last one.

use std::fmt;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{Error, MultipartUpload, PutMode, PutPayload, PutResult, Result, UploadPart};

use super::root::{self, failed};
use super::{Files, publish};

/// The parts are written in the order of the calls: the disk waits for each.
pub(super) struct Upload {
    files: Files,
    name: Path,
    staged: String,
    /// Empty once the upload has ended, and while a part is written.
    file: Arc<Mutex<Option<File>>>,
    is_done: bool,
}

impl Upload {
    pub(super) fn new(files: Files, name: Path, file: File, staged: String) -> Self {
        // A stream may wait for its source for hours; the clean-up of leftovers sees that it is alive.
        root::mark_written(&file);
        Self { files, name, staged, file: Arc::new(Mutex::new(Some(file))), is_done: false }
    }

    fn take(&self) -> Result<File> {
        take(&self.file)
    }
}

fn take(file: &Mutex<Option<File>>) -> Result<File> {
    let taken = file.lock().unwrap_or_else(PoisonError::into_inner).take();
    taken.ok_or_else(|| Error::Generic { store: "files", source: "the upload failed or was aborted".into() })
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, bytes: PutPayload) -> UploadPart {
        let (files, name, shared) = (self.files.clone(), self.name.clone(), Arc::clone(&self.file));
        Box::pin(async move {
            let write = move |root: &root::Root| {
                // Taken out meanwhile: after a write that failed, there is nothing to complete.
                let mut file = take(&shared)?;
                let written = bytes.iter().try_for_each(|chunk| root::write(&mut file, chunk));
                written.map_err(|cause| failed("writing", root.path_of(name.as_ref()), cause))?;
                *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
                Ok(())
            };
            files.run(write).await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let file = self.take()?;
        let (name, staged) = (self.name.clone(), self.staged.clone());
        let publish =
            move |root: &root::Root| publish(root, file, &staged, name.as_ref(), &PutMode::Overwrite);
        let published = self.files.run(publish).await?;
        self.is_done = true;
        Ok(published)
    }

    async fn abort(&mut self) -> Result<()> {
        drop(self.take());
        let staged = self.staged.clone();
        let remove = move |root: &root::Root| {
            root.remove(&staged).map_err(|cause| failed("removing", root.path_of(&staged), cause))
        };
        self.files.run(remove).await?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_done {
            // One system call, and no other way to run it here. Where it fails, the file is a leftover.
            let _ = self.files.root.remove(&self.staged);
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({})", self.name)
    }
}
