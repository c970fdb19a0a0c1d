//! What the disk costs on a store on the network, against the bare client on the same server.

use std::error::Error;
use std::process::ExitCode;

use async_trait::async_trait;
use clap::Parser;
use futures_util::{StreamExt, stream};
use larder_benches::rounds::{Ratio, compare};
use larder_core::Bytes;
use larder_core::cache::Cache;
use larder_core::codec::Format;
use larder_core::disk::{Access, Condition, Disk, NoRoom, Put, Settings};
use larder_core::entry::{Draft, Meta, Name, Source};
use larder_core::key::{Key, Namespace};
use larder_core::larder::Larder;
use larder_core::random::{Random, SystemRandom};
use larder_core::time::Time;
use larder_object_store::object_store::path::Path;
use larder_object_store::object_store::{ObjectStore, ObjectStoreExt, parse_url_opts};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions};
use larder_servers::{Kind, Server};
use serde::Serialize;
use url::Url;

/// Measures gets and sets of 4 KiB through the disk and through a cache on it, against the bare client.
///
/// Without a url a server is started, `weed`, which .ci/servers installs; what is stored goes with it. Below a url it
/// stays.
///
/// Example: cargo run --release -p larder-benches --bin store
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to store, `s3://bucket/prefix` for example
    #[arg(long)]
    url: Option<String>,
    /// An option of the store, `region=eu-north-1` for example; may be given again
    #[arg(long = "option", value_name = "NAME=VALUE")]
    options: Vec<String>,
    /// Rounds of each comparison
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Operations of a round
    #[arg(long, default_value_t = 400)]
    operations: usize,
    /// Operations in flight at once
    #[arg(long, default_value_t = 16)]
    in_flight: usize,
    /// Print one JSON row a comparison
    #[arg(long)]
    json: bool,
}

/// The throughput of one way, and of the bare client.
#[derive(Debug, Serialize)]
struct Throughput {
    name: String,
    /// Operations a second, median over the rounds.
    per_second: f64,
    /// Those of the bare client.
    bare_per_second: f64,
    /// The first by the second: the least, the median and the greatest of the rounds.
    ratio: [f64; 3],
    /// What the median must reach.
    bar: f64,
}

impl Throughput {
    /// From times: less time is more throughput.
    fn of(Ratio { name, nanos, against_nanos, ratio: [least, median, most], bar }: Ratio) -> Self {
        Self {
            name,
            per_second: 1e9 / nanos,
            bare_per_second: 1e9 / against_nanos,
            ratio: [1.0 / most, 1.0 / median, 1.0 / least],
            bar: 1.0 / bar,
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let measured = match measure(&arguments) {
        Ok(measured) => measured,
        Err(error) => {
            eprintln!("store: {error}");
            return ExitCode::FAILURE;
        }
    };
    for row in &measured {
        if arguments.json {
            println!("{}", serde_json::json!(row));
        } else {
            let Throughput { name, per_second, bare_per_second, ratio: [least, median, most], bar } = row;
            println!(
                "{name:24} {per_second:7.0}/s, bare client {bare_per_second:7.0}/s: {median:.2} ({least:.2} to {most:.2}), bar {bar:.2}"
            );
        }
    }
    ExitCode::SUCCESS
}

/// Where to store, and what a client is told.
struct Place {
    url: String,
    options: Vec<(String, String)>,
    /// The server that goes with the place, if it was started for it.
    _server: Option<Server>,
}

impl Place {
    fn of(arguments: &Arguments) -> Result<Self, Box<dyn Error>> {
        if let Some(url) = arguments.url.clone() {
            let split =
                |option: &String| option.split_once('=').map(|(name, value)| (name.into(), value.into()));
            let options: Option<Vec<_>> = arguments.options.iter().map(split).collect();
            return Ok(Self { url, options: options.ok_or("an option is NAME=VALUE")?, _server: None });
        }
        let server = Kind::SeaweedFs.start()?;
        let options = server.options().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Self { url: server.url("bench"), options, _server: Some(server) })
    }
}

/// How many keys there are; each is written before it is measured.
const KEYS: usize = 400;

/// The bytes of a value.
const SIZE: usize = 4096;

/// What the throughput of the disk and of a cache must reach, by that of the bare client.
const BAR: f64 = 0.9;

fn measure(arguments: &Arguments) -> Result<Vec<Throughput>, Box<dyn Error>> {
    let place = Place::of(arguments)?;
    let (url, options) = (&place.url, &place.options);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let random = SystemRandom::new();
    let bytes = std::iter::repeat_with(|| random.next().to_le_bytes());
    let value: Bytes = bytes.flatten().take(SIZE).collect();

    let namespace = Namespace::named("disk");
    let keys = (0..KEYS as u64).map(|number| Key::new(&namespace, &number)).collect::<Result<Vec<_>, _>>()?;

    let told = options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (store, prefix) = parse_url_opts(&Url::parse(url)?, told)?;
    // Spread over directories as entries are: servers keep each in order.
    let name = |key: &Key| {
        let digest = key.digest().to_string();
        prefix.clone().join("bare").join(&digest[..2]).join(digest.as_str())
    };
    let bare = Bare { store, names: keys.iter().map(name).collect() };
    let location = Location::Bucket { url: url.clone(), options: options.iter().cloned().collect() };
    let opened = ObjectStoreDisk::open(location, OpenOptions::default(), Settings::unbounded());
    let disk = runtime.block_on(opened)?;
    let larder = runtime.block_on(Larder::open(disk.clone()))?;
    let cache: Cache<u64, Bytes> = larder.cache("cache").format(Format::Raw).build()?;
    let disk = OnDisk { disk, keys };

    let mut measured = Vec::new();
    let mut pair = |name: &str, way: &dyn Way, does: Does| {
        let run = |way: &dyn Way, operations| {
            let numbers = stream::iter((0..operations).map(|number| number % KEYS));
            runtime.block_on(numbers.for_each_concurrent(arguments.in_flight, |number| match does {
                Does::Set => way.set(number, &value),
                Does::Get => way.get(number),
            }));
        };
        let (first, second) = (|operations| run(way, operations), |operations| run(&bare, operations));
        measured.push(Throughput::of(compare(
            name,
            1.0 / BAR,
            arguments.rounds,
            arguments.operations,
            first,
            second,
        )));
    };
    // Sets first: what is got was stored.
    pair("disk, set of 4 KiB", &disk, Does::Set);
    pair("disk, get of 4 KiB", &disk, Does::Get);
    pair("cache, set of 4 KiB", &cache, Does::Set);
    pair("cache, get of 4 KiB", &cache, Does::Get);
    Ok(measured)
}

/// What is measured.
#[derive(Clone, Copy)]
enum Does {
    Set,
    Get,
}

/// A way to store values under numbers. Every operation must succeed.
#[async_trait]
trait Way: Sync {
    async fn set(&self, number: usize, value: &Bytes);
    async fn get(&self, number: usize);
}

/// The client alone.
struct Bare {
    store: Box<dyn ObjectStore>,
    names: Vec<Path>,
}

#[async_trait]
impl Way for Bare {
    async fn set(&self, number: usize, value: &Bytes) {
        self.store.put(&self.names[number], value.clone().into()).await.expect("the server stores");
    }

    async fn get(&self, number: usize) {
        let got = self.store.get(&self.names[number]).await.expect("it was stored");
        assert_eq!(got.bytes().await.expect("it comes whole").len(), SIZE);
    }
}

/// The disk alone.
struct OnDisk {
    disk: ObjectStoreDisk,
    keys: Vec<Key>,
}

#[async_trait]
impl Way for OnDisk {
    async fn set(&self, number: usize, value: &Bytes) {
        let (raw, none) = (Name::Borrowed("raw"), Name::Borrowed("none"));
        let meta = Meta::new(&SystemRandom::new(), Time::from_secs(1), raw, none);
        let draft = Draft { meta: meta.into(), source: Source::Whole(value.clone()), word: 0 };
        let put = self.disk.put(&self.keys[number], draft, Condition::Always, &NoRoom).await;
        assert!(matches!(put, Ok(Put::Stored { .. })), "an unbounded disk stores: {put:?}");
    }

    async fn get(&self, number: usize) {
        let got = self.disk.get(&self.keys[number], Access::Peek).await.expect("the disk reads");
        let body = got.expect("it was stored").body.bytes().await.expect("it is whole");
        assert_eq!(body.len(), SIZE);
    }
}

#[async_trait]
impl Way for Cache<u64, Bytes> {
    async fn set(&self, number: usize, value: &Bytes) {
        let set = Self::set(self, &(number as u64), value).await.expect("the cache works");
        assert!(set.is_stored(), "an unbounded disk stores: {set:?}");
    }

    async fn get(&self, number: usize) {
        let got = Self::get(self, &(number as u64)).await.expect("the cache works");
        assert_eq!(got.map(|value| value.len()), Some(SIZE));
    }
}
