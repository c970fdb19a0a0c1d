//! Numbers that are counted up.

use std::time::Duration;

use larder_core::Result;
use larder_core::cache::{Cache, WriteOptions};
use larder_core::disk::Settings;
use larder_core::larder::Larder;
use larder_memory::MemoryDisk;

#[test]
fn a_new_number_has_the_ttl_of_the_cache_and_a_live_one_keeps_its_ttl_and_tags() -> Result<()> {
    pollster::block_on(async {
        let larder = Larder::open(MemoryDisk::new(Settings::unbounded())).await?;
        let visits: Cache<String, i64> = larder.cache("visits").life(Duration::from_mins(1)).build()?;
        assert_eq!(visits.increment("new", 2).await?, 2);
        let new = visits.get_entry("new").await?.expect("it was stored");
        assert_eq!(new.expires, Some(new.stored.after(Duration::from_mins(1))));

        let options = WriteOptions::default().life(Duration::from_mins(10)).tag("pages");
        assert!(visits.set_with("live", &40, &options).await?.is_stored());
        let before = visits.get_entry("live").await?.expect("it was stored");
        assert_eq!(visits.increment("live", 2).await?, 42);
        let after = visits.get_entry("live").await?.expect("it was stored");
        assert_eq!((after.expires, after.tags), (before.expires, before.tags));
        Ok(())
    })
}
