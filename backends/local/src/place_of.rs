//! What the directory lies on.

use std::io;
use std::path::Path;

use larder_core::{Error, ErrorKind, Result};

use crate::files::DiskFile;
use crate::root::{self, FileKind, Root};

/// File systems of which several hosts see different things, by their magic number (`statfs(2)`).
const OF_NETWORKS: &[(u64, &str)] = &[
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x517B, "SMB"),
    (0x564C, "NCP"),
    (0x6B41_4653, "AFS"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x1997_0709, "GFS"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x4750_4653, "GPFS"),
    (0x6573_5546, "FUSE"),
];
/// A FUSE file system may be of a network or not; only some are known to be neither coherent nor locking.
const FUSE: u64 = 0x6573_5546;
/// File systems that write to another place what was reserved: space that is reserved there is not kept.
const COPY_ON_WRITE: &[u64] = &[0x9123_683E, 0x2FC1_2FC1, 0xCA45_1A4E, 0xF2F5_2010];

/// The kind of the file system at the first directory at or above `path` that there is.
fn kind(path: &Path) -> Option<u64> {
    let there = path.ancestors().find_map(|path| Root::pass(path).ok().flatten())?;
    there.file_system().ok()
}

/// Refuses what can be no directory, and network file systems.
pub(crate) fn check(path: &Path) -> Result<()> {
    let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
    if path.as_os_str().is_empty() {
        return invalid("an empty path".to_owned());
    }
    if let Some(above) = path.ancestors().find(|path| matches!(root::at(path), Ok(Some(FileKind::File)))) {
        return invalid(format!("{} is a file, and a directory is needed", above.display()));
    }
    let kind = kind(path).unwrap_or(0);
    if kind == FUSE {
        return Ok(());
    }
    match OF_NETWORKS.iter().find(|(magic, _)| *magic == kind) {
        Some((_, name)) => invalid(format!(
            "{} lies on a network file system ({name}), where processes of several hosts would see different \
             things; use the object storage disk on this path: store+file://{}",
            path.display(),
            path.display()
        )),
        None => Ok(()),
    }
}

/// Whether space that is reserved in a file is kept for it, so that writing it through a map cannot fail.
pub(crate) fn reserves(root: &Root) -> bool {
    root.file_system().ok().is_none_or(|kind| !COPY_ON_WRITE.contains(&kind) && kind != FUSE)
}

/// Opens a file of the index for writing, and creates it where it is missing. On btrfs a new one is not copied on write.
pub(crate) fn open_mapped(root: &Root, name: &str) -> io::Result<DiskFile> {
    const BTRFS: u64 = 0x9123_683E;
    let file = root.open_or_create(name)?;
    if file.length()? == 0 && root.file_system().is_ok_and(|kind| kind == BTRFS) {
        file.write_in_place();
    }
    Ok(file)
}
