//! A process that reads all keys, until it is killed.

use std::collections::HashMap;

use fastrand::Rng;

use super::value::turn_of;
use super::{KEYS, Place, cache, open};

/// Reads at random, for ever: every value is whole and its key's own, and no older than the one before. What the disk holds
/// is within its limit.
///
/// # Errors
///
/// What is wrong, in words.
pub async fn read(place: &Place, writers: u32, seed: u64) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("a reader: {what}: {error}");
    let larder = open(&place.disk(), None).await.map_err(|error| failed("opening", &error))?;
    let limit = larder.settings().await.map_err(|error| failed("settings", &error))?.size_limit;
    let caches: Result<Vec<_>, _> = (0..writers).map(|writer| cache(&larder, writer)).collect();
    let caches = caches.map_err(|error| failed("opening", &error))?;
    let mut random = Rng::with_seed(seed);
    let mut seen: HashMap<(u32, u32), u64> = HashMap::new();
    loop {
        let (writer, key) = (random.u32(..writers), random.u32(..KEYS));
        let cache = &caches[writer as usize];
        let bytes = if random.u32(..10) == 0 {
            match cache.get_reader(&key).await.map_err(|error| failed("reading", &error))? {
                Some(reader) => {
                    let read = reader.read(0..reader.len()).await;
                    Some(read.map_err(|error| failed("reading on", &error))?)
                }
                None => None,
            }
        } else {
            cache.get(&key).await.map_err(|error| failed("reading", &error))?
        };
        if let Some(bytes) = bytes {
            let turn = turn_of(writer, key, &bytes)
                .map_err(|wrong| format!("a reader: key {key} of writer {writer} has {wrong}"))?;
            let last = seen.insert((writer, key), turn).unwrap_or(0);
            if turn < last {
                return Err(format!(
                    "a reader: key {key} of writer {writer} went back from {last} to {turn}"
                ));
            }
        }
        if random.u32(..64) == 0 {
            let usage = larder.usage().await.map_err(|error| failed("usage", &error))?;
            if limit.is_some_and(|limit| usage.volume > limit) {
                return Err(format!("a reader: {} bytes are stored, above {limit:?}", usage.volume));
            }
        }
    }
}
