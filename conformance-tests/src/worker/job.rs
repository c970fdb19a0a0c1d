//! What a worker can be told to do, in words that a process understands.

use std::time::Duration;

use larder_core::cache::{Order, WriteOptions};
use larder_core::disk::Settings;
use larder_core::larder::Larder;
use serde::{Deserialize, Serialize};

use crate::Bench;
use crate::bench::{Numbers, Texts};
use crate::checks::size_caps::{name, value};

/// A job; each says what it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Adds its number at so many keys; the keys at which it was stored.
    Add { keys: u64 },
    /// Pops so many keys; the keys of which it got the value.
    Pop { keys: u64 },
    /// Increments `count` so many times; the sums that it was told.
    Increment { times: u64 },
    /// Stores a text; nothing.
    Set { key: String, text: String, tag: Option<String>, seconds: Option<u64> },
    /// Reads, as a hit; the text, if there is one.
    Get { key: String },
    /// Removes; nothing.
    Remove { key: String },
    /// Evicts a tag; how many went.
    Evict { tag: String },
    /// Removes the dead; how many went.
    Expire,
    /// Removes all; how many went.
    Clear,
    /// Changes what is set for the disk; nothing.
    Change { size_limit: u64, policy: String },
    /// What is set for the disk: limit and policy.
    Settings,
    /// Stores texts of many lengths at shared keys; the most bytes that were held at any look.
    Fill { rounds: u64 },
    /// Stores, overwrites and removes keys that begin with `go`, shared by all; nothing.
    Churn { rounds: u64 },
    /// The keys, sorted.
    Keys,
    /// The numbers of its books but for the entries: stored, then all ways to go together.
    Books,
}

impl Job {
    /// Stores a text that has no tag and does not die.
    pub(crate) fn set(key: &str, text: &str) -> Self {
        Self::Set { key: key.to_owned(), text: text.to_owned(), tag: None, seconds: None }
    }

    pub(crate) fn get(key: &str) -> Self {
        Self::Get { key: key.to_owned() }
    }
}

/// What a worker has open.
pub(super) struct Tools {
    bench: Bench,
    number: u64,
    larder: Larder,
    texts: Texts,
    numbers: Numbers,
}

impl Tools {
    pub(super) async fn open(bench: &Bench, settings: Settings, number: u64) -> Self {
        let larder = bench.larder(settings).await;
        let (texts, numbers) = (bench.texts(&larder), bench.numbers(&larder));
        Self { bench: bench.clone(), number, larder, texts, numbers }
    }

    pub(super) async fn does(&self, job: &Job) -> Vec<String> {
        let (bench, texts) = (&self.bench, &self.texts);
        match job {
            Job::Add { keys } => {
                let mut won = Vec::new();
                for key in (0..*keys).map(name) {
                    let added = texts.add(&key, &self.number.to_string()).await;
                    if bench.must(added, "adding").is_stored() {
                        won.push(key);
                    }
                }
                won
            }
            Job::Pop { keys } => {
                let mut got = Vec::new();
                for key in (0..*keys).map(name) {
                    if bench.must(texts.pop(&key).await, "popping").is_some() {
                        got.push(key);
                    }
                }
                got
            }
            Job::Increment { times } => {
                let mut sums = Vec::new();
                for _ in 0..*times {
                    let sum = bench.must(self.numbers.increment("count", 1).await, "incrementing");
                    sums.push(format!("{sum:?}"));
                }
                sums
            }
            Job::Set { key, text, tag, seconds } => {
                let mut options = WriteOptions::default();
                if let Some(tag) = tag {
                    options = options.tag(tag.as_str());
                }
                if let Some(seconds) = seconds {
                    options = options.life(Duration::from_secs(*seconds));
                }
                bench.set_with(texts, key, text, &options).await;
                Vec::new()
            }
            Job::Get { key } => bench.get(texts, key).await.into_iter().collect(),
            Job::Remove { key } => {
                let _ = bench.must(texts.remove(key).await, "removing");
                Vec::new()
            }
            Job::Evict { tag } => vec![bench.must(texts.evict(tag.as_str()).await, "evicting").to_string()],
            Job::Expire => vec![bench.must(texts.expire().await, "expiring").to_string()],
            Job::Clear => vec![bench.must(texts.clear().await, "clearing").to_string()],
            Job::Change { size_limit, policy } => {
                let settings = Settings::limited(*size_limit).policy(policy.clone());
                bench.must(self.larder.change(settings).await, "changing the settings");
                Vec::new()
            }
            Job::Settings => {
                let settings = bench.must(self.larder.settings().await, "asking for the settings");
                vec![format!("{:?}", settings.size_limit), settings.policy.into_owned()]
            }
            Job::Fill { rounds } => vec![self.fill(*rounds).await.to_string()],
            Job::Churn { rounds } => {
                self.churn(*rounds).await;
                Vec::new()
            }
            Job::Keys => {
                let mut keys = bench.all_keys(texts, Order::Oldest).await;
                keys.sort();
                keys
            }
            Job::Books => {
                let balance = bench.must(self.larder.balance().await, "asking for the balance");
                let gone = balance.replaced + balance.removed + balance.expired + balance.evicted;
                [balance.held_at_open, balance.stored, gone].map(|number| number.to_string()).into()
            }
        }
    }

    async fn fill(&self, rounds: u64) -> u64 {
        let mut most = 0;
        for round in 0..rounds {
            let times = 1 + usize::try_from((round * 7 + self.number) % 20).expect("small");
            let key = name((round * 13 + self.number) % 40);
            let _ = self.bench.must(self.texts.set(&key, &value().repeat(times)).await, "setting");
            let usage = self.bench.must(self.larder.usage().await, "asking for the usage");
            most = most.max(usage.volume + usage.reserved);
        }
        most
    }

    async fn churn(&self, rounds: u64) {
        for round in 0..rounds {
            let key = format!("go {}", (round * 7 + self.number) % 20);
            if round % 3 == 2 {
                let _ = self.bench.must(self.texts.remove(&key).await, "removing");
            } else {
                let _ = self.bench.must(self.texts.set(&key, &value()).await, "setting");
            }
        }
    }
}
