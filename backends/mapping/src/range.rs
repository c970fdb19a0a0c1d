//! Locks on bytes of a file.

#![expect(unsafe_code, reason = "locks that belong to an open file can only be taken by a foreign function")]

use std::fs::File;
use std::io;
use std::ops::Range;
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
use std::os::fd::AsRawFd;

/// Tries to lock `bytes` of `file`, which is open for writing; says whether nobody else has one of them
/// locked.
///
/// The lock belongs to the open file (an open file description lock): other opens of the same file conflict
/// with it, in this process too, and it ends when `file` and everything that was duplicated from it is
/// closed, however the process ends. It is advisory, does not depend on the file's name or contents, and
/// bytes need not exist.
///
/// # Errors
///
/// Those of `fcntl`; [`io::ErrorKind::Unsupported`] on systems without such locks. Nothing is locked.
///
/// ```
/// use larder_mapping::{is_locked, try_lock};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("file");
/// std::fs::write(&path, "")?;
/// let open = || std::fs::File::options().write(true).open(&path);
/// let (one, other) = (open()?, open()?);
/// assert!(try_lock(&one, 7..8)?);
/// assert!(!try_lock(&other, 7..8)?);
/// assert!(is_locked(&other, 0..10)?);
/// drop(one);
/// assert!(!is_locked(&other, 0..10)?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn try_lock(file: &File, bytes: Range<u32>) -> io::Result<bool> {
    match control(file, Command::Set, bytes) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether another open of the same file has one of `bytes` locked, see [`try_lock`].
///
/// # Errors
///
/// Those of [`try_lock`].
pub fn is_locked(file: &File, bytes: Range<u32>) -> io::Result<bool> {
    control(file, Command::Get, bytes)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Set,
    Get,
}

/// Locks, or looks for a lock that conflicts: whether there is one then.
#[allow(
    clippy::cast_possible_truncation,
    reason = "small constants, in the types that each system gives them"
)]
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn control(file: &File, command: Command, bytes: Range<u32>) -> io::Result<bool> {
    // SAFETY: a structure of integers, for which zeros are values.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as _;
    lock.l_whence = libc::SEEK_SET as _;
    lock.l_start = bytes.start.into();
    lock.l_len = bytes.end.saturating_sub(bytes.start).into();
    let command = match command {
        Command::Set => libc::F_OFD_SETLK,
        Command::Get => libc::F_OFD_GETLK,
    };
    loop {
        // SAFETY: the descriptor is open as long as `file` is, and the call reads and writes `lock` alone.
        if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) } != -1 {
            return Ok(i32::from(lock.l_type) != libc::F_UNLCK);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn control(_: &File, _: Command, _: Range<u32>) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}
