//! The system calls on the files of one directory.
//!
//! Every call is relative to a handle on the directory, so a directory that was moved is still the same store, and
//! one that was created in its place is not touched. Every error keeps its system error as its source; only "no
//! such file" on reading and removing means that an object is absent.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path as FilePath, PathBuf};
use std::time::{Duration, SystemTime};

use object_store::Error as StoreError;
use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

/// The permission bits of new files and directories, less the umask: the directory is shared as its owner set it up.
const FILE: Mode = Mode::from_bits_truncate(0o666);
const DIRECTORY: Mode = Mode::from_bits_truncate(0o777);

/// A system call, for tests that make one fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Open,
    Create,
    MakeDirectory,
    Status,
    Read,
    Write,
    Close,
    Rename,
    Link,
    Remove,
    List,
}

/// An open directory.
#[derive(Debug)]
pub(crate) struct Root {
    directory: OwnedFd,
    path: PathBuf,
}

/// A name below the directory, and the kind of file that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: std::ffi::OsString,
    pub(crate) kind: FileType,
}

/// What the system knows of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    pub(crate) kind: FileType,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    pub(super) inode: u64,
}

impl Status {
    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileType::RegularFile
    }

    /// Of a file whose status cannot be read.
    pub(crate) const fn unknown() -> Self {
        Self { kind: FileType::Unknown, size: 0, modified: SystemTime::UNIX_EPOCH, inode: 0 }
    }

    /// Identifies one version of a file: each write makes a new file.
    pub(crate) fn e_tag(&self) -> String {
        let since = self.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("\"{:x}-{:x}-{:x}\"", self.inode, since.as_micros(), self.size)
    }
}

impl From<Stat> for Status {
    #[expect(clippy::allow_attributes, reason = "the types of the fields differ between systems")]
    #[allow(
        clippy::cast_sign_loss,
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        reason = "the same"
    )]
    fn from(stat: Stat) -> Self {
        let nanos = u32::try_from(stat.st_mtime_nsec as u64).unwrap_or(0).min(999_999_999);
        let seconds = i64::from(stat.st_mtime);
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let modified = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        let modified = modified.and_then(|time| time.checked_add(Duration::new(0, nanos)));
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: modified.unwrap_or(SystemTime::UNIX_EPOCH),
            inode: stat.st_ino as u64,
        }
    }
}

/// Runs a system call again while signals interrupt it, or fails where a test asks for it.
fn call<T>(
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests make a call fail"))] what: Call,
    work: impl FnMut() -> rustix::io::Result<T>,
) -> io::Result<T> {
    #[cfg(test)]
    if let Some(errno) = super::failpoints::due(what) {
        return Err(errno.into());
    }
    retry_on_intr(work).map_err(io::Error::from)
}

impl Root {
    /// Opens the directory `path`.
    pub(crate) fn open(path: &FilePath) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = call(Call::Open, || rustix::fs::openat(CWD, path, flags, Mode::empty()))?;
        Ok(Self { directory, path: path.to_owned() })
    }

    /// The path of `name`, for messages.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens the file `name` for reading. Never waits, not even for a FIFO, and follows no link.
    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        call(Call::Open, || rustix::fs::openat(&self.directory, name, flags, Mode::empty())).map(File::from)
    }

    /// Creates the file `name`, which must not exist.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        call(Call::Create, || rustix::fs::openat(&self.directory, name, flags, FILE)).map(File::from)
    }

    /// Creates the directory `name` unless it exists.
    pub(crate) fn make_directory(&self, name: &str) -> io::Result<()> {
        match call(Call::MakeDirectory, || rustix::fs::mkdirat(&self.directory, name, DIRECTORY)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// The status of `name`; of a link itself unless `follow` is set.
    pub(crate) fn status(&self, name: &str, follow: bool) -> io::Result<Status> {
        let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
        call(Call::Status, || rustix::fs::statat(&self.directory, name, flags)).map(Status::from)
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        call(Call::Rename, || rustix::fs::renameat(&self.directory, from, &self.directory, to))
    }

    /// Gives the file `from` the further name `to`, which must not exist.
    pub(crate) fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let flags = AtFlags::empty();
        call(Call::Link, || rustix::fs::linkat(&self.directory, from, &self.directory, to, flags))
    }

    /// Removes the name of a file.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        call(Call::Remove, || rustix::fs::unlinkat(&self.directory, name, AtFlags::empty()))
    }

    /// The names in the directory `name`, in no order; in the root if it is empty.
    pub(crate) fn names(&self, name: &str) -> io::Result<Vec<Named>> {
        let name = if name.is_empty() { "." } else { name };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = call(Call::Open, || rustix::fs::openat(&self.directory, name, flags, Mode::empty()))?;
        let mut entries = Dir::new(opened)?;
        let mut names = Vec::new();
        loop {
            call(Call::List, || Ok(()))?;
            // Not retried after an error: the next call could report the end of a directory that was not read.
            let Some(entry) = entries.read().transpose()? else { return Ok(names) };
            let bytes = entry.file_name().to_bytes();
            if bytes != b"." && bytes != b".." {
                let name = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
                names.push(Named { name: std::ffi::OsStr::to_owned(name), kind: entry.file_type() });
            }
        }
    }
}

/// The status of an open file.
pub(crate) fn status_of(file: &File) -> io::Result<Status> {
    call(Call::Status, || rustix::fs::fstat(file)).map(Status::from)
}

/// Reads up to `most` bytes; fewer only at the end of the file.
pub(crate) fn read(file: &mut File, most: usize) -> io::Result<Vec<u8>> {
    call(Call::Read, || Ok(()))?;
    let mut bytes = Vec::with_capacity(most);
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes all of `bytes`.
pub(crate) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    call(Call::Write, || Ok(()))?;
    file.write_all(bytes)
}

/// Closes a file that was written. Network file systems report here that there was no space.
pub(crate) fn close(file: File) -> io::Result<()> {
    call(Call::Close, || Ok(()))?;
    match nix::unistd::close(file) {
        // The descriptor is closed all the same, and a retry could close another file.
        Ok(()) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Marks a file as being written for as long as it is open. File systems without locks ignore it.
pub(crate) fn mark_written(file: &File) {
    let _ = rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive);
}

/// Whether another open handle has marked the file as being written.
pub(crate) fn is_being_written(file: &File) -> bool {
    rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
}

/// An operation on a file that failed.
#[derive(Debug)]
struct FileError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A failed operation, as an error of a store. It never means that an object is absent.
pub(crate) fn failed(doing: &'static str, path: PathBuf, source: io::Error) -> StoreError {
    StoreError::Generic { store: "files", source: Box::new(FileError { doing, path, source }) }
}

/// As [`failed`], but a missing file means that the object is absent.
pub(crate) fn missing_or_failed(doing: &'static str, path: PathBuf, source: io::Error) -> StoreError {
    if source.kind() == io::ErrorKind::NotFound {
        return StoreError::NotFound { path: path.display().to_string(), source: source.into() };
    }
    failed(doing, path, source)
}
