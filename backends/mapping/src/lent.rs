//! Mapped bytes that are handed out as they lie.

use std::sync::Arc;

use bytes::Bytes;

use crate::Map;

/// Bytes of a map that nobody writes any more. They keep whatever the map is part of: the memory, and the space of a file
/// that was removed, are free once the last of them is gone.
///
/// Whoever makes one promises that these bytes of the file are never written again.
#[derive(Debug)]
pub struct Lent<K> {
    keeper: Arc<K>,
    offset: usize,
    length: usize,
}

impl<K: AsRef<Map> + Send + Sync + 'static> Lent<K> {
    /// `length` bytes from `offset` on in the map of `keeper`, which lives as long as they do.
    ///
    /// `None` if they do not lie within the map.
    pub fn bytes(keeper: &Arc<K>, offset: usize, length: usize) -> Option<Bytes> {
        let map = (**keeper).as_ref();
        let within = offset.checked_add(length).is_some_and(|end| end <= map.len());
        within.then(|| Bytes::from_owner(Self { keeper: Arc::clone(keeper), offset, length }))
    }
}

impl<K: AsRef<Map>> AsRef<[u8]> for Lent<K> {
    fn as_ref(&self) -> &[u8] {
        (*self.keeper).as_ref().settled(self.offset, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lent_bytes_keep_their_map() {
        let map = Arc::new(Map::anonymous(64).unwrap());
        map.copy_in(8, b"lasting");
        let bytes = Lent::bytes(&map, 8, 7).unwrap();
        assert_eq!((&bytes[..], Arc::strong_count(&map)), (&b"lasting"[..], 2));
        drop(bytes);
        assert_eq!(Arc::strong_count(&map), 1);
    }

    #[test]
    fn bytes_behind_the_end_are_not_lent() {
        let map = Arc::new(Map::anonymous(64).unwrap());
        assert!(Lent::bytes(&map, 60, 5).is_none());
    }
}
