//! Checks a stream while it is stored, so that a plain get can read the entry.

use bytes::Bytes;

use crate::codec::Limits;
use crate::error::{Error, ErrorKind, Result};

/// The bytes that a stream gave so far.
#[derive(Debug)]
pub(super) struct Readable {
    limits: Limits,
    length: u64,
    /// The values of the cache are text.
    is_text: bool,
    /// The beginning of a character whose end is in the next chunk.
    cut: Vec<u8>,
}

impl Readable {
    pub(super) fn new(limits: Limits, is_text: bool) -> Self {
        Self { limits, length: 0, is_text, cut: Vec::new() }
    }

    /// Returns the next chunk of the stream if it can be read, and `None` at the end.
    ///
    /// # Errors
    ///
    /// The error of the stream, and [`ErrorKind::Encode`] for one that is too long, or not text in a cache of text.
    pub(super) fn take(&mut self, chunk: Option<Result<Bytes>>) -> Result<Option<Bytes>> {
        let Some(chunk) = chunk.transpose()? else {
            return if self.cut.is_empty() { Ok(None) } else { Err(not_text()) };
        };
        self.length = self.length.saturating_add(chunk.len() as u64);
        if self.length > self.limits.max_decoded {
            return Err(self.limits.too_large(self.length));
        }
        if self.is_text {
            self.take_text(&chunk)?;
        }
        Ok(Some(chunk))
    }

    fn take_text(&mut self, chunk: &[u8]) -> Result<()> {
        let mut rest = chunk;
        // A character has at most four bytes.
        while !self.cut.is_empty() {
            let Some((first, after)) = rest.split_first() else { return Ok(()) };
            self.cut.push(*first);
            rest = after;
            match str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_some() => return Err(not_text()),
                Err(_) => {}
            }
        }
        match str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(not_text()),
            Err(error) => {
                self.cut.extend_from_slice(&rest[error.valid_up_to()..]);
                Ok(())
            }
        }
    }
}

fn not_text() -> Error {
    Error::new(ErrorKind::Encode, "the stream is not UTF-8, and the values of this cache are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Streams `bytes` in chunks of `size`.
    fn is_readable(bytes: &[u8], size: usize) -> bool {
        let mut readable = Readable::new(Limits::default(), true);
        let chunks = bytes.chunks(size).map(|chunk| Some(Ok(Bytes::copy_from_slice(chunk))));
        chunks.chain([None]).all(|chunk| readable.take(chunk).is_ok())
    }

    #[test]
    fn text_is_text_however_it_is_cut() {
        let texts: [&[u8]; 8] = [
            b"",
            "a\u{e9}\u{20ac}\u{1F980}b".as_bytes(),
            "\u{1F980}\u{1F980}".as_bytes(),
            b"a\xff",
            b"\xe2\x82",
            b"\xf0\x9f\xa6",
            b"\xed\xa0\x80",
            b"ok\xc3\x28",
        ];
        for bytes in texts {
            for size in 1..=bytes.len().max(1) {
                assert_eq!(is_readable(bytes, size), str::from_utf8(bytes).is_ok(), "{bytes:?} by {size}");
            }
        }
    }
}
