//! What several do at once on disks of their own, in threads and in processes.
//!
//! A process is this program again, told by its environment that it is a worker. It opens its disk, says so, waits for a
//! line, does its job, and prints what came of it.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use larder_core::cache::{Cache, OnError};
use larder_core::disk::Settings;
use larder_core::larder::Larder;
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions, StoreOptions};
use pollster::block_on;
use serde::{Deserialize, Serialize};

/// How many keys are contended for. A contended conditional write takes up to a second.
pub(crate) const ROUNDS: usize = 3;

/// The variable that makes a process a worker: a JSON of what it does, as which, and where.
const WORKER: &str = "LARDER_TEST_WORKER";

/// What each worker does with [`ROUNDS`] keys, one after the other.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Adds its number; 1 where it was stored.
    Add,
    /// Pops; 1 where it got a value.
    Pop,
    /// Increments the first key; what it counted to.
    Increment,
}

/// A worker: its job, its number, and where it does it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Worker {
    pub(crate) job: Job,
    pub(crate) number: i64,
    pub(crate) url: String,
    pub(crate) options: BTreeMap<String, String>,
}

/// A worker in a process of its own, which waits for the sign to begin.
pub(crate) struct Process {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// The name of the `round`th key.
pub(crate) fn name(round: usize) -> String {
    format!("key {round}")
}

/// A cache that tells every error, on a disk of its own.
pub(crate) async fn cache(url: &str, options: &BTreeMap<String, String>) -> Cache<String, i64> {
    let options: StoreOptions = options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let location = Location::Bucket { url: url.to_owned(), options };
    let disk = ObjectStoreDisk::open(location, OpenOptions::default(), Settings::unbounded()).await.unwrap();
    let larder = Larder::open(disk).await.unwrap();
    larder.cache("together").on_error(OnError::Fail).build().unwrap()
}

impl Worker {
    /// Opens a disk, waits at `begin`, does the job; what came of each key.
    pub(crate) fn run(&self, begin: impl FnOnce()) -> Vec<i64> {
        block_on(async {
            let cache = cache(&self.url, &self.options).await;
            begin();
            let mut answers = Vec::new();
            for round in 0..ROUNDS {
                answers.push(match self.job {
                    Job::Add => i64::from(cache.add(&name(round), &self.number).await.unwrap().is_stored()),
                    Job::Pop => i64::from(cache.pop(&name(round)).await.unwrap().is_some()),
                    Job::Increment => cache.increment(&name(0), 1).await.unwrap(),
                });
            }
            answers
        })
    }

    /// Starts a process for it, and waits until its disk is open.
    pub(crate) fn process(&self) -> Process {
        let mut child = Command::new(env::current_exe().unwrap())
            .env(WORKER, serde_json::to_string(self).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        assert_eq!(line(&mut answers), "ready", "a worker opens its disk");
        Process { child, orders, answers }
    }
}

impl Process {
    /// Has it begin.
    pub(crate) fn begin(&mut self) {
        writeln!(self.orders, "begin").unwrap();
    }

    /// What came of each key.
    pub(crate) fn answers(mut self) -> Vec<i64> {
        let answers = serde_json::from_str(&line(&mut self.answers));
        assert!(self.child.wait().unwrap().success(), "a worker ends well");
        answers.unwrap()
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Whether this process is a worker.
pub(crate) fn is_one() -> bool {
    env::var_os(WORKER).is_some()
}

/// Does the job of this process.
pub(crate) fn work() {
    let worker: Worker = serde_json::from_str(&env::var(WORKER).unwrap()).unwrap();
    let mut out = std::io::stdout();
    let answers = worker.run(|| {
        writeln!(out, "ready").unwrap();
        line(&mut std::io::stdin().lock());
    });
    writeln!(out, "{}", serde_json::to_string(&answers).unwrap()).unwrap();
}
