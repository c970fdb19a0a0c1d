//! Step by step the same answers, the same volume, the same survivors in the same order.

use std::sync::Arc;
use std::time::Duration;

use larder_core::cache::{Life, Order, WriteOptions};
use larder_core::disk::Settings;
use larder_core::larder::Larder;
use larder_core::random::{Random, Seeded};

use crate::Bench;
use crate::bench::Texts;
use crate::model::ModelDisk;

/// One side: a larder, and a cache on it.
struct Side {
    larder: Larder,
    cache: Texts,
}

/// An operation, drawn once and done on both sides.
#[derive(Debug)]
enum Step {
    Set { key: String, length: usize, options: WriteOptions },
    Get(String),
    Contains(String),
    Remove(String),
    Touch(String, Life),
    EvictTag(i64),
    Expire,
    Cull,
    Limit(u64),
    Clear,
}

impl Step {
    fn draw(random: &Seeded, now: larder_core::time::Time) -> Self {
        let below = |bound: u64| random.next() % bound;
        let key = format!("{:02}", below(60));
        let life = match below(3) {
            0 => Life::Endless,
            1 => Life::For(Duration::from_secs(below(60))),
            _ => Life::Until(now.after(Duration::from_secs(500))),
        };
        match below(100) {
            0..=44 => {
                let options = WriteOptions::default().life(life);
                let options = (0..below(3)).fold(options, |options, _| options.tag(below(5).cast_signed()));
                Self::Set { key, length: usize::try_from(below(1_500)).expect("small"), options }
            }
            45..=69 => Self::Get(key),
            70..=74 => Self::Contains(key),
            75..=84 => Self::Remove(key),
            85..=90 => Self::Touch(key, life),
            91..=93 => Self::EvictTag(below(5).cast_signed()),
            94 | 95 => Self::Expire,
            96 => Self::Cull,
            97 | 98 => Self::Limit(4_000 + below(20_000)),
            _ if below(4) == 0 => Self::Clear,
            _ => Self::Get(key),
        }
    }
}

impl Side {
    /// Does the step; what it answers, as text.
    async fn step(&self, bench: &Bench, policy: &'static str, step: &Step) -> String {
        let cache = &self.cache;
        match step {
            Step::Set { key, length, options } => {
                format!("{:?}", cache.set_with(key, &"v".repeat(*length), options).await)
            }
            Step::Get(key) => format!("{:?}", cache.get(key).await),
            Step::Contains(key) => format!("{:?}", cache.contains(key).await),
            Step::Remove(key) => format!("{:?}", cache.remove(key).await),
            Step::Touch(key, life) if bench.declared().touch => {
                format!("{:?}", cache.touch(key, *life).await)
            }
            Step::Touch(..) => String::new(),
            Step::EvictTag(tag) => format!("{:?}", cache.evict(*tag).await),
            Step::Expire => format!("{:?}", cache.expire().await),
            Step::Cull => format!("{:?}", self.larder.cull().await),
            Step::Limit(limit) => {
                format!("{:?}", self.larder.change(Settings::limited(*limit).policy(policy)).await)
            }
            Step::Clear => format!("{:?}", cache.clear().await),
        }
    }

    /// What can be seen of the whole: volume and keys, in order where there is one.
    async fn whole(&self, bench: &Bench) -> (u64, Vec<String>) {
        let volume = bench.must(self.larder.volume().await, "asking for the volume");
        let mut keys = bench.all_keys(&self.cache, Order::Oldest).await;
        if !bench.declared().ordered {
            keys.sort();
        }
        (volume, keys)
    }
}

/// Hundreds of random operations of every kind answer as on the model and leave what they leave there, under `lrs`.
/// [CNF-2, VOL-3, POL-1]
pub async fn random_operations_are_those_of_the_model_under_lrs(bench: &Bench) {
    same(bench, "lrs").await;
}

/// Hundreds of random operations of every kind answer as on the model and leave what they leave there, under `lru`.
/// [CNF-2, VOL-3, POL-2]
pub async fn random_operations_are_those_of_the_model_under_lru(bench: &Bench) {
    same(bench, "lru").await;
}

/// Hundreds of random operations of every kind answer as on the model and leave what they leave there, without eviction.
/// [CNF-2, VOL-3, POL-4]
pub async fn random_operations_are_those_of_the_model_without_eviction(bench: &Bench) {
    same(bench, "none").await;
}

async fn same(bench: &Bench, policy: &'static str) {
    for seed in 1..=3 {
        let bench = bench.fresh();
        let settings = Settings::limited(12_000).policy(policy);
        let larder = bench.larder(settings.clone()).await;
        let model = bench.larder_on(Arc::new(ModelDisk::new(settings))).await;
        let ours = Side { cache: bench.texts(&larder), larder };
        let theirs = Side { cache: bench.texts(&model), larder: model };
        let random = Seeded::new(seed);
        for number in 0..400 {
            let step = Step::draw(&random, bench.now());
            let answers = (ours.step(&bench, policy, &step).await, theirs.step(&bench, policy, &step).await);
            assert_eq!(answers.0, answers.1, "{bench}: seed {seed}, step {number}: {step:?}");
            let wholes = (ours.whole(&bench).await, theirs.whole(&bench).await);
            assert_eq!(wholes.0, wholes.1, "{bench}: seed {seed}, after step {number}: {step:?}");
            // No two entries have one time, so the order of the policy does not rest on ties.
            bench.clock().advance(Duration::from_millis(1 + random.next() % 5_000));
        }
        bench.books_balance(&ours.larder).await;
    }
}
