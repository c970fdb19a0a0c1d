//! Bodies that lie apart: the frame of a large entry is a file of its own.
//!
//! It is written before anybody is made to wait, and the log gets a record that names it. After a touch the record holds
//! the new head as well, and the old one in the file is not looked at any more.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use larder_core::entry::Ranges;
use larder_core::frame::{Foot, Head, Layout};
use larder_core::{Error, ErrorKind, Result};
use larder_mapping::Access;

use crate::fault;
use crate::files::DiskFile;
use crate::inner::Inner;
use crate::record::Kind;
use crate::root::Root;
use crate::slot::Slot;

/// The bytes of a payload before the head.
const FIXED: usize = 16;
/// Heads up to this length are kept in the log after a touch; with longer ones the whole frame is written anew.
pub(crate) const LONGEST_HEAD: usize = 64 << 10;
/// What is wrong with a file that ends before its body does.
const CUT: &str = "the file of the body is truncated";
/// How many names are tried for a file before it is given up.
pub(crate) const MAX_TRIES: u32 = 1000;
/// Where the length of a value is unknown, space is reserved in steps of an eighth of it within these bounds.
const STEPS: (u64, u64) = (64 << 10, 1 << 20);

/// Which file holds a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Apart {
    pub(crate) number: u64,
    /// The bytes of the head in the file.
    pub(crate) head: u64,
    /// The head that counts, if it is not the one in the file.
    pub(crate) touched: Bytes,
}

impl Apart {
    /// The payload of a record.
    pub(crate) fn encode(&self) -> Vec<u8> {
        [&self.number.to_le_bytes()[..], &self.head.to_le_bytes(), &self.touched].concat()
    }

    pub(crate) fn decode(payload: &Bytes) -> Option<Self> {
        let word = |at: usize| Some(u64::from_le_bytes(*payload.get(at..)?.first_chunk()?));
        Some(Self { number: word(0)?, head: word(8)?, touched: payload.slice(FIXED..) })
    }
}

/// Where the files lie.
pub(crate) const DIRECTORY: &str = "apart";

/// Where files lie until they are whole.
pub(crate) const UNFINISHED: &str = "apart/unfinished";

/// The file `number`.
pub(crate) fn file(number: u64) -> String {
    format!("{DIRECTORY}/{number:016x}")
}

/// The number of the file with this name.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let is_one = name.len() == 16 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_one.then(|| u64::from_str_radix(name, 16).ok()).flatten()
}

/// The numbers of all files of bodies.
///
/// # Errors
///
/// The directory exists and cannot be listed whole.
pub(crate) fn numbers(root: &Root) -> io::Result<Vec<u64>> {
    Ok(root.names(DIRECTORY)?.iter().filter_map(|name| number_of(name.to_str()?)).collect())
}

/// The number of the body that a record of this kind names.
pub(crate) fn number_in(kind: Kind, payload: &[u8]) -> Option<u64> {
    if kind == Kind::Apart { Some(u64::from_le_bytes(*payload.first_chunk()?)) } else { None }
}

/// Whether a file that is being written may have this name: the number of a handle, a process, a count.
pub(crate) fn is_unfinished(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Locks the file `name` of a body if its writer is gone: the lock that the writer has on it ends with the writer and
/// with nothing else, however long it is stopped. `None` if the writer lives, the file is gone, or it holds no frame.
///
/// # Errors
///
/// The file cannot be opened, read or locked.
pub(crate) fn left(root: &Root, name: &str) -> io::Result<Option<DiskFile>> {
    let file = match root.open_file(name, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut prefix = [0; Head::PREFIX];
    let is_body = match file.length()? {
        // Its writer ended before it wrote anything.
        0 => true,
        length if length < Head::PREFIX as u64 => false,
        _ => {
            file.read_exact_at(&mut prefix, 0)?;
            Head::length_of(&prefix).is_ok()
        }
    };
    Ok(if is_body && file.try_lock()? { Some(file) } else { None })
}

/// A file that is being written, locked until it is an entry or removed. It is removed when it is dropped before it is an
/// entry, but not by a forked child, whose parent writes it.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: DiskFile,
    root: Arc<Root>,
    name: String,
    length: u64,
    reserved: u64,
    kept: bool,
    /// Whose it is.
    process: u32,
}

impl Unfinished {
    /// Begins a file for the handle `handle`.
    pub(crate) fn begin(root: &Arc<Root>, handle: usize) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        for _ in 0..MAX_TRIES {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{UNFINISHED}/{handle}-{}-{count}", std::process::id());
            let file = match root.create_file(&name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    root.create_directory(DIRECTORY)?;
                    root.create_directory(UNFINISHED)?;
                    continue;
                }
                // A process with the same number, in another container or earlier.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            // Who removes what others left may have been quicker than the lock.
            if file.try_lock()? && file.status()?.names > 0 {
                let root = Arc::clone(root);
                let process = std::process::id();
                return Ok(Self { file, root, name, length: 0, reserved: 0, kept: false, process });
            }
        }
        Err(io::Error::other("no name is left for the file of a body"))
    }

    /// How many bytes are to be reserved before `bytes` more are written.
    pub(crate) fn lacks(&self, bytes: u64) -> u64 {
        match (self.length + bytes).saturating_sub(self.reserved) {
            0 => 0,
            lack => lack.max((self.length / 8).clamp(STEPS.0.min(self.length), STEPS.1)),
        }
    }

    /// Reserves space for `bytes` more than are reserved.
    pub(crate) fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        if bytes > 0 {
            self.file.reserve_behind(self.reserved, bytes)?;
            self.reserved += bytes;
        }
        Ok(())
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.length)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Gives back the space that was reserved and not needed, once all is written.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.reserved > self.length {
            self.file.set_length(self.length)?;
            self.reserved = self.length;
        }
        Ok(())
    }

    /// The bytes that are reserved.
    pub(crate) const fn reserved(&self) -> u64 {
        self.reserved
    }

    /// The bytes that were written.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Writes it to the medium.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.root.sync(&self.file, &self.name)
    }

    /// Gives the file its number.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if another file has it: nothing was renamed.
    pub(crate) fn keep(&mut self, number: u64) -> io::Result<()> {
        fault::moment();
        self.root.rename_new(&self.name, &file(number))?;
        fault::moment();
        self.name = file(number);
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Ends as the death of the process does.
    #[cfg(test)]
    pub(crate) fn abandon(mut self) {
        self.kept = true;
    }

    /// Leaves the file to the log.
    pub(crate) fn settle(mut self) {
        self.kept = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept && self.process == std::process::id() {
            // What stays is removed by whoever opens the disk next.
            let _ = self.root.remove(&self.name);
        }
    }
}

/// The frame of an entry, in its file.
#[derive(Debug)]
pub(crate) struct Opened {
    file: DiskFile,
    location: String,
    layout: Layout,
    nonce: u64,
}

impl Opened {
    fn corrupt(&self, message: &'static str) -> Error {
        Error::new(ErrorKind::Corrupt, message).on(self.location.as_str())
    }

    fn bytes(&self, range: std::ops::Range<u64>) -> Result<Bytes> {
        let length = usize::try_from(range.end - range.start)
            .map_err(|_| self.corrupt("a body that memory cannot address"))?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, range.start).map_err(|cause| self.unreadable(cause))?;
        Ok(bytes.into())
    }

    /// A file that ends too early is corrupt; one that cannot be read now is not.
    fn unreadable(&self, cause: io::Error) -> Error {
        let (kind, message) = match cause.kind() {
            io::ErrorKind::UnexpectedEof => (ErrorKind::Corrupt, CUT),
            _ => (ErrorKind::Unavailable, "reading the file of a body"),
        };
        Error::new(kind, message).on(self.location.as_str()).because(cause)
    }
}

#[async_trait]
impl Ranges for Opened {
    fn len(&self) -> u64 {
        self.layout.body()
    }

    async fn read(&self, range: std::ops::Range<u64>) -> Result<Bytes> {
        let (first, needed) = self.layout.cover(range.clone())?;
        let blocks = self.bytes(needed)?;
        self.layout.pick(range, first, &blocks, self.nonce).map_err(|error| error.on(self.location.as_str()))
    }
}

impl Inner {
    /// What the record of `slot` says about where the body lies; `None` if the record is gone or damaged.
    ///
    /// # Errors
    ///
    /// The segment cannot be opened: whether the record is there is unknown.
    pub(crate) fn apart(&self, slot: &Slot) -> io::Result<Option<Apart>> {
        let Some(segment) = self.segment(slot.place.segment)? else { return Ok(None) };
        let Some(header) = segment.header(slot.place.offset, self.salt) else { return Ok(None) };
        let mut payload = Vec::new();
        let read = segment.read(slot.place.offset, 0, header.payload.into(), &mut payload);
        Ok(read.then(|| Apart::decode(&payload.into())).flatten())
    }

    /// The head of the frame that lies apart, and its file. `None` if the file is gone.
    pub(crate) fn open_apart(&self, apart: &Apart, length: u64) -> Result<Option<(Head, Arc<Opened>)>> {
        let file = match self.root.open_file(&file(apart.number), Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("opening the file of a body", error)),
        };
        let corrupt = |message| self.error(ErrorKind::Corrupt, message);
        let cut = |cause: io::Error| match cause.kind() {
            io::ErrorKind::UnexpectedEof => corrupt(CUT).because(cause),
            _ => self.failed("reading the file of a body", cause),
        };
        let bytes = if apart.touched.is_empty() {
            let length =
                usize::try_from(apart.head).ok().filter(|head| *head <= larder_core::frame::LONGEST_HEAD);
            let mut bytes = vec![0; length.ok_or_else(|| corrupt("a head of an impossible length"))?];
            file.read_exact_at(&mut bytes, 0).map_err(cut)?;
            bytes.into()
        } else {
            apart.touched.clone()
        };
        let head = Head::decode(&bytes).map_err(|error| error.on(self.location.as_str()))?;
        let in_file = (length + apart.head)
            .checked_sub(head.length as u64)
            .ok_or_else(|| corrupt("a head of an impossible length"))?;
        // The layout tells offsets in the file, where the old head may be longer or shorter than the one that counts.
        let old = Head { length: usize::try_from(apart.head).unwrap_or(usize::MAX), ..head.clone() };
        let layout = Layout::of_frame(&old, in_file).map_err(|error| error.on(self.location.as_str()))?;
        let (location, nonce) = (self.location.clone(), head.meta.nonce);
        let opened = Opened { file, location, layout, nonce };
        let foot = Foot::decode(&opened.bytes(layout.foot())?, nonce)
            .map_err(|error| error.on(self.location.as_str()))?;
        if (foot.body, foot.blocks) != (layout.body(), layout.blocks()) {
            return Err(corrupt("the foot tells another length than the frame has"));
        }
        Ok(Some((head, Arc::new(opened))))
    }

    /// Removes the file of a body, if the entry had one. Whoever has it open reads on.
    pub(crate) fn remove_apart(&self, slot: &Slot) {
        if !slot.place.is_apart {
            return;
        }
        let removed = self.apart(slot).and_then(|apart| {
            let Some(apart) = apart else { return Ok(()) };
            self.check_place()?;
            fault::moment();
            self.root.remove(&file(apart.number))
        });
        if let Err(error) = removed {
            // The next check or opening removes it.
            tracing::warn!(%error, "the file of a removed value could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_removed_by_the_process_that_writes_it_and_by_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let root = Arc::new(Root::create(directory.path()).unwrap());
        for is_ours in [true, false] {
            let mut file = Unfinished::begin(&root, 7).unwrap();
            file.append(b"half a body").unwrap();
            let name = file.name.clone();
            // As a forked child has it: the same in all but the process.
            file.process = file.process.wrapping_add(u32::from(!is_ours));
            drop(file);
            assert_eq!(root.has(&name).unwrap(), !is_ours);
        }
    }
}
