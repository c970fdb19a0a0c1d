//! cacache: one file for each content, named by its digest, and an index of one file for each key.

use std::path::PathBuf;

use larder::Bytes;

use crate::Fallible;
use crate::engine::{Engine, Opening};

/// A directory of cacache.
pub(crate) struct Cacache(PathBuf);

impl Cacache {
    pub(crate) fn open(opening: &Opening) -> Self {
        Self(opening.directory.clone())
    }
}

impl Engine for Cacache {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        cacache::write_sync(&self.0, key, value)?;
        Ok(())
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        match cacache::read_sync(&self.0, key) {
            Ok(value) => {
                see(&value);
                Ok(())
            }
            Err(cacache::Error::EntryNotFound(..)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn delete(&mut self, key: &str) -> Fallible {
        // The content stays for other keys of the same one, as it does for all who call this.
        Ok(cacache::remove_sync(&self.0, key)?)
    }
}
