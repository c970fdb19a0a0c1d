//! A policy that spares entries still makes room in the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use larder_core::disk::{Brief, Condition, Put, Settings};
use larder_core::entry::{Draft, Meta, Source};
use larder_core::eviction::{Judgement, Policies, Policy, Standing};
use larder_core::framed::{FramedDisk, Frames};
use larder_core::key::{Digest, Key, Namespace};
use larder_core::larder::{Larder, Parts};
use larder_core::random::Seeded;
use larder_core::time::Time;
use larder_core::{Bytes, Result};

#[derive(Debug, Default)]
struct InMemory(Mutex<HashMap<Digest, Bytes>>);

#[async_trait]
impl Frames for InMemory {
    fn location(&self) -> &'static str {
        "test:"
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn read(&self, name: &Digest) -> Result<Option<Bytes>> {
        Ok(self.0.lock().expect("nobody panics").get(name).cloned())
    }

    async fn write(&self, name: &Digest, frame: Bytes) -> Result<()> {
        self.0.lock().expect("nobody panics").insert(*name, frame);
        Ok(())
    }

    async fn delete(&self, name: &Digest) -> Result<()> {
        self.0.lock().expect("nobody panics").remove(name);
        Ok(())
    }

    async fn names(&self) -> Result<Vec<Digest>> {
        Ok(self.0.lock().expect("nobody panics").keys().copied().collect())
    }
}

/// Lets every entry off twice.
#[derive(Debug)]
struct ThirdTime;

impl Policy for ThirdTime {
    fn name(&self) -> &'static str {
        "third-time"
    }

    fn rank(&self, brief: &Brief, _: Time) -> Option<u64> {
        Some((brief.word << 32) | brief.insertion)
    }

    fn judge(&self, standing: &Standing, _: Time) -> Judgement {
        if standing.word < 2 { Judgement::Spare { word: standing.word + 1 } } else { Judgement::Evict }
    }
}

#[test]
fn a_write_is_not_refused_because_all_that_a_survey_kept_were_spared() {
    let settings = Settings { max_entries: Some(300), ..Settings::unbounded() }.policy("third-time");
    let disk = pollster::block_on(FramedDisk::open(InMemory::default(), settings)).unwrap();
    let parts = Parts { policies: Policies::default().and(ThirdTime), ..Parts::default() };
    let larder = pollster::block_on(Larder::assemble(Arc::new(disk), parts)).unwrap();
    let random = Seeded::new(2);
    for number in 0..310_u64 {
        let key = Key::new(&Namespace::named("n"), &number).unwrap();
        let meta = Arc::new(Meta::new(&random, Time::EPOCH, "raw".into(), "none".into()));
        let draft = Draft { meta, source: Source::Whole(Bytes::from_static(b"v")), word: 0 };
        let put = pollster::block_on(larder.put(&key, draft, Condition::Always, Time::EPOCH)).unwrap();
        assert!(matches!(put, Put::Stored { .. }), "{number}: {put:?}");
    }
    let balance = pollster::block_on(larder.balance()).unwrap();
    assert!(balance.holds() && balance.evicted == 10, "{balance:?}");
}
