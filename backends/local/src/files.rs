//! Files: opened for their owner alone, reserved before they are written.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use larder_mapping::Access;
use rustix::fs::FallocateFlags;

use crate::{fault, medium};

/// Who may read and write a new file: its owner.
const PRIVATE: u32 = 0o600;
/// Who may enter a new directory: its owner.
const PRIVATE_DIRECTORY: u32 = 0o700;

/// Opens a file, which is made where it is missing if `create` says so.
pub(crate) fn open(path: &Path, access: Access, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(access == Access::Write).create(create).mode(PRIVATE).truncate(false);
    options.open(path)
}

/// Makes a file that is not there yet, for its owner alone whatever the mask of the process is.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(PRIVATE))?;
    Ok(file)
}

/// Makes a directory and those above it where they are missing; the new ones are for their owner alone.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIRECTORY).create(path)
}

/// Reserves space for `length` bytes from `offset` on, so that writing them through a map cannot fail. A file system that
/// cannot reserve gets zeros written.
pub(crate) fn reserve(file: &File, offset: u64, length: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), offset, length) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP) => fill(file, offset, length),
        Err(rustix::io::Errno::INTR) => reserve(file, offset, length),
        Err(error) => Err(error.into()),
    }
}

/// Writes zeros.
fn fill(file: &File, offset: u64, length: u64) -> io::Result<()> {
    let zeros = vec![0; 1 << 16];
    let mut at = offset;
    while at < offset + length {
        let piece = usize::try_from(offset + length - at).map_or(zeros.len(), |rest| rest.min(zeros.len()));
        file.write_all_at(&zeros[..piece], at)?;
        at += piece as u64;
    }
    Ok(())
}

/// The bytes that a file takes on the medium.
pub(crate) fn space(file: &File) -> io::Result<u64> {
    /// The unit in which a file system counts the blocks of a file, whatever its own blocks are.
    const BLOCK: u64 = 512;
    Ok(file.metadata()?.blocks() * BLOCK)
}

/// Makes the bytes of a file outlast a crash.
pub(crate) fn sync(file: &File, path: &Path) -> io::Result<()> {
    fault::moment();
    file.sync_data()?;
    medium::reached(path, usize::MAX);
    Ok(())
}

/// Makes what was created, renamed or removed in a directory outlast a crash.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    fault::moment();
    File::open(path)?.sync_all()?;
    medium::reached(path, usize::MAX);
    Ok(())
}
