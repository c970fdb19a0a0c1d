//! A value that is being stored, and that is not lost if it cannot be.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as it is stored, its format that of the value itself.
///
/// While a computed value is stored it is shared with the call that computed it, which answers with it whatever becomes of the store.
#[derive(Debug)]
pub enum Kept<V> {
    /// It was read.
    Read(V),
    /// It was computed.
    Computed(Arc<V>),
}

impl<V> Kept<V> {
    /// The value; `None` while somebody else has it too.
    pub(super) fn into_value(self) -> Option<V> {
        match self {
            Self::Read(value) => Some(value),
            Self::Computed(value) => Arc::into_inner(value),
        }
    }
}

impl<V: Serialize> Serialize for Kept<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(value) => value.serialize(serializer),
            Self::Computed(value) => value.serialize(serializer),
        }
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Kept<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        V::deserialize(deserializer).map(Self::Read)
    }
}
