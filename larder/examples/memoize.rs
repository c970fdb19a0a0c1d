//! Counts the words of files, and reads only those that changed.
//!
//! Run it twice: `cargo run -p larder --example memoize -- README.md docs/architecture.md`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use larder::{memoize, versioned};

/// A word as it is counted.
#[versioned]
fn plain(word: &str) -> String {
    word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a file; what it was when it was last changed stands in the key.
#[memoize(config = "file://target/word-counts?size_limit=64MiB", deps(plain), tags(path))]
fn words(path: &str, changed: u64) -> std::io::Result<BTreeMap<String, u64>> {
    let (_, mut counts) = (changed, BTreeMap::new());
    for word in std::fs::read_to_string(path)?.split_whitespace().map(plain).filter(|word| !word.is_empty()) {
        *counts.entry(word).or_default() += 1;
    }
    Ok(counts)
}

fn changed(path: &Path) -> std::io::Result<u64> {
    let since = path.metadata()?.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    Ok(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
}

#[expect(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let changed = changed(Path::new(&path))?;
        let was_known = words::call(&path, changed)?.get()?.is_some();
        let counts = words(&path, changed)?;
        let most = counts.iter().max_by_key(|(_, count)| **count);
        let how = if was_known { "known" } else { "read" };
        println!("{path} ({how}): {} words, most often {most:?}", counts.len());
    }
    Ok(())
}
