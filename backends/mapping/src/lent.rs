//! Mapped bytes that are handed out as they lie.

use std::sync::Arc;

use bytes::Bytes;

use crate::Map;

/// Bytes of a map that nobody writes any more. They keep the map: the memory, and the space of a file that was removed,
/// are free once the last of them is gone.
///
/// Whoever makes one promises that these bytes of the file are never written again.
#[derive(Debug)]
pub struct Lent<K> {
    map: Arc<Map>,
    offset: usize,
    length: usize,
    /// Whatever wants to know how long they are held.
    _kept: K,
}

impl<K: Send + 'static> Lent<K> {
    /// `length` bytes from `offset` on, and `kept`, which is dropped with the last of them.
    ///
    /// `None` if they do not lie within the map.
    pub fn bytes(map: &Arc<Map>, offset: usize, length: usize, kept: K) -> Option<Bytes> {
        let within = offset.checked_add(length).is_some_and(|end| end <= map.len());
        within.then(|| Bytes::from_owner(Self { map: Arc::clone(map), offset, length, _kept: kept }))
    }
}

impl<K> AsRef<[u8]> for Lent<K> {
    fn as_ref(&self) -> &[u8] {
        self.map.settled(self.offset, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lent_bytes_keep_their_map_and_what_was_given_with_them() {
        let map = Arc::new(Map::anonymous(64).unwrap());
        map.copy_in(8, b"lasting");
        let kept = Arc::new(());
        let bytes = Lent::bytes(&map, 8, 7, Arc::clone(&kept)).unwrap();
        drop(map);
        assert_eq!((&bytes[..], Arc::strong_count(&kept)), (&b"lasting"[..], 2));
        drop(bytes);
        assert_eq!(Arc::strong_count(&kept), 1);
    }

    #[test]
    fn bytes_behind_the_end_are_not_lent() {
        let map = Arc::new(Map::anonymous(64).unwrap());
        assert!(Lent::bytes(&map, 60, 5, ()).is_none());
    }
}
