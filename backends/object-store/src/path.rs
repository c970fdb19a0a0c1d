//! The directory of a store of files: open, or an error that says why not.

use std::fs;
use std::io::{self, ErrorKind as Io};
use std::path::{Path, PathBuf};

use larder_core::disk::{Mode, Requested};
use larder_core::{Error, ErrorKind, Result};

use crate::files::Files;

/// Opens the directory `path`, and creates it with its parents if it is missing. If `mode` or missing limits (`bare`)
/// do not allow that, it must exist.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] where no directory can be, such as at a file, or where none may be created;
/// [`ErrorKind::Unavailable`] if it cannot be created or read. Directories that were created on the way are removed.
pub(crate) fn prepare(path: &Path, location: &str, bare: bool, mode: Mode) -> Result<Files> {
    // An error is no absence: what cannot be looked at may well be there.
    let is_missing = !fs::exists(path).map_err(|cause| refused(path, "opening", cause))?;
    if mode == Mode::ReadOnly && is_missing {
        let message = "nothing is there, and a disk that is only read creates nothing";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    if bare && is_missing {
        return Err(Requested::default().over(None, location).expect_err("nothing is asked for"));
    }
    if is_missing {
        create(path)?;
    }
    Files::open(path).map_err(|cause| refused(path, "opening", cause))
}

/// Creates the directory `path` with its parents.
fn create(path: &Path) -> Result<()> {
    let is_missing = |ancestor: &&Path| ancestor.symlink_metadata().is_err();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path).map_err(|cause| {
        for directory in missing {
            // One that another process has put something into meanwhile stays, rightly.
            let _ = fs::remove_dir(directory);
        }
        refused(path, "making the directory", cause)
    })
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
