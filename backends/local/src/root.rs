//! The directory of a disk, and every operation on the files in it.
//!
//! All work is done relative to one open directory, so it goes on in that directory when it is moved, when a
//! symbolic link to it is changed, and when the process changes its working directory. The path is for
//! messages. Each operation is one function here, so that tests can make any of them [fail](crate::fault).
//! Interrupted calls are made again.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use larder_mapping::Access;
use rustix::fs::{self, AtFlags, CWD, Dir, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::fault::{self, Call, Calls};
use crate::files::DiskFile;
use crate::medium;
use crate::options::Share;
use crate::share;

/// The mode of a new file until it has the right one.
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
/// The mode of a new directory until it has the right one.
const PRIVATE_DIRECTORY: Mode = Mode::RWXU;

/// How a directory is opened that is only passed.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PASSED: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PASSED: OFlags = OFlags::RDONLY;

/// A file or directory, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The device of its file system.
    pub(crate) device: u64,
    /// Its number there.
    pub(crate) inode: u64,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) identity: Identity,
    /// Its length in bytes.
    pub(crate) length: u64,
    pub(crate) kind: FileKind,
    /// How many names it has: 0 once it was removed.
    pub(crate) names: u64,
    /// Who may use it, as the system writes it.
    pub(crate) mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    File,
    Directory,
    Other,
}

impl Status {
    #[allow(clippy::useless_conversion, reason = "the width differs between systems")]
    pub(crate) fn of(stat: &Stat) -> Self {
        let kind = match fs::FileType::from_raw_mode(stat.st_mode) {
            fs::FileType::RegularFile => FileKind::File,
            fs::FileType::Directory => FileKind::Directory,
            _ => FileKind::Other,
        };
        Self {
            identity: Identity { device: stat.st_dev, inode: stat.st_ino },
            length: u64::try_from(stat.st_size).unwrap_or(0),
            kind,
            names: u64::from(stat.st_nlink),
            mode: Mode::from_raw_mode(stat.st_mode) & (Mode::RWXU | Mode::RWXG | Mode::RWXO),
        }
    }
}

/// Makes a call again while it is interrupted.
pub(crate) fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result.map_err(io::Error::from),
        }
    }
}

/// An open directory. Names are relative to it, with `/` between their parts.
#[derive(Debug)]
pub(crate) struct Root {
    /// Absolute; for messages.
    path: PathBuf,
    directory: File,
    calls: Calls,
    /// Whom new files are for: a [`Share`] as a number.
    share: AtomicU8,
}

impl Root {
    /// Opens the directory at `path`; `None` if nothing is there.
    pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
        Self::open_with(path, OFlags::RDONLY)
    }

    /// Opens the directory at `path` only to pass it: it need not be readable, and cannot be listed.
    pub(crate) fn pass(path: &Path) -> io::Result<Option<Self>> {
        Self::open_with(path, PASSED)
    }

    fn open_with(path: &Path, flags: OFlags) -> io::Result<Option<Self>> {
        let path = std::path::absolute(path)?;
        let calls = Calls::of(&path);
        let flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = retry(|| {
            calls.before(Call::Open)?;
            fs::openat(CWD, &path, flags, Mode::empty())
        });
        let directory = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => File::from(opened?),
        };
        Ok(Some(Self { path, directory, calls, share: AtomicU8::new(Share::default() as u8) }))
    }

    /// Opens the directory at `path`, and creates it and those above it where they are missing, for their
    /// owner alone.
    #[cfg(test)]
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Self::create_for(path, Share::Owner)
    }

    /// Opens the directory at `path`, and creates it and those above it where they are missing, for these
    /// users.
    pub(crate) fn create_for(path: &Path, share: Share) -> io::Result<Self> {
        Self::create_with(path, share, OFlags::RDONLY)
    }

    fn create_with(path: &Path, share: Share, flags: OFlags) -> io::Result<Self> {
        if let Some(root) = Self::open_with(path, flags)? {
            return Ok(root);
        }
        let path = std::path::absolute(path)?;
        let above = path.parent().ok_or(io::ErrorKind::NotFound)?;
        let above = Self::create_with(above, share, PASSED)?;
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let made = retry(|| {
            above.calls.before(Call::MakeDirectory)?;
            fs::mkdirat(&above.directory, name, PRIVATE_DIRECTORY)
        });
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                made?;
                above.permit_directory(&name.to_string_lossy(), share)?;
            }
        }
        Self::open_with(&path, flags)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Whom new files are for.
    pub(crate) fn share(&self) -> Share {
        match self.share.load(Ordering::Relaxed) {
            number if number == Share::Group as u8 => Share::Group,
            number if number == Share::World as u8 => Share::World,
            _ => Share::Owner,
        }
    }

    pub(crate) fn set_share(&self, share: Share) {
        self.share.store(share as u8, Ordering::Relaxed);
    }

    /// What the directory is, with its owner and its mode.
    pub(crate) fn stat(&self) -> io::Result<Stat> {
        retry(|| {
            self.calls.before(Call::Stat)?;
            fs::fstat(&self.directory)
        })
    }

    /// Sets who may use a directory, this one if `name` is empty.
    pub(crate) fn permit_directory(&self, name: &str, share: Share) -> io::Result<()> {
        share::permit(&self.open_directory(name)?, &self.calls, share, &self.stat()?)
    }

    /// The path of a file, for messages.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    fn open_at(&self, name: &str, flags: OFlags, call: Call) -> io::Result<DiskFile> {
        // Without waiting for a pipe that somebody put there, and without following a link that somebody put
        // there.
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = retry(|| {
            self.calls.before(call)?;
            fs::openat(&self.directory, name, flags, PRIVATE)
        });
        DiskFile::new(file?.into(), self.calls.clone())
    }

    /// Opens a file that is there.
    pub(crate) fn open_file(&self, name: &str, access: Access) -> io::Result<DiskFile> {
        let flags = if access == Access::Write { OFlags::RDWR } else { OFlags::RDONLY };
        self.open_at(name, flags, Call::Open)
    }

    /// Creates a file that is not there yet, for the users of the disk; the umask is overridden.
    pub(crate) fn create_file(&self, name: &str) -> io::Result<DiskFile> {
        let file = self.open_at(name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, Call::Create)?;
        file.share(self.share(), &self.stat()?)?;
        Ok(file)
    }

    /// Opens a file for writing, and creates it where it is missing.
    pub(crate) fn open_or_create(&self, name: &str) -> io::Result<DiskFile> {
        loop {
            match self.open_file(name, Access::Write) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => return opened,
            }
            match self.create_file(name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created,
            }
        }
    }

    /// Creates a directory, if it is not there yet.
    pub(crate) fn create_directory(&self, name: &str) -> io::Result<()> {
        let made = retry(|| {
            self.calls.before(Call::MakeDirectory)?;
            fs::mkdirat(&self.directory, name, PRIVATE_DIRECTORY)
        });
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match self.status(name)?.map(|status| status.kind) {
                    Some(FileKind::Directory) => Ok(()),
                    _ => Err(error),
                }
            }
            made => {
                made?;
                self.permit_directory(name, self.share())
            }
        }
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        retry(|| {
            self.calls.before(Call::Remove)?;
            fs::unlinkat(&self.directory, name, AtFlags::empty())
        })
    }

    /// Renames a file, which replaces one that has the new name.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        retry(|| {
            self.calls.before(Call::Rename)?;
            fs::renameat(&self.directory, from, &self.directory, to)
        })
    }

    /// Renames a file to a name that no file has.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if one has.
    pub(crate) fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            let renamed = retry(|| {
                self.calls.before(Call::Rename)?;
                fs::renameat_with(&self.directory, from, &self.directory, to, fs::RenameFlags::NOREPLACE)
            });
            // Not every file system can do it.
            let unsupported =
                [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP].map(|errno| Some(errno.raw_os_error()));
            match renamed {
                Err(error) if unsupported.contains(&error.raw_os_error()) => {}
                renamed => return renamed,
            }
        }
        if self.has(to)? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.rename(from, to)
    }

    /// What has this name; `None` if nothing has. Links are not followed.
    pub(crate) fn status(&self, name: &str) -> io::Result<Option<Status>> {
        let stat = retry(|| {
            self.calls.before(Call::Stat)?;
            fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW)
        });
        match stat {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            stat => Ok(Some(Status::of(&stat?))),
        }
    }

    /// Whether anything has this name.
    pub(crate) fn has(&self, name: &str) -> io::Result<bool> {
        Ok(self.status(name)?.is_some())
    }

    /// The names in the directory `name`, or in this one if it is empty; none if it is not there.
    pub(crate) fn names(&self, name: &str) -> io::Result<Vec<OsString>> {
        loop {
            match self.list(name) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                names => return names,
            }
        }
    }

    fn list(&self, name: &str) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        let directory = self.open_directory(name)?;
        self.calls.before(Call::List)?;
        for entry in Dir::read_from(&directory)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    fn open_directory(&self, name: &str) -> io::Result<File> {
        let name = if name.is_empty() { "." } else { name };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let opened = retry(|| {
            self.calls.before(Call::Open)?;
            fs::openat(&self.directory, name, flags, Mode::empty())
        });
        Ok(opened?.into())
    }

    /// Makes the bytes of `file`, which has this name, outlast a crash of the machine.
    pub(crate) fn sync(&self, file: &DiskFile, name: &str) -> io::Result<()> {
        fault::moment();
        file.sync()?;
        medium::reached(&self.path(name), usize::MAX);
        Ok(())
    }

    /// Makes what was created, renamed or removed in a directory outlast a crash of the machine.
    pub(crate) fn sync_directory(&self, name: &str) -> io::Result<()> {
        fault::moment();
        let directory = self.open_directory(name)?;
        retry(|| {
            self.calls.before(Call::Sync)?;
            fs::fsync(&directory)
        })?;
        medium::reached(&self.path(name), usize::MAX);
        Ok(())
    }

    /// Tries to lock the directory. Dropping the returned value releases the lock.
    pub(crate) fn try_lock(&self) -> io::Result<Option<File>> {
        // A description of its own: locks belong to those.
        let directory = self.open_directory("")?;
        let locked = retry(|| {
            self.calls.before(Call::Lock)?;
            fs::flock(&directory, FlockOperation::NonBlockingLockExclusive)
        });
        match locked {
            Ok(()) => Ok(Some(directory)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes that are free on the file system for users without privileges.
    pub(crate) fn free_space(&self) -> io::Result<u64> {
        let system = retry(|| {
            self.calls.before(Call::Measure)?;
            fs::fstatvfs(&self.directory)
        })?;
        if let Some(free) = self.calls.free_space() {
            return Ok(free);
        }
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }

    /// The number by which the system knows the kind of the file system.
    pub(crate) fn file_system(&self) -> io::Result<u64> {
        let system = retry(|| {
            self.calls.before(Call::Measure)?;
            fs::fstatfs(&self.directory)
        })?;
        Ok(u64::from(system.f_type.cast_unsigned() as u32))
    }
}

/// What is at `path`, with links followed; `None` if nothing is.
pub(crate) fn at(path: &Path) -> io::Result<Option<FileKind>> {
    match retry(|| fs::statat(CWD, path, AtFlags::empty())) {
        Err(error) if matches!(error.raw_os_error(), Some(code) if code == Errno::NOENT.raw_os_error()) => {
            Ok(None)
        }
        stat => Ok(Some(Status::of(&stat?).kind)),
    }
}
