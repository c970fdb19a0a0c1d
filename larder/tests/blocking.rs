//! The blocking face answers as the async one, operation by operation.

use std::sync::Arc;
use std::time::Duration;

use larder::clock::DrivenClock;
use larder::disk::Settings;
use larder::random::Seeded;
use larder::{
    CacheSettings, Error, Increment, Larder, Life, MemoryDisk, Order, Parts, Store, Time, WriteOptions,
    blocking,
};
use pollster::block_on;

/// A store whose time and randomness are the same in every run.
fn store(clock: &DrivenClock) -> Store {
    let parts =
        Parts { clock: Arc::new(clock.clone()), random: Arc::new(Seeded::new(1)), ..Parts::default() };
    let disk = Arc::new(MemoryDisk::new(Settings::limited(20_000)));
    let larder = block_on(Larder::assemble(disk, parts)).expect("memory opens");
    Store::new(larder, CacheSettings { life: Some(Duration::from_mins(1)), ..CacheSettings::default() })
}

/// Runs the table of operations and returns what each answered. `$wait` makes an answer of what the face returns,
/// `$lazily` the closure that the face takes, `$list` the list of the keys.
macro_rules! answers {
    ($store:expr, $larder:expr, $clock:expr, $wait:ident, $lazily:ident, $list:ident) => {{
        let (store, larder, clock) = ($store, $larder, $clock);
        let cache = store.cache::<String, i64>("numbers").unwrap();
        let text = store.cache::<String, String>("numbers").unwrap();
        let tagged = WriteOptions::default().tag("odd").life(Duration::from_secs(5)).note("by", "ann");
        let mut answers = Vec::new();
        macro_rules! run {
            ($operation:expr) => {
                answers.push(format!("{:?}", $wait!($operation)))
            };
        }
        run!(cache.get("a"));
        run!(cache.set("a", &1));
        run!(cache.get("a"));
        run!(cache.add("a", &2));
        run!(cache.add("b", &2));
        run!(cache.set_with("c", &3, &tagged));
        run!(cache.add_with("d", &4, &tagged));
        run!(cache.get_entry("c"));
        run!(cache.contains("c"));
        run!(cache.touch("c", Life::Endless));
        run!(cache.touch("nothing", Duration::from_secs(1)));
        let version = $wait!(cache.get_entry("a")).unwrap().unwrap().version;
        run!(cache.swap("a", version, &10, &WriteOptions::default()));
        run!(cache.swap("a", version, &11, &WriteOptions::default()));
        run!(cache.update("a", |old| Ok(old.unwrap_or(0) * 2)));
        run!(cache.update("a", |_| Err(Error::new(larder::ErrorKind::Invalid, "no"))));
        run!(cache.increment("a", 5));
        run!(cache.increment("new", 5));
        run!(cache.increment("a", i64::MAX));
        run!(cache.increment("none", Increment { delta: 1, initial: None }));
        run!(cache.increment("ten", Increment { delta: -1, initial: Some(10) }));
        run!(cache.oldest());
        run!(cache.newest());
        run!(cache.get_or_insert_with("e", $lazily!(Ok::<_, Error>(5))));
        run!(cache.get_or_insert_with("e", $lazily!(Ok::<_, Error>(6))));
        run!(cache.get_or_insert_as("g", &tagged, $lazily!(Ok::<_, Error>(7))));
        run!(cache.get_or_insert_with("f", $lazily!(Err(Error::new(larder::ErrorKind::Invalid, "no")))));
        run!(text.set("text", &"no number".to_owned()));
        run!(cache.get("text"));
        run!(cache.increment("text", 1));
        run!(cache.len());
        run!(cache.is_empty());
        run!(cache.volume());
        answers.push(format!("{:?}", $list!($wait!(cache.keys(Order::Oldest)).unwrap())));
        answers.push(format!("{:?}", $list!($wait!(cache.keys(Order::Descending)).unwrap())));
        clock.advance(Duration::from_secs(6));
        run!(cache.get("d"));
        run!(cache.expire());
        run!(cache.evict("odd"));
        run!(cache.expire_at(Time::EPOCH));
        run!(cache.remove("b"));
        run!(cache.remove("b"));
        run!(cache.pop("a"));
        run!(cache.pop("a"));
        run!(larder.usage());
        run!(larder.volume());
        run!(larder.settings());
        run!(larder.change(Settings::limited(200)));
        run!(larder.change(Settings::limited(200).policy("lur")));
        run!(larder.cull());
        run!(larder.balance());
        run!(larder.sync());
        run!(text.set("large", &"x".repeat(500)));
        run!(cache.clear());
        answers.push(format!("{:?}", cache.stats()));
        answers.push(format!("{:?} {:?}", cache.reset_stats(), cache.stats()));
        answers
    }};
}

macro_rules! awaited {
    ($future:expr) => {
        block_on($future)
    };
}

macro_rules! at_once {
    ($answer:expr) => {
        $answer
    };
}

macro_rules! lazily_async {
    ($value:expr) => {
        async || $value
    };
}

macro_rules! lazily {
    ($value:expr) => {
        || $value
    };
}

macro_rules! list_async {
    ($keys:expr) => {{
        let mut keys = $keys;
        let mut list = Vec::new();
        while let Some(key) = block_on(keys.next()).unwrap() {
            list.push(key);
        }
        list
    }};
}

macro_rules! list {
    ($keys:expr) => {
        $keys.collect::<Result<Vec<_>, _>>().unwrap()
    };
}

#[test]
fn both_faces_answer_the_same() {
    let clock = DrivenClock::at(Time::from_secs(1000));
    let store_async = store(&clock);
    let of_async = answers!(&store_async, store_async.larder(), &clock, awaited, lazily_async, list_async);

    let clock = DrivenClock::at(Time::from_secs(1000));
    let store_blocking = blocking::Store::from(store(&clock));
    let of_blocking = answers!(&store_blocking, &store_blocking, &clock, at_once, lazily, list);

    assert_eq!(of_async[2], "Ok(Some(1))", "the table ran");
    assert_eq!(of_async, of_blocking);
}

#[test]
fn keys_come_as_they_lie_on_the_disk_too() {
    let cache: blocking::Cache<u64, u64> = store(&DrivenClock::default()).cache("numbers").unwrap().into();
    assert!(cache.set(&7, &7).unwrap().is_stored());
    let mut keys = cache.keys(Order::Oldest).unwrap();
    let key = keys.next_key().unwrap().unwrap();
    assert_eq!((&key, key.is_in(cache.namespace())), (&cache.key(&7).unwrap(), true));
    assert!(keys.next_key().unwrap().is_none());
}
