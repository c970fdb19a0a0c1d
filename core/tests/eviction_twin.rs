//! The evictor against a naive twin that sorts everything each time.

use std::sync::Arc;

use larder_core::books::{Books, Found, Lack, Marks};
use larder_core::disk::{Page, Put, Removed, Replaced, Revised, Revision, Scope, Settings, Shortage};
use larder_core::entry::Version;
use larder_core::eviction::{Evictor, Pick, Policies};
use larder_core::time::Time;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;

const LIMIT: u64 = 1000;

#[derive(Clone, Debug)]
enum Step {
    Put { key: u8, size: u64, life: Option<i64> },
    Hit(u8),
    Touch { key: u8, life: Option<i64> },
    Remove(u8),
    Clock(i64),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let life = prop_oneof![3 => Just(None), 1 => (0..40_i64).prop_map(Some)];
    prop_oneof![
        8 => (any::<u8>(), 1..200_u64, life.clone()).prop_map(|(key, size, life)| Step::Put { key, size, life }),
        8 => any::<u8>().prop_map(Step::Hit),
        1 => (any::<u8>(), life).prop_map(|(key, life)| Step::Touch { key, life }),
        1 => any::<u8>().prop_map(Step::Remove),
        4 => (0..5_i64).prop_map(Step::Clock),
        1 => (-30..0_i64).prop_map(Step::Clock),
        1 => Just(Step::Forget),
    ]
}

/// An entry as the twin knows it.
#[derive(Clone, Debug, PartialEq)]
struct Plain {
    key: u8,
    size: u64,
    stored: i64,
    accessed: i64,
    hits: u64,
    insertion: u64,
    expires: Option<i64>,
}

#[derive(Debug, Default)]
struct Twin {
    entries: Vec<Plain>,
    inserted: u64,
}

impl Twin {
    fn find(&mut self, key: u8) -> Option<&mut Plain> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    fn volume(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    fn put(&mut self, policy: &str, now: i64, key: u8, size: u64, expires: Option<i64>) {
        let old = self.find(key).map(|old| old.clone());
        let more = size.saturating_sub(old.as_ref().map_or(0, |old| old.size));
        while more > 0 && self.volume() + more > LIMIT {
            let rank = |entry: &Plain| match (entry.expires, policy) {
                (Some(expires), _) if expires <= now => (0, expires, entry.insertion),
                (_, "lrs") => (1, entry.stored, entry.insertion),
                (_, "lru") => (1, entry.accessed, entry.insertion),
                _ => (1, i64::try_from(entry.hits).expect("few hits"), entry.insertion),
            };
            let others = self.entries.iter().filter(|entry| entry.key != key);
            let victim = others.min_by_key(|entry| rank(entry)).expect("the newcomer fits alone").key;
            self.entries.retain(|entry| entry.key != victim);
        }
        self.entries.retain(|entry| entry.key != key);
        self.inserted += 1;
        let insertion = old.map_or(self.inserted, |old| old.insertion);
        self.entries.push(Plain { key, size, stored: now, accessed: now, hits: 0, insertion, expires });
    }
}

/// The real books and evictor.
struct Engine {
    books: Books<u8>,
    evictor: Evictor,
    writes: u128,
}

impl Engine {
    fn version(&mut self) -> Version {
        self.writes += 1;
        Version::from_bits(self.writes)
    }

    fn put(&mut self, now: Time, key: u8, size: u64, expires: Option<Time>) {
        let version = self.version();
        let mut writing = self.books.try_write(&key).expect("one thread writes");
        while let Err(lack) = writing.reserve(size) {
            let Lack::Room(shortage) = lack else { panic!("it fits alone") };
            assert!(self.make_room(shortage, now), "the newcomer fits alone");
        }
        let marks = Arc::new(Marks::new(now));
        let found = Found {
            hash: key.into(),
            size,
            namespace: 1,
            version,
            stored: now,
            expires,
            tags: Box::default(),
            cost: 0,
            word: 0,
            marks,
            read: true,
        };
        let Put::Stored { brief, replaced } = writing.commit(found) else { panic!("a commit stores") };
        self.evictor.offer(&brief, &replaced, now);
    }

    fn make_room(&self, shortage: Shortage, now: Time) -> bool {
        let mut just_surveyed = false;
        let mut round = self.evictor.round();
        loop {
            match round.pick(shortage, now, just_surveyed) {
                Pick::Victims => {
                    let fates = self.books.evict(&round.victims(), |_| ());
                    if round.settle(fates).gone > 0 {
                        return true;
                    }
                }
                Pick::Survey => {
                    let mut surveying = self.evictor.survey(self.books.usage().entries);
                    let survey = self.books.survey(&Page::first(Scope::All, usize::MAX));
                    survey.briefs.iter().for_each(|brief| surveying.see(brief, now));
                    surveying.finish(Some(survey.seen), now);
                    just_surveyed = true;
                }
                Pick::Spare(_) => panic!("none of these policies spares"),
                Pick::Nothing => return false,
            }
        }
    }

    fn keys(&self) -> Vec<u8> {
        let briefs = self.books.survey(&Page::first(Scope::All, usize::MAX)).briefs;
        briefs.iter().map(|brief| self.books.find(brief.id).expect("it was surveyed").0).collect()
    }
}

fn play(policy: &str, steps: &[Step]) {
    let mut twin = Twin::default();
    let mut engine = Engine {
        books: Books::new(Settings::limited(LIMIT)),
        evictor: Evictor::new(Policies::default().find(policy).expect("a built-in policy")),
        writes: 0,
    };
    let mut now = 1000;
    for step in steps {
        let time = Time::from_nanos(now);
        let expiry = |life: &Option<i64>| life.map(|life| now + life);
        match step {
            Step::Put { key, size, life } => {
                twin.put(policy, now, *key, *size, expiry(life));
                engine.put(time, *key, *size, expiry(life).map(Time::from_nanos));
            }
            Step::Hit(key) => {
                let there = twin
                    .find(*key)
                    .map(|entry| (entry.accessed, entry.hits) = (entry.accessed.max(now), entry.hits + 1));
                assert_eq!(engine.books.hit(key, time), there.is_some());
            }
            Step::Touch { key, life } => {
                if let Some(entry) = twin.find(*key) {
                    entry.expires = expiry(life);
                    // A touch is a write: the books number it like one.
                    twin.inserted += 1;
                    let revision =
                        Revision { version: engine.version(), expires: expiry(life).map(Time::from_nanos) };
                    let writing = engine.books.try_write(key).expect("one thread writes");
                    let Revised::Done(brief) = writing.revise(revision) else { panic!("it is stored") };
                    engine.evictor.offer(&brief, &Replaced::Entry(brief), time);
                }
            }
            Step::Remove(key) => {
                let removed = engine.books.try_write(key).expect("one thread writes").remove();
                assert_eq!(matches!(removed, Removed::Gone(_)), twin.find(*key).is_some());
                if let Removed::Gone(brief) = removed {
                    engine.evictor.gone(&brief);
                }
                twin.entries.retain(|entry| entry.key != *key);
            }
            Step::Clock(by) => now += by,
            Step::Forget => engine.evictor.forget(),
        }
        let mut plain = twin.entries.clone();
        plain.sort_by_key(|entry| entry.insertion);
        assert_eq!(engine.keys(), plain.iter().map(|entry| entry.key).collect::<Vec<_>>(), "after {step:?}");
        assert_eq!(engine.books.usage().volume, twin.volume());
        assert_eq!(engine.books.usage().reserved, 0);
    }
}

proptest! {
    #![proptest_config(Config { cases: 400, ..Config::default() })]

    /// The same entries go, in the same order, as if everything were sorted each time.
    #[test]
    fn the_evictor_chooses_as_a_full_sort_would(
        policy in prop_oneof![Just("lrs"), Just("lru"), Just("lfu")],
        steps in proptest::collection::vec(step(), 1..400),
    ) {
        play(policy, &steps);
    }
}
