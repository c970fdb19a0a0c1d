//! What the parts cost, against the least they could: a memory hit, a frame, the policies.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use larder::{blocking, memoize};
use larder_benches::bookkeeping::{Bookkeeping, bookkeeping};
use larder_benches::rounds::{Ratio, compare};
use larder_benches::trace::Request;
use larder_core::Bytes;
use larder_core::cache::Cache;
use larder_core::codec::Format;
use larder_core::disk::Settings;
use larder_core::entry::{Meta, Name};
use larder_core::frame::{self, Frame};
use larder_core::key::{Key, Namespace};
use larder_core::larder::Larder;
use larder_core::random::{Random, Seeded};
use larder_core::time::Time;
use larder_memory::MemoryDisk;

/// Measures what the parts of larder cost, as ratios within one run.
///
/// Example: cargo run --release -p larder-benches --bin parts
#[derive(Debug, Parser)]
struct Arguments {
    /// Only what has this in its name
    filter: Option<String>,
    /// Rounds of each comparison
    #[arg(long, default_value_t = 401)]
    rounds: usize,
    /// Print one JSON row a comparison
    #[arg(long)]
    json: bool,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ratios = match measure(&arguments) {
        Ok(ratios) => ratios,
        Err(error) => {
            eprintln!("parts: {error}");
            return ExitCode::FAILURE;
        }
    };
    for row in &ratios {
        if arguments.json {
            println!("{}", serde_json::json!(row));
        } else {
            let Ratio { name, nanos, against_nanos, ratio: [least, median, most], bar } = row;
            println!(
                "{name:52} {nanos:8.1} ns / {against_nanos:8.1} ns = {median:5.2} ({least:.2} to {most:.2}), bar {bar}"
            );
        }
    }
    ExitCode::SUCCESS
}

/// A comparison, by name.
type Part = (&'static str, fn(usize) -> larder_core::Result<Ratio>);

const PARTS: &[Part] = &[
    ("memory hit, 100 B", |rounds| memory_hit(rounds, 100)),
    ("memory hit, 4 KiB", |rounds| memory_hit(rounds, 4096)),
    ("frame encoding", frame_encoding),
    ("frame checking", frame_checking),
    ("memoized call", memoized_call),
    ("policy lrs", |rounds| policy(rounds, "lrs")),
    ("policy lru", |rounds| policy(rounds, "lru")),
    ("policy lfu", |rounds| policy(rounds, "lfu")),
];

fn measure(arguments: &Arguments) -> larder_core::Result<Vec<Ratio>> {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let chosen = PARTS.iter().filter(|(name, _)| name.contains(filter));
    chosen.map(|(_, part)| part(arguments.rounds)).collect()
}

/// A hit of a value of `size` bytes through the cache, with `raw`, against the same hit in moka alone.
fn memory_hit(rounds: usize, size: usize) -> larder_core::Result<Ratio> {
    const KEYS: usize = 1000;
    let keys: Vec<String> = (0..KEYS).map(|number| format!("user-{number:06}")).collect();
    let value = Bytes::from(vec![7; size]);
    let larder = pollster::block_on(Larder::open(MemoryDisk::new(Settings::unbounded())))?;
    let cache: Cache<String, Bytes> = larder.cache("bench").format(Format::Raw).build()?;
    let moka: moka::sync::Cache<String, Bytes> = moka::sync::Cache::new(u64::MAX);
    for key in &keys {
        assert!(pollster::block_on(cache.set(key.as_str(), &value))?.is_stored(), "an unbounded disk stores");
        moka.insert(key.clone(), value.clone());
    }
    let through_cache = |operations| {
        pollster::block_on(async {
            for number in 0..operations {
                let hit = cache.get(keys[number % KEYS].as_str()).await;
                assert_eq!(black_box(hit).ok().flatten().map(|value| value.len()), Some(size), "a hit");
            }
        });
    };
    let alone = |operations| {
        for number in 0..operations {
            let hit = moka.get(keys[number % KEYS].as_str());
            assert_eq!(black_box(hit).map(|value| value.len()), Some(size), "a hit");
        }
    };
    let name = format!("memory hit of {size} B through Cache / moka alone");
    Ok(compare(&name, 2.0, rounds, 2_000, through_cache, alone))
}

static MEMOIZED: OnceLock<blocking::Store> = OnceLock::new();

#[memoize(store = MEMOIZED.get().expect("it is set before the first call"))]
fn squared(number: u64) -> u64 {
    number * number
}

/// A memoized call whose result is there, in memory, against the hit of the cache that it is.
fn memoized_call(rounds: usize) -> larder_core::Result<Ratio> {
    const KEYS: u64 = 1000;
    let larder = pollster::block_on(Larder::open(MemoryDisk::new(Settings::unbounded())))?;
    let store = blocking::Store::from(larder::Store::new(larder, larder::CacheSettings::default()));
    let store = MEMOIZED.get_or_init(|| store);
    let cache: blocking::Cache<u64, u64> = store.cache("bench")?;
    for number in 0..KEYS {
        assert!(cache.set(&number, &squared(number))?.is_stored(), "an unbounded disk stores");
    }
    let keys = || (0..KEYS).cycle();
    let memoized = |operations| {
        for number in keys().take(operations) {
            assert_eq!(black_box(squared(black_box(number))), number * number, "a hit");
        }
    };
    let hit = |operations| {
        for number in keys().take(operations) {
            let hit = cache.get(&black_box(number));
            assert_eq!(black_box(hit).ok().flatten(), Some(number * number), "a hit");
        }
    };
    Ok(compare("a memoized call in memory / Cache::get", 2.0, rounds, 2_000, memoized, hit))
}

fn sample() -> larder_core::Result<(Key, Meta, Vec<u8>)> {
    let key = Key::new(&Namespace::named("bench"), "user-000001")?;
    let meta = Meta::new(&Seeded::new(1), Time::from_secs(1), Name::Borrowed("raw"), Name::Borrowed("none"));
    Ok((key, meta, (0..4096_u32).map(|number| number.to_le_bytes()[0] ^ 0x5A).collect()))
}

/// A checksum of 4 KiB and one copy of it: the least that a frame could cost.
fn checksum_and_copy(body: &[u8]) {
    black_box(twox_hash::XxHash3_64::oneshot(black_box(body)));
    // By reference, as below: to move what was written just now costs as much as a twentieth of all this.
    black_box(&Bytes::copy_from_slice(black_box(body)));
}

fn frame_encoding(rounds: usize) -> larder_core::Result<Ratio> {
    let (key, meta, body) = sample()?;
    let encode = |operations| {
        for _ in 0..operations {
            black_box(&frame::encode(key.as_bytes(), &meta, black_box(&body)));
        }
    };
    let least = |operations| (0..operations).for_each(|_| checksum_and_copy(&body));
    Ok(compare("encoding a frame of 4 KiB / checksum and copy", 1.3, rounds, 2_000, encode, least))
}

fn frame_checking(rounds: usize) -> larder_core::Result<Ratio> {
    let (key, meta, body) = sample()?;
    let encoded = frame::encode(key.as_bytes(), &meta, &body);
    let check = |operations| {
        for _ in 0..operations {
            let frame = Frame::decode(black_box(&encoded));
            black_box(frame.map(|frame| frame.body.len()).ok());
        }
    };
    let least = |operations| (0..operations).for_each(|_| checksum_and_copy(&body));
    Ok(compare("checking a frame of 4 KiB / checksum and copy", 1.3, rounds, 2_000, check, least))
}

/// What a policy adds to a request, against 60 ns: a skewed sequence of requests of which two thirds miss.
fn policy(rounds: usize, name: &str) -> larder_core::Result<Ratio> {
    let Bookkeeping { nanos, .. } = bookkeeping(&skewed(300_000), name, 10_000, rounds.div_ceil(20))?;
    Ok(Ratio {
        name: format!("bookkeeping of {name} for a request / 60 ns"),
        nanos: nanos[1],
        against_nanos: 60.0,
        ratio: nanos.map(|cost| cost / 60.0),
        bar: 1.0,
    })
}

/// Requests of which few keys get many: the square of a uniform number, over 100,000 keys.
fn skewed(count: usize) -> Vec<Request> {
    const KEYS: u128 = 100_000;
    let random = Seeded::new(7);
    let draw = || {
        let uniform = u128::from(random.next() >> 32);
        let key = u64::try_from((uniform * uniform * KEYS) >> 64).unwrap_or(0);
        // Spread, so that neighbours in rank are not neighbours in the map.
        Request { key: key.wrapping_mul(0x9E37_79B9_7F4A_7C15), size: 1 }
    };
    (0..count).map(|_| draw()).collect()
}
