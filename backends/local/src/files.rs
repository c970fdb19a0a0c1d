//! Files of the disk that are open.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use larder_mapping::{Access, Map};
use rustix::fs::{self, FallocateFlags, FlockOperation, Stat};
use rustix::io::Errno;

use crate::fault::{Call, Calls};
use crate::options::Share;
use crate::root::{FileKind, Status, retry};
use crate::share;

/// A regular file in the directory of a disk, see [`Root`](crate::root::Root).
#[derive(Debug)]
pub(crate) struct DiskFile {
    file: File,
    calls: Calls,
}

impl DiskFile {
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidData`] for what is no regular file.
    pub(crate) fn new(file: File, calls: Calls) -> io::Result<Self> {
        let file = Self { file, calls };
        match file.status()?.kind {
            FileKind::File => Ok(file),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a regular file is needed")),
        }
    }

    pub(crate) fn status(&self) -> io::Result<Status> {
        let stat = retry(|| {
            self.calls.before(Call::Stat)?;
            fs::fstat(&self.file)
        });
        Ok(Status::of(&stat?))
    }

    /// The length in bytes.
    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.status()?.length)
    }

    pub(crate) fn set_length(&self, length: u64) -> io::Result<()> {
        retry(|| {
            self.calls.before(Call::Truncate)?;
            fs::ftruncate(&self.file, length)
        })
    }

    /// Maps `length` bytes from `offset` on.
    pub(crate) fn map(&self, offset: u64, length: usize, access: Access) -> io::Result<Map> {
        retry(|| self.calls.before(Call::Map))?;
        Map::of(&self.file, offset, length, access)
    }

    /// Fills `bytes` from `offset` on.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] where the file ends before.
    pub(crate) fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        retry(|| self.calls.before(Call::Read))?;
        self.file.read_exact_at(bytes, offset)
    }

    /// Writes `bytes` from `offset` on.
    pub(crate) fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        retry(|| self.calls.before(Call::Write(bytes.len() as u64)))?;
        self.file.write_all_at(bytes, offset)
    }

    /// Has btrfs write this file, which is empty still, in place: only then is the space kept that is reserved for a map.
    /// Where the system cannot do that the file is as it was.
    pub(crate) fn write_in_place(&self) {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
            let set = ioctl_getflags(&self.file)
                .and_then(|flags| ioctl_setflags(&self.file, flags | IFlags::NOCOW));
            if let Err(error) = set {
                tracing::debug!(%error, "a full file system may end the process: the index is copied on write");
            }
        }
    }

    /// Reserves space for `length` bytes from `offset` on, so that writing them through a map cannot fail. A file system
    /// that cannot reserve gets zeros written.
    pub(crate) fn reserve(&self, offset: u64, length: u64) -> io::Result<()> {
        match self.allocate(FallocateFlags::empty(), offset, length) {
            Err(error) if error.raw_os_error() == Some(Errno::OPNOTSUPP.raw_os_error()) => {
                self.fill(offset, length)
            }
            reserved => reserved,
        }
    }

    /// Reserves space for `length` bytes from `offset` on and leaves the length of the file. Does nothing on a file system
    /// that cannot reserve.
    pub(crate) fn reserve_behind(&self, offset: u64, length: u64) -> io::Result<()> {
        match self.allocate(FallocateFlags::KEEP_SIZE, offset, length) {
            Err(error) if error.raw_os_error() == Some(Errno::OPNOTSUPP.raw_os_error()) => Ok(()),
            reserved => reserved,
        }
    }

    fn allocate(&self, flags: FallocateFlags, offset: u64, length: u64) -> io::Result<()> {
        retry(|| {
            self.calls.before(Call::Allocate(length))?;
            fs::fallocate(&self.file, flags, offset, length)
        })
    }

    /// Writes zeros.
    fn fill(&self, offset: u64, length: u64) -> io::Result<()> {
        let zeros = vec![0; 1 << 16];
        let mut at = offset;
        while at < offset + length {
            let piece =
                usize::try_from(offset + length - at).map_or(zeros.len(), |rest| rest.min(zeros.len()));
            self.write_all_at(&zeros[..piece], at)?;
            at += piece as u64;
        }
        Ok(())
    }

    /// The bytes that the file takes on the medium.
    pub(crate) fn space(&self) -> io::Result<u64> {
        /// The unit of `st_blocks` in bytes. It does not depend on the block size of the file system.
        const BLOCK: u64 = 512;
        let stat = retry(|| {
            self.calls.before(Call::Stat)?;
            fs::fstat(&self.file)
        });
        Ok(u64::try_from(stat?.st_blocks).unwrap_or(0) * BLOCK)
    }

    /// Makes the bytes outlast a crash of the machine. Use [`Root::sync`](crate::root::Root::sync) where the name is known.
    pub(crate) fn sync(&self) -> io::Result<()> {
        retry(|| self.calls.before(Call::Sync))?;
        // The standard library knows what each system needs for it.
        loop {
            match self.file.sync_data() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                synced => return synced,
            }
        }
    }

    /// Tries to lock a byte of the file, see [`larder_mapping::try_lock`].
    pub(crate) fn try_lock_byte(&self, byte: u32) -> io::Result<bool> {
        retry(|| self.calls.before(Call::Lock))?;
        larder_mapping::try_lock(&self.file, byte..byte + 1)
    }

    /// Whether another open of the file has one of `bytes` locked.
    pub(crate) fn is_locked(&self, bytes: Range<u32>) -> io::Result<bool> {
        retry(|| self.calls.before(Call::Lock))?;
        larder_mapping::is_locked(&self.file, bytes)
    }

    /// Tries to lock the file; returns whether it succeeded. Closing the file releases the lock.
    pub(crate) fn try_lock(&self) -> io::Result<bool> {
        let locked = retry(|| {
            self.calls.before(Call::Lock)?;
            fs::flock(&self.file, FlockOperation::NonBlockingLockExclusive)
        });
        match locked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sets who may use the file.
    pub(crate) fn share(&self, share: Share, above: &Stat) -> io::Result<()> {
        share::permit(&self.file, &self.calls, share, above)
    }
}
