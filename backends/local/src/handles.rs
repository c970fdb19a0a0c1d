//! Who has the disk open: a number, a file that is locked as long as its process lives, two words in the head.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use larder_mapping::{Access, Map};

use crate::files::DiskFile;
use crate::head::{HANDLES, MOST_HANDLES};
use crate::root::Root;

/// The directory of the handles' files.
const DIRECTORY: &str = "handles";

/// The words of a handle.
const HANDLE: usize = 2;
/// How often its number was given out.
const GENERATION: usize = 0;
/// The bytes that its writes under way have reserved.
const RESERVED: usize = 1;

/// A handle at one time of its life: never 0, and never the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) u64);

impl Token {
    const fn new(number: usize, generation: u64) -> Self {
        Self((generation << 16) | (number as u64 + 1))
    }

    const fn number(self) -> usize {
        ((self.0 & 0xffff) as usize).saturating_sub(1)
    }

    const fn generation(self) -> u64 {
        self.0 >> 16
    }
}

/// The directory of the handles' files.
#[derive(Debug)]
pub(crate) struct Handles {
    root: Arc<Root>,
}

/// A number that is this handle's as long as it lives.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) number: usize,
    pub(crate) token: Token,
    /// Locked; the lock goes with the file, and the file with the process.
    _file: DiskFile,
}

impl Handles {
    pub(crate) fn new(root: &Arc<Root>) -> Self {
        Self { root: Arc::clone(root) }
    }

    fn file(number: usize) -> String {
        format!("{DIRECTORY}/{number}")
    }

    /// Takes a number that nobody has.
    pub(crate) fn take(&self, head: &Map) -> io::Result<Handle> {
        self.root.create_directory(DIRECTORY)?;
        for number in 0..MOST_HANDLES {
            let file = self.root.open_or_create(&Self::file(number))?;
            if file.try_lock()? {
                let word = head.word(HANDLES + number * HANDLE + GENERATION);
                // 48 bits of generations are more than a disk can be opened.
                let generation = word.fetch_add(1, Ordering::AcqRel) + 1;
                return Ok(Handle { number, token: Token::new(number, generation), _file: file });
            }
        }
        Err(io::Error::other(format!("the disk is open {MOST_HANDLES} times already")))
    }

    /// Whether the handle of this token is gone. If that cannot be told it is not.
    pub(crate) fn is_dead(&self, head: &Map, token: Token) -> bool {
        let number = token.number();
        if number >= MOST_HANDLES {
            return true;
        }
        let generation = head.load(HANDLES + number * HANDLE + GENERATION, Ordering::Acquire);
        generation != token.generation() || self.is_free(number)
    }

    /// Whether nobody has the number.
    pub(crate) fn is_free(&self, number: usize) -> bool {
        // Given up at once: the file is closed at the end of this function.
        let file = self.root.open_file(&Self::file(number), Access::Read);
        file.is_ok_and(|file| file.try_lock().unwrap_or(false))
    }

    /// Whether somebody other than `own` has the disk open.
    pub(crate) fn others(&self, own: usize) -> bool {
        // Where that is unknown, others may have it open.
        let Ok(names) = self.root.names(DIRECTORY) else { return true };
        let mut numbers = names.iter().filter_map(|name| name.to_str()?.parse::<usize>().ok());
        numbers.any(|number| number != own && !self.is_free(number))
    }
}

/// The word of the bytes that handle `number` has reserved.
pub(crate) const fn reserved_word(number: usize) -> usize {
    HANDLES + number * HANDLE + RESERVED
}
