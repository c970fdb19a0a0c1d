//! Sets and maps as keys: without order, whatever order they iterate in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use super::{CacheKey, Decoder, Elements, Encoder, FromKey};
use crate::error::Result;

impl<T: CacheKey> CacheKey for BTreeSet<T> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.set(self)
    }
}

impl<T: FromKey + Ord> FromKey for BTreeSet<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.set(|elements| std::iter::from_fn(|| elements.next().transpose()).collect())
    }
}

impl<T: CacheKey, S> CacheKey for HashSet<T, S> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.set(self)
    }
}

impl<T: FromKey + Eq + Hash, S: BuildHasher + Default> FromKey for HashSet<T, S> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.set(|elements| std::iter::from_fn(|| elements.next().transpose()).collect())
    }
}

impl<K: CacheKey, V: CacheKey> CacheKey for BTreeMap<K, V> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.map(self)
    }
}

impl<K: FromKey + Ord, V: FromKey> FromKey for BTreeMap<K, V> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.map(|elements| std::iter::from_fn(|| pair(elements).transpose()).collect())
    }
}

impl<K: CacheKey, V: CacheKey, S> CacheKey for HashMap<K, V, S> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.map(self)
    }
}

impl<K: FromKey + Eq + Hash, V: FromKey, S: BuildHasher + Default> FromKey for HashMap<K, V, S> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.map(|elements| std::iter::from_fn(|| pair(elements).transpose()).collect())
    }
}

/// The next pair of a map.
pub(super) fn pair<K: FromKey, V: FromKey>(elements: &mut Elements<'_, '_>) -> Result<Option<(K, V)>> {
    let Some(key) = elements.next()? else { return Ok(None) };
    Ok(Some((key, elements.required()?)))
}
