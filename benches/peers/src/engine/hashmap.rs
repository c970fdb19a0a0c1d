//! The standard map: what memory itself costs as entries grow.

use std::collections::HashMap;

use larder::Bytes;

use crate::Fallible;
use crate::engine::Engine;

/// Values in a map, each an allocation of its own.
#[derive(Default)]
pub(crate) struct InMemory(HashMap<Box<str>, Box<[u8]>>);

impl Engine for InMemory {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        self.0.insert(key.into(), value.as_ref().into());
        Ok(())
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        if let Some(value) = self.0.get(key).cloned() {
            see(&value);
        }
        Ok(())
    }

    fn borrow(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        if let Some(value) = self.0.get(key) {
            see(value);
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        self.0.remove(key);
        Ok(())
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        Ok(Some(self.0.len() as u64))
    }
}
