//! Errors of the environment: each system call of a script fails once, with each error number in turn.
//!
//! An operation whose call fails reports an error or has its full effect. No entry disappears, nothing wrong is
//! returned, no error is reported as damage, and everything works once the error is over.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use larder_core::cache::{Cache, OnError, Order, WriteOptions};
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Flaw, Repair, Settings};
use larder_core::larder::Larder;
use larder_core::{Bytes, ErrorKind, Result};
use rustix::io::Errno;

use super::calls::Injector;
use crate::{Durability, LocalDisk, OpenOptions, tables};

/// All of them never say anything about what is stored.
const ERRORS: [Errno; 11] = [
    Errno::MFILE,
    Errno::NFILE,
    Errno::ACCESS,
    Errno::PERM,
    Errno::IO,
    Errno::NOMEM,
    Errno::INTR,
    Errno::NOSPC,
    Errno::DQUOT,
    Errno::STALE,
    Errno::NOLCK,
];
/// With this every call fails with every error; else every so many with one of them.
const ALL: &str = "LARDER_FAULT_ALL";
const STRIDE: usize = 4;
const KEYS: u64 = 20;
/// Values of this length have files of their own: see [`segment`](crate::segment) for the sizes in tests.
const LARGE: usize = 9000;

/// The values that a key may have, the last acknowledged one first.
type Possible = BTreeMap<u64, Vec<Option<Bytes>>>;

fn value(key: u64, turn: u64, length: usize) -> Bytes {
    let mut bytes = (key * 1000 + turn).to_le_bytes().repeat(length.div_ceil(8));
    bytes.truncate(length);
    bytes.into()
}

fn length(key: u64) -> usize {
    if key.is_multiple_of(3) { LARGE } else { 1500 }
}

struct Script<'a> {
    context: &'a str,
    possible: Possible,
}

impl Script<'_> {
    /// Notes what became of an attempt to give `key` another value.
    fn tried<T>(&mut self, key: u64, value: Option<&Bytes>, answer: &Result<T>) {
        if let Err(error) = answer {
            self.check_error("a write", error);
        }
        let values = self.possible.get_mut(&key).expect("a key of the script");
        if answer.is_ok() {
            values.clear();
        }
        values.push(value.cloned());
    }

    fn check_error(&self, what: &str, error: &larder_core::Error) {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{}: {what}: {error:?}", self.context);
    }

    /// Requires that an answer is an error of the environment or right.
    fn require<T>(&self, what: &str, answer: Result<T>, is_right: impl FnOnce(&Self, T) -> bool) {
        match answer {
            Ok(answer) => assert!(is_right(self, answer), "{}: {what}: a wrong answer", self.context),
            Err(error) => self.check_error(what, &error),
        }
    }

    fn may_have(&self, key: u64, value: Option<&Bytes>) -> bool {
        self.possible[&key].iter().any(|possible| possible.as_ref() == value)
    }

    /// The least and the most keys that may have a value.
    fn count(&self) -> (usize, usize) {
        let all = self.possible.values();
        (
            all.clone().filter(|values| values.iter().all(Option::is_some)).count(),
            all.filter(|values| values.iter().any(Option::is_some)).count(),
        )
    }

    async fn get(&self, cache: &Cache<u64, Bytes>, key: u64) {
        let found = cache.get(&key).await;
        self.require("get", found, |script, found| script.may_have(key, found.as_ref()));
    }

    async fn set(&mut self, cache: &Cache<u64, Bytes>, key: u64, turn: u64) {
        let value = value(key, turn, length(key));
        let options = WriteOptions::default();
        let options = if key % 2 == 1 { options.tag("odd") } else { options };
        let stored = cache.set_with(&key, &value, &options).await;
        assert!(!matches!(&stored, Ok(outcome) if !outcome.is_stored()), "{}: {stored:?}", self.context);
        self.tried(key, Some(&value), &stored);
    }

    /// Every kind of operation, on a directory that holds entries. Ends early if the disk cannot be opened.
    async fn run(&mut self, place: &Path) {
        let opened = open(place).await;
        let (disk, larder, cache) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.check_error("open", &error),
        };
        for key in [0, 1, 4] {
            self.get(&cache, key).await;
        }
        let right = |script: &Self, found: Option<u64>| found == script.possible.keys().next().copied();
        let oldest = cache.oldest().await.map(|found| found.map(|(key, _)| key));
        self.require("oldest", oldest, right);
        let newest = cache.newest().await.map(|found| found.map(|(key, _)| key));
        self.require("newest", newest, |_, found| found == Some(KEYS - 1));
        self.require("count", listed(&cache).await, |script, listed| {
            let (least, most) = script.count();
            (least..=most).contains(&listed)
        });
        for key in [0, 1, 2] {
            self.set(&cache, key, 2).await;
        }
        for key in [3, 4] {
            let removed = cache.remove(&key).await;
            assert!(!matches!(removed, Ok(false)), "{}: key {key} is reported absent", self.context);
            self.tried(key, None, &removed);
        }
        for key in [5, 6] {
            let touched = cache.touch(&key, std::time::Duration::from_hours(1)).await;
            self.require("touch", touched, |_, touched| touched);
        }
        self.require("sync", disk.sync().await, |_, ()| true);
        let mut findings: Vec<Finding> = Vec::new();
        let checked = disk.check(Repair::Fix, &mut findings).await;
        self.require("check", checked, |_, _| true);
        findings.retain(|finding| finding.flaw != Flaw::Unfinished && finding.flaw.is_harm());
        assert!(findings.is_empty(), "{}: {findings:?}", self.context);
        self.require("compact", disk.compact(&mut |_, _| {}).await, |_, ()| true);
        self.require("space", larder.space().await, |_, space| space.is_some());
        self.require("usage", larder.usage().await, |_, _| true);
        let odd: Vec<u64> = (0..KEYS).filter(|key| key % 2 == 1).collect();
        match cache.evict("odd").await {
            Ok(removed) => {
                let there = odd.iter().filter(|key| !self.may_have(**key, None)).count() as u64;
                assert!(removed >= there, "{}: {removed} of {there} with the tag", self.context);
                odd.iter().for_each(|key| self.tried(*key, None, &Ok(())));
            }
            Err(error) => {
                self.check_error("evict", &error);
                odd.iter().for_each(|key| self.possible.get_mut(key).expect("a key").push(None));
            }
        }
        for key in [7, 9] {
            self.set(&cache, key, 3).await;
        }
        for key in 0..KEYS {
            self.get(&cache, key).await;
        }
    }

    /// Requires that everything works.
    async fn look_at_what_is_left(&mut self, place: &Path) {
        let (disk, _, cache) =
            open(place).await.unwrap_or_else(|error| panic!("{}: {error:?}", self.context));
        let mut there = 0;
        for key in 0..KEYS {
            let found = cache.get(&key).await.unwrap_or_else(|error| panic!("{}: {error:?}", self.context));
            assert!(self.may_have(key, found.as_ref()), "{}: key {key}: {found:?}", self.context);
            there += usize::from(found.is_some());
        }
        assert_eq!(listed(&cache).await.unwrap(), there, "{}", self.context);
        let mut findings: Vec<Finding> = Vec::new();
        disk.check(Repair::Fix, &mut findings).await.unwrap();
        findings.retain(|finding| finding.flaw != Flaw::Unfinished && finding.flaw.is_harm());
        assert!(findings.is_empty(), "{}: {findings:?}", self.context);
        for key in 0..KEYS {
            self.set(&cache, key, 4).await;
            assert_eq!(self.possible[&key].len(), 1, "{}: a set fails", self.context);
        }
        assert_eq!(cache.clear().await.unwrap(), KEYS, "{}", self.context);
        assert_eq!(disk.usage().await.unwrap().reserved, 0, "{}", self.context);
    }
}

async fn open(place: &Path) -> Result<(LocalDisk, Larder, Cache<u64, Bytes>)> {
    let options = OpenOptions { durability: Durability::None, ..OpenOptions::default() };
    let disk = LocalDisk::open_with(place, options, Settings::limited(1 << 20)).await?;
    let larder = Larder::open(disk.clone()).await?;
    let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail).build()?;
    Ok((disk, larder, cache))
}

async fn listed(cache: &Cache<u64, Bytes>) -> Result<usize> {
    let mut keys = cache.keys(Order::Oldest).await?;
    let mut listed = 0;
    while keys.next_key().await?.is_some() {
        listed += 1;
    }
    Ok(listed)
}

/// A directory with one entry a key, in memory where there is such a place.
fn fresh() -> (tempfile::TempDir, Possible) {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let mut script =
        Script { context: "at first", possible: (0..KEYS).map(|key| (key, vec![None])).collect() };
    pollster::block_on(async {
        let (_disk, _, cache) = open(directory.path()).await.unwrap();
        for key in 0..KEYS {
            script.set(&cache, key, 1).await;
        }
    });
    (directory, script.possible)
}

/// Runs the script once for each call that it makes, which fails; returns how many those are.
fn walk(rebuilds: bool) -> u64 {
    let is_all = std::env::var_os(ALL).is_some();
    for (round, call) in (0..).step_by(if is_all { 1 } else { STRIDE }).enumerate() {
        let errors = if is_all { &ERRORS[..] } else { std::slice::from_ref(&ERRORS[round % ERRORS.len()]) };
        for errno in errors {
            let (directory, possible) = fresh();
            if rebuilds {
                for name in tables::FILES.into_iter().chain([tables::HEAD]) {
                    std::fs::remove_file(directory.path().join(name)).unwrap();
                }
            }
            let injector: Arc<Injector> = Injector::new(directory.path());
            injector.fail_once(call, *errno, |_| true);
            let context = format!("call {call}, {errno:?}, rebuilds: {rebuilds}");
            let mut script = Script { context: &context, possible };
            let is_over = pollster::block_on(async {
                script.run(directory.path()).await;
                let is_over = !injector.stop();
                script.look_at_what_is_left(directory.path()).await;
                is_over
            });
            if is_over {
                return call;
            }
        }
    }
    unreachable!("calls are counted without end");
}

#[test]
fn an_error_of_the_environment_is_never_damage_and_never_absence() {
    assert!(walk(false) > 100);
}

#[test]
fn a_rebuild_takes_no_error_of_the_environment_for_damage() {
    assert!(walk(true) > 100);
}
