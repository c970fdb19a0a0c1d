//! Values on a disk without a cache: `DiskExt`, also for `dyn Disk`.

use std::sync::Arc;

use larder_core::codec::{Codecs, Format};
use larder_core::disk::{Access, Condition, Disk, DiskExt, NoRoom, Put, Refusal, Settings, Stamp};
use larder_core::entry::Fingerprint;
use larder_core::key::{Key, Namespace};
use larder_core::random::Seeded;
use larder_core::time::Time;
use larder_core::{ErrorKind, Result};
use larder_memory::MemoryDisk;

fn key() -> Key {
    Key::new(&Namespace::named("typed"), "key").expect("text is a key")
}

fn stamp(random: &Seeded) -> Stamp<'_> {
    Stamp { now: Time::from_secs(1), random, room: &NoRoom }
}

#[test]
fn a_value_comes_back_with_its_metadata() -> Result<()> {
    pollster::block_on(async {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(Settings::unbounded()));
        let codecs: Codecs<Vec<u32>> = Codecs::serde(Format::Postcard).schema(Fingerprint::of("numbers"));
        let random = Seeded::new(1);
        let put = disk.store(&key(), &vec![1, 2, 3], &codecs, stamp(&random), Condition::Absent).await?;
        assert!(matches!(put, Put::Stored { .. }), "{put:?}");
        let (value, meta) = disk.load(&key(), &codecs, Access::Peek).await?.expect("it was stored");
        assert_eq!((value, &meta.format[..], meta.stored), (vec![1, 2, 3], "postcard", Time::from_secs(1)));
        Ok(())
    })
}

#[test]
fn a_value_of_another_schema_is_an_error_that_says_so() -> Result<()> {
    pollster::block_on(async {
        let disk = MemoryDisk::new(Settings::unbounded());
        let written: Codecs<u32> = Codecs::serde(Format::Postcard).schema(Fingerprint::of("one"));
        let read: Codecs<u32> = Codecs::serde(Format::Postcard).schema(Fingerprint::of("two"));
        let random = Seeded::new(1);
        let put = disk.store(&key(), &7, &written, stamp(&random), Condition::Always).await?;
        assert!(matches!(put, Put::Stored { .. }), "{put:?}");
        let error = disk.load(&key(), &read, Access::Peek).await.expect_err("another schema");
        assert_eq!(error.kind(), ErrorKind::Decode);
        Ok(())
    })
}

#[test]
fn what_does_not_fit_is_refused_where_there_is_no_room() -> Result<()> {
    pollster::block_on(async {
        let disk = MemoryDisk::new(Settings::limited(400));
        let codecs: Codecs<String> = Codecs::serde(Format::Raw);
        let random = Seeded::new(1);
        let long = "x".repeat(400);
        let put = disk.store(&key(), &long, &codecs, stamp(&random), Condition::Always).await?;
        assert!(matches!(put, Put::Refused(Refusal::TooLarge { limit: 400, .. })), "{put:?}");
        assert!(disk.load(&key(), &codecs, Access::Peek).await?.is_none());
        Ok(())
    })
}
