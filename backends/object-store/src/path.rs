//! A directory for a store of files: there and writable, or an error that says why not.

use std::fs;
use std::io::{self, ErrorKind as Io};
use std::path::{Path, PathBuf};

use larder_core::{Error, ErrorKind, Result};

/// Makes the directory `path` with its parents, and proves that files can be written there.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] where no directory can be, such as at a file, [`ErrorKind::Unavailable`] where it cannot be
/// made or written to. Directories that were made on the way are gone again.
pub(crate) fn prepare(path: &Path) -> Result<()> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|ancestor| ancestor.symlink_metadata().is_err()).collect();
    let made = fs::create_dir_all(path)
        .map_err(|cause| refused(path, "making the directory", cause))
        .and_then(|()| prove(path).map_err(|cause| refused(path, "writing below", cause)));
    if made.is_err() {
        for directory in missing {
            // One that somebody else has put something into meanwhile stays, rightly.
            let _ = fs::remove_dir(directory);
        }
    }
    made
}

/// Writes a file under a name that no listing shows, and removes it.
fn prove(path: &Path) -> io::Result<()> {
    let file = path.join(format!("larder#{}", std::process::id()));
    fs::File::create(&file)?;
    match fs::remove_file(&file) {
        // Another disk of this process opens the same path at the same time.
        Err(cause) if cause.kind() == Io::NotFound => Ok(()),
        removed => removed,
    }
}

fn refused(path: &Path, doing: &str, cause: io::Error) -> Error {
    let path = PathBuf::from(path);
    if path.is_file() {
        return Error::new(ErrorKind::Invalid, format!("{} is a file, not a directory", path.display()));
    }
    let kind = match cause.kind() {
        Io::NotADirectory | Io::AlreadyExists | Io::InvalidInput | Io::InvalidFilename => ErrorKind::Invalid,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("{doing} {}", path.display())).because(cause)
}
