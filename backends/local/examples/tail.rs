//! How long sets on a local disk take at the worst, where every set evicts and compaction goes on.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use larder_core::cache::Cache;
use larder_core::codec::Format;
use larder_core::disk::Settings;
use larder_core::larder::Larder;
use larder_core::{Bytes, Result};
use larder_local::{Durability, LocalDisk, OpenOptions};

/// Bytes of values that may be stored.
const LIMIT: u64 = 64 << 20;
/// The bytes of a value.
const LENGTH: usize = 4096;
/// Sets that are measured, of each thread.
const SETS: u64 = 50_000;

/// Prints p50, p99, p99.9 and the maximum of sets at a full limit. The arguments are a directory that does not exist yet,
/// on the file system that is measured, the number of threads, and the milliseconds between two syncs, if any.
///
/// Example: cargo run --release -p larder-local --example tail -- /var/tmp/tail 4 1000
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(directory) = arguments.next().map(PathBuf::from) else {
        eprintln!("tail: a directory is needed");
        return ExitCode::FAILURE;
    };
    let mut numbers = arguments.filter_map(|argument| argument.parse::<u64>().ok());
    let (threads, interval) = (numbers.next().unwrap_or(1), numbers.next());
    let measured = pollster::block_on(measure(&directory, threads, interval));
    let removed = std::fs::remove_dir_all(&directory);
    match measured {
        Ok(mut times) => {
            times.sort_unstable();
            let at = |part: usize| {
                let index = (times.len() * part / 1000).min(times.len().saturating_sub(1));
                times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e6)
            };
            let [p50, p99, p999, most] = [500, 990, 999, 1000].map(at);
            println!("p50 {p50:.1} µs, p99 {p99:.1} µs, p99.9 {p999:.1} µs, maximum {most:.1} µs");
        }
        Err(error) => {
            eprintln!("tail: {error}");
            return ExitCode::FAILURE;
        }
    }
    if let Err(error) = removed {
        eprintln!("tail: the directory was not removed: {error}");
    }
    ExitCode::SUCCESS
}

async fn measure(directory: &Path, threads: u64, interval: Option<u64>) -> Result<Vec<Duration>> {
    let durability = interval.map(Duration::from_millis).map_or(Durability::None, Durability::Interval);
    let options = OpenOptions { durability, ..OpenOptions::default() };
    let disk = LocalDisk::open_with(directory, options, Settings::limited(LIMIT)).await?;
    let larder = Larder::open(disk).await?;
    let cache = larder.cache("tail").format(Format::Raw).build::<u64, Bytes>()?;
    // Twice as many keys as fit, so that every set of a new one evicts.
    let keys = 2 * LIMIT / LENGTH as u64;
    set(&cache, u64::MAX, keys * 2, keys).await?;
    let threads: Vec<_> = (0..threads)
        .map(|seed| {
            let cache = cache.clone();
            std::thread::spawn(move || pollster::block_on(set(&cache, seed, SETS, keys)))
        })
        .collect();
    let mut times = Vec::new();
    for thread in threads {
        times.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    }
    Ok(times)
}

/// Sets random keys; returns how long each set took.
async fn set(cache: &Cache<u64, Bytes>, seed: u64, sets: u64, keys: u64) -> Result<Vec<Duration>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut times = Vec::new();
    for turn in 0..sets {
        let value = Bytes::from(turn.to_le_bytes().repeat(LENGTH / 8));
        let key = random.u64(..keys);
        let began = Instant::now();
        let _outcome = cache.set(&key, &value).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}
