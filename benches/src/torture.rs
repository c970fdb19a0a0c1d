//! Torture of the local disk: processes write and read at random and are killed at random, and what is left is judged.
//!
//! Every key has one writer, and every writer writes down what it is about to do and what came of it, in a file that
//! outlives it. So it is known of each key what may be there, exactly, also after the writer died in the middle of
//! something. What is found is taken down too: what was seen once may not be another value later.

mod ledger;
mod reader;
mod referee;
mod value;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use larder_core::Result;
use larder_core::cache::{Cache, OnError};
use larder_core::codec::Format;
use larder_core::disk::Settings;
use larder_core::larder::Larder;
use larder_local::{LocalDisk, OpenOptions};

pub use reader::read;
pub use referee::{Report, Torment, torture};
pub use writer::write;

use larder_core::Bytes;

/// How many keys each writer has.
const KEYS: u32 = 300;
/// By how many tags they are evicted.
const TAGS: u32 = 4;
/// How long an operation may wait for others before that is a fault.
const DEADLINE: Duration = Duration::from_secs(20);

/// Where the disk and the ledgers of a run lie.
#[derive(Clone, Debug)]
pub struct Place(pub PathBuf);

impl Place {
    fn disk(&self) -> PathBuf {
        self.0.join("disk")
    }

    fn ledger(&self, writer: u32) -> PathBuf {
        self.0.join(format!("ledger-{writer}"))
    }
}

async fn open(place: &Path, settings: Option<Settings>) -> Result<Larder> {
    let options = OpenOptions { deadline: DEADLINE, ..OpenOptions::default() };
    let disk = match settings {
        Some(settings) => LocalDisk::open_with(place, options, settings).await?,
        None => LocalDisk::open_with(place, options, None).await?,
    };
    Larder::open(disk).await
}

/// The cache of a writer.
fn cache(larder: &Larder, writer: u32) -> Result<Cache<u32, Bytes>> {
    larder.cache(&format!("torture-{writer}")).format(Format::Raw).on_error(OnError::Fail).build()
}

fn tag_of(key: u32) -> String {
    format!("tag-{}", key % TAGS)
}
