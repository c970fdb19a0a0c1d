//! A frame that is read piece by piece, by a disk that holds it where it can be copied from.
//!
//! The head is looked at first, so that a disk compares the key before it takes the body, and copies the body once, to
//! where it stays. The price is that the disk says itself which pieces it took; each has a check of its own here.

use super::head::Sealed;
use super::layout::{Foot, Layout};
use super::{SUM, checksum, corrupt};
use crate::entry::Meta;
use crate::error::Result;

/// A frame whose head was checked; its body and its foot were not.
///
/// ```
/// use larder_core::entry::Meta;
/// use larder_core::frame::{self, Head, Opened};
/// use larder_core::random::Seeded;
/// use larder_core::time::Time;
///
/// let meta = Meta::new(&Seeded::new(1), Time::from_secs(5), "raw".into(), "none".into());
/// let frame = frame::encode(b"key", &meta, b"body");
/// let part = |range: std::ops::Range<u64>| &frame[range.start as usize..range.end as usize];
///
/// let head = &frame[..Head::length_of(&frame)?];
/// let opened = Opened::check(head, frame.len() as u64)?;
/// assert_eq!(opened.head()?, (&b"key"[..], meta));
/// let (body, sum) = part(opened.layout().block(0)).split_last_chunk().expect("a block ends in its checksum");
/// assert_eq!(body, b"body");
/// opened.check_block(0, body, *sum)?;
/// opened.check_foot(part(opened.layout().foot()))?;
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Opened<'a> {
    head: Sealed<'a>,
    layout: Layout,
}

impl<'a> Opened<'a> {
    /// Checks the head that `bytes` begin with, of a frame that is `length` bytes long in all.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when bytes of the head are missing or changed or no frame with
    /// it has that length, [`ErrorKind::Format`](crate::ErrorKind::Format) when the head is of a version that is not known.
    #[inline]
    pub fn check(bytes: &'a [u8], length: u64) -> Result<Self> {
        let head = Sealed::check(bytes)?;
        let layout = Layout::behind(head.length as u64, head.block, length)?;
        Ok(Self { head, layout })
    }

    /// The whole key, and what is known of the entry.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) and [`ErrorKind::Format`](crate::ErrorKind::Format) when the
    /// fields are none that this version reads.
    #[inline]
    pub fn head(&self) -> Result<(&'a [u8], Meta)> {
        let mut meta = self.head.fixed()?;
        let key = self.head.fields(&mut meta)?;
        Ok((key, meta))
    }

    /// Where the blocks of the body and the foot lie in the frame.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Checks the bytes of block `number` without the checksum behind them, which is `sum`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when they are not that block of this entry.
    #[inline]
    pub fn check_block(&self, number: u64, block: &[u8], sum: [u8; SUM]) -> Result<()> {
        if checksum::of_block(self.head.nonce, number, block) == u64::from_le_bytes(sum) {
            Ok(())
        } else {
            Err(corrupt("a block does not match its checksum"))
        }
    }

    /// Checks the foot, which says once more how long body and blocks are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when it is not the one of this frame.
    #[inline]
    pub fn check_foot(&self, bytes: &[u8]) -> Result<()> {
        let foot = Foot::decode(bytes, self.head.nonce)?;
        if (foot.body, foot.blocks) != (self.layout.body(), self.layout.blocks()) {
            return Err(corrupt("the foot tells another length than the frame has"));
        }
        Ok(())
    }

    /// The number that blocks and foot are bound to.
    #[inline]
    pub(super) const fn nonce(&self) -> u64 {
        self.head.nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{self, BlockSize, Head, reader};
    use crate::random::Seeded;
    use crate::time::Time;

    const KEY: &[u8] = b"a key";

    fn frame_of(body: &[u8]) -> Vec<u8> {
        let meta = Meta::new(&Seeded::new(3), Time::from_secs(1), "raw".into(), "none".into());
        frame::encode_in(KEY, &meta, body, BlockSize::power_of_two(12).unwrap()).to_vec()
    }

    /// The body, taken piece by piece.
    fn taken(frame: &[u8]) -> Result<Vec<u8>> {
        let part = |range| reader::part(frame, range);
        let head = Head::length_of(frame)?;
        let opened = Opened::check(frame.get(..head).unwrap_or(frame), frame.len() as u64)?;
        assert_eq!(opened.head()?.0, KEY);
        opened.check_foot(part(opened.layout().foot())?)?;
        let mut body = Vec::new();
        for number in 0..opened.layout().blocks() {
            let (block, sum) = part(opened.layout().block(number))?.split_last_chunk().unwrap();
            opened.check_block(number, block, *sum)?;
            body.extend_from_slice(block);
        }
        Ok(body)
    }

    #[test]
    fn what_is_taken_piece_by_piece_is_what_is_decoded_at_once() {
        for length in [0, 1, 4095, 4096, 4097, 12_288, 20_000] {
            let body: Vec<u8> = (0..=250).cycle().take(length).collect();
            let frame = frame_of(&body);
            let decoded = frame::Frame::decode(&frame.clone().into()).unwrap();
            assert_eq!(taken(&frame).unwrap(), decoded.body, "{length} bytes");
        }
    }

    #[test]
    fn a_change_of_any_byte_is_seen_in_some_piece() {
        let frame = frame_of(&[7; 5000]);
        for at in (0..160).chain((160..frame.len() - 60).step_by(97)).chain(frame.len() - 60..frame.len()) {
            let mut changed = frame.clone();
            changed[at] ^= 4;
            assert!(taken(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_frame_of_another_length_is_none() {
        let frame = frame_of(b"body");
        for length in [0, 10, frame.len() - 1, frame.len() + 1] {
            let opened = Opened::check(&frame, length as u64);
            let whole = opened.and_then(|opened| {
                let foot = reader::part(&frame, opened.layout().foot())?;
                opened.check_foot(foot)
            });
            assert!(whole.is_err(), "{length} bytes");
        }
    }
}
